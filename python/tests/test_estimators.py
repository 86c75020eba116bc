"""Estimators on what people have: images, folders, pictures, tables."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import latentlab
from latentlab import VAE, Autoencoder
from latentlab._inputs import named_data, read_input

KINDS = pytest.mark.parametrize("kind", [VAE, Autoencoder])


@pytest.fixture(scope="module")
def vae(digits: NDArray[np.uint8]) -> VAE:
    return VAE(4, epochs=15, random_state=0).fit(digits)


def test_images_become_codes_and_images_again(vae: VAE, digits: NDArray[np.uint8]) -> None:
    codes = vae.transform(digits)
    assert (codes.shape, codes.dtype) == ((1797, 4), np.float32)
    again = vae.inverse_transform(codes)
    assert (again.shape, again.dtype) == (digits.shape, np.float32)
    assert 0 <= again.min() and again.max() <= 1
    np.testing.assert_allclose(vae.reconstruct(digits), again, atol=1e-6)
    # Better than the mean image, which is what no code at all gives.
    truth = digits / np.float32(255)
    assert ((again - truth) ** 2).mean() < 0.8 * ((truth.mean(axis=0) - truth) ** 2).mean()


def test_images_with_and_without_a_channel_are_the_same(vae: VAE, digits: NDArray[np.uint8]) -> None:
    few = digits[:20]
    np.testing.assert_array_equal(vae.transform(few[..., None]), vae.transform(few))
    np.testing.assert_allclose(vae.transform(few / np.float32(255)), vae.transform(few), atol=1e-4)


def test_images_whose_largest_value_is_not_255_keep_their_range(digits: NDArray[np.uint8]) -> None:
    sixteen = digits / 255 * 16
    vae = VAE(2, epochs=2, random_state=0).fit(sixteen)
    # One dark image alone must be read on the scale of the training images.
    dark = sixteen[:1].copy()
    dark[dark > 4] = 4
    together = vae.transform(np.concatenate([dark, sixteen]))[:1]
    np.testing.assert_allclose(vae.transform(dark), together, atol=1e-6)


def test_colours_stay(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    red = np.zeros((120, 12, 12, 3), np.uint8)
    red[..., 0] = rng.integers(150, 255, (120, 1, 1))
    again = Autoencoder(2, epochs=40, random_state=0).fit(red).reconstruct(red)
    assert again.shape == red.shape
    assert again[..., 0].mean() > 0.6 and again[..., 1:].mean() < 0.2


@KINDS
def test_tables_come_back_in_their_own_units(kind: type[Any], tumours: NDArray[np.float64]) -> None:
    model = kind(8, epochs=40, learning_rate=0.003, random_state=0).fit(tumours)
    again = model.reconstruct(tumours)
    assert again.shape == tumours.shape
    left = ((again - tumours) ** 2).sum(axis=0) / ((tumours - tumours.mean(axis=0)) ** 2).sum(axis=0)
    # A third of the variance of a column at most is lost, though columns differ in scale by a million.
    assert np.median(left) < 0.34
    drawn = model.sample(400, random_state=1)
    assert drawn.shape == (400, 30)
    ratio = drawn.mean(axis=0) / tumours.mean(axis=0)
    assert ((ratio > 0.4) & (ratio < 2.5)).all()


def test_a_table_of_64_columns_is_no_image(digits: NDArray[np.uint8]) -> None:
    rows = digits.reshape(len(digits), -1).astype(np.float64) * 10
    vae = VAE(2, epochs=1, random_state=0).fit(rows)
    assert vae.n_features_in_ == 64 and vae.reconstruct(rows[:3]).shape == (3, 64)


@pytest.mark.parametrize("samples", [1, 2, 3, 9])
@KINDS
def test_few_rows_are_enough(kind: type[Any], samples: int) -> None:
    rows = np.random.default_rng(0).normal(size=(samples, 3))
    model = kind(1, epochs=2, random_state=0).fit(rows)
    assert model.transform(rows).shape == (samples, 1)
    assert model.labels_.shape == (samples,)


def test_pictures_and_folders_are_read_as_their_arrays_are(digits: NDArray[np.uint8], tmp_path: Path) -> None:
    few = digits[:60]
    pictures = [Image.fromarray(image) for image in few]
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number:02}.png")
    of_array = VAE(2, epochs=2, random_state=0).fit(few)
    np.testing.assert_allclose(of_array.transform(pictures), of_array.transform(few), atol=1e-6)
    np.testing.assert_allclose(of_array.transform(tmp_path), of_array.transform(few), atol=1e-6)
    np.testing.assert_allclose(of_array.score_samples(str(tmp_path)), of_array.score_samples(few), rtol=1e-6)
    np.testing.assert_allclose(of_array.transform(sorted(tmp_path.glob("*.png"))), of_array.transform(few), atol=1e-6)
    of_folder = VAE(2, epochs=2, random_state=0).fit(tmp_path)
    assert of_folder.transform(tmp_path).shape == (60, 2)
    assert VAE(2, epochs=1).fit(pictures).reconstruct(pictures).shape == (60, 8, 8, 1)


def test_the_same_seed_gives_the_same_network(digits: NDArray[np.uint8]) -> None:
    few, names = digits[:300], np.arange(300) % 3
    first = VAE(2, epochs=2, random_state=3).fit(few).transform(few)
    np.testing.assert_array_equal(VAE(2, epochs=2, random_state=3, n_jobs=1).fit(few).transform(few), first)
    # Classes are for the figures.
    np.testing.assert_array_equal(VAE(2, epochs=2, random_state=3).fit(few, names).transform(few), first)
    assert not np.array_equal(VAE(2, epochs=2, random_state=4).fit(few).transform(few), first)
    np.random.seed(5)
    drawn = [VAE(2, epochs=1).fit(few).transform(few) for _ in range(2)]
    assert not np.array_equal(*drawn)
    np.random.seed(5)
    np.testing.assert_array_equal(VAE(2, epochs=1).fit(few).transform(few), drawn[0])


def test_random_states_of_numpy_are_drawn_from(digits: NDArray[np.uint8]) -> None:
    for state in (np.random.RandomState(1), np.random.default_rng(1)):
        VAE(2, epochs=1, random_state=state).fit(digits[:50])
    with pytest.raises(ValueError, match="random_state = 'x'"):
        VAE(random_state="x").fit(digits[:50])  # type: ignore[arg-type]


def test_samples_are_drawn_by_seed(vae: VAE, digits: NDArray[np.uint8]) -> None:
    drawn = vae.sample(30, random_state=1)
    assert drawn.shape == (30, 8, 8)
    np.testing.assert_array_equal(vae.sample(10, random_state=1), drawn[:10])
    assert not np.array_equal(vae.sample(30, random_state=2), drawn)
    for sampler in ("gaussian", "gmm"):
        # Images of codes that lie where training codes lie are as bright as training images.
        assert abs(vae.sample(200, sampler=sampler).mean() - digits.mean() / 255) < 0.05
    autoencoder = Autoencoder(4, epochs=5, random_state=0).fit(digits)
    assert autoencoder.sample(3).shape == (3, 8, 8)


def test_anomalies_are_found_with_scikit_learns_and_pyods_words(
    digits: NDArray[np.uint8], digit_names: NDArray[np.int64]
) -> None:
    known, strange = digits[digit_names != 0], digits[digit_names == 0]
    model = Autoencoder(8, epochs=25, contamination=0.05, random_state=0).fit(known)
    assert model.threshold_ == -model.offset_
    np.testing.assert_allclose(model.decision_scores_, model.anomaly_score(known), rtol=1e-6)
    assert round(model.labels_.mean(), 2) == 0.05
    np.testing.assert_array_equal(model.predict(known) == -1, model.labels_ == 1)
    np.testing.assert_array_equal(model.decision_function(strange), model.score_samples(strange) - model.offset_)
    truth = np.r_[np.zeros(len(known)), np.ones(len(strange))]
    assert latentlab.roc_auc_score(truth, model.anomaly_score(np.concatenate([known, strange]))) > 0.9


def test_scores_are_minus_the_loss_and_do_not_depend_on_company(vae: VAE, digits: NDArray[np.uint8]) -> None:
    scores = vae.score_samples(digits)
    assert scores.dtype == np.float64 and vae.score(digits) == pytest.approx(scores.mean())
    np.testing.assert_allclose([vae.score_samples(digits[i : i + 1])[0] for i in range(5)], scores[:5], rtol=1e-6)
    truth, again = digits / 255, vae.reconstruct(digits).astype(np.float64).clip(1e-7, 1 - 1e-7)
    entropy = -(truth * np.log(again) + (1 - truth) * np.log1p(-again)).sum(axis=(1, 2))
    mean, log_variance = vae.run_.model.encode(digits)
    assert log_variance is not None
    kl = -0.5 * (1 + log_variance - mean.astype(np.float64) ** 2 - np.exp(log_variance)).sum(axis=1)
    np.testing.assert_allclose(-scores, entropy + kl, rtol=1e-3)


@KINDS
def test_a_fitted_estimator_travels(kind: type[Any], tumours: NDArray[np.float64], tmp_path: Path) -> None:
    model = kind(3, epochs=3, random_state=0).fit(tumours)
    codes, scores = model.transform(tumours), model.score_samples(tumours)
    saved = model.save(tmp_path / "model.latentlab")
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), kind.load(saved)):
        np.testing.assert_array_equal(other.transform(tumours), codes)
        np.testing.assert_array_equal(other.score_samples(tumours), scores)
        np.testing.assert_array_equal(other.labels_, model.labels_)
        assert (other.threshold_, other.get_params()["n_components"]) == (model.threshold_, 3)
        assert repr(other) == repr(model)
    # In another process, too, and without the training data.
    np.save(tmp_path / "rows.npy", tumours)
    code = f"import numpy as np, latentlab; print(latentlab.{kind.__name__}.load('model.latentlab').transform(np.load('rows.npy'))[7].tolist())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.stdout == f"{codes[7].tolist()}\n", ran.stderr
    assert (tmp_path / "model.latentlab").stat().st_size < tumours.nbytes


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no zip")
    with pytest.raises(ValueError, match="is no estimator that latentlab saved"):
        VAE.load(tmp_path / "x")
    Autoencoder(1, epochs=1).fit(np.eye(12)).save(tmp_path / "ae")
    with pytest.raises(ValueError, match=r"holds a Autoencoder\nhint: latentlab.Autoencoder.load"):
        VAE.load(tmp_path / "ae")


def test_a_recipe_is_trained_and_settings_go_over_it(digits: NDArray[np.uint8]) -> None:
    large = np.repeat(np.repeat(digits[:200], 4, axis=1), 4, axis=2)[:, 2:30, 2:30]
    vae = VAE(
        recipe="mnist-mlp-vae", epochs=1, settings={"optimizer.kind": "adamw"}, learning_rate=1e-4, random_state=0
    ).fit(large)
    assert vae.n_components_ == 10
    assert 'kind = "adamw"' in vae.run_.recipe and "learning_rate = 0.0001" in vae.run_.recipe
    with pytest.raises(ValueError, match="optimizer.kind"):
        VAE(settings={"optimizer.kind": "adam2"}).fit(large)
    text = vae.run_.recipe.replace("units = 300", "units = 40")
    assert "units = 40" in VAE(recipe=text, epochs=1).fit(large).run_.recipe


def test_losses_and_weights_are_chosen(digits: NDArray[np.uint8]) -> None:
    few = digits[:200]
    assert "weight = 4.0" in VAE(2, beta=4.0, epochs=1).fit(few).run_.recipe
    assert 'loss = "gaussian"' in VAE(2, loss="gaussian", epochs=1).fit(few).run_.recipe
    denoiser = Autoencoder(8, noise=0.3, epochs=1).fit(few)
    assert "noise = 0.3" in denoiser.run_.recipe
    of_camera = Autoencoder(8, noise={"poisson": 30, "jpeg": 40}, epochs=1).fit(few)
    assert "poisson = 30.0" in of_camera.run_.recipe and "jpeg = 40" in of_camera.run_.recipe


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"contamination": 0.7}, r"contamination = 0.7: must be in \(0, 0.5\]"),
        ({"validation_fraction": 1.0}, "validation_fraction = 1.0"),
        ({"loss": "mae"}, "objective.reconstruction.loss"),
        ({"n_components": 0}, "latent"),
        ({"epochs": 0}, "epochs"),
        ({"n_jobs": 0}, "n_jobs = 0"),
        ({"recipe": "mnist-mlp-vea"}, "mnist-mlp-vae"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_by_name(
    parameters: dict[str, Any], message: str, tumours: NDArray[np.float64]
) -> None:
    with pytest.raises(ValueError, match=message):
        VAE(**parameters).fit(tumours)


def test_data_of_another_kind_are_refused(vae: VAE, tumours: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match=r"X has shape \(569, 30\), but VAE was fitted on images"):
        vae.transform(tumours)
    with pytest.raises(ValueError, match="9"):
        vae.transform(np.zeros((3, 9, 9), np.uint8))
    with pytest.raises(ValueError, match=r"codes of shape \(2, 5\)"):
        vae.inverse_transform(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="Found array with dim 5"):
        vae.fit(np.zeros((2, 2, 2, 2, 2)))
    with pytest.raises(ValueError, match="hint: images of several sizes"):
        VAE().fit([np.zeros((4, 4)), np.zeros((4, 5))])
    with pytest.raises(ValueError, match="nowhere"):
        VAE().fit("nowhere")


def test_a_temporary_run_goes_with_its_estimator_and_a_named_one_stays(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 3))
    model = VAE(1, epochs=1).fit(rows)
    folder = model.run_.folder
    assert folder.is_dir()
    run = model.run_
    del model
    assert folder.is_dir(), "the run still holds it"
    del run
    assert not folder.exists()
    kept = VAE(1, epochs=1, folder=tmp_path / "kept").fit(rows)
    assert (tmp_path / "kept" / "manifest.json").exists()
    assert pickle.loads(pickle.dumps(kept)).run_.folder == (tmp_path / "kept").resolve()
    with pytest.raises(ValueError, match="kept"):
        VAE(1, epochs=1, folder=tmp_path / "kept").fit(rows)


def test_arrays_that_lie_as_images_do_are_not_copied(digits: NDArray[np.uint8]) -> None:
    for array, is_borrowed in [
        (digits, True),
        (digits[..., None], True),
        (digits / np.float32(255), True),
        (digits / 255, False),
    ]:
        assert named_data(read_input(array)).borrowed is is_borrowed


def test_what_is_trained_on_can_be_written_to_afterwards(digits: NDArray[np.uint8]) -> None:
    mine = digits.copy()
    model = VAE(2, epochs=1, random_state=0).fit(mine)
    codes = model.transform(mine)
    assert mine.flags.writeable
    mine[:] = 0
    np.testing.assert_array_equal(model.transform(digits), codes)
