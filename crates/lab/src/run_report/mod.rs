//! The report of a run: its figures, its numbers, a verdict, all in one HTML file in the run's folder.

pub mod facts;
mod sections;
mod verdict;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use data::{Dataset, Splits};
use facts::Facts;
use report::{Images, Page, Thumbnails};

use crate::anomalies::{AnomalyOptions, judge, judged_by_themselves};
use crate::error::{Error, note_if_unsuited};
use crate::evaluation::draws::{self, Draws, SamplerDraws};
use crate::figures::latent_views::{
    ClassSilhouette, centroids, class_silhouette, code_pictures, from_random_codes, pca_map, tsne_map,
};
use crate::figures::run_figures::{self, RunFigures};
use crate::lab::Lab;
use crate::numbers::grouped;
use crate::pictures::Pictures;
use crate::runs::{ImageRequest, ImageSelection, Run, SplitRequest};
use crate::sentences::capitalised;
use crate::split::Split;

/// Test images on the t-SNE map: more take their time.
const EMBEDDED: usize = 5_000;
/// Test images on the map of principal components: more make no map clearer, but the page larger.
const PROJECTED: usize = 20_000;
/// Images whose codes are shown, images decoded from random codes, and strange ones.
const SHOWN: usize = 10;
/// Validation images from which a threshold can be found.
const NORMAL: usize = 10;
/// Test images that are judged at most, and at least however large they are; between these as many as have so many values.
const JUDGED: usize = 2_000;
const LEAST_JUDGED: usize = 100;
const JUDGED_VALUES: usize = 1 << 23;

/// What was written.
pub struct WrittenReport {
    /// The page.
    pub path: PathBuf,
    /// Names of all figures in it.
    pub figures: Vec<String>,
    /// Parts that are missing because the user stopped the work.
    pub missing: Vec<&'static str>,
}

/// Draws what is not drawn yet, measures, and writes `report.html` into the run's folder.
///
/// # Errors
/// If something cannot be drawn, or the run not be written.
pub fn write(run: &mut Run, splits: &Splits, drawn: RunFigures, lab: &Lab) -> Result<WrittenReport, Error> {
    write_until(run, splits, drawn, lab, &AtomicBool::new(false))
}

/// Draws everything for a run that was trained before. After `stop` the page holds what was measured by then.
///
/// ```no_run
/// use lab::run_report::draw_and_write;
/// use lab::runs::SplitRequest;
///
/// let lab = lab::Lab::default();
/// let mut run = lab::Run::open("runs/mnist-mlp-vae-1", None, &lab)?;
/// let splits = SplitRequest::default().open(&run, &lab)?;
/// println!("{}", draw_and_write(&mut run, &splits, &lab, &false.into())?.path.display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`write()`].
pub fn draw_and_write(
    run: &mut Run,
    splits: &Splits,
    lab: &Lab,
    stop: &AtomicBool,
) -> Result<WrittenReport, Error> {
    let drawn = run_figures::draw(run, splits)?;
    write_until(run, splits, drawn, lab, stop)
}

fn write_until(
    run: &mut Run,
    splits: &Splits,
    drawn: RunFigures,
    lab: &Lab,
    stop: &AtomicBool,
) -> Result<WrittenReport, Error> {
    let mut gallery = drawn;
    let mut facts = Facts::measure(run, splits, lab)?;
    let mut missing = Vec::new();
    for (name, part) in PARTS {
        if !stop.load(Ordering::SeqCst) {
            let mut view = View { run, splits, facts: &mut facts, gallery: &mut gallery, lab, stop };
            let done = part(&mut view);
            note_if_unsuited(done, name, &mut facts.metrics.notes)?;
        } else {
            missing.push(*name);
        }
    }
    for (name, figure) in std::mem::take(&mut facts.figures) {
        gallery.keep(name, figure, "")?;
    }
    let thumbnails = thumbnails(&splits.test, lab)?;
    let page = Page { thumbnails, ..sections::page(run, &facts, &gallery)? };
    let path = run.dir.write_report(&page.html()?)?;
    Ok(WrittenReport { path, figures: gallery.names(), missing })
}

/// What parts of the report are made from, and where they go.
struct View<'a> {
    run: &'a mut Run,
    splits: &'a Splits,
    facts: &'a mut Facts,
    gallery: &'a mut RunFigures,
    lab: &'a Lab,
    stop: &'a AtomicBool,
}

/// A part of the report: its name, and what makes it.
type Part = (&'static str, fn(&mut View<'_>) -> Result<(), Error>);

const PARTS: &[Part] =
    &[("draws", drawn), ("classes", classes), ("codes", codes), ("maps", maps), ("anomalies", anomalies)];

/// Draws of the samplers that the run has, and how they look.
fn drawn(view: &mut View<'_>) -> Result<(), Error> {
    let View { run, splits, facts, gallery, lab, .. } = view;
    if run.columns().is_some() {
        return Ok(()); // rows of a table are no pictures
    }
    let draws = Draws::of(run, splits, &splits.test, lab)?;
    facts.draws(&draws);
    let share = |drawn: &SamplerDraws| {
        format!(
            "By their nearest neighbours {} such draws mix with reconstructed test images to {:.0} %.",
            grouped(draws::DRAWS),
            100.0 * drawn.found.least()
        )
    };
    if let (Some(prior), Some(samples)) =
        (&draws.prior, gallery.figures.iter_mut().find(|drawn| drawn.name == "samples"))
    {
        samples.note = share(prior);
    }
    if !run.trained.model.network().is_variational() {
        let pictures = from_random_codes(&mut run.trained.model, 2 * SHOWN, run.trained.recipe.seed)?;
        gallery.keep("random-codes", crate::figures::grids::grid(&pictures, &[])?, "")?;
    }
    if let Some(better) = draws.better() {
        let note = format!("{} SamplerDraws by: latentlab generate RUN {}", share(better), better.options());
        gallery.keep("samples-gmm", crate::figures::grids::grid(&better.pictures, &[])?, &note)?;
    }
    Ok(())
}

