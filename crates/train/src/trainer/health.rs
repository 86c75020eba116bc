//! What goes wrong while training, seen in the step or the epoch in which it shows: losses that are no numbers or
//! explode, a collapsed posterior, units that have died.

use data::Inventory;
use network::{Activation, Layer, Term, Terms};

use super::progress::Progress;
use super::state::State;
use crate::terms::are_finite;

/// A loss has exploded when it is this many times that of the first step.
const EXPLODED: f64 = 1e4;

/// A code whose KL is below this, in nats per image, says nothing about its image.
const COLLAPSED: f64 = 0.05;

/// The part of a layer's units that must be silent for a warning. Half of them is usual where a last batch is small.
const MOST_SILENT: f64 = 0.8;

/// Whether the terms are finite and in proportion to those of the training's first step.
pub(super) fn is_sound(progress: &mut Progress, terms: &Terms) -> bool {
    let first = *progress.first_total.get_or_insert(terms.total());
    are_finite(terms) && terms.total() < EXPLODED * first.abs().max(1.0)
}

/// In words, the first tensor that holds something that is no number, or whose gradient over the epoch's first batch
/// does; else the one with the largest gradient.
pub(super) fn broken_tensor(state: &mut State) -> String {
    let order = state.order();
    state.differentiate(&order[..state.device.batch().min(order.len())]);
    let (parameters, gradient) = (state.device.parameters(), state.device.gradient());
    let is_broken = |values: &[f32]| values.iter().any(|value| !value.is_finite());
    let views = state.device.views();
    // What flows through a net breaks forwards; what flows back has broken every layer before it.
    if let Some(view) = views.iter().find(|view| is_broken(&parameters[view.range.clone()])) {
        return format!("{} holds numbers that are not finite", view.name);
    }
    if let Some(view) = views.iter().rev().find(|view| is_broken(&gradient[view.range.clone()])) {
        return format!("the gradient of {} is not finite", view.name);
    }
    let largest = |view: &&network::ParameterView| {
        gradient[view.range.clone()].iter().fold(0.0f32, |largest, value| largest.max(value.abs()))
    };
    match views.iter().max_by(|a, b| largest(a).total_cmp(&largest(b))) {
        Some(view) => format!("the largest gradient is that of {}", view.name),
        None => "the net has no parameters".to_owned(),
    }
}

/// What training on will not mend, looked for after an epoch; each thing is said once in a training.
pub(super) fn new_warnings(state: &mut State, valid: &Terms) -> Vec<String> {
    let mut messages = Vec::new();
    let epoch = state.progress.epoch;
    // Data from which nothing can be learned come before all else that may be the cause.
    let fault = state.train.inventory().and_then(Inventory::fault);
    let advice =
        |usual: &str| fault.as_ref().map_or_else(|| usual.to_owned(), |fault| format!("the cause: {fault}"));
    // In its first epoch many a net has not found out yet what a code is good for.
    let is_warm = epoch >= 2 && state.kl_factor(state.progress.step.saturating_sub(1)) == 1.0;
    let network = state.plan.network();
    let learns_kl = network.is_variational() && network.objective.kl.weight > 0.0;
    if learns_kl && is_warm && valid[Term::KlNats] < COLLAPSED && !state.progress.warnings.collapse {
        state.progress.warnings.collapse = true;
        messages.push(format!(
            "posterior collapse: after epoch {epoch} the code carries {:.3} nats per image, so the decoder does \
             not use it; {}",
            valid[Term::KlNats],
            advice("try a smaller objective.kl.weight, objective.kl.warmup_epochs or objective.kl.free_bits")
        ));
    }
    if !state.progress.warnings.dead_units
        && let Some(SilentLayer { name, silent, units }) = silent_layer(state)
    {
        state.progress.warnings.dead_units = true;
        messages.push(format!(
            "dead units: in the last step of epoch {epoch}, {silent} of the {units} units of {name} gave 0 for \
             every image and so did not learn; {}",
            advice("try a lower optimizer.learning_rate or activation = \"leaky_relu\"")
        ));
    }
    messages
}

/// A layer most of whose units give 0.
struct SilentLayer {
    name: String,
    silent: usize,
    units: usize,
}

/// The first layer with a ReLU most of whose units gave 0 for all images of the last step: exactly those have
/// a bias whose gradient is exactly 0.
fn silent_layer(state: &State) -> Option<SilentLayer> {
    let network = state.plan.network();
    let gradient = state.device.gradient();
    let parts = [("encoder", &network.encoder), ("decoder", &network.decoder)];
    let layers = parts.into_iter().flat_map(|(part, layers)| {
        layers.iter().enumerate().map(move |(i, layer)| (format!("{part}.{i}"), layer))
    });
    for (name, _) in layers.filter(|(_, layer)| is_relu(layer)) {
        let view = state.device.views().iter().find(|view| view.name == format!("{name}.bias"))?;
        let units = view.range.len();
        let silent = gradient[view.range.clone()].iter().filter(|slope| **slope == 0.0).count();
        if silent as f64 > MOST_SILENT * units as f64 {
            return Some(SilentLayer { name, silent, units });
        }
    }
    None
}

/// Whether a layer with a bias ends in a ReLU.
fn is_relu(layer: &Layer) -> bool {
    matches!(layer, Layer::Dense(_) | Layer::Conv2d(_) | Layer::Conv2dTranspose(_))
        && layer.last_activation() == Some(Activation::Relu)
}
