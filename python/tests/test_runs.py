"""Runs do what the program's verbs do, and give what pandas and NumPy take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from numpy.typing import NDArray

import latentlab
from latentlab import Run


def test_a_training_leaves_a_run_that_opens_again(run: Run) -> None:
    again = Run(run.folder)
    assert (again.status, again.name) == ("completed", "synthetic-digits-plane")
    assert pd.DataFrame(again.history)["epoch"].tolist() == [1, 2]
    assert {"train_total", "valid_total", "valid_kl", "seconds"} <= set(again.history[0])
    assert again.manifest["epochs"] == {"asked": 2, "done": 2}
    assert "loss-curves" in again.figures and again.figures["loss-curves"].svg.startswith("<svg")
    assert (run.folder / "report.html").exists()


def test_numbers_are_those_that_the_run_keeps(run: Run) -> None:
    evaluation = run.evaluate()
    assert evaluation["total"] == pytest.approx(evaluation["reconstruction"] + evaluation["kl"], rel=1e-5)
    kept = {row["metric"]: row["value"] for row in run.metrics}
    assert kept["psnr"] == evaluation["psnr"]
    assert run.evaluate(split="valid")["split"] == "valid"


def test_full_evaluation_has_more(run: Run) -> None:
    full = run.evaluate(full=True)
    assert {"active_units", "silhouette", "mutual_information"} <= set(full)
    assert full.figures


def test_codes_and_images_go_both_ways(run: Run) -> None:
    arrays = run.embed()
    assert arrays["mean"].shape == (150, 2)
    assert set(arrays) >= {"mean", "log_var", "label", "class", "index"}
    images = run.decode(arrays["mean"][:5])
    assert images.shape == (5, 28, 28, 1)
    assert run.encode(images).shape == (5, 2)
    np.testing.assert_array_equal(run.sample(7, seed=1)[:3], run.sample(3, seed=1))


def test_rows_of_every_verb_are_what_pandas_takes(run: Run) -> None:
    anomalies = run.anomalies(n=5)
    frame = pd.DataFrame(anomalies)
    assert len(frame) == 150 and {"index", "class", "reconstruction_error", "kl", "neg_elbo"} <= set(frame)
    assert frame["reconstruction_error"].dtype == np.float64
    assert frame["reconstruction_error"].mean() == pytest.approx(anomalies.summary["reconstruction_error"]["mean"], rel=1e-6)
    assert "anomalies" in anomalies.figures
    points = pd.DataFrame(run.map(method="pca"))
    assert {"map_1", "map_2", "class"} <= set(points) and len(points) == 150
    clusters = run.clusters()
    assert {"silhouette", "knn_accuracy"} <= set(clusters.summary)
    assert set(pd.DataFrame(clusters)["cluster"]) <= set(range(1, 11))


def test_a_map_has_points_figure_and_quality(run: Run) -> None:
    placed = run.map(perplexity=20)
    assert "map-tsne" in placed.figures and 0.5 < placed.summary["trustworthiness"] <= 1


def test_figures_are_drawn(run: Run, tmp_path: Path) -> None:
    figures = [
        run.generate(12),
        run.reconstruct(6),
        run.traverse(steps=5),
        run.interpolate(0, 7, steps=5),
        run.manifold(range=(-2, 2), steps=6),
    ]
    assert len({figure.svg for figure in figures}) == 5
    for figure in figures:
        assert figure.svg.startswith("<svg") and "data:image/png" in figure.svg
    assert figures[0].save(tmp_path / "a.svg").read_text() == figures[0].svg
    assert figures[0].save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="saved as .svg or .png"):
        figures[0].save(tmp_path / "a.pdf")


def test_pages_are_written(run: Run) -> None:
    report, explorer = run.report(), run.explore()
    assert report.path.read_text().lower().startswith("<!doctype html>")
    assert explorer.path.name == "explorer.html"
    assert "srcdoc=" in explorer._repr_html_()


def test_layers_and_checks(run: Run) -> None:
    summary = run.summary()
    assert summary["parameters"] == sum(layer["parameters"] for layer in summary["layers"])
    assert run.verify()["ok"] is True


def test_an_exported_model_gives_the_same_codes(run: Run, tmp_path: Path) -> None:
    files = run.export("onnx", tmp_path / "onnx")
    assert tmp_path / "onnx" / "encoder.onnx" in files
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / "encoder.onnx")
    images = run.sample(9)
    mean = session.run(None, {session.get_inputs()[0].name: images})[0]
    np.testing.assert_allclose(mean, run.encode(images), atol=1e-4)


def test_runs_on_arrays_do_everything_with_them(digits: NDArray[np.uint8], digit_names: NDArray[np.int64]) -> None:
    run = latentlab.train(None, digits[:400], digit_names[:400], latent=3, epochs=2, seed=1, folder="digits", verbose=False)
    assert {row["class"] for row in run.anomalies(split="all")} == set("0123456789")
    assert run.evaluate()["images"] == 40
    again = Run("digits", data=digits[:400], y=digit_names[:400])
    assert again.evaluate(split="test")["psnr"] == pytest.approx(run.evaluate(split="test")["psnr"])
    assert run.evaluate(data=digits[400:500])["images"] == 100
    assert len(run.anomalies(data=digits[400:500])) == 100


def test_a_table_is_trained_on(tumours: NDArray[np.float64]) -> None:
    run = latentlab.train(
        None, pd.DataFrame(tumours, columns=[f"c{i}" for i in range(30)]), purpose="ae", epochs=5, verbose=False
    )
    assert run.folder.parent == Path("runs")
    assert run.model.columns == [f"c{i}" for i in range(30)]
    assert run.encode(tumours).shape[0] == 569


def test_a_training_goes_on_to_more_epochs(tmp_path: Path) -> None:
    settings = {"data.count": 500}
    run = latentlab.train("synthetic-digits-plane", epochs=1, settings=settings, folder="a", report=False, verbose=False)
    before = run.model.epoch
    run.resume(epochs=3, verbose=False)
    assert [row["epoch"] for row in run.history] == [1, 2, 3] and run.model.epoch >= before


def test_runs_are_compared(run: Run, tmp_path: Path) -> None:
    other = latentlab.train(
        "synthetic-digits-plane", epochs=1, settings={"data.count": 1500}, folder="other", report=False, verbose=False
    )
    comparison = latentlab.compare([run, other.folder], names=["two epochs", "one"], folder=tmp_path / "c")
    frame = pd.DataFrame(comparison).set_index("model")
    assert frame.loc["two epochs", "valid_total"] < frame.loc["one", "valid_total"]
    assert "two epochs" in comparison.words and "reconstructions" in comparison.figures
    assert comparison.report.path == tmp_path / "c" / "report.html"


def test_a_study_trains_and_compares(tmp_path: Path) -> None:
    (tmp_path / "betas.toml").write_text(
        'name = "betas"\n'
        'sweep = { name = "β", recipe = "synthetic-digits-plane", key = "objective.kl.weight", values = [0.1, 4.0] }\n'
    )
    compared = latentlab.study("betas.toml", epochs=1, settings={"data.count": 500}, verbose=False)
    assert [row["model"] for row in compared] == ["β 0.1", "β 4"]
    assert len(compared.runs) == 2 and compared.runs[0].status == "completed"


def test_lists_of_what_is_built_in() -> None:
    recipes = pd.DataFrame(latentlab.recipes())
    assert "mnist-mlp-vae" in set(recipes["name"])
    assert latentlab.recipe("mnist-mlp-vae").startswith("schema = 1")
    assert "kl-weight" in {study["name"] for study in latentlab.studies()}
    assert "synthetic-digits" in {data["name"] for data in latentlab.data_sets()}


def test_mistakes_are_value_errors_with_a_hint(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no run"):
        Run(tmp_path)
    with pytest.raises(ValueError, match="mnist-mlp-vae"):
        latentlab.train("mnist-mlp-vea")
    with pytest.raises(ValueError, match="learning_rate, schedule"):
        latentlab.train("synthetic-digits-plane", settings={"optimizer.learning_rates": 1})
    with pytest.raises(ValueError, match="99999"):
        run.interpolate(0, 99999)
    with pytest.raises(TypeError, match="which a recipe cannot hold"):
        latentlab.train("synthetic-digits-plane", settings={"seed": object()})


def test_the_run_folder_is_what_the_program_writes(run: Run) -> None:
    assert json.loads((run.folder / "manifest.json").read_text())["status"] == "completed"
    assert latentlab.__version__ in run.manifest["program"]


def test_similar_images_are_found(run: Run) -> None:
    found = run.similar([0, 3], k=4)
    assert [row["rank"] for row in found] == [1, 2, 3, 4] * 2
    distances = [row["distance"] for row in found]
    assert distances[:4] == sorted(distances[:4]) and "similar" in found.figures
    assert len(run.similar(5, k=2)) == 2


def test_duplicates_are_found_in_arrays(digits: NDArray[np.uint8]) -> None:
    found = latentlab.duplicates(np.concatenate([digits[:50], digits[:1]]), threshold=0)
    assert sorted(row["index"] for row in found) == [0, 50]


def test_a_model_of_keras_becomes_a_run(run: Run, tmp_path: Path) -> None:
    run.export("keras", tmp_path / "keras")
    parts = [tmp_path / "keras" / f"{part}.keras" for part in ("encoder", "decoder")]
    images, _ = latentlab.load_data("synthetic-digits", split="test", settings={"data.count": 300})
    imported = latentlab.import_model(parts, images, tmp_path / "imported")
    np.testing.assert_allclose(imported.encode(images), run.encode(images), atol=1e-4)
    assert imported.evaluate()["psnr"] > 0


def test_the_command_is_installed_and_says_what_the_package_says() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "latentlab", "recipes", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout)["recipes"] == latentlab.recipes()
    wrong = subprocess.run(
        [sys.executable, "-m", "latentlab", "evaluate", "nowhere"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2 and "nowhere" in wrong.stderr and "Traceback" not in wrong.stderr


def test_data_sets_become_arrays(tmp_path: Path) -> None:
    images, classes = latentlab.load_data("synthetic-digits", split="test", settings={"data.count": 300})
    assert images.shape == (30, 28, 28, 1) and classes is not None and set(classes) <= set("0123456789")
    pd.DataFrame({"a": [1.5, 2.5, 3.5] * 5, "b": [10, 20, 30] * 5}).to_csv(tmp_path / "t.csv", index=False)
    rows, nothing = latentlab.load_data(tmp_path / "t.csv")
    assert nothing is None
    assert sorted(map(tuple, rows.tolist()))[0] == pytest.approx((1.5, 10.0))
