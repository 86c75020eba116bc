//! `similar`: the pictures of a set that are most like one.

use std::path::PathBuf;

use crate::lab::numbers::{table, value};
use crate::lab::similar::{Distance, SimilarImages, SimilarRequest, find};
use serde_json::{Value, json};

use crate::program::destination::TableFile;
use crate::program::failure::Failure;
use crate::program::image_arguments::{RunArguments, SplitArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Find the pictures that are most like one
///
/// Pictures are alike where their codes (the means of their posteriors) are near. Looked at are all images of the run's
/// own data, or those of --split or --data; each query is drawn beside what was found (figures/similar). Of very many
/// pictures, embed writes the codes once, and --index takes them from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab similar runs/photos-vae-1 photos/cat.jpg
  latentlab similar runs/mnist-mlp-vae-1 0 1 2 -k 5 --split train      three test digits among the training digits
  latentlab similar runs/photos-vae-1 new/ --distance cosine --out alike.csv     every picture of a folder
  latentlab embed runs/photos-vae-1 --split all --out codes.npz
  latentlab similar runs/photos-vae-1 new.jpg --index codes.npz        … without opening all pictures again")]
pub struct Arguments {
    /// Which run.
    #[command(flatten)]
    pub run: RunArguments,

    /// A position in the test split, the name of a file in the data set, an image file, or a folder of image files
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<String>,

    /// How many to find for each
    #[arg(short, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub k: u16,

    /// How far two codes are apart
    #[arg(long, value_enum, default_value = "euclidean")]
    pub distance: Distance,

    /// Which images are looked at.
    #[command(flatten)]
    pub among: SplitArguments,

    /// Codes that `embed` wrote (.npz), in place of the images; pictures are drawn from the data's folder
    #[arg(long, value_name = "FILE", conflicts_with = "split")]
    pub index: Option<PathBuf>,

    /// File for what was found: .csv or .npz
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
}

/// Finds.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let out = arguments.out.as_deref().map(|out| TableFile::new(out, arguments.force)).transpose()?;
    let mut opened = arguments.run.open(settings)?;
    let request = SimilarRequest {
        queries: arguments.images,
        neighbours: arguments.k.into(),
        distance: arguments.distance,
        among: arguments.among.request(),
        index: arguments.index,
    };
    let found = find(&mut opened, &request, &settings.lab)?;
    let mut files = found.figures.clone();
    if let Some(out) = &out {
        files.push(out.write(&found.table())?);
    }
    Ok(Outcome::answer(lines(&found), json!({ "queries": queries(&found) })).with_files(&files))
}

fn lines(found: &SimilarImages) -> String {
    let mut text = String::new();
    for (query, matches) in found.queries.iter().zip(&found.matches) {
        let mut rows = vec![vec![String::new(), "image".into(), "class".into(), "distance".into()]];
        rows.extend((1..).zip(matches).map(|(rank, hit)| {
            let class = found.class(hit.row).unwrap_or_default().to_owned();
            vec![rank.to_string(), found.name(hit.row), class, value(hit.distance)]
        }));
        if found.names.labels.is_none() {
            rows.iter_mut().for_each(|row| drop(row.remove(2)));
        }
        text += &format!("most like {query}\n{}\n", table(&rows));
    }
    text
}

fn queries(found: &SimilarImages) -> Vec<Value> {
    let one = |(query, matches): (&String, &Vec<_>)| {
        let hit = |hit: &crate::lab::similar::Match| {
            json!({
                "index": found.names.index[hit.row],
                "file": found.names.files.as_ref().map(|files| &files[hit.row]),
                "class": found.class(hit.row),
                "distance": hit.distance,
            })
        };
        json!({ "query": query, "similar": matches.iter().map(hit).collect::<Vec<_>>() })
    };
    found.queries.iter().zip(&found.matches).map(one).collect()
}
