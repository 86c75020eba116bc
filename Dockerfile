# docker build -t latentlab .
# docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/lab" latentlab train
#
# Written where no Docker daemon was at hand, and not built yet.

FROM rust:1-slim-trixie AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --locked --profile dist --package latentlab --features parquet,hdf5 \
    && cp target/dist/latentlab /latentlab

FROM gcr.io/distroless/cc-debian13
COPY --from=build /latentlab /usr/local/bin/latentlab
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/latentlab/
# Runs and downloads are written here; mount a folder to keep them.
WORKDIR /lab
ENV XDG_CACHE_HOME=/lab/.cache
ENTRYPOINT ["latentlab"]
CMD ["--help"]
