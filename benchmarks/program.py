"""latentlab's release build, the peers' Python, and the machine's name: shared by the benchmarks."""

import json
import pathlib
import platform
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def build():
    """Builds the program and gives its path."""
    return build_in(ROOT, "--package", "latentlab") / "latentlab"


def build_in(folder, *arguments):
    """Builds what is named of the workspace in `folder`, in release mode, and gives the folder with the results."""
    subprocess.run(["cargo", "build", "--release", *arguments], cwd=folder, check=True)
    metadata = ["cargo", "metadata", "--format-version=1", "--no-deps"]
    output = subprocess.run(metadata, cwd=folder, check=True, capture_output=True).stdout
    return pathlib.Path(json.loads(output)["target_directory"]) / "release"


def peers_python(folder=HERE / ".venv", requirements="requirements.txt"):
    """The Python that has the peers; made on the first run."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / requirements], check=True)
    return python


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        return f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
    except (OSError, KeyError):
        return platform.processor()
