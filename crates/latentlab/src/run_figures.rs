//! The figures that every run gets when its training ends.

use latentlab::data::{Dataset, Splits};
use latentlab::report::Figure;
use latentlab::run::RunDir;
use latentlab::train::open_run;

use crate::comparison;
use crate::destination::write_in_run;
use crate::failure::Failure;
use crate::figures;
use crate::opened::Opened;
use crate::pictures::Pictures;
use crate::settings::Settings;

/// Images decoded from the prior.
const SAMPLES: usize = 60;
/// More points than this make no scatter clearer.
const POINTS: usize = 20_000;

/// Draws what applies to the run with its best weights, on the test images; returns the figures' names.
pub fn draw(run: &RunDir, splits: &Splits, settings: &Settings) -> Result<Vec<String>, Failure> {
    let trained = open_run(run, None, settings.compute()?)?;
    let mut opened = Opened { dir: run.clone(), trained };
    let mut names = Vec::new();
    let mut keep = |name: &str, figure: Figure| -> Result<(), Failure> {
        write_in_run(run, name, &figure)?;
        names.push(name.to_owned());
        Ok(())
    };
    let unit = figures::loss_unit(&opened.trained.recipe.objective);
    if let Some(figure) = figures::loss_curves(&run.events()?, unit)? {
        keep("loss-curves", figure)?;
    }
    let (name, figure) = reconstructions(&mut opened, &splits.test)?;
    keep(name, figure)?;
    let model = &mut opened.trained.model;
    if model.network().is_variational() {
        let samples = model.generate(SAMPLES, opened.trained.recipe.seed)?;
        keep("samples", figures::grid(&Pictures::new(samples, model.network().input), &[])?)?;
    }
    if model.code_shape().len() == 2 {
        let shown = splits.test.first(POINTS);
        let seen = opened.trained.seen(&shown);
        let embedding = opened.trained.model.encode_from(&seen, shown.len());
        keep("latent", figures::latent(&embedding, &shown)?)?;
        let grid = figures::natural_grid(&embedding, [0, 1], figures::STEPS);
        let decoded = figures::decode_grid(&mut opened.trained.model, &grid, [0, 1])?;
        keep("manifold", figures::manifold(&decoded, &grid, [0, 1])?)?;
    }
    Ok(names)
}

/// Originals over reconstructions of images of every class; with the noisy inputs between where there is noise.
fn reconstructions(opened: &mut Opened, set: &Dataset) -> Result<(&'static str, Figure), Failure> {
    let (shown, titles) = of_every_class(set, comparison::COLUMNS)?;
    let seen = opened.trained.seen(&shown);
    let made = opened.reconstruct(&seen, shown.len());
    if opened.trained.recipe.data.input.noise.is_some() {
        return Ok(("denoised", comparison::denoised(&made, &titles)?));
    }
    Ok(("reconstructions", comparison::reconstructions(&made, &titles)?))
}

/// `count` images of a set, the first of each class, then the second …; and their classes' names.
fn of_every_class(set: &Dataset, count: usize) -> Result<(Dataset, Vec<String>), Failure> {
    let Some(labels) = set.labels() else { return Ok((set.first(count), Vec::new())) };
    let mut seen = vec![0; set.classes().len()];
    let mut order: Vec<(usize, u32, usize)> = labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            seen[*label as usize] += 1;
            (seen[*label as usize], *label, index)
        })
        .collect();
    order.sort_unstable();
    order.truncate(count);
    let indices: Vec<usize> = order.iter().map(|(_, _, index)| *index).collect();
    let titles = order.iter().map(|(_, label, _)| set.classes()[*label as usize].clone()).collect();
    Ok((set.subset(&indices)?, titles))
}
