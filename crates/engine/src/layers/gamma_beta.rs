//! γ and β of a normalisation.

use std::ops::Range;

use crate::graph::builder::Builder;
use crate::graph::op::Learned;
use crate::graph::parameters::Parameters;
use crate::simd::Scalar;

/// Their places among the parameters.
#[derive(Clone, Debug)]
pub(super) struct GammaBeta {
    pub gamma: Range<usize>,
    pub beta: Range<usize>,
}

impl GammaBeta {
    pub fn of(parameters: Parameters<'_>) -> Self {
        Self { gamma: parameters.place("gamma"), beta: parameters.place("beta") }
    }

    /// How many there are of each.
    pub fn channels(&self) -> usize {
        self.gamma.len()
    }

    /// A place for their gradients in a group's buffer.
    pub fn place(&self, builder: &mut Builder) -> usize {
        builder.group_place(2 * self.channels())
    }

    /// What phase two is told of them.
    pub fn learned(&self, place: usize) -> Vec<Learned> {
        vec![
            Learned { range: self.gamma.clone(), group: place },
            Learned { range: self.beta.clone(), group: place + self.channels() },
        ]
    }

    /// The gradients of γ and of β in a group's buffer, which begin at 0.
    pub fn gradients<'a, T: Scalar>(
        &self,
        place: usize,
        group: &'a mut [T],
        is_new: bool,
    ) -> (&'a mut [T], &'a mut [T]) {
        let both = &mut group[place..place + 2 * self.channels()];
        if is_new {
            both.fill(T::ZERO);
        }
        both.split_at_mut(self.channels())
    }
}
