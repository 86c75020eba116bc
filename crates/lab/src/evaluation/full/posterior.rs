//! A VAE's posterior, and the likelihood of images under the model.

use std::sync::atomic::Ordering;

use analysis::{
    ACTIVE_UNIT_THRESHOLD, LogWeights, PixelDensity, PixelLoss, Posterior, Table, bits_per_dimension,
    first_grey, importance_weighted, pixel_density,
};
use model::{Embedding, PosteriorDraw};
use network::Loss;
use network::Source;
use report::{KlBars, PosteriorPanel, PosteriorPanels};
use train::ImageSource;

use crate::error::Error;
use crate::lab::Lab;
use crate::measures::Measure;
use crate::numbers::count;
use crate::sentences::tells_all_apart;

use super::subject::{Findings, Subject};

/// Bins of the posterior's histograms.
const BINS: usize = 60;
/// Dimensions in the posterior's figure, those with the largest KL.
const PANELS: usize = 30;
/// Images squared times dimensions that the split of the KL takes at most.
const SPLIT_STEPS: f64 = 2e10;

/// KL by dimension, its split, active units, collapse; of a VAE.
///
/// The split compares images with all others: of very many images with long codes a part stands for all.
pub fn posterior(found: &mut Findings, codes: &Embedding, seed: u64, lab: &Lab) -> Result<(), Error> {
    let Some(log_var) = &codes.log_var else {
        found.notes.push("a plain autoencoder has no posterior: no KL, active units or likelihood".into());
        return Ok(());
    };
    let _stage = lab.stage("posterior", 0);
    let (dims, images) = (codes.dims(), codes.len());
    let posterior = Posterior::new(Table::new(&codes.mean, dims)?, Table::new(log_var, dims)?)?;
    let dimensions = posterior.dimensions();
    let active = dimensions.iter().filter(|dimension| dimension.active).count();
    found.measures.push(Measure::new("active_units", active as f64, images).of(format!("{dims} dimensions")));
    let split_images = images.min(((SPLIT_STEPS / dims as f64).sqrt()) as usize).max(2);
    let some = codes.first(split_images);
    let some = match &some.log_var {
        Some(log_var) if split_images < images => {
            Posterior::new(Table::new(&some.mean, dims)?, Table::new(log_var, dims)?)?
        }
        _ => posterior,
    };
    let split = some.kl_decomposition(some.images(), seed)?;
    let estimate = |name, value| Measure::new(name, value, some.images()).give_or_take(split.standard_error);
    found.measures.push(
        estimate("mutual_information", split.mutual_information)
            .of(format!("at most {:.2} nats with so many images", split.ceiling)),
    );
    found.measures.push(estimate("marginal_kl", split.marginal_kl));
    if tells_all_apart(split.mutual_information, split.ceiling) {
        found.notes.push(format!(
            "a code tells its image from all others: the estimate of what it says stops at the log of {}, {:.2} nats, so \
             the information may be larger, and marginal_kl smaller, than shown",
            count(some.images(), "image"),
            split.ceiling
        ));
    }
    found.notes.push(posterior.collapse().to_string());
    let narrow = dimensions.iter().filter(|dimension| dimension.tells_apart() && !dimension.active).count();
    if narrow > 0 {
        found.notes.push(format!(
            "{} images apart though the means vary by no more than {ACTIVE_UNIT_THRESHOLD}, since the posterior is \
             narrower still; active_units does not count {}",
            if narrow == 1 { "1 dimension tells".to_owned() } else { format!("{narrow} dimensions tell") },
            if narrow == 1 { "it" } else { "them" }
        ));
    }

    let kl: Vec<f64> = dimensions.iter().map(|dimension| dimension.kl).collect();
    let marks: Vec<bool> = dimensions.iter().map(|dimension| dimension.active).collect();
    let criterion = format!("Var(μ) > {ACTIVE_UNIT_THRESHOLD}");
    let bars = KlBars { kl: &kl, active: &marks, criterion: &criterion, title: None };
    found.figures.push(("kl", bars.draw()?));

    let ((means, variances), histograms) = (posterior.marginals(), posterior.histograms(BINS)?);
    let mut order: Vec<usize> = (0..dims).collect();
    order.sort_by(|a, b| kl[*b].total_cmp(&kl[*a]));
    order.truncate(PANELS);
    order.sort_unstable();
    let densities: Vec<Vec<f64>> = order
        .iter()
        .map(|dim| {
            let histogram = &histograms[*dim];
            let width = histogram.edges[1] - histogram.edges[0];
            histogram.aggregated.iter().map(|share| share / width).collect()
        })
        .collect();
    let panels: Vec<PosteriorPanel> = order
        .iter()
        .zip(&densities)
        .map(|(dim, density)| PosteriorPanel {
            dim: *dim,
            range: (histograms[*dim].edges[0], histograms[*dim].edges[BINS]),
            density,
            mean: means[*dim],
            std: variances[*dim].sqrt(),
        })
        .collect();
    found.figures.push(("posterior", PosteriorPanels::new(&panels).draw()?));
    Ok(())
}

