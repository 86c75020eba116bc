//! What the threads of an executor share, and the work they do on one shard or one range of parameters.

use std::ops::Range;

use random::Stream;

use crate::activation::Activation;
use crate::batch::{Noise, Source};
use crate::kernels::activate::Activate;
use crate::kernels::columns::SumParts;
use crate::layout::{Border, Layout};
use crate::network::Network;
use crate::objective::{LOG_SIGMA, Loss};
use crate::ops::linear::Linear;
use crate::ops::{Environment, GroupGradients, Op};
use crate::optimizer::{OptimizerState, StepRate};
use crate::phase::Pass;
use crate::plan::{GradientSource, Plan, UpdateItem};
use crate::profile::{Clock, Part, lap};
use crate::shape::Shape;
use crate::shared::{Shared, View};
use crate::simd::{Isa, Real};
use crate::workspace::{BufferId, Shard, Workspace};

pub(crate) struct Core<T: Real> {
    pub network: Network,
    pub plan: Plan,
    pub isa: Isa,
    pub workspace: Workspace<T>,
    pub parameters: Shared<T>,
    pub packed: Vec<Shared<T>>,
    pub gradient: Shared<T>,
    /// One gradient buffer per group.
    groups: Shared<T>,
    /// Of each image of the batch: reconstruction, KL term, KL in nats, penalty on the code.
    pub terms: Shared<[f64; 4]>,
}

impl<T: Real> Core<T> {
    pub fn new(network: Network, mut plan: Plan, isa: Isa, threads: usize) -> Self {
        let batch = plan.cut.batch;
        Self {
            network,
            isa,
            workspace: std::mem::take(&mut plan.workspace).build(threads),
            parameters: Shared::new(plan.parameters),
            packed: plan.packed.iter().map(|len| Shared::new(*len)).collect(),
            gradient: Shared::new(plan.parameters),
            groups: Shared::new(plan.cut.groups(batch) * plan.group_len),
            terms: Shared::new(batch),
            plan,
        }
    }

    pub fn initialize(&mut self, seed: u64) {
        let sigma = self.network.objective.reconstruction.sigma_or_default().initial();
        let parameters = self.parameters.get_mut();
        parameters.fill(T::ZERO);
        for view in &self.plan.views {
            let values = &mut parameters[view.range.clone()];
            if let Some((initializer, fan_in, fan_out)) = view.initial {
                initializer.fill(&Stream::new(seed, &view.name), fan_in, fan_out, values);
            } else if view.name == LOG_SIGMA {
                values.fill(T::from_f64(f64::from(sigma).ln()));
            }
        }
    }

    /// Panics where a caller asks for more images than were planned for.
    pub fn check(&self, images: usize) {
        let batch = self.plan.cut.batch;
        assert!(images <= batch, "{images} images in a pass planned for {batch}");
    }

    pub fn environment<'a>(&'a self, clock: Option<&'a Clock>) -> Environment<'a, T> {
        Environment { isa: self.isa, parameters: self.parameters.get(), packed: &self.packed, clock }
    }

    /// One span of images, forward and backward.
    pub fn span(&self, pass: Pass<'_, T>, thread: usize, span: usize, clock: Option<&Clock>) {
        let Pass { source, images, noise, kl_factor } = pass;
        let (len, cut) = (self.plan.group_len, self.plan.cut);
        let environment = self.environment(clock);
        for (first, count) in cut.shards(span, images) {
            let groups = cut.groups_of(first, count);
            // SAFETY: each span is one work item of this phase, and a group lies in one span.
            #[allow(unsafe_code)]
            let values = unsafe { self.groups.slice_mut(groups.start * len..groups.end * len) };
            let gradients = &mut GroupGradients { values, len, cut, is_new: cut.begins(first) };
            // SAFETY: a thread works on one shard at a time, and groups share no images.
            #[allow(unsafe_code)]
            let shard = &mut unsafe { self.workspace.shard(thread, first, count) };
            self.load(source, shard);
            self.draw(noise, shard);
            environment.lap(Part::Input);
            self.forward(environment, 0..self.plan.ops.len(), shard);
            self.loss(shard, images, kl_factor, Some(gradients));
            environment.lap(Part::Loss);
            self.backward(environment, shard, images, kl_factor, gradients);
        }
    }

