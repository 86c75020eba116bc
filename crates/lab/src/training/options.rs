//! Where a training goes, and what it leaves there.

use std::path::PathBuf;

use crate::data_place::DataFolders;
use crate::mlflow::Server;

/// Where a training goes, and what it leaves there.
#[derive(Clone, Debug, Default)]
pub struct TrainingOptions {
    /// Folder of the run; runs/RECIPE-N where nothing is said.
    pub folder: Option<PathBuf>,
    /// Whether a run that is in the folder is overwritten.
    pub overwrite: bool,
    /// Leave out the page, and all figures but those of losses, reconstructions, samples and planes.
    pub no_report: bool,
    /// Draw nothing at all, and leave out the page.
    pub no_figures: bool,
    /// Write TensorBoard's event files too.
    pub tensorboard: bool,
    /// The server that is told of it.
    pub mlflow: Option<Server>,
    /// Where data sets are.
    pub dirs: DataFolders,
}
