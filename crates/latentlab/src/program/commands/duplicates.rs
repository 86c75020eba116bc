//! `duplicates`: pictures that are nearly the same.

use std::path::PathBuf;

use crate::lab::Split;
use crate::lab::duplicates::{DuplicateRequest, Duplicates, find};
use crate::lab::numbers::{count, size, value};
use crate::lab::row_names::name_of;
use serde_json::json;

use crate::program::destination::{TableFile, check_figure};
use crate::program::failure::Failure;
use crate::program::image_arguments::{DirArguments, ReadingArguments};
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Groups that are listed.
const LISTED: usize = 20;
/// Pictures of a group that are listed.
const NAMED: usize = 6;

/// Find pictures that are nearly the same
///
/// Pictures are compared by thumbnails of 16 × 16 cells. How small a difference counts is found from copies that are made
/// of some of them (saved as JPEG, resized, brightened, shifted); what was found so is printed. --out lists every
/// picture of a group, the first of each being the one to keep.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab duplicates photos/
  latentlab duplicates photos/ --out duplicates.csv --figure duplicates.png
  latentlab duplicates runs/photos-vae-1 --split train                 the data of a run
  latentlab duplicates scans.npz --threshold 0                         only equal thumbnails")]
pub struct Arguments {
    /// Folder of a run, or a data set: a name, a folder of images, a file of arrays
    #[arg(value_name = "RUN|DATA")]
    pub source: PathBuf,

    /// Part of a run's data [default: all]
    #[arg(long, value_enum)]
    pub split: Option<Split>,

    /// Largest difference that counts: root mean square of the thumbnails' values in [0, 1] [default: found from copies]
    #[arg(long, value_name = "D", value_parser = difference)]
    pub threshold: Option<f64>,

    /// File for all pictures of all groups: .csv or .npz
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// File for a picture of the largest groups: .png or .svg
    #[arg(long, value_name = "FILE")]
    pub figure: Option<PathBuf>,

    /// Overwrite the files
    #[arg(long)]
    pub force: bool,

    /// How data are read.
    #[command(flatten)]
    pub reading: ReadingArguments,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

fn difference(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("must be a number from 0 to 1".into()),
    }
}

/// Finds.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let out = arguments.out.as_deref().map(|out| TableFile::new(out, arguments.force)).transpose()?;
    if let Some(figure) = &arguments.figure {
        check_figure(figure, ".png or .svg", arguments.force)?;
    }
    let request = DuplicateRequest {
        source: arguments.source,
        split: arguments.split,
        reading: arguments.reading.overrides()?,
        threshold: arguments.threshold,
        figure: arguments.figure,
        dirs: arguments.dirs.folders(),
    };
    let found = find(&request, &settings.lab)?;
    let mut files = Vec::from_iter(found.figure.clone());
    if let Some(out) = &out {
        files.push(out.write(&found.table())?);
    }
    Ok(Outcome::answer(lines(&found), json(&found)).with_files(&files))
}

fn lines(found: &Duplicates) -> String {
    let (threshold, groups) = (&found.threshold, &found.groups);
    let mut text = format!(
        "{}, of which {} in {} are nearly the same; all but one of each could go: {}\n\
         nearly the same: thumbnails differ by at most {} (two images at random: {}); {}\n\n",
        size(&found.set),
        found.surplus() + groups.len(),
        count(groups.len(), "group"),
        found.surplus(),
        value(threshold.difference),
        value(threshold.typical),
        threshold.in_words(),
    );
    for group in groups.iter().take(LISTED) {
        let names: Vec<String> =
            group.members.iter().take(NAMED).map(|member| name_of(&found.set, member.image)).collect();
        let more = group.members.len() - names.len();
        let rest = if more == 0 { String::new() } else { format!(", and {more} more") };
        text += &format!("  {}{rest}\n", names.join(", "));
    }
    if groups.len() > LISTED {
        text +=
            &format!("  … and {} (--out FILE.csv lists all)\n", count(groups.len() - LISTED, "more group"));
    }
    text
}

fn json(found: &Duplicates) -> serde_json::Value {
    let groups: Vec<_> = found
        .groups
        .iter()
        .map(|group| {
            let members = group.members.iter().map(|member| {
                json!({
                    "index": found.set.position(member.image),
                    "file": found.set.file_name(member.image),
                    "difference": member.difference,
                })
            });
            members.collect::<Vec<_>>()
        })
        .collect();
    let copies: serde_json::Map<String, serde_json::Value> =
        found.threshold.found.iter().map(|(kind, part)| (kind.name().into(), (*part).into())).collect();
    json!({
        "images": found.set.len(),
        "groups": groups,
        "surplus": found.surplus(),
        "threshold": found.threshold.difference,
        "typical_difference": found.threshold.typical,
        "copies_found": copies,
    })
}
