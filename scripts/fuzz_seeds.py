"""Small files for the fuzzers to begin with, one folder per target: fuzz/corpus/TARGET.

    python3 scripts/fuzz_seeds.py        # needs nothing but Python

Each file is something that is read without complaint, or nearly; the fuzzers damage them from there.
"""

import base64
import gzip
import io
import json
import pathlib
import struct
import tarfile
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"


def save(target: str, name: str, content: bytes | str) -> None:
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def idx(magic: int, dims: list[int], values: bytes) -> bytes:
    return struct.pack(">I", magic) + b"".join(struct.pack(">I", d) for d in dims) + values


def npy(descriptor: str, shape: str, values: bytes, fortran: bool = False) -> bytes:
    text = f"{{'descr': '{descriptor}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + values


def npz(members: dict[str, bytes], compression: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name + ".npy", content)
    return out.getvalue()


def tar(files: dict[str, bytes], format: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "0.png"
        archive.addfile(link)
    return out.getvalue()


def png(width: int, height: int, depth: int, kind: int, extra: bytes = b"", interlaced: int = 0) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    row = bytes(1 + (width * channels * depth + 7) // 8)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))
    palette = chunk(b"PLTE", bytes(range(48))) if kind == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + header + palette + extra + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")


def tiff(tags: list[tuple[int, int]], values: bytes) -> bytes:
    end = 8 + 2 + 12 * (len(tags) + 1) + 4
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in sorted([*tags, (273, end)]))
    return b"II*\0" + struct.pack("<IH", 8, len(tags) + 1) + entries + bytes(4) + values


# 8 × 8 pixels of one grey, baseline, one component; and the same with an EXIF orientation before its scan.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQH/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    "4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AP4/6KKK/9k="
)
TIFF = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
EXIF = b"\xff\xe1" + struct.pack(">H", 8 + len(TIFF)) + b"Exif\0\0" + TIFF


