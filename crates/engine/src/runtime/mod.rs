//! A planned network with its memory, and the work that a step is made of.
//!
//! To follow a step, begin at [`Phase`](phase::Phase): what the threads do between two synchronisations, item by item.

mod forward;
pub(crate) mod inference;
mod loss;
pub(crate) mod phase;
pub(crate) mod real;
pub(crate) mod training;
mod update;

use crate::graph::environment::{Environment, Training};
use crate::plan::Plan;
use crate::profile::Clock;
use crate::shared::{Reader, Shared};
use crate::simd::{Isa, Scalar};
use crate::workspace::Workspace;
use network::{Network, TermValues};

/// What the threads of an executor share.
pub(crate) struct Runtime<T: Scalar> {
    pub network: Network,
    pub plan: Plan<T>,
    pub isa: Isa,
    pub parameters: Shared<T>,
    pub gradient: Shared<T>,
    /// Of each image of the batch.
    pub terms: Shared<ImageTerms>,
    workspace: Workspace<T>,
    /// Kernels, and pixels over which kernel gradients are summed, in the panels that products read.
    kernels: Vec<Shared<T>>,
    pixels: Vec<Shared<T>>,
    /// One gradient buffer per group.
    groups: Shared<T>,
    /// What barriers left for all shards.
    joint: Shared<T>,
}

/// Loss terms of one image, weighted; the total is left to their mean.
pub(crate) type ImageTerms = TermValues;

/// Who does an item: the number of a thread, and where a step is profiled its clock.
#[derive(Clone, Copy)]
pub(crate) struct Worker<'a> {
    pub thread: usize,
    pub clock: Option<&'a Clock>,
}

impl<T: Scalar> Runtime<T> {
    pub fn new(network: Network, mut plan: Plan<T>, isa: Isa, threads: usize) -> Self {
        let batch = plan.cut.batch;
        let matrices = |lens: &[usize]| lens.iter().map(|len| Shared::new(*len)).collect();
        Self {
            network,
            isa,
            workspace: std::mem::take(&mut plan.workspace).build(threads, plan.shards_at_once(threads)),
            joint: Shared::new(plan.joint_len),
            parameters: Shared::new(plan.parameters),
            kernels: matrices(&plan.kernels),
            pixels: matrices(&plan.pixels),
            gradient: Shared::new(plan.parameters),
            groups: Shared::new(plan.cut.groups_in(batch) * plan.group_len),
            terms: Shared::new(batch),
            plan,
        }
    }

    /// Draws the parameters' first values.
    pub fn initialize(&mut self, seed: u64) {
        let parameters = self.parameters.get_mut();
        for view in &self.plan.views {
            let mut values = parameters[view.range.clone()].iter_mut();
            view.first_values(seed, |first| {
                values.next().into_iter().for_each(|value| *value = T::from_f64(first));
            });
        }
    }

    /// What operations may read; `training` where the pass has gradients.
    ///
    /// # Safety
    /// While the result lives, nothing updates parameters, packs kernels or joins what barriers left.
    #[allow(unsafe_code)]
    unsafe fn environment<'a>(
        &'a self,
        training: Option<Training>,
        clock: Option<&'a Clock>,
    ) -> Environment<'a, T> {
        // SAFETY: the caller's promise.
        unsafe {
            let (parameters, kernels) = (self.parameters.whole(), Reader::new(&self.kernels));
            Environment { isa: self.isa, parameters, kernels, joint: self.joint.whole(), training, clock }
        }
    }
}
