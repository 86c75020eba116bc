//! `embed`: where images lie in latent space.

use std::path::PathBuf;

use latentlab::data::Dataset;
use latentlab::model::Embedding;
use latentlab::run::atomic_write;
use serde_json::json;

use crate::arrays::{Csv, Npz, TableFormat};
use crate::destination::check_file;
use crate::failure::Failure;
use crate::numbers::count;
use crate::opened::{Chosen, ImageArguments, RunArguments};
use crate::outcome::Outcome;
use crate::settings::Settings;

/// Write the latent codes of images to a .npz or .csv file
///
/// Embeddings are the means of the posteriors: array `mean` [images, dims], with `log_var` for a VAE, `label`
/// and `factors` where they are known. CSV has a column for each: mean_1, mean_2, …, log_var_1, …, label,
/// class, then the factors by name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab embed runs/mnist-mlp-vae-1 --out embeddings.npz
  latentlab embed runs/mnist-mlp-vae-1 --split train --sample --out train.csv
  latentlab embed runs/faces-1 --images ./photos --out photos.csv")]
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

    /// File to write: .npz (NumPy) or .csv
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// Embeds.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let format = TableFormat::of(&arguments.out)?;
    check_file(&arguments.out, arguments.force)?;
    let mut opened = arguments.run.open(settings)?;
    let images = arguments.images.open(&opened, settings)?;
    let embedding = opened.trained.model.encode_from(&images.seen(), images.set.len());
    let z = arguments.sample.then(|| embedding.sample(opened.trained.recipe.seed));
    let dims = embedding.dims();
    let Chosen { set, files, .. } = images;
    let table = Table { embedding, z, set, files };
    let n = table.set.len();
    let arrays = match format {
        TableFormat::Npz => table.write_npz(&arguments)?,
        TableFormat::Csv => table.write_csv(&arguments)?,
    };
    let what = format!("{} in {}", count(n, "image"), count(dims, "dimension"));
    let (out, listed) = (arguments.out.display().to_string(), arrays.join(", "));
    let json = json!({ "files": [out], "arrays": arrays, "images": n, "dims": dims });
    Ok(Outcome::done(format!("{what}: {listed}\n  {out}\n"), json))
}

struct Table {
    embedding: Embedding,
    z: Option<Vec<f32>>,
    set: Dataset,
    files: Option<Vec<String>>,
}

impl Table {
    /// Codes by name, each [images, dims].
    fn codes(&self) -> Vec<(&'static str, &[f32])> {
        let Embedding { mean, log_var, .. } = &self.embedding;
        let codes = [("mean", Some(mean)), ("log_var", log_var.as_ref()), ("z", self.z.as_ref())];
        codes.into_iter().filter_map(|(name, values)| Some((name, values?.as_slice()))).collect()
    }

    fn write_npz(&self, arguments: &Arguments) -> Result<Vec<&'static str>, Failure> {
        let n = self.set.len();
        let mut npz = Npz::default();
        let mut names = Vec::new();
        for (name, values) in self.codes() {
            npz.add(name, &[n, self.embedding.dims()], values.to_vec())?;
            names.push(name);
        }
        if let Some(labels) = self.set.labels() {
            npz.add("label", &[n], labels.into_iter().map(i64::from).collect())?;
            names.push("label");
        }
        if let Some(factors) = self.set.factors() {
            npz.add("factors", &[n, factors.names.len()], factors.values)?;
            names.push("factors");
        }
        npz.write(&arguments.out)?;
        Ok(names)
    }

    fn write_csv(self, arguments: &Arguments) -> Result<Vec<&'static str>, Failure> {
        let (n, dims) = (self.set.len(), self.embedding.dims());
        let mut csv = Csv::default();
        let mut names = Vec::new();
        if let Some(files) = self.files.clone() {
            csv.add("file", move |row| files[row].clone());
            names.push("file");
        }
        for (name, values) in self.codes() {
            for dim in 0..dims {
                let column: Vec<f32> = values.iter().skip(dim).step_by(dims).copied().collect();
                csv.add(format!("{name}_{}", dim + 1), move |row| column[row].to_string());
            }
            names.push(name);
        }
        if let Some(labels) = self.set.labels() {
            let classes = self.set.classes().to_vec();
            let of = labels.clone();
            csv.add("label", move |row| of[row].to_string());
            csv.add("class", move |row| classes[labels[row] as usize].clone());
            names.push("label");
        }
        if let Some(factors) = self.set.factors() {
            let each = factors.names.len();
            let values = std::rc::Rc::new(factors.values);
            for (column, name) in factors.names.into_iter().enumerate() {
                if name == "class" {
                    continue; // the label says it
                }
                let values = std::rc::Rc::clone(&values);
                csv.add(name, move |row| values[row * each + column].to_string());
            }
            names.push("factors");
        }
        atomic_write(&arguments.out, csv.text(n).as_bytes())?;
        Ok(names)
    }
}
