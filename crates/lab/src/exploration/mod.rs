//! The page in which one walks through the latent space of a run, or of each model of a study.
//!
//! `subject` opens models and images, `model_part` makes of each model what the page shows of it, with `dimensions`, `layers`,
//! `model_columns`, `samplers` and `input_rules`; `owner_columns` reads what the owner adds.

mod dimensions;
mod input_rules;
mod layers;
mod model_columns;
mod model_part;
mod owner_columns;
mod page_parts;
mod point_part;
mod samplers;
mod subject;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use explorer::{Explorer, payload};
use report::ExplorerLink;
use run::{RunDir, atomic_write};

use crate::comparison;
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::count;

use owner_columns::OwnerColumns;
use page_parts::PageParts;

pub use subject::ExplorerSubject;

/// Points on the map where nothing is said: with these a page can be mailed.
pub const USUAL_POINTS: usize = 10_000;
/// The most that a page takes.
pub const MOST_POINTS: usize = 70_000;
/// Bytes of a page of the usual number of points.
const USUAL_BYTES: usize = 10_000_000;
/// What style, script and frame of a page take at most.
const PAGE_BYTES: usize = 450_000;
/// Bytes that images get in any case.
const LEAST_IMAGE_BYTES: usize = 1_000_000;

/// What a page shows.
#[derive(Clone, Debug, Default)]
pub struct ExploreOptions {
    /// Most points on the map, at most [`MOST_POINTS`]; [`USUAL_POINTS`] where nothing is said. Of more images as many are
    /// taken at even distances.
    pub points: Option<usize>,
    /// A table whose columns points can be coloured by.
    pub columns: Option<PathBuf>,
    /// Whether weights and codes are kept in 32 bits, and codes whole.
    pub is_exact: bool,
}

/// A page, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// The page.
    pub html: String,
    /// What it is made of.
    pub contents: Vec<payload::Content>,
    /// Sentences on what was left out.
    pub left_out: Vec<String>,
    /// Points on the map.
    pub points: usize,
    /// Names of the models.
    pub models: Vec<String>,
    /// Whether t-SNE was stopped early.
    pub is_stopped: bool,
}

impl Exploration {
    /// Writes the page into the folder of the run or the study, has the report there lead to it, and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_into(&self, folder: &Path) -> Result<PathBuf, Error> {
        if !comparison::is_in(folder) {
            return Ok(RunDir::open(folder)?.write_explorer(&self.html, ExplorerLink::add_to)?);
        }
        let (path, report) = (folder.join(comparison::EXPLORER), folder.join(comparison::REPORT));
        atomic_write(&path, self.html.as_bytes())?;
        if let Some(linked) =
            std::fs::read_to_string(&report).ok().and_then(|html| ExplorerLink::add_to(&html))
        {
            atomic_write(&report, linked.as_bytes())?;
        }
        Ok(path)
    }
}

/// Makes the page. `stop` ends t-SNE early, and keeps the map as it is then.
///
/// ```no_run
/// use lab::exploration::{ExploreOptions, ExplorerSubject, explore};
/// use lab::runs::ImageRequest;
///
/// let lab = lab::Lab::default();
/// let subject = ExplorerSubject::open("runs/mnist-conv-vae-1", None, &ImageRequest::default(), &lab)?;
/// let page = explore(subject, &ExploreOptions::default(), &false.into(), &lab)?;
/// std::fs::write("explorer.html", page.html)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the images cannot be opened, or a table of columns does not go with them.
pub fn explore(
    subject: ExplorerSubject,
    options: &ExploreOptions,
    stop: &AtomicBool,
    lab: &Lab,
) -> Result<Exploration, Error> {
    let ExplorerSubject { title, mut models, images } = subject;
    let mut page = PageParts::new(options.is_exact);
    let shown = images.shown(options.points.unwrap_or(USUAL_POINTS), &mut page)?;
    let read = |path: &PathBuf| OwnerColumns::read(path, &shown, images.len(), lab);
    let owners = options.columns.as_ref().map(read).transpose()?;
    let mut made = Vec::new();
    for (name, run) in &mut models {
        made.push(model_part::model(name, run, &images, &shown, stop, &mut page, lab)?);
    }
    lab.check_images()?;
    let mut columns = point_part::factors(&shown, &mut page);
    if let Some(owners) = owners {
        let taken = names_taken(&made, &columns);
        columns.extend(owners.kept(&taken, &mut page));
    }
    let points = point_part::points(&images, &shown, &mut page);
    let what = match made.as_slice() {
        [model] => format!("{} On the map: {}.", model.about, points.what),
        models => format!("{}. On the map: {}.", count(models.len(), "model"), points.what),
    };
    let budget = (USUAL_BYTES * shown.len().max(USUAL_POINTS) / USUAL_POINTS)
        .saturating_sub(page.blobs.bytes() + PAGE_BYTES)
        .max(LEAST_IMAGE_BYTES);
    let mut small = point_part::images(&shown, budget, &mut page)?;
    for (_, run) in &models {
        if let Some(small) = &mut small {
            small.exact &= images.are_seen_as_they_are(run)?;
        }
    }
    let PageParts { blobs, left_out, .. } = page;
    let names = made.iter().map(|model| model.name.clone()).collect();
    let page = Explorer {
        title,
        what,
        made: format!("Made by latentlab {}", env!("CARGO_PKG_VERSION")),
        left_out,
        points,
        images: small,
        columns,
        models: made,
        blobs,
    };
    let html = page.html()?;
    Ok(Exploration {
        html: html.text,
        contents: html.contents,
        left_out: page.left_out,
        points: page.points.count,
        models: names,
        is_stopped: stop.load(Ordering::SeqCst),
    })
}

/// Names that columns have already.
fn names_taken(models: &[payload::Model], columns: &[payload::Column]) -> Vec<String> {
    let dims = models.iter().map(|model| model.dims.len()).max().unwrap_or(0);
    let of_models = models.iter().flat_map(|model| &model.columns).chain(columns);
    let built_in =
        ["class".to_owned()].into_iter().chain((1..=dims).map(|dimension| format!("z{dimension}")));
    built_in.chain(of_models.map(|column| column.name().to_owned())).collect()
}
