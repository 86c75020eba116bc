//! A run of a model that another program trained: its files are read, a recipe is written around the net, and everything that
//! people do with runs can be done with it.

mod files;
mod imported_model;
mod objective;

use std::path::PathBuf;

use model::Summary;
use network::Network;
use run::{ExistingRun, Import, RunDir};
use train::{FirstWeights, Override};

use self::files::FilesRead;
use self::imported_model::{Draft, ImportedModel};
use crate::data_place::{DataFolders, DataPlace};
use crate::error::Error;
use crate::export::Axes;
use crate::lab::Lab;
use crate::training::{NewRun, Session};

/// What is imported, and what its files do not say.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// One file of the whole model, or one of the encoder and one of the decoder.
    pub files: Vec<PathBuf>,
    /// The data set that it is used on: a name, or a path.
    pub data: String,
    /// A recipe with data, objective and training; of files that hold weights alone it has to have the net, too.
    pub recipe: Option<String>,
    /// Settings over those of the recipe.
    pub overrides: Vec<Override>,
    /// The layer that gives the code, where it is not where the net is narrowest.
    pub code: Option<String>,
    /// The order of an image's values where the net takes, or makes, a vector of them.
    pub axes: Option<Axes>,
    /// Folder of the run.
    pub folder: PathBuf,
    /// Whether a run that is in the folder is overwritten.
    pub overwrite: bool,
    /// Where data sets are.
    pub dirs: DataFolders,
}

/// A run that was made of another program's model.
pub struct ImportedRun {
    /// Its folder.
    pub run: RunDir,
    /// The net.
    pub network: Network,
    /// How many numbers it has learned.
    pub parameters: usize,
    /// The program that the files are from.
    pub program: String,
    /// What was decided, and why.
    pub reasons: Vec<String>,
    /// What the files do not say, and no number can be had of.
    pub unknown: Vec<String>,
}

/// Makes a run of another program's model.
///
/// ```no_run
/// use lab::import::{ImportOptions, import};
///
/// let options = ImportOptions {
///     files: vec!["encoder.keras".into(), "decoder.keras".into()],
///     data: "mnist".into(),
///     folder: "runs/mine".into(),
///     ..ImportOptions::default()
/// };
/// let imported = import(&options, &lab::Lab::default())?;
/// println!("{} parameters", imported.parameters);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the files cannot be read, hold what no layer here does, or do not fit the data; if the run cannot be written.
pub fn import(options: &ImportOptions, lab: &Lab) -> Result<ImportedRun, Error> {
    if !options.overwrite && RunDir::open(&options.folder).is_ok() {
        return Err(run::Error::HoldsRun { path: options.folder.clone() }.into());
    }
    let FilesRead { content, program, digests } = files::read(&options.files)?;
    let model = ImportedModel::new(content, program, options)?;
    let place = DataPlace::new(model.data(), &options.dirs);
    let splits = place.open("--data PATH says where the images are", lab)?;
    let Draft { mut recipe, network, parameters, reasons, unknown } = model.draft(&splits, options)?;
    if let Some(inventory) = splits.train.inventory() {
        recipe.data.settle(inventory);
    }
    let import = Import { program: program.to_owned(), files: digests };
    let first_weights = Some(FirstWeights::imported(import, &network, parameters)?);
    let existing = if options.overwrite { ExistingRun::Overwrite } else { ExistingRun::Refuse };
    let new_run = NewRun { recipe: &recipe, splits: &splits, place: &place, first_weights, existing };
    let folder = options.folder.clone();
    let run = Session::begin(new_run, || Ok(folder), lab)?.keep()?;
    let parameters = Summary::new(&network)?.parameters;
    Ok(ImportedRun { run, network, parameters, program: program.to_owned(), reasons, unknown })
}
