//! `embed`: where images lie in latent space.

use std::path::PathBuf;

use crate::data::Dataset;
use crate::lab::arrays::{RowTable, Values};
use crate::lab::embedding::{embed_shard, join_embedding};
use crate::lab::numbers::{count, size};
use crate::lab::row_names::RowNames;
use crate::model::Embedding;
use serde_json::json;

use crate::program::destination::TableFile;
use crate::program::failure::Failure;
use crate::program::image_arguments::{ImageArguments, RunArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;
use crate::program::shard_arguments::{PartFile, ShardArguments};

/// Write the latent codes of images to a .npz or .csv file
///
/// Embeddings are the means of the posteriors: array `mean` [images, dims], with `log_var` for a VAE. Beside them stand
/// `index` (each image's position in the whole set), `file` where images have files, `label` (its owner's number, or the
/// position in `classes`) and `class` (its name), and `factors` where they are known. CSV has a column for each: mean_1,
/// mean_2, …, log_var_1, …, label, class, then the factors by name.
///
/// --shard shares a large set between processes, on as many machines; --merge joins their parts, and refuses what does not
/// belong together.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab embed runs/mnist-mlp-vae-1 --out embeddings.npz
  latentlab embed runs/mnist-mlp-vae-1 --split train --sample --out train.csv
  latentlab embed runs/faces-1 --images ./photos --out photos.csv
  latentlab embed runs/faces-1 --data faces/ --shard 2/8 --out codes-2.part     one of eight processes
  latentlab embed runs/faces-1 --data faces/ --merge codes-*.part --out codes.npz")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// Which images.
    #[command(flatten)]
    pub images: ImageArguments,

    /// Add sampled codes z = μ + σ ε (array `z`), the same for the same run
    #[arg(long)]
    pub sample: bool,

    /// Which rows.
    #[command(flatten)]
    pub shards: ShardArguments,

    /// File to write: .npz (NumPy) or .csv; of a shard .part
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// Embeds.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let request = arguments.images.request();
    if let Some(shard) = arguments.shards.shard {
        let out = PartFile::new(Some(&arguments.out), shard, arguments.force)?;
        let mut opened = arguments.run.open(settings)?;
        let images = request.open(&opened, &settings.lab)?;
        let part = embed_shard(&mut opened, &request, &images, shard)?;
        settings.lab.check_images()?;
        return out.write(&part, shard);
    }
    let out = TableFile::new(&arguments.out, arguments.force)?;
    let mut opened = arguments.run.open(settings)?;
    let images = request.open(&opened, &settings.lab)?;
    let embedding = match arguments.shards.merge.as_slice() {
        [] => opened.trained.model.encode_from(&images.source(), images.set.len()),
        parts => join_embedding(&opened, &request, &images, parts, &settings.lab)?,
    };
    let z = arguments.sample.then(|| embedding.sample(opened.trained.recipe.seed));
    let (n, dims) = (images.set.len(), embedding.dims());
    let table = table(embedding, z, &images.set);
    let file = out.write(&table)?;
    let arrays = table.names(out.format);
    let what = format!("{} in {}", size(&images.set), count(dims, "dimension"));
    let (out, listed) = (file.display().to_string(), arrays.join(", "));
    let json = json!({ "files": [out], "arrays": arrays, "images": n, "dims": dims });
    Ok(Outcome::done(format!("{what}: {listed}\n  {out}\n"), json))
}

fn table(embedding: Embedding, z: Option<Vec<f32>>, set: &Dataset) -> RowTable {
    let dims = embedding.dims();
    let names = RowNames::of(set);
    let mut table = RowTable::new(set.len());
    names.add_places(&mut table);
    let codes = [("mean", Some(embedding.mean)), ("log_var", embedding.log_var), ("z", z)];
    for (name, values) in codes {
        if let Some(values) = values {
            table.add_wide(name, dims, Values::Floats(values));
        }
    }
    names.add_classes(&mut table);
    if let Some(factors) = set.factors() {
        // The label says the class: no column of its own.
        let title = |name: String| if name == "class" { String::new() } else { name };
        let titles = factors.names.into_iter().map(title).collect();
        table.add_titled("factors", titles, Values::Floats(factors.values));
    }
    table
}
