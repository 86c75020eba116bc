//! How strange each image is to a model, and which images are known to be.

use std::path::PathBuf;

use analysis::{Detection, detection, most_anomalous};
use data::Dataset;
use report::{RocCurve, RocCurves};
use run::RunDir;
use train::ImageSource;

use crate::arrays::{RowTable, Values};
use crate::error::Error;
use crate::figure_files::{figure_name, write_in_run};
use crate::figures::rows;
use crate::lab::Lab;
use crate::numbers::{grouped, value};
use crate::row_names::RowNames;
use crate::runs::{ImageRequest, ImageSelection, Run};

/// What says that an image is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Score {
    /// Loss of the reconstruction from the posterior's mean, summed over pixels
    Reconstruction,
    /// KL divergence of the posterior from the prior
    Kl,
    /// Negative evidence lower bound: expected reconstruction loss plus KL
    NegElbo,
}

impl Score {
    /// Its key in JSON and its column in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction_error",
            Self::Kl => "kl",
            Self::NegElbo => "neg_elbo",
        }
    }

    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reconstruction => "reconstruction error",
            Self::Kl => "KL",
            Self::NegElbo => "−ELBO",
        }
    }
}

/// Scores of every image, for each way to score that the model has.
pub struct Scores(Vec<(Score, Vec<f64>)>);

impl Scores {
    /// Scores all `count` images of `seen`. The ELBO is averaged over `samples` draws of each image's posterior. A
    /// plain autoencoder has the reconstruction error alone.
    pub fn of(
        run: &mut Run,
        seen: &ImageSource<'_>,
        count: usize,
        samples: u64,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let seed = run.trained.recipe.seed;
        let model = &mut run.trained.model;
        let variational = model.network().is_variational();
        let stage = lab.stage("scoring", if variational { samples + 1 } else { 1 });
        let losses = model.image_losses(seen, count);
        stage.step();
        let mut scores =
            vec![(Score::Reconstruction, losses.iter().map(|loss| loss.reconstruction).collect())];
        if variational {
            let embedding = model.encode_from(seen, count);
            let mut bound = vec![0.0; count];
            for sample in 0..samples {
                let weights = model.log_weights(seen, &embedding, seed, sample)?;
                bound.iter_mut().zip(weights).for_each(|(sum, weight)| *sum -= weight / samples as f64);
                stage.step();
            }
            scores.push((Score::Kl, losses.iter().map(|loss| loss.kl).collect()));
            scores.push((Score::NegElbo, bound));
        }
        Ok(Self(scores))
    }

    /// Each way to score, with the score of every image.
    pub fn all(&self) -> &[(Score, Vec<f64>)] {
        &self.0
    }

    /// The scores by `score`, if the model has them.
    pub fn by(&self, score: Score) -> Option<&[f64]> {
        self.0.iter().find(|(other, _)| *other == score).map(|(_, scores)| scores.as_slice())
    }
}

/// Classes of a set that count as anomalous, by name.
pub fn anomalous_labels(set: &Dataset, names: &[String], option: &str) -> Result<Vec<u32>, Error> {
    if set.labels().is_none() {
        return Err(Error::refused(format!(
            "{option} {}: the classes of {} are not known",
            names.join(","),
            set.name()
        )));
    }
    let number = |name: &String| match set.classes().iter().position(|class| class == name) {
        Some(label) => Ok(label as u32),
        None => {
            let classes = set.classes().join(", ");
            Err(Error::refused(format!("{option} {name}: must be a class of {}: {classes}", set.name())))
        }
    };
    names.iter().map(number).collect()
}

/// Says so where the model has learned from images of the classes that are to be found.
pub fn warn_if_learned(learned: &[&str], run: &RunDir, lab: &Lab) {
    if !learned.is_empty() {
        let (classes, run) = (learned.join(", "), run.path().display());
        lab.warn(format_args!(
            "{run} was trained on images of class {classes} too, so they are no strangers to it; to hold a class out: \
             latentlab train RECIPE --set 'data.exclude_classes=[\"{}\"]'",
            learned[0]
        ));
    }
}

