//! Penalties on the code of each image.

use std::marker::PhantomData;

use super::Weights;
use crate::kernels::penalty::{HalfSquare, Magnitude, Penalty, PenaltySum};
use crate::layout::Run;
use crate::runtime::{ImageTerms, Runtime};
use crate::simd::{Isa, Scalar};
use crate::workspace::Shard;
use network::Term;

/// The sum over some of a code's numbers; its gradient, times the weight, is added where there is a place for it.
type Sum<T> = fn(Isa, &[T], Option<&mut [T]>, T) -> f64;

fn sum<T: Scalar, P: Penalty>(isa: Isa, code: &[T], gradient: Option<&mut [T]>, weight: T) -> f64 {
    T::dispatch(isa, PenaltySum { penalty: PhantomData::<P>, code, gradient, weight })
}

impl<T: Scalar> Runtime<T> {
    /// The terms that are penalties.
    const PENALTIES: &'static [(Term, Sum<T>)] =
        &[(Term::CodeL1, sum::<T, Magnitude>), (Term::CodeL2, sum::<T, HalfSquare>)];

    fn penalties(&self, weights: Weights) -> impl Iterator<Item = (Term, Sum<T>)> {
        Self::PENALTIES.iter().copied().filter(move |(term, _)| weights[*term] > 0.0)
    }

    /// The penalties of each image, weighted.
    pub(super) fn code_penalties(
        &self,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
    ) {
        for (term, sum) in self.penalties(weights) {
            let (code, d_code) = (shard.layout(self.plan.code), shard.layout(self.plan.d_code));
            let rows = shard.rows(self.plan.code);
            let samples = rows / shard.images;
            let weight = weights[term] / samples as f64;
            let ([values], []) = shard.borrow([self.plan.code], []);
            for Run { from, len, .. } in code.runs(d_code, rows) {
                let found = sum(self.isa, &values[from..from + len], None, T::ZERO);
                terms[from / code.stride() / samples][term] += weight * found;
            }
        }
    }

    /// Adds their gradients to the code's.
    pub(in crate::runtime) fn code_penalty_gradients(&self, shard: &mut Shard<'_, T>, weights: Weights) {
        for (term, sum) in self.penalties(weights) {
            let (code, d_code) = (shard.layout(self.plan.code), shard.layout(self.plan.d_code));
            let rows = shard.rows(self.plan.code);
            let samples = rows / shard.images;
            let weight = T::from_f64(weights[term] / (weights.images * samples as f64));
            let ([values], [d_values]) = shard.borrow([self.plan.code], [self.plan.d_code]);
            for Run { from, to, len } in code.runs(d_code, rows) {
                sum(self.isa, &values[from..from + len], Some(&mut d_values[to..to + len]), weight);
            }
        }
    }
}
