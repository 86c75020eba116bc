//! How strange each image is to a model, where it is strange, whether that is more than normal, and which images are
//! known to be.

mod classes;
mod drawing;
mod heat_maps;
mod masks;
mod normal;
mod scores;
mod sentences;
mod shards;
mod statistics;
mod tiled;

use std::ops::Range;
use std::path::PathBuf;

use analysis::{
    Detection, Localisation, NormalPixels, Threshold, detection, localisation, most_anomalous, threshold,
};

use crate::arrays::{RowTable, Values};
use crate::data_place::DataPlace;
use crate::error::Error;
use crate::figure_files::{figure_name, write_in_run};
use crate::lab::Lab;
use crate::row_names::RowNames;
use crate::runs::{ImageRequest, ImageSelection, Run};

pub use classes::{AnomalousClasses, anomalous_labels, warn_if_learned};
pub use heat_maps::{Heat, HeatMaps};
pub use masks::Masks;
pub(crate) use normal::judged_by_themselves;
pub use scores::{Score, Scores};
pub use shards::{ShardScores, join_scores, score_shard};
pub use statistics::{NormalStatistics, TileStatistics};
pub use tiled::{TileJudge, TiledAnomaly};

/// What is scored, and by what images are ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct AnomalyOptions {
    /// What ranks the images that are drawn, and what the verdict goes by; where nothing is said the heat map's hottest
    /// pixel, for a small defect hardly moves the mean of all, and without heat maps the reconstruction error.
    pub score: Option<Score>,
    /// Classes that count as anomalous; where there are none, those that the run's training left out, and where all
    /// training images are of one class, every other.
    pub classes: Vec<String>,
    /// How many of the strangest images to draw.
    pub drawn: usize,
    /// Draws of each posterior that the ELBO is averaged over.
    pub samples: u64,
    /// The share of normal images that may be called anomalous, in (0, 1).
    pub false_positives: f64,
    /// Folder of masks of what is anomalous; that of MVTec's layout where nothing is said.
    pub masks: Option<PathBuf>,
}

impl Default for AnomalyOptions {
    /// Ranked by the hottest pixel where there are heat maps, the 20 strangest drawn, 10 draws of each posterior, one normal image of a
    /// hundred above the threshold.
    fn default() -> Self {
        Self { score: None, classes: Vec::new(), drawn: 20, samples: 10, false_positives: 0.01, masks: None }
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
    /// What normal images of the run's data score, and from where on an image is called anomalous; `None` where these
    /// images are not to be had, or too few.
    pub verdict: Option<Verdict>,
    /// Where images are strange; `None` of tables, where there are no normal images to compare with, and of joined parts.
    pub heat: Option<Heat>,
    /// What pixels of normal images are like, and how hot these become, where there are heat maps.
    normal_pixels: Option<(NormalPixels, f32)>,
    /// What is known to be anomalous.
    pub known: Option<AnomalousClasses>,
    /// How well each score finds it.
    pub detections: Vec<(Score, Detection)>,
    /// How well the heat maps find the pixels that masks mark, and how many images have masks.
    pub localisation: Option<(Localisation, usize)>,
}

/// From where on images are called anomalous, and which are.
pub struct Verdict {
    /// By the score that ranks.
    pub threshold: Threshold,
    /// Thresholds of all scores.
    pub thresholds: Vec<(Score, Threshold)>,
    /// What normal images score, by the score that ranks.
    pub normal: Vec<f64>,
    /// Whether each image lies above.
    pub flagged: Vec<bool>,
}

impl Verdict {
    /// How many images lie above.
    pub fn count(&self) -> usize {
        self.flagged.iter().filter(|flag| **flag).count()
    }
}

impl Anomalies {
    /// The score that ranks, of every image.
    pub fn ranking(&self) -> &[f64] {
        self.scores.by(self.score).unwrap_or_default()
    }

    /// All scores, with what tells the images apart, the verdict, and whether each is known to be anomalous.
    pub fn table(&self) -> RowTable {
        let names = RowNames::of(&self.images.set);
        let mut table = RowTable::new(self.images.set.len());
        names.add_places(&mut table);
        for (score, values) in self.scores.all() {
            table.add(score.key(), Values::Doubles(values.clone()));
        }
        if let Some(verdict) = &self.verdict {
            table.add("flagged", Values::Marks(verdict.flagged.clone()));
        }
        names.add_classes(&mut table);
        if let Some(known) = &self.known {
            table.add("anomalous", Values::Marks(known.marks.clone()));
        }
        table
    }

