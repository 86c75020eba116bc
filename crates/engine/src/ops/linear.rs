//! Dense, convolution and transposed convolution: bias, product, activation, and their gradients.

use std::ops::Range;

use super::kernel_gradient::KernelGradient;
use super::propagation::Propagation;
use super::sparse::sparse_sweep;
use super::sweeps::Sweeps;
use super::transfer::add;
use crate::geometry::Geometry;
use crate::graph::buffers::Gradient;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::op::{BatchGradient, KernelOp, KernelSum, Learned, Matrix, Op};
use crate::kernels::activate::{Activate, ActivateBackward};
use crate::kernels::columns::AddColumnSums;
use crate::kernels::pack::KernelRows;
use crate::kernels::product::Start;
use crate::layout::Run;
use crate::profile::Part;
use crate::shared::Writer;
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, Scratch, Shard};
use network::Activation;

/// A layer with a kernel.
pub(crate) struct Linear {
    pub geometry: Geometry,
    pub activation: Activation,
    pub x: BufferId,
    pub y: BufferId,
    /// Holds the activation's argument where its derivative needs it.
    pub argument: Option<BufferId>,
    /// Gradient with respect to y.
    pub dy: BufferId,
    /// Gradient with respect to x, where anything before this layer learns.
    pub dx: Option<Gradient>,
    /// Where the gradient with respect to x is formed before it is added, where `backward` cannot add.
    pub dx_share: Option<BufferId>,
    /// Places of kernel and bias among the parameters.
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
    pub forward: Sweeps,
    pub backward: Sweeps,
    pub kernel_gradient: KernelGradient,
    /// Place of the bias' gradient in a group's buffer.
    pub group_bias: usize,
}

impl<T: Scalar> Op<T> for Linear {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let target = self.argument.unwrap_or(self.y);
        let fused = self.argument.is_none().then(|| self.activation.leak()).flatten();
        let images = shard.rows(self.y);
        let bias = &env.parameters[self.bias.clone()];
        {
            let ([from], [to], scratch) = shard.borrow_with_scratch([self.x], [target]);
            let (start, leak) = (Start::Bias(bias), T::from_f64(fused.unwrap_or(1.0)));
            let propagation = Propagation { images, from, to, start, leak, scratch: scratch.values };
            match &self.forward {
                Sweeps::Direct(sweeps) if self.kernel_gradient.skips_zeros => {
                    sparse_sweep(env, &sweeps[0], propagation, scratch.list);
                }
                sweeps => sweeps.run(env, propagation),
            }
        }
        env.lap(Part::Forward);
        let layout = shard.layout(self.y);
        if let Some(argument) = self.argument {
            let ([argument], [y]) = shard.borrow([argument], [self.y]);
            layout.copy(argument, layout, y, images);
        }
        if fused.is_none() {
            let ([], [y]) = shard.borrow([], [self.y]);
            for Run { from, len, .. } in layout.runs(layout, images) {
                let values = &mut y[from..from + len];
                T::dispatch(env.isa, Activate { activation: self.activation, values });
            }
        }
        env.lap(Part::Activation);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        self.activation_gradient(env, shard);
        env.lap(Part::ActivationGradient);
        self.bias_gradient(env, shard, gradients);
        env.lap(Part::BiasGradient);
        self.kernel_gradient.leave(env, shard, gradients);
        env.lap(Part::KernelGradient);
        if let Some(dx) = self.dx {
            let images = shard.rows(self.dy);
            let start = if dx.adds && self.dx_share.is_none() { Start::Accumulate } else { Start::Zero };
            let target = self.dx_share.unwrap_or(dx.buffer);
            let ([from], [to], scratch) = shard.borrow_with_scratch([self.dy], [target]);
            let leak = T::ONE;
            self.backward.run(env, Propagation { images, from, to, start, leak, scratch: scratch.values });
            if let Some(share) = self.dx_share {
                add(env, shard, share, dx.buffer);
            }
        }
    }

    fn kernel(&self) -> Option<&dyn KernelOp<T>> {
        Some(self)
    }

    fn learned(&self) -> Vec<Learned> {
        vec![Learned { range: self.bias.clone(), group: self.group_bias }]
    }
}

impl Linear {
    /// dL/dy becomes the gradient of the activation's argument, in place.
    fn activation_gradient<T: Scalar>(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        if self.activation == Activation::Linear {
            return;
        }
        let (y_layout, dy_layout) = (shard.layout(self.y), shard.layout(self.dy));
        let images = shard.rows(self.y);
        let ([values], [dy]) = shard.borrow([self.argument.unwrap_or(self.y)], [self.dy]);
        for Run { from, to, len } in y_layout.runs(dy_layout, images) {
            let (values, gradient) = (&values[from..from + len], &mut dy[to..to + len]);
            T::dispatch(env.isa, ActivateBackward { activation: self.activation, values, gradient });
        }
    }

    /// Adds dL/dy, summed over pixels, to that of the groups.
    fn bias_gradient<T: Scalar>(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        gradients: &mut ParameterGradients<'_, T>,
    ) {
        let (layout, parts) = (shard.layout(self.dy), shard.images_of(self.dy));
        let ([dy], []) = shard.borrow([self.dy], []);
        let (n, is_new) = (self.bias.len(), gradients.is_new);
        for (images, group) in gradients.parts(parts) {
            let out = &mut group[self.group_bias..self.group_bias + n];
            if is_new {
                out.fill(T::ZERO);
            }
            let dy = &dy[images.start * layout.stride()..];
            for Run { from, len, .. } in layout.runs(layout, images.len()) {
                T::dispatch(env.isa, AddColumnSums { values: &dy[from..from + len], n, out });
            }
        }
    }
}

impl<T: Scalar> KernelOp<T> for Linear {
    fn matrix(&self) -> Matrix {
        let (rows, columns) = (self.geometry.kernel_rows(), self.geometry.kernel_columns());
        Matrix { first: self.kernel.start, rows, columns }
    }

    fn rows_together(&self) -> Option<usize> {
        let parts = [&self.forward, &self.backward].into_iter().filter_map(Sweeps::most_parts).min();
        parts.map(|parts| self.geometry.kernel_rows() / parts)
    }

    fn sum(&self) -> KernelSum {
        self.kernel_gradient.sum
    }

    fn batch_scratch(&self, rows: usize) -> usize {
        self.kernel_gradient.batch_scratch(rows)
    }

    fn over_batch(&self, batch: BatchGradient<'_, T>, scratch: Scratch<'_, T>) {
        self.kernel_gradient.over_batch(batch, scratch);
    }

    fn pack(&self, isa: Isa, packed: &mut Writer<'_, T>, rows: Range<usize>, values: &[T]) {
        let (channels, columns) = (self.geometry.big_channels(), self.geometry.kernel_columns());
        let kernel = KernelRows { rows, values, channels, columns };
        self.forward.pack(isa, packed, &kernel);
        self.backward.pack(isa, packed, &kernel);
    }

    fn products(&self) -> usize {
        self.kernel_gradient.each * self.geometry.products()
    }

    fn passes_on(&self) -> bool {
        self.dx.is_some()
    }
}
