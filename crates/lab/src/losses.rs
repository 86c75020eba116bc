//! The loss over a whole set, and what it is measured in.

use analysis::bits_per_dimension;
use data::Dataset;
use network::{Kl, Loss, Objective, Reconstruction, Reduction, Term, Terms};
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
    Ok((terms, loss_measures(run, &terms)))
}

/// The terms of the loss over some images as measures.
pub fn loss_measures(run: &Run, terms: &Terms) -> Vec<Measure> {
    let named = named_terms(terms, run.trained.model.network());
    let measure = |(term, value): (Term, f64)| Measure::new(term.name(), value, terms.images);
    ordered_terms(&named).map(measure).collect()
}

/// The evidence bound in bits for each value of an image, in words; nothing where the loss is no bound of a likelihood.
pub fn bits_per_dimension_note(run: &Run, terms: &Terms) -> Option<String> {
    let (recipe, network) = (&run.trained.recipe, run.trained.model.network());
    let Reconstruction { loss, reduction, weight, .. } = recipe.objective.reconstruction;
    let is_plain = Objective { reconstruction: recipe.objective.reconstruction, ..Objective::default() };
    let is_bound = network.is_variational()
        && (reduction, weight) == (Reduction::Sum, 1.0)
        && Objective { kl: Kl { warmup_epochs: 0.0, ..recipe.objective.kl }, ..recipe.objective } == is_plain;
    let (what, levels) = match loss {
        Loss::Gaussian => ("as a density on [0, 1]", "; as a probability of 256 levels, 8 more"),
        Loss::Bce if recipe.data.input.binarise.is_some() => ("of binary values", ""),
        _ => return None,
    };
    let bits = bits_per_dimension(terms.total(), network.input.len());
    is_bound.then(|| format!("the evidence bound is {bits:.3} bits per dimension {what}{levels}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_term_is_called_as_a_metric_is() {
        // `evaluate` shows both, and says of each how it is read.
        for term in Term::ALL {
            assert!(analysis::metric(term.name()).is_none(), "{}", term.name());
        }
    }
}
