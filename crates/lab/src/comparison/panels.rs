//! The figures that compare models.

use std::sync::atomic::AtomicBool;

use data::Dataset;
use network::Loss;
use report::{
    ComparisonRows, Figure, ImageRow, Images, LatentGrid, LossCurves, LossTerm, Panels, RateDistortion,
    RatedModel,
};
use train::LatentStrips;

use crate::comparison::member::Member;
use crate::comparison::topic::Topic;
use crate::error::Error;
use crate::evaluation::class_measures::silhouette_plot;
use crate::figures::grids;
use crate::figures::latent_points::caption;
use crate::figures::latent_points::evenly;
use crate::figures::latent_views::{centroids, scatter, tsne_map};
use crate::figures::rows::quality_captions;
use crate::figures::run_figures::of_every_class;
use crate::lab::Lab;
use crate::losses::loss_unit;
use crate::numbers::signed;
use crate::pictures::Pictures;

/// Models in figures.
pub const MOST: usize = 12;
/// Images beside each other.
const COLUMNS: usize = 10;
/// Values of each coordinate in strips.
const STRIP: usize = 11;
/// Test images on maps.
const MAPPED: usize = 10_000;

/// A figure of a comparison.
pub struct ComparisonFigure {
    /// Name of its files.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// How to read it.
    pub caption: String,
    /// Heading of the part of the page that it stands in.
    pub part: &'static str,
    /// Whether its points have thumbnails.
    pub of_points: bool,
}

/// Draws everything that applies.
pub fn draw(
    topic: &Topic,
    members: &mut [Member],
    test: &Dataset,
    lab: &Lab,
) -> Result<Vec<ComparisonFigure>, Error> {
    let mut all = Vec::new();
    let mut keep = |name: &str, part: &'static str, figure: Option<Figure>, caption: String| {
        let of_points = name == "maps";
        let name = name.to_owned();
        all.extend(figure.map(|figure| ComparisonFigure { name, figure, caption, part, of_points }));
    };
    let losses = loss_panels(members)?;
    keep(
        "losses",
        "Losses",
        losses,
        "Loss terms by epoch, training and validation on one axis for each model.".into(),
    );
    let totals = totals(members)?;
    keep("totals", "Losses", totals, "The totals of all models on one axis.".into());
    let caption = "Rate and distortion on the test images. Down and left is better; models on one dotted line have equal sums.";
    keep("rate-distortion", "Losses", rate_distortion(members)?, caption.into());
    let caption = "Test images of every class over what each model makes of them, with PSNR.";
    keep("reconstructions", "Reconstructions", Some(reconstructions(members, test)?), caption.into());
    let mut caption =
        "Images decoded from draws of N(0, I): one draw per column where codes have equal sizes.".to_owned();
    if members.iter().any(|member| !member.is_variational()) {
        caption += " A plain autoencoder was never taught to decode them.";
    }
    keep("samples", "Samples", Some(samples(members)?), caption);
    let caption = "Images decoded from the mean code of each class.";
    keep("centroids", "Samples", centroid_rows(members, test)?, caption.into());
    let caption = "One point of the latent space, decoded by each model.";
    keep("points", "Samples", points(members, &topic.show.points)?, caption.into());
    let caption = "Decoded planes, the coordinates on the ticks.";
    keep("manifolds", "Manifolds", manifolds(topic, members)?, caption.into());
    for (index, strips) in topic.show.strips.iter().enumerate() {
        let Some(member) = members.iter_mut().find(|member| member.name == strips.model) else { continue };
        let caption = format!("{}: one row per value of z₁, z₂ from left to right.", member.name);
        keep(&format!("strips-{}", index + 1), "Manifolds", decoded_strips(member, strips)?, caption);
    }
    let (maps, caption) = maps(topic, members, test, lab)?;
    keep("maps", "Latent maps", maps, caption);
    let caption = "How well each test image lies within its class; the dashed line is the mean.";
    keep("silhouettes", "Latent maps", silhouettes(members, test)?, caption.into());
    Ok(all)
}

fn panels(figures: &[(String, Figure)], columns: usize) -> Result<Option<Figure>, Error> {
    if figures.is_empty() {
        return Ok(None);
    }
    let figures: Vec<(&str, &Figure)> =
        figures.iter().map(|(name, figure)| (name.as_str(), figure)).collect();
    Ok(Some(Panels::new(&figures, columns).draw()?))
}

fn loss_panels(members: &[Member]) -> Result<Option<Figure>, Error> {
    let mut figures = Vec::new();
    for member in members {
        let unit = loss_unit(&member.run.trained.recipe.objective);
        if let Some(figure) = grids::loss_curves(&member.run.dir.events()?, unit)? {
            figures.push((member.name.clone(), figure));
        }
    }
    panels(&figures, 1)
}

