//! The list of figures, each with an example drawn from a small made-up table.

mod noise;
mod pictures;
mod plots;

use crate::error::FigureError;
use crate::figure::Figure;

/// A kind of figure: what help, documentation and tests say and check about it.
#[derive(Clone, Copy, Debug)]
pub struct FigureKind {
    /// Name in commands and headings.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub shows: &'static str,
    /// Name of its files without extension: `loss-curves` for `loss-curves.svg` and `loss-curves.png`.
    pub stem: &'static str,
    /// Draws it from a small made-up table.
    pub example: fn() -> Result<Figure, FigureError>,
}

/// Every figure of a run, in the order in which a reader looks at them.
pub const FIGURES: &[FigureKind] = &[
    FigureKind {
        name: "loss curves",
        shows: "Each loss term per epoch, training and validation side by side on one axis, best epoch marked.",
        stem: "loss-curves",
        example: plots::loss_curves,
    },
    FigureKind {
        name: "reconstructions",
        shows: "Originals over their reconstructions.",
        stem: "reconstructions",
        example: pictures::reconstructions,
    },
    FigureKind {
        name: "denoised",
        shows: "Originals, noisy inputs and denoised outputs, with PSNR.",
        stem: "denoised",
        example: pictures::denoised,
    },
    FigureKind {
        name: "samples",
        shows: "Images decoded from draws of the prior.",
        stem: "samples",
        example: pictures::samples,
    },
    FigureKind {
        name: "latent scatter",
        shows: "The latent means of a data set in two dimensions, coloured by class or by a value.",
        stem: "latent",
        example: plots::latent,
    },
    FigureKind {
        name: "manifold",
        shows: "What each point of a regular grid in the latent plane decodes to, coordinates on the ticks.",
        stem: "manifold",
        example: pictures::manifold,
    },
    FigureKind {
        name: "traversal",
        shows: "What the decoder makes of one latent dimension after the other, all others held.",
        stem: "traversal",
        example: pictures::traversal,
    },
    FigureKind {
        name: "interpolation",
        shows: "What lies between the codes of two images, on a straight line or on an arc.",
        stem: "interpolation",
        example: pictures::interpolation,
    },
    FigureKind {
        name: "latent map",
        shows: "A latent space of many dimensions laid out in two, by t-SNE or PCA, coloured by class.",
        stem: "map",
        example: plots::map,
    },
    FigureKind {
        name: "explained variance",
        shows: "The share of the variance that each principal component explains, and the running sum.",
        stem: "explained-variance",
        example: plots::explained_variance,
    },
    FigureKind {
        name: "silhouettes",
        shows: "How well each sample lies within its class: sorted blades per class, class means, overall mean.",
        stem: "silhouettes",
        example: plots::silhouettes,
    },
    FigureKind {
        name: "KL per dimension",
        shows: "The KL divergence of each latent dimension, the largest first, active units marked.",
        stem: "kl",
        example: plots::kl,
    },
    FigureKind {
        name: "posterior and prior",
        shows: "The aggregated posterior of each latent dimension as a histogram under the prior's curve.",
        stem: "posterior",
        example: plots::posterior,
    },
    FigureKind {
        name: "most anomalous",
        shows: "The images with the highest anomaly scores over their reconstructions.",
        stem: "anomalies",
        example: pictures::anomalies,
    },
    FigureKind {
        name: "ROC curves",
        shows: "How well anomaly scores tell a held-out class from the others, with the areas under the curves.",
        stem: "roc",
        example: plots::roc,
    },
    FigureKind {
        name: "scores",
        shows: "The anomaly scores of normal images and of those that were scored, with the threshold between them.",
        stem: "scores",
        example: plots::scores,
    },
    FigureKind {
        name: "rate and distortion",
        shows: "What models pay in nats of code for how well they reconstruct.",
        stem: "rate-distortion",
        example: plots::rate_distortion,
    },
    FigureKind {
        name: "parallel coordinates",
        shows: "Settings and results of many runs: an axis for each, a line through them for each run.",
        stem: "parallel-coordinates",
        example: plots::parallel_coordinates,
    },
    FigureKind {
        name: "scatter of runs",
        shows: "One setting or result of many runs against another, coloured by a third.",
        stem: "scatter",
        example: plots::column_scatter,
    },
    FigureKind {
        name: "panels",
        shows: "Figures of several models beside each other.",
        stem: "panels",
        example: plots::panels,
    },
];
