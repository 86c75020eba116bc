//! The terms of the loss, image by image, and the gradients that they send back.
//!
//! A term that is a penalty on an image's code has a line in [`penalties`].

mod importance;
mod penalties;
mod reconstruction;
mod structure;

use std::ops::Index;

use super::{ImageTerms, Runtime};
use crate::graph::buffers::{BatchTerm, SampleBuffers};
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::op::Barrier;
use crate::simd::Scalar;
use crate::workspace::Shard;
use network::{Term, TermValues, ValueCounts};

/// What the terms of one image are multiplied with, and the images that they are averaged over.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    /// Warm-up included.
    terms: TermValues,
    pub images: f64,
    /// Whether the samples of an image are weighted by importance, not alike.
    pub is_importance: bool,
}

impl Index<Term> for Weights {
    type Output = f64;

    fn index(&self, term: Term) -> &f64 {
        &self.terms[term]
    }
}

impl<T: Scalar> Runtime<T> {
    /// The weights of a pass over `images` images: recipe, reduction, warm-up. Without noise samples are not drawn, and not
    /// weighted by importance.
    pub(super) fn weights(&self, images: usize, kl_factor: f64, is_drawn: bool) -> Weights {
        let values = ValueCounts { image: self.network.input.len(), code: self.plan.shapes.code.len() };
        let mut terms = TermValues::default();
        for term in Term::ALL {
            terms[*term] = self.network.objective.weight(*term, values);
        }
        terms[Term::Kl] *= kl_factor;
        let can_be = self.plan.sample.is_some_and(|sample| sample.importance.is_some());
        Weights { terms, images: images as f64, is_importance: is_drawn && can_be }
    }

    /// The terms of each image of the shard, and, where gradients are asked for, those of the total with respect to the
    /// output and ln σ.
    pub(super) fn loss(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        weights: Weights,
        terms: &mut [ImageTerms],
        gradients: Option<&mut ParameterGradients<'_, T>>,
    ) {
        terms.fill(ImageTerms::default());
        if let Some(SampleBuffers { divergence, .. }) = self.plan.sample {
            let ([divergence], []) = shard.borrow([divergence], []);
            for (term, kl) in terms.iter_mut().zip(divergence.chunks_exact(2)) {
                term[Term::Kl] = weights[Term::Kl] * kl[0].to_f64();
                term[Term::KlNats] = kl[1].to_f64();
            }
        }
        match weights.is_importance {
            true => self.importance_weighted(env, shard, weights, terms, gradients),
            false => {
                let is_way_back = gradients.is_some();
                self.reconstruction(env, shard, weights, terms, gradients);
                self.structure(shard, weights, terms, is_way_back);
            }
        }
        self.code_penalties(shard, weights, terms);
        if env.training.is_some()
            && let Some(BatchTerm { term, joint }) = self.plan.batch_term
        {
            let value = weights[term] * env.joint[joint].to_f64();
            terms.iter_mut().for_each(|image| image[term] = value);
        }
    }

    /// What is measured of all codes of a batch, behind a pass without gradients whose shards have left them.
    pub fn measure(&mut self, images: usize, samples: usize) {
        let measures = |op: &usize| self.plan.ops[*op].barrier().is_some_and(Barrier::measures);
        let Some(op) = (0..self.plan.ops.len()).find(measures) else { return };
        self.join_at(op, true, images, samples, false);
        let weights = self.weights(images, 1.0, false);
        if let Some(BatchTerm { term, joint }) = self.plan.batch_term {
            let value = weights[term] * self.joint.get_mut()[joint].to_f64();
            self.terms.get_mut()[..images].iter_mut().for_each(|image| image[term] = value);
        }
    }
}