/// All totals on one axis, where they are of one kind.
fn totals(members: &[Member]) -> Result<Option<Figure>, Error> {
    let unit = |member: &Member| loss_unit(&member.run.trained.recipe.objective);
    let Some(first) = members.first().map(unit) else { return Ok(None) };
    // Of "loss per image" nobody knows what it is measured in.
    if members.len() < 2 || first == "loss per image" || members.iter().any(|member| unit(member) != first) {
        return Ok(None);
    }
    let mut curves = Vec::new();
    for member in members {
        let events = member.run.dir.events()?;
        let of = |split: fn(&run::Epoch) -> &run::Terms| -> Vec<f64> {
            events
                .epochs()
                .into_iter()
                .map(|epoch| split(epoch).get("total").copied().unwrap_or(f64::NAN))
                .collect()
        };
        curves.push((of(|epoch| &epoch.train), of(|epoch| &epoch.valid)));
    }
    let terms: Vec<LossTerm> = members
        .iter()
        .zip(&curves)
        .map(|(member, (train, valid))| LossTerm { name: &member.name, train, valid })
        .collect();
    if terms.iter().all(|term| term.train.is_empty()) {
        return Ok(None);
    }
    Ok(Some(LossCurves::new(&terms, first).draw()?))
}

fn rate_distortion(members: &[Member]) -> Result<Option<Figure>, Error> {
    let loss = |member: &Member| member.run.trained.recipe.objective.reconstruction.loss;
    let models: Vec<RatedModel> = members
        .iter()
        .filter_map(|member| {
            let (rate, distortion) = (member.mean("rate")?, member.mean("distortion")?);
            Some(RatedModel { name: &member.name, rate, distortion })
        })
        .collect();
    if models.len() < 2 || members.iter().any(|member| loss(member) != loss(&members[0])) {
        return Ok(None);
    }
    let name = match loss(&members[0]) {
        Loss::Bce => "distortion: BCE (nats per image)",
        Loss::Gaussian => "distortion: Gaussian (nats per image)",
        Loss::SquaredError => "distortion: squared error per image",
        Loss::L1 => "distortion: absolute error per image",
        Loss::Charbonnier => "distortion: Charbonnier loss per image",
    };
    let is_curve = members.iter().all(|member| member.recipe_name() == members[0].recipe_name());
    Ok(Some(RateDistortion { models: &models, distortion: name, is_curve, title: None }.draw()?))
}

fn rows(rows: &[(String, Pictures, Vec<String>)], titles: &[String]) -> Result<Figure, Error> {
    let rows: Vec<ImageRow> = rows
        .iter()
        .map(|(label, pictures, captions)| Ok(ImageRow { label, images: pictures.images()?, captions }))
        .collect::<Result<_, Error>>()?;
    Ok(ComparisonRows { column_titles: titles, ..ComparisonRows::new(&rows) }.draw()?)
}

fn reconstructions(members: &mut [Member], test: &Dataset) -> Result<Figure, Error> {
    let (shown, titles) = of_every_class(test, COLUMNS)?;
    let mut all: Vec<(String, Pictures, Vec<String>)> = Vec::new();
    for member in members {
        let seen = member.run.trained.source(&shown);
        let made = member.run.reconstruct(&seen, shown.len());
        let captions = quality_captions(&made.targets, &made.outputs)?;
        if all.is_empty() {
            all.push(("original".into(), made.targets, Vec::new()));
        }
        all.push((member.name.clone(), made.outputs, captions));
    }
    rows(&all, &titles)
}

fn samples(members: &mut [Member]) -> Result<Figure, Error> {
    let mut all = Vec::new();
    let seed = members.first().map_or(0, |member| member.run.trained.recipe.seed);
    for member in members {
        let model = &mut member.run.trained.model;
        let codes = model.random_codes(COLUMNS, seed);
        all.push((
            member.name.clone(),
            Pictures::new(model.decode(&codes)?, model.network().input),
            Vec::new(),
        ));
    }
    rows(&all, &[])
}

fn centroid_rows(members: &mut [Member], test: &Dataset) -> Result<Option<Figure>, Error> {
    let mut all = Vec::new();
    let mut titles = Vec::new();
    for member in members {
        let Some((means, names)) = centroids(&member.codes, test) else { return Ok(None) };
        let model = &mut member.run.trained.model;
        all.push((
            member.name.clone(),
            Pictures::new(model.decode(&means)?, model.network().input),
            Vec::new(),
        ));
        titles = names;
    }
    if titles.len() < 2 || titles.len() > 40 {
        return Ok(None);
    }
    rows(&all, &titles).map(Some)
}