/// Silhouettes and centroids of the classes.
fn classes(view: &mut View<'_>) -> Result<(), Error> {
    let View { run, splits, facts, gallery, .. } = view;
    let test = &splits.test;
    if let Some(ClassSilhouette { silhouette, labels, of }) = class_silhouette(&facts.codes, test)? {
        let note = of.as_ref().map_or_else(String::new, |of| format!("Measured {of}."));
        facts.silhouette(&silhouette, of);
        let plot =
            crate::evaluation::class_measures::silhouette_plot(&silhouette, &labels, test.classes(), None)?;
        gallery.keep("silhouettes", plot, &note)?;
    }
    if let Some((means, names)) = centroids(&facts.codes, test)
        && run.columns().is_none()
        && names.len() > 1
        && names.len() <= 100
    {
        let model = &mut run.trained.model;
        let pictures = Pictures::new(model.decode(&means)?, model.network().input);
        gallery.keep("centroids", crate::figures::grids::grid(&pictures, &names)?, "")?;
    }
    Ok(())
}

/// The first codes as pictures.
fn codes(view: &mut View<'_>) -> Result<(), Error> {
    let View { run, splits, facts, gallery, .. } = view;
    let (test, codes) = (&splits.test, &facts.codes);
    if run.columns().is_some() {
        return Ok(());
    }
    let first = &codes.mean[..codes.dims() * SHOWN.min(codes.len())];
    let Some(pictures) = code_pictures(&run.trained.model, first) else { return Ok(()) };
    let titles: Vec<String> = match test.labels() {
        Some(labels) => {
            labels.iter().take(SHOWN).map(|label| test.classes()[*label as usize].clone()).collect()
        }
        None => Vec::new(),
    };
    gallery.keep("codes", crate::figures::grids::grid(&pictures, &titles)?, "")
}

/// Maps of codes of more than two dimensions.
fn maps(view: &mut View<'_>) -> Result<(), Error> {
    let View { splits, facts, gallery, lab, stop, .. } = view;
    let test = &splits.test;
    let first = |most: usize| (test.first(most), facts.codes.first(most));
    let note = |shown: &Dataset, quality: &str| {
        let all = if shown.len() < test.len() { "The first" } else { "All" };
        format!("{all} {} test images; {quality}.", grouped(shown.len()))
    };
    if facts.codes.dims() > 2 && test.len() > 3 {
        let (shown, codes) = first(PROJECTED);
        let map = pca_map(&codes, &shown, None)?;
        gallery.keep("map-pca", map.figure, &note(&shown, &map.quality))?;
    }
    if facts.codes.dims() > 2 && test.len() >= 10 {
        let (shown, codes) = first(EMBEDDED);
        let map = tsne_map(&codes, &shown, None, lab, stop)?;
        gallery.keep("map-tsne", map.figure, &note(&shown, &map.quality))?;
    }
    Ok(())
}

/// How strange test images are beside validation images.
fn anomalies(view: &mut View<'_>) -> Result<(), Error> {
    let View { run, splits, facts, gallery, lab, .. } = view;
    if facts.numbers.denoises || splits.valid.len() < NORMAL {
        return Ok(());
    }
    // What is worth a note when one asks for anomalies is in the figures and their captions here.
    let quiet = Lab::default().with_threads(lab.threads()).with_memory(lab.memory());
    let most = (JUDGED_VALUES / splits.test.shape().values()).clamp(LEAST_JUDGED, JUDGED);
    let images = ImageSelection::of_test(run, splits, most);
    let mut note = String::new();
    if images.set.len() < splits.test.len() {
        note += &format!("The first {} test images. ", grouped(images.set.len()));
    }
    let request = ImageRequest { set: SplitRequest::new(Split::Test, None, Default::default()), files: None };
    let options = AnomalyOptions { drawn: SHOWN, ..AnomalyOptions::default() };
    let found = judge(run, &request, images, &options, &quiet)?;
    note += &found.sentences().iter().map(|text| format!("{}. ", capitalised(text))).collect::<String>();
    let both = judged_by_themselves(&found.images)?;
    if both > 0 {
        note +=
            &format!("{} are validation images themselves: the threshold says less of them.", grouped(both));
    }
    for (name, figure) in found.figures(run)? {
        gallery.keep(name, figure, if name == "scores" { &note } else { "" })?;
    }
    Ok(())
}

/// Images of the first test images, for the points of maps.
pub fn thumbnails(test: &Dataset, lab: &Lab) -> Result<Vec<Thumbnails>, Error> {
    let shape = test.shape();
    if !matches!(shape.channels, 1 | 3) || test.len() == 0 || test.columns().is_some() {
        return Ok(Vec::new());
    }
    let count = lab.memory().images_at_a_time(shape.values(), 1, test.len().min(PROJECTED));
    let mut pixels = vec![0.0; count * shape.values()];
    for (index, image) in pixels.chunks_exact_mut(shape.values()).enumerate() {
        test.image(index, image);
    }
    let images = Images::new(&pixels, [count, shape.height, shape.width, shape.channels])?;
    Ok(vec![Thumbnails::new(images)?])
}