/// ELBO and importance-weighted likelihood, where the loss is one.
pub(super) fn likelihood(subject: &mut Subject<'_>) -> Result<(), Error> {
    let (seed, samples) = (subject.seed(), subject.effort.samples);
    let Subject { run, set, codes, findings: found, lab, stop, .. } = subject;
    let set = *set;
    if codes.log_var.is_none() {
        return Ok(());
    }
    let loss = match run.trained.model.network().objective.reconstruction.loss {
        Loss::Bce => PixelLoss::Bce,
        Loss::SquaredError => PixelLoss::SquaredError,
        Loss::Gaussian => PixelLoss::Gaussian,
        Loss::L1 => PixelLoss::Distance("the absolute error"),
        Loss::Charbonnier => PixelLoss::Distance("the Charbonnier loss"),
    };
    let seen = run.trained.source(set);
    let pixels = run.trained.model.network().input.len();
    let density = match pixel_density(loss, grey_target(&seen, set.len(), pixels)) {
        Ok(density) => density,
        Err(none) => {
            found.notes.push(format!("no likelihood: {none}"));
            return Ok(());
        }
    };
    let stage = lab.stage("likelihood", samples);
    let mut weights = vec![LogWeights::default(); set.len()];
    for sample in 0..samples {
        // Fewer samples would be another number.
        if stop.load(Ordering::SeqCst) {
            return Ok(());
        }
        let drawn = run.trained.model.log_weights(&seen, codes, PosteriorDraw { seed, sample, first: 0 })?;
        weights.iter_mut().zip(drawn).try_for_each(|(weights, weight)| weights.push(weight))?;
        stage.step();
    }
    let summary = importance_weighted(&weights)?;
    let of = format!("{density}, {samples} importance samples");
    let images = summary.images;
    found.measures.extend([
        Measure::new("elbo", summary.elbo, images).give_or_take(summary.elbo_standard_error).of(&of),
        Measure::new("nll", summary.nll, images).give_or_take(summary.nll_standard_error).of(&of),
        Measure::new("effective_samples", summary.effective_samples, images).of(&of),
    ]);
    if density == PixelDensity::Gaussian {
        let bits = bits_per_dimension(summary.nll, pixels);
        found.measures.push(Measure::new("bits_per_dimension", bits, images).of(&of));
    }
    if summary.least_effective_samples < 2.0 {
        found.notes.push(format!(
            "the likelihood of at least one image rests on a single importance sample (effective sample size {:.1} of \
             {samples}): more --samples tighten it",
            summary.least_effective_samples
        ));
    }
    Ok(())
}

/// The first target value that is neither 0 nor 1: its position among all values, and the value.
fn grey_target(seen: &ImageSource<'_>, images: usize, pixels: usize) -> Option<(usize, f32)> {
    let (mut input, mut target) = (vec![0.0; pixels], vec![0.0; pixels]);
    (0..images).find_map(|image| {
        seen.fill(image, &mut input, &mut target);
        first_grey(&target).map(|(at, value)| (image * pixels + at, value))
    })
}