    pub fn load(&self, source: &dyn Source<T>, shard: &mut Shard<'_, T>) {
        let n = self.network.input.len();
        let (first, images) = (shard.first, shard.images);
        let (plain, input) = (self.plan.plain_input, self.plan.input);
        let ([], [values, target]) = shard.borrow([], [plain, self.plan.target]);
        for image in 0..images {
            let at = image * n..(image + 1) * n;
            source.fill(first + image, &mut values[at.clone()], &mut target[at]);
        }
        if plain != input {
            let (from, to) = (shard.layout(plain), shard.layout(input));
            let ([plain], [input]) = shard.borrow([plain], [input]);
            for (a, b, len) in from.runs(to, images) {
                input[b..b + len].copy_from_slice(&plain[a..a + len]);
            }
        }
    }

    pub fn latent_op(&self) -> Option<&Op> {
        self.plan.ops[..self.plan.encoder_ops].last()
    }

    pub fn draw(&self, noise: Noise<'_, T>, shard: &mut Shard<'_, T>) {
        let Some(Op::Gaussian(gaussian)) = self.latent_op() else { return };
        let d = self.plan.shapes.code.len();
        let first = shard.first;
        let ([], [values]) = shard.borrow([], [gaussian.noise]);
        match noise {
            Noise::Mean => values.fill(T::ZERO),
            Noise::Given(given) => values.copy_from_slice(&given[first * d..first * d + values.len()]),
            Noise::Drawn { stream, step } => {
                let first = first as u32;
                stream.each_normal_of(
                    step,
                    first..first + (values.len() / d) as u32,
                    d,
                    |sample, j, draw| {
                        values[(sample - first) as usize * d + j] = T::from_f64(f64::from(draw));
                    },
                );
            }
        }
    }

    pub fn forward(&self, environment: Environment<'_, T>, ops: Range<usize>, shard: &mut Shard<'_, T>) {
        for i in ops {
            environment.enter(i);
            self.plan.ops[i].forward(environment, shard);
        }
        environment.enter(self.plan.ops.len());
    }

    fn backward(
        &self,
        environment: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        images: usize,
        kl_factor: f64,
        gradients: &mut GroupGradients<'_, T>,
    ) {
        let kl_weight = self.kl_weight(kl_factor) / images as f64;
        for i in (0..self.plan.ops.len()).rev() {
            if i + 1 == self.plan.encoder_ops {
                self.code_penalty(shard, images, true);
            }
            environment.enter(i);
            self.plan.ops[i].backward(environment, shard, kl_weight, gradients);
        }
        environment.enter(self.plan.ops.len());
    }

    /// Phase two: gradient and update of one range of parameters, on thread `thread`. The gradient of a kernel goes
    /// from cache to the update and is kept nowhere else.
    pub fn finish(
        &self,
        item: &UpdateItem,
        images: usize,
        thread: usize,
        optimizer: &OptimizerState<T>,
        rate: StepRate,
        clock: Option<&Clock>,
    ) {
        if let Some(clock) = clock {
            clock.enter(item.pack.as_ref().map_or(self.plan.ops.len(), |(op, ..)| *op));
        }
        // SAFETY: a thread works on one item at a time, and the items of a phase have disjoint ranges.
        #[allow(unsafe_code)]
        let (scratch, kept) =
            unsafe { (self.workspace.scratch(thread), self.gradient.slice_mut(item.range.clone())) };
        let (own, scratch) = scratch.split_at_mut(item.source.scratch());
        let gradient = if item.pack.is_some() { &mut scratch[..item.range.len()] } else { kept };
        self.gradient_of(item, images, thread, Some(optimizer), own, gradient);
        let part = match item.source {
            GradientSource::Batch(_) => Part::KernelGradient,
            _ => Part::Update,
        };
        lap(clock, part);
        self.update_by(item, optimizer, rate, T::ONE, gradient, clock);
    }

    /// Phase two, first half: the gradient of one range of parameters, on thread `thread`.
    pub fn complete_gradient(&self, item: &UpdateItem, images: usize, thread: usize) {
        // SAFETY: a thread works on one item at a time, and the items of a phase have disjoint ranges.
        #[allow(unsafe_code)]
        let (scratch, gradient) =
            unsafe { (self.workspace.scratch(thread), self.gradient.slice_mut(item.range.clone())) };
        self.gradient_of(item, images, thread, None, &mut scratch[..item.source.scratch()], gradient);
    }

    /// Phase two, second half: the update of one range, its gradient times `scale`.
    pub fn update(&self, item: &UpdateItem, optimizer: &OptimizerState<T>, rate: StepRate, scale: T) {
        // SAFETY: no gradient is written in this half.
        #[allow(unsafe_code)]
        let gradient = unsafe { self.gradient.slice(item.range.clone()) };
        self.update_by(item, optimizer, rate, scale, gradient, None);
    }

