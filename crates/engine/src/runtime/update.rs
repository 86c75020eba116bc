//! Phase two of a step: ranges of parameters, each from its gradient to its packed kernels while it is in cache.

use super::{Runtime, Worker};
use crate::graph::op::{BatchGradient, KernelOp};
use crate::kernels::columns::SumParts;
use crate::optimizer_state::OptimizerState;
use crate::plan::update::{GradientSource, KernelPart, UpdateItem};
use crate::profile::{Part, lap};
use crate::shared::{Reader, Writer};
use crate::simd::Scalar;
use crate::workspace::Scratch;
use network::StepRate;

impl<T: Scalar> Runtime<T> {
    /// Gradient and update of one range. The gradient of a kernel goes from cache to the update and is written nowhere else.
    ///
    /// # Safety
    /// As [`Runtime::work`], in a phase whose items are the ranges, and which gives them to the optimizer.
    #[allow(unsafe_code)]
    pub(super) unsafe fn finish(
        &self,
        item: &UpdateItem,
        images: usize,
        optimizer: &OptimizerState<T>,
        rate: StepRate,
        worker: Worker<'_>,
    ) {
        if let Some(clock) = worker.clock {
            clock.enter(item.kernel.as_ref().map_or(self.plan.ops.len(), |part| part.op));
        }
        // SAFETY: a thread works on one item at a time, and the items of a phase have disjoint ranges.
        let (scratch, range) =
            unsafe { (self.workspace.scratch(worker.thread), self.gradient.slice_mut(item.range.clone())) };
        let (own, rest) = scratch.values.split_at_mut(item.source.scratch());
        let gradient = if item.kernel.is_some() { &mut rest[..item.range.len()] } else { range };
        let scratch = Scratch { values: own, list: scratch.list };
        // SAFETY: the caller's promise, as for the rest of this function.
        unsafe { self.gradient_of(item, images, Some(optimizer), scratch, gradient) };
        let part = match item.source {
            GradientSource::Batch { .. } => Part::KernelGradient,
            GradientSource::Groups(_) => Part::Update,
        };
        lap(worker.clock, part);
        // SAFETY: as above.
        unsafe { self.update_by(item, optimizer, rate, T::ONE, gradient, worker) };
    }

    /// The gradient of one range alone; added to what is there where the pass is not the step's first.
    ///
    /// # Safety
    /// As [`Runtime::work`], in a phase whose items are the ranges.
    #[allow(unsafe_code)]
    pub(super) unsafe fn complete_gradient(
        &self,
        item: &UpdateItem,
        images: usize,
        adds: bool,
        worker: Worker<'_>,
    ) {
        // SAFETY: a thread works on one item at a time, and the items of a phase have disjoint ranges.
        let (scratch, gradient) =
            unsafe { (self.workspace.scratch(worker.thread), self.gradient.slice_mut(item.range.clone())) };
        let (own, rest) = scratch.values.split_at_mut(item.source.scratch());
        let scratch = Scratch { values: own, list: scratch.list };
        let out = if adds { &mut rest[..item.range.len()] } else { &mut *gradient };
        // SAFETY: the caller's promise.
        unsafe { self.gradient_of(item, images, None, scratch, out) };
        if adds {
            gradient.iter_mut().zip(rest).for_each(|(sum, value)| *sum += *value);
        }
    }

    /// The update of one range alone, from its gradient times `scale`.
    ///
    /// # Safety
    /// As [`Runtime::finish`].
    #[allow(unsafe_code)]
    pub(super) unsafe fn update(
        &self,
        item: &UpdateItem,
        optimizer: &OptimizerState<T>,
        rate: StepRate,
        scale: T,
        worker: Worker<'_>,
    ) {
        // SAFETY: no gradient is written in this phase; the rest is the caller's promise.
        unsafe {
            let gradient = self.gradient.slice(item.range.clone());
            self.update_by(item, optimizer, rate, scale, gradient, worker);
        }
    }

    /// Packs the kernels of one range.
    ///
    /// # Safety
    /// As [`Runtime::work`], in a phase whose items are the ranges, and which writes no parameters.
    #[allow(unsafe_code)]
    pub(super) unsafe fn pack(&self, item: &UpdateItem) {
        // SAFETY: the caller's promise.
        unsafe { self.pack_values(item, self.parameters.slice(item.range.clone())) };
    }

    /// Writes the gradient of one range. Where an update by `next` follows, what it reads is fetched meanwhile.
    ///
    /// # Safety
    /// No shard is worked on: all that phase one leaves may be read.
    #[allow(unsafe_code)]
    unsafe fn gradient_of(
        &self,
        item: &UpdateItem,
        images: usize,
        next: Option<&OptimizerState<T>>,
        scratch: Scratch<'_, T>,
        gradient: &mut [T],
    ) {
        match &item.source {
            GradientSource::Batch { part, .. } => {
                let mut prefetch = [self.parameters.pointer(item.range.clone()).cast_const(); 4];
                let slots = next.into_iter().flat_map(|state| state.upcoming(item.range.clone()));
                let count = prefetch[1..].iter_mut().zip(slots).map(|(place, slot)| *place = slot).count();
                // SAFETY: the caller's promise.
                let (resident, pixels) = unsafe { (self.workspace.resident(), Reader::new(&self.pixels)) };
                let batch = BatchGradient {
                    isa: self.isa,
                    images,
                    resident,
                    pixels,
                    rows: part.rows.clone(),
                    gradient,
                    prefetch: if next.is_some() { &mut prefetch[..=count] } else { &mut [] },
                };
                self.kernel(part).over_batch(batch, scratch);
            }
            GradientSource::Groups(at) => {
                let stride = self.plan.group_len;
                let end = (self.plan.cut.groups_in(images) - 1) * stride + at + gradient.len();
                // SAFETY: the caller's promise.
                let parts = unsafe { self.groups.slice(*at..end) };
                T::dispatch(self.isa, SumParts { parts, stride, out: gradient });
            }
        }
    }

    /// The update of one range, and its kernels packed for the next step.
    ///
    /// # Safety
    /// As [`Runtime::finish`].
    #[allow(unsafe_code)]
    unsafe fn update_by(
        &self,
        item: &UpdateItem,
        optimizer: &OptimizerState<T>,
        rate: StepRate,
        scale: T,
        gradient: &[T],
        worker: Worker<'_>,
    ) {
        // SAFETY: the items of a phase have disjoint ranges, in the parameters as in the optimizer's slots, and nothing
        // else reads or writes either.
        let parameters = unsafe {
            let parameters = self.parameters.slice_mut(item.range.clone());
            optimizer.update(self.isa, rate, item.range.clone(), scale, gradient, parameters);
            parameters
        };
        lap(worker.clock, Part::Update);
        // SAFETY: the caller's promise.
        unsafe { self.pack_values(item, parameters) };
        lap(worker.clock, Part::Pack);
    }

    /// Packs the kernels of one range, whose values are `values`.
    ///
    /// # Safety
    /// Nothing reads packed kernels meanwhile, and nothing else packs this range.
    #[allow(unsafe_code)]
    unsafe fn pack_values(&self, item: &UpdateItem, values: &[T]) {
        if let Some(part) = &item.kernel {
            // SAFETY: the caller's promise.
            let mut packed = unsafe { Writer::new(&self.kernels) };
            self.kernel(part).pack(self.isa, &mut packed, part.rows.clone(), values);
        }
    }

    /// The layer of a part of a kernel.
    fn kernel(&self, part: &KernelPart) -> &dyn KernelOp<T> {
        self.plan.ops[part.op].kernel().expect("the plan names layers that exist")
    }
}