/// What is scored, and by what images are ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnomalyOptions {
    /// What ranks the images that are drawn.
    pub score: Score,
    /// Classes that count as anomalous; where there are none, those that the run's training left out, and where all
    /// training images are of one class, every other.
    pub classes: Vec<String>,
    /// How many of the strangest images to draw.
    pub drawn: usize,
    /// Draws of each posterior that the ELBO is averaged over.
    pub samples: u64,
}

impl Default for AnomalyOptions {
    /// Ranked by the reconstruction error, the 20 strangest drawn, 10 draws of each posterior.
    fn default() -> Self {
        Self { score: Score::Reconstruction, classes: Vec::new(), drawn: 20, samples: 10 }
    }
}

/// How strange a run finds images, and how well that finds those that are known to be.
pub struct Anomalies {
    /// The images.
    pub images: ImageSelection,
    /// Scores of all of them.
    pub scores: Scores,
    /// What ranks them.
    pub score: Score,
    /// Positions of the strangest, the strangest first.
    pub strangest: Vec<usize>,
    /// What is known to be anomalous.
    pub known: Option<AnomalousClasses>,
    /// How well each score finds it.
    pub detections: Vec<(Score, Detection)>,
    /// Figures that were drawn into the run.
    pub figures: Vec<PathBuf>,
}

impl Anomalies {
    /// All scores, with what tells the images apart, and whether each is known to be anomalous.
    pub fn table(&self) -> RowTable {
        let names = RowNames::of(&self.images.set);
        let mut table = RowTable::new(self.images.set.len());
        names.add_places(&mut table);
        for (score, values) in self.scores.all() {
            table.add(score.key(), Values::Doubles(values.clone()));
        }
        names.add_classes(&mut table);
        if let Some(known) = &self.known {
            table.add("anomalous", Values::Marks(known.marks.clone()));
        }
        table
    }
}

/// Scores every image that `request` names by how strange the run finds it, and draws the strangest into the run. Where
/// classes are known to be anomalous, AUROC and average precision say how well each score finds them.
///
/// ```no_run
/// use lab::anomalies::{AnomalyOptions, score};
/// use lab::runs::ImageRequest;
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
/// let photos = ImageRequest { files: Some("photos/".into()), ..ImageRequest::default() };
/// let anomalies = score(&mut run, &photos, &AnomalyOptions::default(), &lab)?;
/// println!("the strangest: {:?}", anomalies.images.set.file_name(anomalies.strangest[0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the images cannot be opened, or the model has no such score.
pub fn score(
    run: &mut Run,
    request: &ImageRequest,
    options: &AnomalyOptions,
    lab: &Lab,
) -> Result<Anomalies, Error> {
    if options.score != Score::Reconstruction && !run.trained.model.network().is_variational() {
        let folder = run.dir.path().display();
        let refusal =
            Error::refused(format!("--score: {folder} is a plain autoencoder, which has no KL and no ELBO"));
        return Err(refusal.hint("without --score the reconstruction error ranks the images"));
    }
    let images = request.open(run, lab)?;
    let known = anomalous(request, &options.classes, run, &images, lab)?;
    let scores = Scores::of(run, &images.source(), images.set.len(), options.samples, lab)?;
    let ranking = scores.by(options.score).unwrap_or_default();
    let strangest = most_anomalous(ranking, options.drawn)?;
    let are_own = request.are_own(run);
    // Rows of a table are no pictures.
    let mut figures = match run.columns() {
        Some(_) => Vec::new(),
        None => {
            let drawn = draw_strangest(run, &images, &strangest, ranking, options.score, are_own);
            lab.keep_or_warn(drawn)?
        }
    };
    let mut detections = Vec::new();
    if let Some(AnomalousClasses { names, marks }) = &known {
        for (score, scores) in scores.all() {
            detections.push((*score, detection(scores, marks)?));
        }
        figures.extend(lab.keep_or_warn(draw_roc(run, names, &detections, are_own))?);
    }
    Ok(Anomalies { images, scores, score: options.score, strangest, known, detections, figures })
}

/// What is known to be anomalous.
pub struct AnomalousClasses {
    /// The classes by name.
    pub names: Vec<String>,
    /// Whether each image is of them.
    pub marks: Vec<bool>,
}

