"""Runs: what a training leaves, and everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._display.figures import Figure, Page, Record, Records
from ._display.progress import Verbosity
from ._display.run import run_markup
from ._folder import TemporaryFolder
from ._inputs import Samples, named_data, read_input
from ._run_folder import RunFolder
from ._training import run_training, threads_of
from ._verbs import Checkpoint, RowFile, Sampler, Split, call, figures_of, without_files

Image = int | str | os.PathLike[str]
"""An image by its position in the split, counted from 0, by the name of its file in the data set, or by a path."""

_WITHOUT_DATA = ("generate", "manifold", "decode")
"""Verbs that open no images but the run's own."""


class Run(RunFolder):
    """A run: the folder that a training leaves, with recipe, losses, weights, figures and report.

    Parameters
    ----------
    folder
        The run's folder.
    data
        The run's data, where they were arrays or have moved since: images, a table, or a path.
    y
        Their classes, where the run was trained with classes.
    checkpoint
        Which weights: those of the epoch with the lowest validation loss, or the last ones.
    n_jobs
        Threads; None and -1 are all cores.

    Examples
    --------
    >>> import latentlab
    >>> run = latentlab.train("synthetic-digits-plane", epochs=1, settings={"data.count": 500}, folder=tmp / "plane")
    >>> run.status, run.model.latent_size
    ('completed', 2)
    >>> {"psnr", "ssim", "kl", "reconstruction"} <= set(run.evaluate())
    True
    >>> run.sample(4).shape
    (4, 28, 28, 1)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        data: Samples | None = None,
        y: ArrayLike | None = None,
        checkpoint: Checkpoint = "best",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(folder)
        self.checkpoint: Checkpoint = checkpoint
        self._threads = threads_of(n_jobs)
        self._keep: list[object] = []
        path = None if data is None else self._path(data, y)
        # The same arrays have the same name, under which the run knows them.
        self._moved = None if path is None or f'path = "{path}"' in self.recipe else path

    @cached_property
    def model(self) -> _native.Model:
        """The network, on arrays."""
        return _native.Model.open(str(self.folder), slot=self.checkpoint, threads=self._threads)

    # On arrays.

    def encode(self, X: Samples) -> NDArray[np.float32]:
        """Codes [n, d] of images or rows: the posterior's means."""
        source = read_input(X)
        return self.model.encode(source.values)[0]

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """Images [n, h, w, c] in [0, 1], or rows in the table's own units, of codes [n, d]."""
        return self.model.decode(np.ascontiguousarray(codes, dtype=np.float32))

    def sample(self, n: int = 60, *, seed: int = 0) -> NDArray[np.float32]:
        """Decode `n` draws of N(0, I): images [n, h, w, c] or rows; the i-th is the same however many are asked for."""
        return self.model.sample(n, seed=seed)

    def embed(self, *, split: Split | None = None, data: Samples | None = None) -> dict[str, NDArray[Any]]:
        """Codes of a whole split with all that is known of its images.

        Returns
        -------
        arrays : dict
            `mean` [n, d], `log_var` [n, d] of a VAE, `index` [n], and where they are known `label`, `class`, `file`,
            `factors`, and the names `classes`.
        """
        rows = RowFile()
        path = rows.path.with_suffix(".npz")
        self._call("embed", split=split, data=data, out=path)
        with np.load(path) as arrays:
            return dict(arrays)

    # Numbers.

    def evaluate(
        self, *, full: bool = False, split: Split | None = None, data: Samples | None = None, samples: int | None = None
    ) -> Record:
        """Measure loss terms and image quality on a whole split; with `full` everything that applies.

        Parameters
        ----------
        full
            Posterior, collapse, classes, generation, disentanglement, likelihood, and their figures.
        split
            "test" by default; "all" of other data than the run's own.
        data
            Other data than the run's own.
        samples
            Importance samples per image, of the likelihood.
        """
        result = self._call("evaluate", full=full, split=split, data=data, samples=samples)
        return Record(without_files(result), figures_of(result))

    def anomalies(
        self,
        *,
        split: Split | None = None,
        data: Samples | None = None,
        score: Literal["reconstruction", "kl", "neg-elbo", "heat-map"] | None = None,
        false_positives: float | None = None,
        anomalous_class: Sequence[str] = (),
        n: int | None = None,
        samples: int | None = None,
    ) -> Records:
        """Score every image by how strange the model finds it.

        Parameters
        ----------
        split, data
            Which images: "test" by default, all of other data than the run's own.
        score
            What ranks and flags them; "heat-map" where there are normal images to compare with, by default.
        false_positives
            Share of normal images that may be flagged, in (0, 1).
        anomalous_class
            Classes that count as anomalous; by default those that training left out.
        n
            How many of the strangest are drawn.
        samples
            Draws of each posterior that the ELBO is averaged over.

        Returns
        -------
        rows : list of dict
            One per image: `index`, `file`, `class`, and its scores, higher is stranger. `figures` has the strangest, and
            ROC curves where a class is anomalous; `summary` the threshold and the AUROC.
        """
        rows = RowFile()
        result = self._call(
            "anomalies",
            split=split,
            data=data,
            score=score,
            false_positives=false_positives,
            anomalous_class=list(anomalous_class),
            n=n,
            samples=samples,
            out=rows.path,
        )
        return Records(rows.rows(), without_files(result), figures_of(result))

    def map(
        self,
        *,
        method: Literal["tsne", "pca"] = "tsne",
        perplexity: float | None = None,
        dims: Literal[2, 3] = 2,
        seed: int = 0,
        split: Split | None = None,
        data: Samples | None = None,
    ) -> Records:
        """Map the codes of a split to two or three dimensions.

        Returns
        -------
        rows : list of dict
            One per image: `index`, `class`, `map_1`, `map_2`. `figures` has the map, `summary` how well it keeps
            neighbours.
        """
        rows = RowFile()
        options = {"method": method, "perplexity": perplexity, "dims": dims, "seed": seed, "split": split, "data": data}
        result = self._call("map", **options, out=rows.path)
        return Records(rows.rows(), without_files(result), figures_of(result))

    def clusters(
        self,
        *,
        clusters: int | None = None,
        neighbours: int | None = None,
        split: Split | None = None,
        data: Samples | None = None,
    ) -> Records:
        """Measure how well classes separate, or `clusters` clusters of k-means.

        Returns
        -------
        rows : list of dict
            One per image: `index`, `class`, `cluster`. `summary` has silhouettes, classifiers' accuracies and clusters'
            agreement with classes, `figures` the silhouette plot.
        """
        rows = RowFile()
        result = self._call("clusters", clusters=clusters, neighbours=neighbours, split=split, data=data, out=rows.path)
        return Records(rows.rows() if rows.path.exists() else [], without_files(result), figures_of(result))

    def similar(
        self,
        images: Image | Sequence[Image],
        k: int = 10,
        *,
        distance: Literal["euclidean", "cosine"] | None = None,
        split: Split | None = None,
        data: Samples | None = None,
    ) -> Records:
        """Find the images whose codes are nearest to those of `images`, among all of the run's data or those of a split.

        Returns
        -------
        rows : list of dict
            `k` for each image: `query`, `rank`, and `index`, `file`, `class`, `distance` of what was found. `figures` has
            them beside each other.
        """
        queries = [images] if isinstance(images, (int, str, os.PathLike)) else images
        result = self._call("similar", *queries, k=k, distance=distance, split=split, data=data)
        return Records(
            (
                {"query": query["query"], "rank": rank, **found}
                for query in result["queries"]
                for rank, found in enumerate(query["similar"], 1)
            ),
            figures=figures_of(result),
        )

    def summary(self) -> Record:
        """Layers, shapes, parameters."""
        result = call("summary", self.folder)
        layers = [{"part": part.get("name"), **layer} for part in result.pop("parts", []) for layer in part["layers"]]
        return Record(result | {"layers": layers})

    def verify(self) -> Record:
        """Check that the folder is whole and says the truth."""
        return Record(call("verify", self.folder))

    # Pictures.

    def generate(self, n: int = 60, *, seed: int = 0, sampler: Sampler = "prior", components: int | None = None) -> Figure:
        """Draw `n` new images; `sample` gives them as an array."""
        return self._figure("generate", n=n, seed=seed, sampler=sampler, components=components)

    def reconstruct(self, n: int | None = None, *, split: Split | None = None, data: Samples | None = None) -> Figure:
        """Draw images over their reconstructions."""
        return self._figure("reconstruct", n=n, split=split, data=data)

    def traverse(
        self,
        *,
        dims: Sequence[int] | None = None,
        range: tuple[float, float] | None = None,
        steps: int | None = None,
        image: Image | None = None,
        split: Split | None = None,
    ) -> Figure:
        """Draw what each latent dimension does, all others held; dimensions count from 1."""
        return self._figure(
            "traverse", dims=None if dims is None else tuple(dims), range=range, steps=steps, image=image, split=split
        )

    def interpolate(
        self, start: Image, end: Image, *, steps: int | None = None, spherical: bool = False, split: Split | None = None
    ) -> Figure:
        """Draw the way from one image's code to another's."""
        return self._figure("interpolate", **{"from": start, "to": end}, steps=steps, spherical=spherical, split=split)

    def manifold(
        self,
        *,
        range: tuple[float, float] | None = None,
        steps: int | None = None,
        dims: tuple[int, int] | None = None,
    ) -> Figure:
        """Draw a grid of the latent plane, decoded, with the coordinates on its ticks."""
        return self._figure("manifold", range=range, steps=steps, dims=dims)

    def draw(self, codes: ArrayLike) -> Figure:
        """Draw what codes [n, d] decode to; `decode` gives it as an array."""
        file = TemporaryFolder()
        table = file.path / "codes.npy"
        np.save(table, np.asarray(codes, dtype=np.float32))
        return self._figure("decode", codes=table)

    # Files.

    def report(self) -> Page:
        """Write report.html, one page with everything about the run."""
        return Page(Path(self._call("report")["files"][0]), "report")

    def explore(
        self, *, points: int | None = None, split: Split | None = None, data: Samples | None = None, exact: bool = False
    ) -> Page:
        """Write explorer.html, the latent space to walk through, with the network inside."""
        result = self._call("explore", points=points, split=split, data=data, exact=exact)
        return Page(Path(result["files"][0]), "explorer", height=860)

    def export(
        self,
        to: Literal["onnx", "keras", "torch", "numpy"],
        out: str | os.PathLike[str],
        *,
        part: Literal["encoder", "decoder", "all"] = "all",
        axes: Literal["nhwc", "nchw"] | None = None,
        logits: bool = False,
        licence: str | None = None,
        overwrite: bool = False,
    ) -> list[Path]:
        """Write the model for another program into the folder `out`, with a card that says how it is called."""
        options: dict[str, Any] = {
            "to": to,
            "part": part,
            "axes": axes,
            "logits": logits,
            "licence": licence,
            "force": overwrite,
        }
        result = call("export", self.folder, checkpoint=self.checkpoint, **options, out=os.fspath(out))
        return [Path(file) for file in result["files"]]

    def augment(
        self,
        out: str | os.PathLike[str],
        n: int = 5,
        *,
        spread: float | None = None,
        originals: bool = False,
        seed: int = 0,
        data: Samples | None = None,
        overwrite: bool = False,
    ) -> Record:
        """Write `n` variations of each image into the folder `out`, drawn from their posteriors."""
        options = {"spread": spread, "originals": originals, "seed": seed, "force": overwrite}
        return Record(self._call("augment", n=n, data=data, **options, out=os.fspath(out)))

    def denoise(
        self,
        images: str | os.PathLike[str],
        out: str | os.PathLike[str],
        *,
        noise: float | str | None = None,
        overwrite: bool = False,
    ) -> Record:
        """Take the noise off an image file or a folder of them, each at its own size.

        `noise` is put on first: a standard deviation, or kinds as ``"poisson:30,jpeg:40"``.
        """
        result = call(
            "denoise",
            self.folder,
            os.fspath(images),
            noise=noise,
            force=overwrite,
            out=os.fspath(out),
            threads=self._threads,
        )
        return Record(without_files(result), figures_of(result))

    # Training.

    def resume(self, epochs: int | None = None, *, verbose: Verbosity = "auto", report: bool = False) -> Run:
        """Go on where it was last saved, to the same weights as without the interruption; or to more epochs."""
        run_training(
            None,
            None,
            folder=str(self.folder),
            resume=True,
            epochs=epochs,
            report=report,
            threads=self._threads,
            verbose=verbose,
        )
        self.__dict__.pop("model", None)
        return self

    def _repr_html_(self) -> str:
        return run_markup(self)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def keep(self, *things: object) -> None:
        """Have `things` live as long as this run does: arrays and folders that it was trained on."""
        self._keep.extend(things)

    # What follows is for this class alone.

    def _path(self, data: Samples, y: ArrayLike | None = None) -> str:
        """Data under a path, which holds as long as this run does."""
        source = read_input(data)
        if source.array is None:
            self.keep(source)
            assert source.path is not None
            return source.path
        arrays = named_data(source, y)
        self.keep(arrays)
        return arrays.path

    def _call(self, verb: str, *more: object, data: Samples | None = None, **options: Any) -> dict[str, Any]:
        if verb not in _WITHOUT_DATA:
            options["data"] = self._moved if data is None else self._path(data)
        return call(verb, self.folder, *more, checkpoint=self.checkpoint, threads=self._threads, **options)

    def preview(self, verb: Literal["reconstruct", "generate"], n: int = 12) -> Figure:
        """A small figure that leaves the folder as it is."""
        file = TemporaryFolder()
        return figures_of(self._call(verb, n=n, out=file.path / f"{verb}.svg"))[0]

    def _figure(self, verb: str, **options: Any) -> Figure:
        return figures_of(self._call(verb, **options))[0]
