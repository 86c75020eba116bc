"""The compiled part: training, networks, and the measures, all of it in Rust."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Events = Callable[[dict[str, Any]], object]
"""Hears of work: what happens ("event") and its numbers. An exception of it ends the work, and is raised."""

__version__: str

class Fault(RuntimeError):
    """The machine, the disk or the network failed. What is asked for and cannot be is a ValueError."""

@final
class Data:
    """Arrays under a name, so that everything that takes a path takes them.

    `path` names them as long as this object lives; the same arrays have the same path in every process.
    """

    def __new__(
        cls,
        array: ArrayLike,
        *,
        labels: ArrayLike | None = None,
        columns: Sequence[str] | None = None,
        kind: Literal["images", "table"] | None = None,
        name: str = "array",
        valid: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
        test: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Data: ...
    @property
    def path(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def borrowed(self) -> bool:
        """Whether training uses the array's memory as it lies: images of uint8, or of float32 in [0, 1], in C order."""

@final
class Model:
    """A trained network on arrays. It may be used from several threads."""

    @staticmethod
    def open(folder: str, *, slot: str | None = None, threads: int | None = None) -> Model:
        """The network of a run, with its best weights or those of another slot."""

    @staticmethod
    def from_bytes(data: bytes, *, threads: int | None = None) -> Model: ...
    def to_bytes(self) -> bytes:
        """Recipe and weights, without images."""

    @property
    def recipe(self) -> str:
        """The recipe as TOML."""

    @property
    def is_variational(self) -> bool: ...
    @property
    def latent_size(self) -> int:
        """Numbers of a code."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of images, (columns,) of a table."""

    @property
    def columns(self) -> list[str] | None: ...
    @property
    def epoch(self) -> int:
        """Epoch that the weights are of."""

    @property
    def slot(self) -> str: ...
    @property
    def loss(self) -> str:
        """bce, squared_error or gaussian."""

    def encode(self, x: ArrayLike | str) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Means of the codes [n, latent_size], and of a variational network their log variances.

        Bytes are 0 to 255, other numbers have the range of the training data; rows have the table's own units; a path is of
        files, which are read as those of the training were.
        """

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """Images [n, height, width, channels] in [0, 1], or rows in the table's own units."""

    def reconstruct(self, x: ArrayLike | str) -> NDArray[np.float32]:
        """What becomes of `x` on its way through the code's mean."""

    def losses(self, x: ArrayLike | str, *, samples: int = 10) -> dict[str, NDArray[np.float64]]:
        """Losses of each image in nats: "reconstruction" from the code's mean; of a variational network "kl" and
        "neg_elbo", averaged over `samples` draws and left out without any."""

    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        sampler: Literal["prior", "gaussian", "gmm"] = "prior",
        x: ArrayLike | str | None = None,
        components: int | None = None,
    ) -> NDArray[np.float32]:
        """New images or rows: decoded draws of N(0, I), or of what is fitted to the codes of `x`."""

def train(
    recipe: str | None,
    data: str | None,
    *,
    purpose: str | None = None,
    latent: int | None = None,
    settings: Sequence[str] = ...,
    folder: str | None = None,
    overwrite: bool = False,
    report: bool = True,
    figures: bool = True,
    epochs: int | None = None,
    resume: bool = False,
    threads: int | None = None,
    data_dir: str | None = None,
    events: Events | None = None,
) -> str:
    """Train, and give the run's folder."""

def choose(
    data: str,
    *,
    purpose: str | None = None,
    latent: int | None = None,
    settings: Sequence[str] = ...,
    data_dir: str | None = None,
) -> tuple[str, list[str]]:
    """A recipe that suits `data`: its TOML, and why it is as it is."""

def load(
    data: str,
    *,
    settings: Sequence[str] = ...,
    split: str = "all",
    data_dir: str | None = None,
    events: Events | None = None,
) -> dict[str, Any]:
    """A part of a data set as arrays: "x", and "labels" and "files" for each and the "columns" of a table, where
    they are known."""

def call(arguments: Sequence[str], *, events: Events | None = None) -> dict[str, Any]:
    """Do what a verb of the program does, and give what it prints with --json."""

def program(arguments: Sequence[str]) -> int:
    """Run the program as a terminal does; gives its exit code."""

def tsne(
    x: ArrayLike,
    *,
    n_components: int = 2,
    perplexity: float = 30.0,
    early_exaggeration: float = 12.0,
    learning_rate: float | None = None,
    max_iter: int = 1000,
    init: str = "pca",
    random_state: int = 0,
    events: Events | None = None,
) -> NDArray[np.float32]: ...
def pca(x: ArrayLike, n_components: int | None = None) -> dict[str, NDArray[Any]]: ...
def kneighbors(
    x: ArrayLike, query: ArrayLike | None = None, n_neighbors: int = 5
) -> tuple[NDArray[np.float32], NDArray[np.int64]]: ...
def trustworthiness(x: ArrayLike, embedded: ArrayLike, n_neighbors: int = 5) -> float: ...
def silhouette_score(x: ArrayLike, labels: ArrayLike) -> float: ...
def silhouette_samples(x: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]: ...
def davies_bouldin_score(x: ArrayLike, labels: ArrayLike) -> float: ...
def calinski_harabasz_score(x: ArrayLike, labels: ArrayLike) -> float: ...
def adjusted_rand_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float: ...
def normalized_mutual_info_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float: ...
def roc_auc_score(y_true: ArrayLike, y_score: ArrayLike) -> float: ...
def average_precision_score(y_true: ArrayLike, y_score: ArrayLike) -> float: ...
def kmeans(
    x: ArrayLike,
    n_clusters: int = 8,
    *,
    n_init: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    random_state: int = 0,
) -> dict[str, Any]: ...
