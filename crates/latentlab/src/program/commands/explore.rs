//! `explore`: a page in which one walks through a latent space.

use std::path::{Path, PathBuf};

use crate::lab::exploration::{self, Exploration, ExploreOptions, ExplorerSubject, MOST_POINTS};
use crate::lab::numbers::count;
use crate::run::atomic_write;
use bytesize::ByteSize;
use serde_json::json;

use crate::program::destination::check_file;
use crate::program::failure::Failure;
use crate::program::image_arguments::{Checkpoint, ImageArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Write explorer.html, the latent space of a run or a study to walk through
///
/// The page holds codes, small images and the network itself: one drags through latent space and sees what each place
/// decodes to, plays the way from one image to another, draws or drops an image and sees where it lands. One file, which
/// opens without a network and can be mailed. Of a study it holds every model, on the same images. Ctrl-C ends t-SNE early
/// and keeps the map.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab explore runs/mnist-conv-vae-1 --open
  latentlab explore runs/mnist-conv-vae-1 --split train --points 70000 --out train.html
  latentlab explore runs/faces-1 --columns people.csv          colour points by your own columns
  latentlab explore runs/faces-1 --images ./photos --out photos.html
  latentlab explore studies/latent-space                       a switch between its models")]
pub struct Arguments {
    /// Folder of a run, a study or a comparison
    #[arg(value_name = "RUN|STUDY")]
    pub source: PathBuf,

    /// Weights to use [default: best]
    #[arg(long, value_name = "WHICH")]
    pub checkpoint: Option<Checkpoint>,

    /// Which images are on the map.
    #[command(flatten)]
    pub images: ImageArguments,

    /// Most points on the map; of more images as many are taken at even distances [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_POINTS as i64))]
    pub points: Option<u32>,

    /// Table with columns to colour points by, one row per image: .csv, .tsv, .npy, .npz or .parquet. Rows belong to the
    /// images that their column `file` or `index` names, else to all images in order
    #[arg(long, value_name = "FILE")]
    pub columns: Option<PathBuf>,

    /// Keep weights and codes in 32 bits instead of 24 and 16, and long codes whole: a larger page
    #[arg(long)]
    pub exact: bool,

    /// File to write [default: explorer.html in the run or the study]
    #[arg(short, long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,

    /// Overwrite the file of --out
    #[arg(long)]
    pub force: bool,

    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
}

/// Writes the page.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    if let Some(out) = &arguments.out {
        check_page(out, arguments.force)?;
    }
    let stop = settings.stop_flag("keeping the t-SNE map as it is", "writing no page")?;
    let slot = arguments.checkpoint.map(Checkpoint::slot);
    let subject = ExplorerSubject::open(&arguments.source, slot, &arguments.images.request(), &settings.lab)?;
    let options = ExploreOptions {
        points: arguments.points.map(|points| points as usize),
        columns: arguments.columns,
        is_exact: arguments.exact,
    };
    let page = exploration::explore(subject, &options, &stop, &settings.lab)?;
    let file = match arguments.out {
        Some(out) => {
            atomic_write(&out, page.html.as_bytes())?;
            out
        }
        None => page.write_into(&arguments.source)?,
    };
    if arguments.open
        && let Err(error) = open::that_detached(&file)
    {
        settings.lab.warn(format_args!("--open: {error}; open {} in a browser", file.display()));
    }
    Ok(outcome(&page, &file))
}

/// Refuses a file that no browser would take for a page, or that [`check_file`] refuses.
fn check_page(out: &Path, force: bool) -> Result<(), Failure> {
    let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    if !matches!(extension.as_deref(), Some("html" | "htm")) {
        return Err(Failure::mistake(format!("--out {}: must end in .html", out.display())));
    }
    check_file(out, force)
}

fn outcome(page: &Exploration, file: &Path) -> Outcome {
    let size = |bytes: usize| ByteSize(bytes as u64).display().si().to_string();
    let mut text = format!("explorer of {}, {}", count(page.points, "point"), size(page.html.len()));
    let parts: Vec<String> =
        page.contents.iter().map(|part| format!("{} {}", part.name, size(part.bytes))).collect();
    text += &format!(": {}\n", parts.join(", "));
    for sentence in &page.left_out {
        text += &format!("{sentence}\n");
    }
    text += &format!("  {}\n", file.display());
    let contents: serde_json::Map<String, serde_json::Value> =
        page.contents.iter().map(|part| (part.name.to_owned(), part.bytes.into())).collect();
    let json = json!({
        "files": [file.display().to_string()],
        "points": page.points,
        "models": page.models,
        "bytes": page.html.len(),
        "contents": contents,
        "left_out": page.left_out,
    });
    Outcome::done(text, json).interrupted(page.is_stopped)
}