    /// How many of each class were flagged, by name, most images first, and how many there are; nothing where classes
    /// are not known.
    pub fn flagged_by_class(&self) -> Vec<(String, usize, usize)> {
        let (Some(verdict), Some(labels)) = (&self.verdict, self.images.set.labels()) else {
            return Vec::new();
        };
        let mut counts = vec![(0, 0); self.images.set.classes().len()];
        for (label, flag) in labels.iter().zip(&verdict.flagged) {
            counts[*label as usize].0 += usize::from(*flag);
            counts[*label as usize].1 += 1;
        }
        let named = self.images.set.classes().iter().cloned().zip(counts);
        named.filter(|(_, (_, all))| *all > 0).map(|(name, (flagged, all))| (name, flagged, all)).collect()
    }

    /// Precision, recall and F1 of the verdict, in [0, 1], where it is known what is anomalous.
    pub fn precision_recall_f1(&self) -> Option<[f64; 3]> {
        let (verdict, known) = (self.verdict.as_ref()?, self.known.as_ref()?);
        let pairs = || verdict.flagged.iter().zip(&known.marks);
        let hits = pairs().filter(|(flag, mark)| **flag && **mark).count() as f64;
        let anomalous = known.marks.iter().filter(|mark| **mark).count() as f64;
        let share = |of: f64| if of > 0.0 { hits / of } else { 0.0 };
        let f1 = 2.0 * hits / (verdict.count() as f64 + anomalous);
        Some([share(verdict.count() as f64), share(anomalous), f1])
    }
}

/// Scores every image that `request` names by how strange the run finds it, and draws the strangest into the run; returns
/// what was found and the figures' files. Where classes are known to be anomalous, AUROC and average precision say how well
/// each score finds them.
///
/// ```no_run
/// use lab::anomalies::{AnomalyOptions, score};
/// use lab::runs::ImageRequest;
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
/// let photos = ImageRequest { files: Some("photos/".into()), ..ImageRequest::default() };
/// let (anomalies, _) = score(&mut run, &photos, &AnomalyOptions::default(), &lab)?;
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
) -> Result<(Anomalies, Vec<PathBuf>), Error> {
    check_score(run, options)?;
    let images = request.open(run, lab)?;
    let found = judge(run, request, images, options, lab)?;
    let files = draw(run, request, &found, lab)?;
    Ok((found, files))
}

/// Refuses a score that the run's model does not have.
fn check_score(run: &Run, options: &AnomalyOptions) -> Result<(), Error> {
    if !matches!(options.score, Some(Score::Kl | Score::NegElbo))
        || run.trained.model.network().is_variational()
    {
        return Ok(());
    }
    let folder = run.dir.path().display();
    let refusal =
        Error::refused(format!("--score: {folder} is a plain autoencoder, which has no KL and no ELBO"));
    Err(refusal.hint("without --score the reconstruction error ranks the images"))
}

/// Draws what was found into the run; gives the files.
fn draw(run: &mut Run, request: &ImageRequest, found: &Anomalies, lab: &Lab) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for (name, figure) in found.figures(run)? {
        let name = figure_name(name, request.are_own(run));
        files.extend(lab.keep_or_warn(write_in_run(&run.dir, &name, &figure))?);
    }
    Ok(files)
}

/// Scores `images`, which `request` names, and judges them.
pub(crate) fn judge(
    run: &mut Run,
    request: &ImageRequest,
    images: ImageSelection,
    options: &AnomalyOptions,
    lab: &Lab,
) -> Result<Anomalies, Error> {
    let subject = Subject::of(run, request, images, options, lab)?;
    let all = 0..subject.images.set.len();
    let (scores, heat) = subject.score(run, all, options, lab)?;
    conclude(run, request, options, subject, scores, heat, lab)
}

/// What is scored, and what it is compared with.
struct Subject {
    images: ImageSelection,
    known: Option<AnomalousClasses>,
    normal: Option<NormalStatistics>,
}

impl Subject {
    fn of(
        run: &mut Run,
        request: &ImageRequest,
        images: ImageSelection,
        options: &AnomalyOptions,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let known = classes::known(request, &options.classes, run, &images, lab)?;
        let normal = NormalStatistics::of(run, request, Some(&images), options.samples, lab)?;
        Ok(Self { images, known, normal })
    }

    /// What pixels of normal images are like, and how hot these become: colours of heat maps begin there.
    fn normal_pixels(&self, options: &AnomalyOptions) -> Option<(&NormalPixels, f32)> {
        let normal = self.normal.as_ref()?;
        let pixels = normal.pixels.as_ref()?;
        let peaks = normal.scores.by(Score::HeatMap).unwrap_or_default();
        let highest = peaks.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let hottest = threshold(peaks, options.false_positives).map_or(highest, |found| found.score);
        Some((pixels, hottest as f32))
    }

