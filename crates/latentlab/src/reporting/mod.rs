//! The report of a run: its figures, its numbers, a verdict, all in one HTML file in the run's folder.

pub mod facts;
mod sections;
mod verdict;

use std::path::PathBuf;

use latentlab::data::{Dataset, Splits};
use latentlab::report::{Images, Page, Thumbnails};

use crate::failure::Failure;
use crate::latent_views::{centroids, class_silhouette, code_pictures, from_random_codes, pca_map, tsne_map};
use crate::numbers::grouped;
use crate::opened::Opened;
use crate::pictures::Pictures;
use crate::run_figures::{self, Drawn, Gallery};
use crate::settings::Settings;

use facts::Facts;

/// Test images on the t-SNE map: more take their time.
const EMBEDDED: usize = 5_000;
/// Test images on the map of principal components: more make no map clearer, but the page larger.
const PROJECTED: usize = 20_000;
/// Images whose codes are shown, and images decoded from random codes.
const SHOWN: usize = 10;

/// What was written.
pub struct Written {
    /// The page.
    pub path: PathBuf,
    /// Names of all figures in it.
    pub figures: Vec<String>,
}

/// Draws what is not drawn yet, measures, and writes `report.html` into the run's folder.
pub fn write(
    opened: &mut Opened,
    splits: &Splits,
    drawn: Gallery,
    settings: &Settings,
) -> Result<Written, Failure> {
    let mut gallery = drawn;
    let mut facts = Facts::measure(opened, splits, settings)?;
    views(opened, &splits.test, &mut facts, &mut gallery, settings)?;
    for (name, figure) in std::mem::take(&mut facts.figures) {
        gallery.keep(name, figure, "")?;
    }
    let page = Page { thumbnails: thumbnails(&splits.test)?, ..sections::page(opened, &facts, &gallery)? };
    let path = opened.dir.write_report(&page.html()?)?;
    Ok(Written { path, figures: gallery.names() })
}

/// Draws everything for a run that was trained before.
pub fn draw_and_write(opened: &mut Opened, splits: &Splits, settings: &Settings) -> Result<Written, Failure> {
    let drawn = run_figures::draw(opened, splits)?;
    write(opened, splits, drawn, settings)
}

/// Maps, centroids, codes.
fn views(
    opened: &mut Opened,
    test: &Dataset,
    facts: &mut Facts,
    gallery: &mut Gallery,
    settings: &Settings,
) -> Result<(), Failure> {
    let dims = facts.codes.dims();
    let first = |most: usize| (test.first(most), facts.codes.first(most));
    let note = |shown: &Dataset, quality: &str| {
        let all = if shown.len() < test.len() { "The first" } else { "All" };
        format!("{all} {} test images; {quality}.", grouped(shown.len()))
    };
    if dims > 2 && test.len() > 3 {
        let (shown, codes) = first(PROJECTED);
        let map = pca_map(&codes, &shown, None)?;
        gallery.keep("map-pca", map.figure, &note(&shown, &map.quality))?;
    }
    if dims > 2 && test.len() >= 10 {
        let (shown, codes) = first(EMBEDDED);
        let map = tsne_map(&codes, &shown, None, &settings.console)?;
        gallery.keep("map-tsne", map.figure, &note(&shown, &map.quality))?;
    }
    if let Some(found) = class_silhouette(&facts.codes, test)? {
        facts.silhouette(&found);
        let labels = test.labels().unwrap_or_default();
        let plot = crate::class_measures::silhouette_plot(&found, &labels, test.classes(), None)?;
        gallery.keep("silhouettes", plot, "")?;
    }
    let model = &mut opened.trained.model;
    if let Some((means, names)) = centroids(&facts.codes, test)
        && names.len() > 1
        && names.len() <= 100
    {
        let pictures = Pictures::new(model.decode(&means)?, model.network().input);
        gallery.keep("centroids", crate::figures::grid(&pictures, &names)?, "")?;
    }
    if !model.network().is_variational() {
        let pictures = from_random_codes(model, 2 * SHOWN, opened.trained.recipe.seed)?;
        gallery.keep("random-codes", crate::figures::grid(&pictures, &[])?, "")?;
    }
    let codes = &facts.codes;
    let first = &codes.mean[..dims * SHOWN.min(codes.len())];
    if let Some(pictures) = code_pictures(&opened.trained.model, first) {
        let titles: Vec<String> = match test.labels() {
            Some(labels) => {
                labels.iter().take(SHOWN).map(|label| test.classes()[*label as usize].clone()).collect()
            }
            None => Vec::new(),
        };
        gallery.keep("codes", crate::figures::grid(&pictures, &titles)?, "")?;
    }
    Ok(())
}

/// Images of the first test images, for the points of maps.
pub fn thumbnails(test: &Dataset) -> Result<Vec<Thumbnails>, Failure> {
    let shape = test.shape();
    if !matches!(shape.channels, 1 | 3) || test.len() == 0 {
        return Ok(Vec::new());
    }
    let count = test.len().min(20_000);
    let mut pixels = vec![0.0; count * shape.values()];
    for (index, image) in pixels.chunks_exact_mut(shape.values()).enumerate() {
        test.image(index, image);
    }
    let images = Images::new(&pixels, [count, shape.height, shape.width, shape.channels])?;
    Ok(vec![Thumbnails::new(images)?])
}

/// The figure `name`, if it was drawn.
fn find<'a>(gallery: &'a Gallery, name: &str) -> Option<&'a Drawn> {
    gallery.figures.iter().find(|drawn| drawn.name == name)
}
