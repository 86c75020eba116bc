//! The loss over a whole set, and what it is measured in.

use data::Dataset;
use network::{Loss, Objective, Reconstruction, Reduction, Term, Terms};
use train::{named_terms, ordered_terms};

use crate::error::Error;
use crate::measures::Measure;
use crate::runs::Run;

/// The loss over all of `set`, and its terms as measures: averages over the images, which add up to the total.
///
/// # Errors
/// If the images have another shape than the network takes.
pub fn losses(run: &mut Run, set: &Dataset) -> Result<(Terms, Vec<Measure>), Error> {
    let terms = run.trained.evaluate(set)?;
    let named = named_terms(&terms, run.trained.model.network());
    let measure = |(term, value): (Term, f64)| Measure::new(term.name(), value, set.len());
    Ok((terms, ordered_terms(&named).map(measure).collect()))
}

/// In what the loss terms of `objective` are measured.
pub fn loss_unit(objective: &Objective) -> &'static str {
    let Reconstruction { loss, reduction, weight, .. } = objective.reconstruction;
    match (loss, reduction) {
        (Loss::Bce | Loss::Gaussian, Reduction::Sum) if weight == 1.0 => "nats per image",
        (Loss::Bce | Loss::Gaussian, Reduction::Mean) if weight == 1.0 => "nats per pixel",
        _ => "loss per image",
    }
}
