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
    subprocess.run(["cargo", "build", "--release", "--package", "latentlab"], cwd=ROOT, check=True)
    target = json.loads(subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT, check=True, capture_output=True
    ).stdout)["target_directory"]
    return pathlib.Path(target) / "release" / "latentlab"


def peers_python():
    """The Python that has the peers; made on the first run."""
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
    return python


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        return f"{fields['model name']} (family {fields['cpu family']}, model {fields['model']})"
    except (OSError, KeyError):
        return platform.processor()