    /// The scores of the images at `rows`, and where they are strange.
    fn score(
        &self,
        run: &mut Run,
        rows: Range<usize>,
        options: &AnomalyOptions,
        lab: &Lab,
    ) -> Result<(Scores, Option<Heat>), Error> {
        let seen = self.images.source();
        let mut scores = Scores::of(&mut run.trained, &seen, rows.clone(), options.samples, lab)?;
        let mut heat = None;
        if let Some((pixels, normal)) = self.normal_pixels(options) {
            let maps = HeatMaps::of(run, &seen.after(rows.start), rows.len(), pixels);
            scores.add(Score::HeatMap, maps.peaks());
            heat = Some(Heat { maps, normal });
        }
        Ok((scores, heat))
    }
}

/// Judges what was found of all images.
fn conclude(
    run: &Run,
    request: &ImageRequest,
    options: &AnomalyOptions,
    subject: Subject,
    scores: Scores,
    heat: Option<Heat>,
    lab: &Lab,
) -> Result<Anomalies, Error> {
    let normal_pixels = subject.normal_pixels(options).map(|(pixels, hottest)| (pixels.clone(), hottest));
    let Subject { images, known, normal } = subject;
    let usual = if scores.by(Score::HeatMap).is_some() { Score::HeatMap } else { Score::Reconstruction };
    let ranked_by = options.score.unwrap_or(usual);
    let ranking = scores.by(ranked_by).ok_or_else(|| no_heat_maps(run))?;
    let strangest = most_anomalous(ranking, options.drawn)?;
    let verdict = match &normal {
        Some(normal) => verdict(&normal.scores, ranking, ranked_by, options.false_positives, lab)?,
        None => None,
    };
    let mut detections = Vec::new();
    if let Some(AnomalousClasses { marks, .. }) = &known {
        for (score, scores) in scores.all() {
            detections.push((*score, detection(scores, marks)?));
        }
    }
    let localisation = match &heat {
        Some(heat) => localised(run, request, &images, heat, options, lab)?,
        None => None,
    };
    Ok(Anomalies {
        score: ranked_by,
        images,
        scores,
        strangest,
        verdict,
        heat,
        normal_pixels,
        known,
        detections,
        localisation,
    })
}

fn no_heat_maps(run: &Run) -> Error {
    let refusal = Error::refused(format!(
        "--score heat-map: there are no heat maps for {}: they take pictures, and validation images of the run",
        run.dir.path().display()
    ));
    refusal.hint("without --score the reconstruction error ranks the images")
}

/// Thresholds from what normal images score; `None`, and a note, if these are too few.
fn verdict(
    of_normal: &Scores,
    ranking: &[f64],
    ranked_by: Score,
    false_positives: f64,
    lab: &Lab,
) -> Result<Option<Verdict>, Error> {
    let mut thresholds = Vec::new();
    for (score, normal) in of_normal.all() {
        match threshold(normal, false_positives) {
            Ok(found) => thresholds.push((*score, found)),
            Err(few @ analysis::AnomalyError::FewNormal { .. }) => {
                lab.note(format_args!("no threshold: {few}, and these are the run's validation images"));
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let by_ranking =
        thresholds.iter().find(|(score, _)| *score == ranked_by).map(|(_, threshold)| *threshold);
    Ok(by_ranking.zip(of_normal.by(ranked_by)).map(|(threshold, normal)| {
        let flagged = ranking.iter().map(|score| *score > threshold.score).collect();
        Verdict { threshold, thresholds, normal: normal.to_vec(), flagged }
    }))
}

/// How well heat maps find what masks mark, where there are masks.
fn localised(
    run: &Run,
    request: &ImageRequest,
    images: &ImageSelection,
    heat: &Heat,
    options: &AnomalyOptions,
    lab: &Lab,
) -> Result<Option<(Localisation, usize)>, Error> {
    let data = match (&request.files, &request.set.data) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(data)) => Some(PathBuf::from(data)),
        (None, None) => DataPlace::of_run(&run.dir, &run.trained.recipe.data, &request.set.dirs).spec.path,
    };
    let usual = || data.as_deref().and_then(masks::usual_folder);
    let Some(folder) = options.masks.clone().or_else(usual) else { return Ok(None) };
    let read = masks::read(&images.set, &folder, run.trained.recipe.data.pad, lab)?;
    let Some(Masks { values, found }) = read else {
        if options.masks.is_some() {
            let folder = folder.display();
            let refusal = Error::refused(format!("--masks {folder}: holds no mask of any of the images"));
            return Err(
                refusal.hint("the mask of CLASS/NAME.png is CLASS/NAME_mask.png or CLASS/NAME.png in it")
            );
        }
        return Ok(None);
    };
    match localisation(&heat.maps.values, &values, heat.maps.shape) {
        Ok(judged) => Ok(Some((judged, found))),
        Err(analysis::AnomalyError::OneKind { .. }) => Ok(None), // too small to be seen at the net's size
        Err(error) => Err(error.into()),
    }
}