def tensors(about: dict, shapes: dict[str, list[int]]) -> bytes:
    header, offset = {"__metadata__": {"latentlab": json.dumps(about, separators=(",", ":"))}}, 0
    for name in sorted(shapes):
        size = 4
        for side in shapes[name]:
            size *= side
        header[name] = {"dtype": "F32", "shape": shapes[name], "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(offset)


NETWORK = {
    "input": [4, 4, 1],
    "encoder": [{"layer": "flatten"}, {"layer": "dense", "units": 5, "activation": "relu"}],
    "latent": {"kind": "gaussian", "size": 3},
    "decoder": [
        {"layer": "dense", "units": 5, "activation": "gelu"},
        {"layer": "dense", "units": 16, "activation": "linear"},
    ],
    "objective": {
        "reconstruction": {"loss": "squared_error", "reduction": "sum", "weight": 1.0},
        "kl": {"reduction": "sum", "weight": 1.0, "warmup_epochs": 0.0, "free_bits": 0.0},
    },
}
SHAPES = {
    "encoder.1.kernel": [16, 5],
    "encoder.1.bias": [5],
    "latent.mean.kernel": [5, 3],
    "latent.mean.bias": [3],
    "latent.log_var.kernel": [5, 3],
    "latent.log_var.bias": [3],
    "decoder.0.kernel": [3, 5],
    "decoder.0.bias": [5],
    "decoder.1.kernel": [5, 16],
    "decoder.1.bias": [16],
}
CONVOLUTIONAL = NETWORK | {
    "encoder": [
        {"layer": "conv2d", "filters": 2, "kernel": [3, 3], "stride": [2, 2], "padding": "same", "activation": "relu"},
        {"layer": "max_pool2d", "size": [2, 2]},
        {"layer": "flatten"},
    ],
    "latent": {"kind": "deterministic"},
    "decoder": [
        {"layer": "reshape", "shape": [1, 1, 2]},
        {"layer": "upsample2d", "size": [4, 4]},
        {"layer": "conv2d", "filters": 1, "kernel": [3, 3], "stride": [1, 1], "padding": "same", "activation": "linear"},
    ],
}
CONVOLUTIONAL_SHAPES = {
    "encoder.0.kernel": [3, 3, 1, 2],
    "encoder.0.bias": [2],
    "decoder.2.kernel": [3, 3, 2, 1],
    "decoder.2.bias": [1],
}
ADAM = {"kind": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}

SMALL_RECIPE = """\
schema = 1
name = "small"
[data]
path = "images"
size = [16, 24]
fit = "crop"
channels = "grey"
pad = 2
[data.input]
noise = 0.2
[model]
encoder = [
    { layer = "conv2d", filters = 4, kernel = [3, 5], stride = 2, padding = "valid", activation = { name = "leaky_relu", slope = 0.3 } },
    { layer = "max_pool2d", size = 2 },
    { layer = "flatten" },
    { layer = "dense", units = 8, activation = "silu" },
]
latent = { kind = "gaussian", size = 2 }
decoder = [
    { layer = "dense", units = 196 },
    { layer = "reshape", shape = [14, 14, 1] },
    { layer = "upsample2d", size = 2 },
    { layer = "conv2d_transpose", filters = 1, kernel = 3, padding = "same" },
]
[objective]
reconstruction = { loss = "gaussian", reduction = "mean", weight = 1.0, sigma = { learned = 0.2 } }
kl = { reduction = "sum", weight = 1.0, warmup_epochs = 2.0, free_bits = 0.1 }
[optimizer]
kind = "rmsprop"
learning_rate = 1e-3
schedule = { kind = "reduce_on_plateau", factor = 0.5, patience = 2 }
clip_norm = 1.0
[training]
epochs = 3
batch_size = 20
on_divergence = "stop"
early_stopping = { patience = 2, min_delta = 0.1, monitor = "train_total" }
"""

DIGEST = {"bytes": 7, "sha256": "9f0c1b7f9f3b3a0d" * 4}
MANIFEST = {
    "schema": 1,
    "program": "latentlab 0.1.0",
    "recipe": "r",
    "seed": 0,
    "status": "completed",
    "created": "2026-11-21T10:40:38.565Z",
    "finished": None,
    "epochs": {"asked": 30, "done": 30},
    "data": {"name": "mnist", "files": {"a": DIGEST}, "images": {"test": 3}},
    "machine": {"os": "linux", "arch": "x86_64", "cpu": "", "cores": 2, "threads": 2, "instruction_set": "avx2"},
    "seconds": {"total": 39.5, "training": "NaN"},
    "files": {"recipe.toml": DIGEST, "../up": DIGEST},
}
HINT = '{"schema": 1, "path": "/photos", "data_dir": "/sets"}'
METRICS = {
    "schema": 1,
    "splits": {
        "valid": {
            "images": 10,
            "weights_sha256": "ab",
            "metrics": {
                "psnr": {
                    "value": "inf",
                    "unit": "dB",
                    "least": "-inf",
                    "greatest": "inf",
                    "direction": "higher",
                    "split": "valid",
                    "samples": 10,
                    "standard_error": 0.1,
                }
            },
            "notes": ["n"],
        }
    },
}
TIME = '"schema":1,"time":"2026-11-21T10:40:38.567Z"'
EVENTS = f"""\
{{{TIME},"event":"run_started","recipe":"r","seed":0,"epoch":0,"step":0,"epochs":3,"parameters":9}}
{{{TIME},"event":"epoch","epoch":1,"step":5,"learning_rate":0.001,"kl_weight":1.0,"train":{{"total":"NaN"}},"valid":{{}},"images_per_second":"inf","seconds":1.0}}
{{{TIME},"event":"checkpoint","slot":"last","epoch":1,"step":5}}
{{{TIME},"event":"warning","message":"hot"}}
{{{TIME},"event":"fin"""


def main() -> None:
    images = idx(0x803, [12, 2, 3], bytes(range(72)))
    labels = idx(0x801, [12], bytes(i % 3 for i in range(12)))
    for kind, name, content in [(0, "images", images), (1, "labels", labels)]:
        save("idx", name, bytes([kind]) + content)
        save("idx", name + ".gz", bytes([kind]) + gzip.compress(content, mtime=0))

    arrays = {
        "u1": npy("|u1", "(12, 2, 2)", bytes(48)),
        "f4": npy("<f4", "(2, 2, 2)", struct.pack("<8f", *[0.5] * 8)),
        "f4-fortran": npy("<f4", "(2, 2, 2, 1)", struct.pack("<8f", *[0.5] * 8), fortran=True),
        "f8": npy("<f8", "(2, 3)", struct.pack("<6d", *range(6))),
        "i8": npy("<i8", "(2, 3)", struct.pack("<6q", *range(6))),
        "u2": npy("<u2", "(2, 3)", struct.pack("<6H", *range(6))),
    }
    for name, content in arrays.items():
        save("npy", name, content)
    y = npy("<i8", "(12,)", struct.pack("<12q", *[i % 3 for i in range(12)]))
    for name, kind in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
        samples = {f"{'é' * (40 * i)}{i}.png": png(4, 4, 8, 0) for i in range(3 if name != "ustar" else 1)}
        samples |= {"0.cls": b"1", "1.json": b'{"label": "a"}', "2.txt": b"a word"}
        save("tar", name, tar(samples, kind))
    for compression in [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]:
        save("npz", f"images-{compression}", npz({"x": arrays["u1"], "y": y}, compression))
        save("npz", f"points-{compression}", npz({"mean": arrays["f8"], "other": arrays["u2"]}, compression))

    for kind, depth in [(0, 8), (0, 1), (0, 16), (2, 8), (3, 4), (4, 8), (6, 8), (6, 16)]:
        save("picture", f"png-{kind}-{depth}", png(5, 4, depth, kind))
    save("picture", "png-interlaced", png(9, 9, 8, 0, interlaced=1))
    save("picture", "jpeg", JPEG)
    save("picture", "jpeg-turned", JPEG[:2] + EXIF + JPEG[2:])
    save("picture", "tiff", tiff([(256, 4), (257, 3), (258, 8), (259, 1), (262, 1), (277, 1), (279, 12)], bytes(range(12))))
    save("picture", "bmp", b"BM" + struct.pack("<IHHI", 54 + 24, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 2, 3, 1, 24, 0, 24, 0, 0, 0, 0) + bytes(24))
    save("picture", "pgm", b"P5 4 3 255\n" + bytes(range(12)))
    for path in sorted((ROOT / "crates" / "data" / "tests" / "stored").rglob("*.*")):
        save({".h5": "hdf5", ".parquet": "parquet"}[path.suffix], path.stem, path.read_bytes())

    save("table", "plain", "1, 2.5\n-3,4e1\n")
    save("table", "labels", 'x,y,label\n1,2,"cat, big"\n3,4,ant\n')
    save("table", "embed", "file,mean_1,mean_2,log_var_1,label,class,angle\na.png,1,2,-1,1,one,0.5\n")

    for path in sorted((ROOT / "crates" / "train" / "recipes").glob("*.toml")):
        save("recipe", path.stem, path.read_bytes())
    save("recipe", "small", SMALL_RECIPE)
    for path in sorted((ROOT / "crates" / "train" / "studies").glob("*.toml")):
        save("study", path.stem, path.read_bytes())
    save("setting", "several", "training.epochs=3\nmodel.encoder[0].filters=8\ndata.name=mnist\ndata = { name = 'mnist' }\n")
    save("setting", "lists", "objective.kl = { weight = 2.5 }\nmodel.decoder[1] = 3\noptimizer.schedule.kind=\"cosine\"\n")

    save("weights", "dense", tensors({"schema": 1, "network": NETWORK}, SHAPES))
    save("weights", "convolutional", tensors({"schema": 1, "network": CONVOLUTIONAL}, CONVOLUTIONAL_SHAPES))
    moments = {f"{slot}.{name}": shape for slot in ["first_moment", "second_moment"] for name, shape in SHAPES.items()}
    save("optimizer", "adam", tensors({"schema": 1, "optimizer": ADAM, "steps": 15}, moments))

    state = {"schema": 1, "epoch": 1, "step": 5, "state": None, "files": {"weights.safetensors": DIGEST}}
    documents = [json.dumps(MANIFEST), json.dumps(METRICS), EVENTS, json.dumps(state), "process 7 on far-away\n", HINT, SMALL_RECIPE]
    for which, content in enumerate(documents):
        save("documents", str(which), bytes([which]) + content.encode())

    models = ROOT / "crates" / "exchange" / "tests"
    for file in sorted(models.glob("keras/*.keras")):
        save("keras", file.name, file.read_bytes())
        save("keras", f"{file.stem}.json", zipfile.ZipFile(file).read("config.json"))
    save("keras", "whole.weights.h5", (models / "keras" / "whole.weights.h5").read_bytes())
    for file in sorted(models.glob("torch/*.onnx")):
        save("onnx", file.name, file.read_bytes())
    for file in sorted([*models.glob("torch/*.pt"), *models.glob("torch/*.safetensors")]):
        save("state_dict", file.name, file.read_bytes())
    for file in sorted(models.glob("torch/*.pt")):
        archive = zipfile.ZipFile(file)
        pickle = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        save("state_dict", f"{file.stem}.pkl", archive.read(pickle))


if __name__ == "__main__":
    main()
