"""Trains against a real MLflow server, and compares what it was told with the run.

    python -m venv venv && venv/bin/pip install mlflow
    venv/bin/python scripts/check_mlflow.py target/release/latentlab [--write results.md]

Starts `mlflow server` with SQLite on a port of the loopback, trains two epochs of drawn digits into it, resumes to four,
takes the server away in the middle of a longer training and brings it back, and reads everything with MlflowClient:
experiment, parameters, tags, every value of every metric, the files byte by byte, states.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request

import mlflow
from mlflow import MlflowClient

FILES = ["recipe.toml", "manifest.json", "events.jsonl", "metrics.json", "report.html"]
SMALL = ["--set", "data.count=400", "--set", "training.batch_size=50"]


class Server:
    """`mlflow server` with SQLite in a folder."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        log = open(self.folder / "server.log", "a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
             "--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}",
             "--artifacts-destination", str(self.folder / "artifacts")],
            stdout=log, stderr=log, start_new_session=True)
        for _ in range(480):
            try:
                urllib.request.urlopen(f"{self.uri}/health", timeout=2)
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "server.log").read_text()
                time.sleep(0.25)
        raise TimeoutError("the server does not answer")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)


def flat(value, key=""):
    """The keys of a recipe, as `latentlab` names parameters."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for at, inner in enumerate(value):
            yield from flat(inner, f"{key}.{at}")
    else:
        yield key, value


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def epochs_of(run):
    """The epochs that count: those behind the point where training went on were trained again."""
    epochs = []
    for line in (run / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "run_started":
            epochs = [epoch for epoch in epochs if epoch["epoch"] <= event["epoch"]]
        elif event["event"] == "epoch":
            epochs.append(event)
    return epochs


def check(client, run, experiment, epochs_when_begun, status="FINISHED"):
    """What the server has of `run` is what the run's files say."""
    kept = json.loads((run / "mlflow.json").read_text())
    manifest = json.loads((run / "manifest.json").read_text())
    found = client.get_run(kept["run_id"])
    assert client.get_experiment(found.info.experiment_id).name == experiment
    assert found.info.run_name == run.name and found.info.status == status, found.info
    assert found.data.tags["latentlab.version"] == manifest["program"].removeprefix("latentlab ")
    assert not any("git" in tag for tag in found.data.tags), found.data.tags

    recipe = dict(flat(tomllib.loads((run / "recipe.toml").read_text())))
    assert set(found.data.params) == set(recipe), set(found.data.params) ^ set(recipe)
    for key, value in recipe.items():
        told = found.data.params[key]
        if key == "training.epochs":
            assert told == str(epochs_when_begun)
        elif isinstance(value, bool) or isinstance(value, list):
            assert told.replace(" ", "") == json.dumps(value).replace(" ", ""), (key, told, value)
        elif isinstance(value, (int, float)):
            assert float(told) == value, (key, told, value)
        else:
            assert told == value[:500], (key, told, value)

    epochs = epochs_of(run)
    expected = {f"{split}/{term}": [epoch[split][term] for epoch in epochs] for split in ["train", "valid"] for term in epochs[0][split]}
    expected["learning_rate"] = [epoch["learning_rate"] for epoch in epochs]
    expected["epoch_seconds"] = [epoch["seconds"] for epoch in epochs]
    for key, values in expected.items():
        history = sorted(client.get_metric_history(kept["run_id"], key), key=lambda metric: metric.step)
        assert [metric.step for metric in history] == [epoch["epoch"] for epoch in epochs], (key, history)
        assert all(same(metric.value, float(value)) for metric, value in zip(history, values)), key
    values = len(expected) * len(epochs)

    if (run / "metrics.json").exists():
        for split, measured in json.loads((run / "metrics.json").read_text())["splits"].items():
            for name, measurement in measured["metrics"].items():
                assert same(found.data.metrics[f"{split}/{name}"], float(measurement["value"])), name
                values += 1

    files = [run / name for name in FILES if (run / name).exists()] + sorted((run / "figures").glob("*"))
    with tempfile.TemporaryDirectory() as folder:
        local = pathlib.Path(client.download_artifacts(kept["run_id"], "", folder))
        there = {path.relative_to(local).as_posix() for path in local.rglob("*") if path.is_file()}
        assert there == {path.relative_to(run).as_posix() for path in files}, there
        for path in files:
            told, own = (local / path.relative_to(run)).read_bytes(), path.read_bytes()
            assert told == own, f"{path}: the server has other bytes"
    return len(recipe), values, len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, help="file for the result, as Markdown")
    asked = parser.parse_args()
    program = asked.program.resolve()
    rows = []

    def told(what, counts):
        parameters, values, files = counts
        rows.append((what, parameters, values, files))
        print(f"{what}: {parameters} parameters, {values} values, {files} files")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def run(*arguments, **more):
            done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, **more)
            assert done.returncode == 0, done.stderr
            return done.stderr

        server = Server(folder)
        try:
            client = MlflowClient(server.uri)
            small = folder / "runs/small"
            run("train", "--epochs", "2", *SMALL, "--out", "runs/small", "--mlflow", server.uri)
            told("two epochs", check(client, small, "synthetic-digits", 2))
            run_id = json.loads((small / "mlflow.json").read_text())["run_id"]
            run("evaluate", "runs/small")
            environment = {**os.environ, "MLFLOW_TRACKING_URI": server.uri}
            run("train", "--resume", "runs/small", "--epochs", "4", "--mlflow", env=environment)
            assert json.loads((small / "mlflow.json").read_text())["run_id"] == run_id, "it went on in another run"
            told("resumed to four, evaluated", check(client, small, "synthetic-digits", 2))

            # A server that goes away: training goes on, and the next call tells what is missing.
            training = subprocess.Popen(
                [program, "train", "--epochs", "60", *SMALL, "--out", "runs/long", "--no-report", "--mlflow", server.uri,
                 "--mlflow-experiment", "a server goes away"],
                cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            log = folder / "runs/long/events.jsonl"
            while not log.exists() or log.read_text().count('"event":"epoch"') < 3:
                assert training.poll() is None, training.stderr.read()
                time.sleep(0.05)
            server.stop()
            said = training.communicate(timeout=600)[1]
            assert training.returncode == 0, said
            long = folder / "runs/long"
            sent = json.loads((long / "mlflow.json").read_text())["sent"]
            assert sent < 60 and "sends what is missing" in said, (sent, said)
            refused = subprocess.run([program, "train", "--out", "runs/none", "--mlflow", server.uri], cwd=folder, capture_output=True, text=True)
            assert refused.returncode == 2 and not (folder / "runs/none").exists(), refused.stderr
            server.start()
            run("train", "--resume", "runs/long", "--no-report", "--mlflow", server.uri)
            told(f"away from epoch {sent} of 60 on, then told", check(client, long, "a server goes away", 60))
        finally:
            server.stop()

    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    print(f"all equal: {version}, mlflow {mlflow.__version__}, Python {platform.python_version()}")
    if asked.write:
        lines = [
            f"# An MLflow server, {datetime.date.today()}",
            "",
            f"{version} told MLflow {mlflow.__version__} (`mlflow server` with SQLite, Python {platform.python_version()},",
            f"{platform.system()} {platform.machine()}) of trainings on drawn digits; `MlflowClient` read back what the runs' files say.",
            "",
            "| training | parameters equal | values equal | files equal |",
            "|---|---:|---:|---:|",
            *(f"| {what} | {parameters} | {values} | {files} |" for what, parameters, values, files in rows),
            "",
            "Made by `scripts/check_mlflow.py`.",
        ]
        asked.write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
