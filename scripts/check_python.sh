#!/usr/bin/env bash
# The Python package in an environment of its own, made from PyPI: the package, its types, scikit-learn's checks, every
# document, and the searches of examples/optuna. `scripts/check_python.sh -k notebook` runs some of it. With
# EXTENSION=target/debug/lib_native.so the extension is the one that `cargo build` has compiled; without, a wheel is built and
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
python="$place/venv/bin/python"
if ! "$python" -m pip install --quiet --disable-pip-version-check maturin numpy scikit-learn onnxruntime pandas pandas-stubs \
    polars pillow optuna mypy 'pyright[nodejs]' pytest nbclient nbformat ipykernel; then
    echo "skipped: what the tests need cannot be installed"
    exit 0
fi
"$python" -m pip list 2>/dev/null | grep -iE '^(numpy|scikit-learn|pandas|polars|onnxruntime|optuna|mypy|pyright) ' || true

if [ -n "${EXTENSION:-}" ]; then
    packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
    cp -r python/latentlab "$packages/"
    cp "$EXTENSION" "$packages/latentlab/_native.abi3.so"
    printf '#!%s\nfrom latentlab.__main__ import main\nraise SystemExit(main())\n' "$python" > "$place/venv/bin/latentlab"
    chmod +x "$place/venv/bin/latentlab"
else
    "$python" -m maturin build --quiet --profile dev --interpreter "$python" --out "$place/wheels"
    "$python" -m pip install --quiet --disable-pip-version-check "$place"/wheels/*.whl
fi

# From elsewhere, so that what is installed is what is tested.
tests=$PWD/python/tests
cd "$place"
"$place/venv/bin/latentlab" --version
"$python" -m pytest "$tests" -q -p no:cacheprovider --durations=8 "$@"
