"""Train autoencoders and variational autoencoders, see what their latent spaces hold, and use them.

Estimators for scikit-learn's pipelines are `Autoencoder` and `VAE`; `train` trains a recipe and gives a `Run`, which does
what the command `latentlab` does; measures and maps take any table of points.
"""

from ._display.images import show
from ._native import Fault, Model, __version__
from .analysis import (
    Clusters,
    PrincipalComponents,
    adjusted_rand_score,
    average_precision_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    kmeans,
    kneighbors,
    normalized_mutual_info_score,
    pca,
    roc_auc_score,
    silhouette_samples,
    silhouette_score,
    trustworthiness,
    tsne,
)
from .autoencoder import Autoencoder
from .comparison import Comparison, compare, data_sets, duplicates, recipe, recipes, studies, study
from .run import Run
from .trainer import import_model, load_data, train
from .vae import VAE

__all__ = [
    "VAE",
    "Autoencoder",
    "Clusters",
    "Comparison",
    "Fault",
    "Model",
    "PrincipalComponents",
    "Run",
    "__version__",
    "adjusted_rand_score",
    "average_precision_score",
    "calinski_harabasz_score",
    "compare",
    "data_sets",
    "davies_bouldin_score",
    "duplicates",
    "import_model",
    "kmeans",
    "kneighbors",
    "load_data",
    "normalized_mutual_info_score",
    "pca",
    "recipe",
    "recipes",
    "roc_auc_score",
    "show",
    "silhouette_samples",
    "silhouette_score",
    "studies",
    "study",
    "train",
    "trustworthiness",
    "tsne",
]