/// `None` where nothing is known to be anomalous.
fn anomalous(
    request: &ImageRequest,
    classes: &[String],
    run: &Run,
    images: &ImageSelection,
    lab: &Lab,
) -> Result<Option<AnomalousClasses>, Error> {
    let set = &images.set;
    let own_data = request.are_own(run);
    let excluded = &run.trained.recipe.data.exclude_classes;
    let by_itself = classes.is_empty() && own_data && excluded.is_empty();
    let names = match (classes, own_data) {
        ([], true) if excluded.is_empty() => images.strangers(),
        ([], true) => excluded.clone(),
        (given, _) => given.to_vec(),
    };
    if names.is_empty() {
        return Ok(None);
    }
    let numbers = anomalous_labels(set, &names, "--anomalous-class")?;
    if by_itself {
        let options: Vec<String> = names.iter().map(|name| format!("--anomalous-class {name}")).collect();
        lab.note(format_args!(
            "{}: all training images are of one class, so every other counts as anomalous",
            options.join(" ")
        ));
    } else if own_data {
        let learned: Vec<&str> =
            names.iter().filter(|name| images.learned.contains(*name)).map(String::as_str).collect();
        warn_if_learned(&learned, &run.dir, lab);
    }
    let marks: Vec<bool> =
        set.labels().unwrap_or_default().iter().map(|label| numbers.contains(label)).collect();
    let anomalous = marks.iter().filter(|mark| **mark).count();
    if by_itself && anomalous == marks.len() {
        return Ok(None);
    }
    if anomalous == 0 || anomalous == marks.len() {
        let part = match request.files {
            Some(_) => String::new(),
            None => format!("{} ", request.set.part(run).name()),
        };
        let all = grouped(marks.len());
        return Err(Error::refused(format!(
            "--anomalous-class {}: {} of the {all} {part}images are of it; there must be some of both kinds",
            names.join(","),
            grouped(anomalous)
        )));
    }
    Ok(Some(AnomalousClasses { names, marks }))
}

fn draw_strangest(
    run: &mut Run,
    images: &ImageSelection,
    strangest: &[usize],
    scores: &[f64],
    score: Score,
    are_own: bool,
) -> Result<Vec<PathBuf>, Error> {
    // Noise and binarisation are functions of an image's position in the whole set.
    let made = run.reconstruct_at(&images.source(), strangest);
    let captions: Vec<String> = strangest.iter().map(|index| value(scores[*index])).collect();
    let titles: Vec<String> = strangest
        .iter()
        .map(|index| match (images.set.file_name(*index), images.set.class(*index)) {
            (Some(file), _) => ending(file),
            (None, Some(class)) => format!("#{index} · {class}"),
            (None, None) => format!("#{index}"),
        })
        .collect();
    let title = format!("Strangest images by {}", score.name());
    let figure = rows::strangest(&made, &titles, captions, &title)?;
    let name = figure_name("anomalies", are_own);
    write_in_run(&run.dir, &name, &figure)
}

/// The end of a file's name, by which files of a folder differ, short enough to stand below an image.
fn ending(file: &str) -> String {
    const LONGEST: usize = 18;
    match file.chars().count() {
        length if length > LONGEST => {
            format!("…{}", file.chars().skip(length - LONGEST + 1).collect::<String>())
        }
        _ => file.to_owned(),
    }
}

fn draw_roc(
    run: &Run,
    names: &[String],
    found: &[(Score, Detection)],
    are_own: bool,
) -> Result<Vec<PathBuf>, Error> {
    let points: Vec<Vec<[f64; 2]>> = found
        .iter()
        .map(|(_, detection)| {
            let point = |point: &analysis::RocPoint| [point.false_positive_rate, point.true_positive_rate];
            detection.curve.iter().map(point).collect()
        })
        .collect();
    let curves: Vec<RocCurve> = found
        .iter()
        .zip(&points)
        .map(|((score, detection), points)| RocCurve { name: score.name(), points, auroc: detection.auroc })
        .collect();
    let title = format!("Finding images of class {}", names.join(", "));
    let figure = RocCurves { title: Some(&title), ..RocCurves::new(&curves) }.draw()?;
    write_in_run(&run.dir, &figure_name("roc", are_own), &figure)
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(ending("cats/00017.png"), "cats/00017.png");
        assert_eq!(ending("a-photograph-of-été-2026.png"), "…h-of-été-2026.png");
        assert_eq!(ending("a-photograph-of-été-2026.png").chars().count(), 18);
    }
}
