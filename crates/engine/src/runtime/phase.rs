//! What the threads of an executor do between two synchronisations, item by item.
//!
//! A step has two phases, with one synchronisation each.
//!
//! 1. [`Phase::Train`]: groups of images run forward and backward, shard by shard. A shard stays on one thread through the
//!    whole network, so that its activations stay in the second-level cache. (Where a layer's values for an image depend on
//!    the other images, this phase is several: see [`segments`](crate::plan::segments).) Gradients of most kernels are added up in a
//!    buffer of the group. Where all layers are dense and their kernels large, a shard holds several of a thread's groups,
//!    so that the kernels are read less often.
//! 2. [`Phase::Finish`]: ranges of parameters are finished one by one. The groups' gradients are added in order, or the
//!    gradient is one product over the batch (see [`summation`](crate::geometry::summation)). Then the optimizer updates
//!    the range, and its kernels are packed for the next step, all while the range is in cache.
//!
//! Clipping by the global norm needs the whole gradient first. It splits the second phase into [`Phase::Gradient`] and
//! [`Phase::Update`]. So does a step on more images than the plan's batch: its passes add up their gradients first.
//!
//! To follow a step: `Executor::step` → [`Runtime::run`] → `Pool::run` → [`Runtime::work`] → `train` → `Op::forward` →
//! `Sweeps::run` → `Product::run`, and back through `Op::backward`; then `finish` → `OptimizerState::update`.

use super::inference::Inference;
use super::training::Pass;
use super::{Runtime, Worker};
use crate::optimizer_state::OptimizerState;
use crate::plan::segments::Segment;
use crate::simd::Scalar;
use crate::workspace::Place;
use network::StepRate;

/// Work that is cut into items.
pub(crate) enum Phase<'a, T: Scalar> {
    /// Spans of images, forward and backward: one segment of the pass.
    Train(Pass<'a, T>, &'a Segment),
    /// Shards of images, without gradients.
    Infer(Inference<'a, T>),
    /// Ranges of parameters: the gradient of a pass over `images` images, and the update.
    Finish { images: usize, optimizer: &'a mut OptimizerState<T>, rate: StepRate },
    /// Ranges of parameters: the gradient alone, of a pass over `images` images; added to that of the passes before.
    Gradient { images: usize, adds: bool },
    /// Ranges of parameters: the update alone, from the gradient times `scale`.
    Update { optimizer: &'a mut OptimizerState<T>, rate: StepRate, scale: T },
    /// Ranges of parameters: their kernels, brought into the order in which products read them.
    Pack,
}

impl<T: Scalar> Runtime<T> {
    /// How many items a phase has.
    ///
    /// # Panics
    /// If it has more images than were planned for, or trains on none.
    pub fn items(&self, phase: &Phase<'_, T>) -> usize {
        let cut = self.plan.cut;
        let check = |images: usize| {
            assert!(images <= cut.batch, "{images} images in a pass planned for {}", cut.batch);
        };
        match phase {
            Phase::Train(Pass { images, .. }, _) => {
                check(*images);
                assert!(*images > 0, "a step needs at least one image");
                cut.spans(*images)
            }
            Phase::Infer(Inference { images, .. }) => {
                check(*images);
                images.div_ceil(cut.shard)
            }
            Phase::Finish { .. } | Phase::Gradient { .. } | Phase::Update { .. } | Phase::Pack => {
                self.plan.updates.len()
            }
        }
    }

    /// Does one item.
    ///
    /// # Safety
    /// Each item of a phase is done once, and items that are done at the same time have different threads. From the first
    /// item to the end of the last, nothing else uses the runtime, or what the phase has borrowed.
    #[allow(unsafe_code)]
    pub unsafe fn work(&self, phase: &Phase<'_, T>, item: usize, worker: Worker<'_>) {
        let updates = &self.plan.updates;
        // SAFETY: the caller's promise, and the kind of the phase, of which there is one at a time.
        unsafe {
            match phase {
                Phase::Train(pass, segment) => self.train(*pass, segment, item, worker),
                Phase::Infer(inference) => {
                    let first = item * self.plan.cut.shard;
                    let images = self.plan.cut.shard.min(inference.images - first);
                    let place = Place { thread: worker.thread, part: worker.thread };
                    let samples = inference.samples(self.plan.samples);
                    let shard = &mut self.workspace.shard(place, first, images, samples);
                    let terms = self.terms.slice_mut(first..first + images);
                    self.infer(self.environment(None, worker.clock), inference, shard, terms);
                }
                Phase::Finish { images, optimizer, rate } => {
                    self.finish(&updates[item], *images, optimizer, *rate, worker);
                }
                Phase::Gradient { images, adds } => {
                    self.complete_gradient(&updates[item], *images, *adds, worker);
                }
                Phase::Update { optimizer, rate, scale } => {
                    self.update(&updates[item], optimizer, *rate, *scale, worker);
                }
                Phase::Pack => self.pack(&updates[item]),
            }
        }
    }
}