    /// Writes the gradient of one range. Where an update by `next` follows, what it reads is fetched meanwhile.
    fn gradient_of(
        &self,
        item: &UpdateItem,
        images: usize,
        thread: usize,
        next: Option<&OptimizerState<T>>,
        scratch: &mut [T],
        gradient: &mut [T],
    ) {
        match (&item.source, &item.pack) {
            (GradientSource::Batch(_), Some((op, which, rows))) => {
                // SAFETY: a thread works on one item at a time.
                #[allow(unsafe_code)]
                let list = unsafe { self.workspace.list(thread) };
                let mut soon = [self.parameters.pointer(item.range.clone()).cast_const(); 4];
                let slots = next.into_iter().flat_map(|state| state.upcoming(item.range.clone()));
                let count = soon[1..].iter_mut().zip(slots).map(|(place, slot)| *place = slot).count();
                let linear = self.linear(*op, *which);
                linear.batch_kernel_gradient(
                    self.isa,
                    &self.workspace,
                    &self.packed,
                    images,
                    rows.clone(),
                    gradient,
                    if next.is_some() { &mut soon[..=count] } else { &mut [] },
                    list,
                    scratch,
                );
            }
            (GradientSource::Groups(at), _) => self.sum_groups(*at, images, gradient),
            (GradientSource::Batch(_), None) => unreachable!("a product has kernel rows"),
        }
    }

    /// Adds up what the groups of a batch of `images` images hold from `at` on.
    fn sum_groups(&self, at: usize, images: usize, out: &mut [T]) {
        let stride = self.plan.group_len;
        let end = (self.plan.cut.groups(images) - 1) * stride + at + out.len();
        let parts = &self.groups.get()[at..end];
        T::dispatch(self.isa, SumParts { parts, stride, out });
    }

    /// The update of one range, and its kernels packed for the next step.
    fn update_by(
        &self,
        item: &UpdateItem,
        optimizer: &OptimizerState<T>,
        rate: StepRate,
        scale: T,
        gradient: &[T],
        clock: Option<&Clock>,
    ) {
        // SAFETY: the items of a phase have disjoint ranges, and nothing else writes parameters then.
        #[allow(unsafe_code)]
        let parameters = unsafe { self.parameters.slice_mut(item.range.clone()) };
        optimizer.update(self.isa, rate, item.range.clone(), scale, gradient, parameters);
        lap(clock, Part::Update);
        self.pack(item, parameters);
        lap(clock, Part::Pack);
    }

    /// The product of an update item.
    fn linear(&self, op: usize, which: usize) -> &Linear {
        self.plan.ops[op].linears().nth(which).expect("the plan names products that exist")
    }

    /// Packs the kernels of one range, whose values are `values`.
    pub fn pack(&self, item: &UpdateItem, values: &[T]) {
        if let Some((op, which, rows)) = &item.pack {
            self.linear(*op, *which).pack(self.isa, &self.packed, rows.clone(), values);
        }
    }

    /// Copies a buffer of the shard, in `shape`'s order, to its images' places in `out`.
    pub fn unload(&self, id: BufferId, shape: Shape, shard: &mut Shard<'_, T>, out: View<'_, T>) {
        let (layout, plain) = (shard.layout(id), Layout::new(shape, Border::default()));
        let (n, first, images) = (shape.len(), shard.first, shard.images);
        let ([values], []) = shard.borrow([id], []);
        // SAFETY: shards share no images.
        #[allow(unsafe_code)]
        let out = unsafe { out.slice_mut(first * n..(first + images) * n) };
        for (at, to, len) in layout.runs(plain, images) {
            out[to..to + len].copy_from_slice(&values[at..at + len]);
        }
    }

    /// The decoder's output as images.
    pub fn unload_images(&self, shard: &mut Shard<'_, T>, out: View<'_, T>) {
        self.unload(self.plan.output, self.network.input, shard, out);
        if self.network.objective.reconstruction.loss == Loss::Bce {
            let n = self.network.input.len();
            let (first, images) = (shard.first, shard.images);
            // SAFETY: shards share no images.
            #[allow(unsafe_code)]
            let values = unsafe { out.slice_mut(first * n..(first + images) * n) };
            T::dispatch(self.isa, Activate { activation: Activation::Sigmoid, values });
        }
    }

    /// Copies this shard's codes from `codes`, `[images, code]`.
    pub fn put_codes(&self, codes: &[T], shard: &mut Shard<'_, T>) {
        let (layout, shape) = (shard.layout(self.plan.code), self.plan.shapes.code);
        let (first, images) = (shard.first * shape.len(), shard.images);
        let ([], [z]) = shard.borrow([], [self.plan.code]);
        for (from, to, len) in Layout::new(shape, Border::default()).runs(layout, images) {
            z[to..to + len].copy_from_slice(&codes[first + from..first + from + len]);
        }
    }
}
