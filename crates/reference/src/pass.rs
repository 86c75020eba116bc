//! One way through a network: its tape, the parameters that it reads, and the state that it changes.

use std::collections::BTreeMap;

use network::{Draw, ParameterView, Role};

use crate::tape::{Gradients, Tape, Var};

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A training step: batch statistics, and draws.
    Training {
        /// What layers that draw draw by.
        draw: Draw,
        /// Place of the pass's first image in its step.
        first: usize,
        /// Its images.
        images: usize,
    },
    /// Everything else: running averages, no draws.
    Inference,
}

/// One way through a network.
pub struct Pass<'a> {
    /// What is computed.
    pub tape: Tape,
    /// What for.
    pub mode: Mode,
    views: &'a [ParameterView],
    parameters: &'a [f64],
    read: BTreeMap<usize, Var>,
    state: Vec<(usize, Vec<f64>)>,
}

impl<'a> Pass<'a> {
    /// A pass that has not begun.
    pub fn new(views: &'a [ParameterView], parameters: &'a [f64], mode: Mode) -> Self {
        Self { tape: Tape::default(), mode, views, parameters, read: BTreeMap::new(), state: Vec::new() }
    }

    fn find(&self, owner: &str, name: &str) -> usize {
        let full = format!("{owner}.{name}");
        let place = self.views.iter().position(|view| view.name == full);
        place.unwrap_or_else(|| panic!("the network has no tensor {full}"))
    }

    /// The tensor `name` of the layer at `owner`.
    pub fn parameter(&mut self, owner: &str, name: &str) -> Var {
        let view = self.find(owner, name);
        let values = &self.parameters[self.views[view].range.clone()];
        *self.read.entry(view).or_insert_with(|| self.tape.given(values.to_vec()))
    }

    /// What the state tensor `name` of the layer at `owner` holds after this pass, if it is a step.
    pub fn set_state(&mut self, owner: &str, name: &str, values: Vec<f64>) {
        let view = self.find(owner, name);
        self.state.push((view, values));
    }

    /// The gradient of all parameters, in their layout.
    pub fn parameter_gradient(&self, mut gradients: Gradients) -> Vec<f64> {
        let mut gradient = vec![0.0; self.parameters.len()];
        for (view, var) in &self.read {
            let view = &self.views[*view];
            if view.role == Role::Learned {
                gradient[view.range.clone()].copy_from_slice(gradients.of(*var));
            }
        }
        gradient
    }

    /// The state tensors that the pass changes, by their view's place.
    pub fn into_state(self) -> Vec<(usize, Vec<f64>)> {
        self.state
    }
}
