//! Images: whether draws look like some, how they are spread beside real ones, and which are strange.

use analysis::{FeatureSpace, detection};

use crate::anomalies::{Scores, anomalous_labels};
use crate::error::Error;
use crate::evaluation::draws::{Draws, SamplerDraws};
use crate::evaluation::samplers::{self, Sampler};
use crate::feature_space;
use crate::measures::Measure;
use crate::numbers::grouped;

use super::subject::{Features, Subject};

/// Generated and real images that are compared: neighbourhoods take the square of it.
pub(super) const COMPARED: usize = 5_000;
/// Codes of more numbers have no Gaussian with a covariance of all of them.
const LONGEST: usize = 1_024;
/// Draws of each posterior that the anomaly scores' ELBO is averaged over.
pub(super) const SCORE_SAMPLES: u64 = 10;

/// Whether draws look like images, of the prior and of a fitted mixture.
pub(super) fn draws(subject: &mut Subject<'_>) -> Result<(), Error> {
    let found = Draws::of(subject.run, subject.splits, subject.set, subject.lab)?;
    subject.findings.extend(found.own().map(SamplerDraws::measure));
    let share = |drawn: &SamplerDraws| format!("{:.0} %", 100.0 * drawn.found.least());
    if let (Some(prior), Some(better)) = (&found.prior, found.better()) {
        subject.findings.notes.push(format!(
            "draws from the prior mix with reconstructed images to {}, from Gaussians fitted to the codes to {}: \
             generate {}",
            share(prior),
            share(better),
            better.options()
        ));
    }
    subject.findings.notes.extend(found.note);
    Ok(())
}

/// Generated images beside real ones: of a VAE from the prior, else from a Gaussian fitted to the training codes.
pub(super) fn generated(subject: &mut Subject<'_>) -> Result<(), Error> {
    const LEAST: usize = 100;
    let (seed, features) = (subject.seed(), subject.effort.features);
    let Subject { run, set, train_codes, codes, findings: found, lab, .. } = subject;
    let set = *set;
    let pixels = run.trained.model.network().input.len();
    let compared = lab.memory().images_at_a_time(pixels, 4, set.len().min(COMPARED));
    if compared < LEAST {
        found
            .notes
            .push(format!("{compared} images are too few to compare generated ones with: {LEAST} at least"));
        return Ok(());
    }
    if codes.log_var.is_none() && codes.dims() > LONGEST {
        found.notes.push(format!(
            "codes of {} numbers are too long for a Gaussian fitted to them: no images are generated",
            grouped(codes.dims())
        ));
        return Ok(());
    }
    let _stage = lab.stage("generated images", 0);
    let sampler = if codes.log_var.is_some() { Sampler::Prior } else { Sampler::Gaussian };
    let drawn = match sampler {
        Sampler::Prior => run.trained.model.random_codes(compared, seed),
        _ => match samplers::fit(sampler, train_codes, 1, seed) {
            Ok(fitted) => fitted.sample(compared, seed),
            Err(_) => {
                found.notes.push(
                    "the codes lie on a point, a line or a plane, so no Gaussian fits them: no images \
                     are generated"
                        .into(),
                );
                return Ok(());
            }
        },
    };
    let made = run.trained.model.decode(&drawn)?;
    let (space, real, generated, columns) = match features {
        Features::Pixels => {
            let real = run.targets(set, compared);
            (FeatureSpace { name: "pixels".into(), sha256: None }, real, made, pixels)
        }
        Features::Latent => {
            let again = run.trained.model.encode(&made)?;
            let sha256 = Some(run.trained.weights_sha256.clone());
            let name = "latent means of this run".to_owned();
            let real = codes.mean[..compared * codes.dims()].to_vec();
            (FeatureSpace { name, sha256 }, real, again.mean, codes.dims())
        }
    };
    let found_in = feature_space::compare(space, &real, &generated, columns)?;
    let hash = found_in.space.sha256.map_or_else(String::new, |hash| format!(" (weights {})", &hash[..12]));
    let (name, all) = (found_in.space.name, grouped(compared));
    let of = format!("{name}{hash}; {all} images from the sampler {} beside {all} real ones", sampler.name());
    let manifolds = found_in.manifolds;
    found.extend(
        [
            ("frechet_distance", found_in.frechet_distance),
            ("precision", manifolds.precision),
            ("recall", manifolds.recall),
            ("density", manifolds.density),
            ("coverage", manifolds.coverage),
        ]
        .map(|(name, value)| Measure::new(name, value, compared).of(&of)),
    );
    Ok(())
}

/// How well −ELBO (of a plain autoencoder the reconstruction error) finds the classes that training left out.
pub(super) fn anomalies(subject: &mut Subject<'_>) -> Result<(), Error> {
    let Subject { run, set, findings: found, lab, .. } = subject;
    let set = *set;
    let names = run.trained.recipe.data.exclude_classes.clone();
    let Some(labels) = set.labels().filter(|_| !names.is_empty()) else { return Ok(()) };
    let numbers = anomalous_labels(set, &names, "data.exclude_classes")?;
    let marks: Vec<bool> = labels.iter().map(|label| numbers.contains(label)).collect();
    if marks.iter().all(|mark| !mark) || marks.iter().all(|mark| *mark) {
        found
            .notes
            .push("the split has no images both of the classes left out and of others: no AUROC".into());
        return Ok(());
    }
    let seen = run.trained.source(set);
    let scores = Scores::of(&mut run.trained, &seen, 0..set.len(), SCORE_SAMPLES, lab)?;
    let Some((score, values)) = scores.all().last() else { return Ok(()) };
    let detection = detection(values, &marks)?;
    let of = format!("{} finding class {}", score.name(), names.join(", "));
    found.measures.extend(
        [("auroc", detection.auroc), ("average_precision", detection.average_precision)]
            .map(|(name, value)| Measure::new(name, value, set.len()).of(&of)),
    );
    Ok(())
}
