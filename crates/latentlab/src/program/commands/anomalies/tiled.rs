//! `anomalies --tiles`: pictures at their own size.

use std::path::PathBuf;

use crate::lab::anomalies::{TileJudge, TiledAnomaly};
use crate::lab::arrays::{RowTable, Values};
use crate::lab::numbers::{count, grouped, table, value};
use crate::lab::pictures::list_at_own_size;
use crate::lab::runs::ImageRequest;
use crate::lab::{Run, file_names};
use serde_json::{Value, json};

use crate::program::destination::{TableFile, write_in_folder};
use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Pictures that are listed on the screen.
const LISTED: usize = 20;

/// What is judged, and where it goes.
pub struct TileRequest {
    /// The pictures.
    pub images: ImageRequest,
    /// Share of normal pictures that may be flagged.
    pub false_positives: f64,
    /// Draws of each posterior, for what is kept of normal images.
    pub samples: u64,
    /// Folder for the pictures with their hot places in colour.
    pub overlays: Option<PathBuf>,
    /// Whether a flagged picture is an alarm.
    pub fail: bool,
}

/// Judges every picture, one at a time.
pub fn run(
    run: &mut Run,
    asked: &TileRequest,
    out: Option<&TableFile>,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let request = &asked.images;
    let Some(path) = &request.files else { return Err(Failure::mistake("--tiles: takes --images")) };
    let reading = request.set.reading;
    let pictures = list_at_own_size(path, reading.skip_broken, &settings.lab)?;
    let names: Vec<String> = pictures.iter().map(|picture| picture.name.clone()).collect();
    let stems = file_names::stems(&names);
    let judge = TileJudge::new(run, request, asked.false_positives, asked.samples, &settings.lab)?;
    let stage = settings.lab.stage("pictures", pictures.len() as u64);
    let (mut scores, mut thresholds, mut flagged, mut tiles) = (vec![], vec![], vec![], 0);
    for (index, listed) in pictures.iter().enumerate() {
        let found = judge.judge(run, listed, reading, &settings.lab)?;
        if let Some(folder) = &asked.overlays {
            let TiledAnomaly { picture, heat, .. } = &found;
            let over = heat.maps.over(picture, heat.normal);
            if let Some(picture) = over.images()?.picture(0) {
                write_in_folder(folder, &format!("{}.png", stems[index]), &picture.png()?)?;
            }
        }
        flagged.push(found.is_flagged());
        scores.push(found.score);
        thresholds.push(found.threshold);
        tiles += found.tiles;
        stage.step();
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| (scores[*b] - thresholds[*b]).total_cmp(&(scores[*a] - thresholds[*a])));
    let alarms = flagged.iter().filter(|flag| **flag).count();
    let net = run.unpadded_shape();
    let mut text = format!(
        "{} of {} flagged: hottest pixel above the threshold of the picture's size\n{} tiles of {} × {} pixels, at the pictures' own \
         scale\n\n",
        grouped(alarms),
        count(names.len(), "picture"),
        grouped(tiles),
        net.height,
        net.width
    );
    let mut rows =
        vec![["picture", "size", "hottest pixel", "threshold", "flagged"].map(String::from).to_vec()];
    rows.extend(order.iter().take(LISTED).map(|index| {
        let shape = pictures[*index].shape;
        vec![
            names[*index].clone(),
            format!("{} × {}", shape.height, shape.width),
            value(scores[*index]),
            value(thresholds[*index]),
            if flagged[*index] { "yes" } else { "no" }.into(),
        ]
    }));
    text += &format!("{}\n", table(&rows));
    let entries: Vec<Value> = (0..names.len())
        .map(|i| json!({ "file": names[i], "heat_map": scores[i], "threshold": thresholds[i], "flagged": flagged[i] }))
        .collect();
    let mut files = Vec::new();
    if let Some(out) = out {
        let mut table = RowTable::new(names.len());
        table.add("file", Values::Text(names));
        table.add("heat_map", Values::Doubles(scores));
        table.add("threshold", Values::Doubles(thresholds));
        table.add("flagged", Values::Marks(flagged));
        files.push(out.write(&table)?);
    }
    files.extend(asked.overlays.clone());
    let outcome = Outcome::answer(text, json!({ "pictures": entries, "tiles": tiles })).with_files(&files);
    let outcome = outcome.with("ranked_by", "heat_map").with("false_positives", asked.false_positives);
    Ok(outcome.alarmed(asked.fail && alarms > 0))
}