fn points(members: &mut [Member], points: &[Vec<f32>]) -> Result<Option<Figure>, Error> {
    let fits = |member: &Member| points.iter().all(|point| point.len() == member.codes.dims());
    if points.is_empty() || !members.iter().all(fits) {
        return Ok(None);
    }
    let titles: Vec<String> = points.iter().map(|point| caption(point)).collect();
    let codes = points.concat();
    let mut all = Vec::new();
    for member in members {
        let model = &mut member.run.trained.model;
        all.push((
            member.name.clone(),
            Pictures::new(model.decode(&codes)?, model.network().input),
            Vec::new(),
        ));
    }
    rows(&all, &titles).map(Some)
}

fn manifolds(topic: &Topic, members: &mut [Member]) -> Result<Option<Figure>, Error> {
    let mut all = Vec::new();
    for member in members.iter_mut().filter(|member| member.codes.dims() == 2) {
        let grid = match topic.show.manifold {
            Some(plane) => LatentGrid::square(plane.range.0, plane.range.1, plane.steps),
            None => grids::natural_grid(&member.codes, [0, 1], grids::STEPS),
        };
        let decoded = grids::decode_grid(&mut member.run.trained.model, &grid, [0, 1])?;
        all.push((member.name.clone(), grids::manifold(&decoded, &grid, [0, 1])?));
    }
    panels(&all, 3)
}

/// 11 values of z₁ from row to row, 11 of z₂ along each.
fn decoded_strips(member: &mut Member, strips: &LatentStrips) -> Result<Option<Figure>, Error> {
    if member.codes.dims() != 2 {
        return Ok(None);
    }
    let (first, second) = (evenly(strips.z1, STRIP), evenly(strips.z2, STRIP));
    let codes: Vec<f32> = first.iter().flat_map(|z1| second.iter().flat_map(|z2| [*z1, *z2])).collect();
    let model = &mut member.run.trained.model;
    let decoded = Pictures::new(model.decode(&codes)?, model.network().input);
    let [_, height, width, channels] = decoded.shape;
    let names: Vec<String> = first.iter().map(|z1| format!("z₁ = {}", signed(f64::from(*z1), 2))).collect();
    let titles: Vec<String> = second.iter().map(|z2| format!("z₂ = {}", signed(f64::from(*z2), 2))).collect();
    let rows: Vec<ImageRow> = decoded
        .pixels
        .chunks_exact(STRIP * height * width * channels)
        .zip(&names)
        .map(|(pixels, label)| {
            Ok(ImageRow {
                label,
                images: Images::new(pixels, [STRIP, height, width, channels])?,
                captions: &[],
            })
        })
        .collect::<Result<_, Error>>()?;
    let title = Some(strips.model.as_str());
    Ok(Some(ComparisonRows { column_titles: &titles, title, ..ComparisonRows::new(&rows) }.draw()?))
}

/// Planes above each other where codes have two dimensions, t-SNE beside each other where they have more.
fn maps(
    topic: &Topic,
    members: &mut [Member],
    test: &Dataset,
    lab: &Lab,
) -> Result<(Option<Figure>, String), Error> {
    let shown = test.first(MAPPED);
    let flat = members.iter().all(|member| member.codes.dims() == 2);
    let mut all = Vec::new();
    let mut notes = Vec::new();
    for member in members {
        let seen = member.run.trained.source(&shown);
        let codes = member.run.trained.model.encode_from(&seen, shown.len());
        if codes.dims() == 2 {
            let is_drawn = topic.show.sampled && codes.log_var.is_some();
            let points = if is_drawn { codes.sample(member.run.trained.recipe.seed) } else { codes.mean };
            let heading =
                if is_drawn { format!("{}, sampled codes", member.name) } else { member.name.clone() };
            all.push((heading, scatter(&points, &shown, ["z₁", "z₂"], None)?));
        } else if shown.len() >= 10 && codes.dims() > 1 {
            let map = tsne_map(&codes, &shown, None, lab, &AtomicBool::new(false))?;
            notes.push(format!("{}: {}", member.name, map.quality));
            all.push((member.name.clone(), map.figure));
        }
    }
    let how = if flat { "Codes of the test images." } else { "t-SNE of the codes of the test images." };
    let notes = if notes.is_empty() { String::new() } else { format!(" {}.", notes.join("; ")) };
    Ok((panels(&all, if flat { 1 } else { 3 })?, format!("{how}{notes} Point at one to see its image.")))
}

fn silhouettes(members: &[Member], test: &Dataset) -> Result<Option<Figure>, Error> {
    let labels = test.labels().unwrap_or_default();
    let mut all = Vec::new();
    for member in members {
        if let Some(found) = &member.silhouette {
            all.push((member.name.clone(), silhouette_plot(found, &labels, test.classes(), None)?));
        }
    }
    panels(&all, 3)
}
