//! Operations that are a table of weighted pixels: average pooling, linear interpolation, reflection.

use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::op::Op;
use crate::kernels::pool::{WeightedSum, Windows};
use crate::layout::Layout;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// For each pixel of the output, row by row, the pixels of the input that it is a sum of: (row, column, weight).
pub(crate) type PixelSums = Vec<Vec<(usize, usize, f64)>>;

/// y = Σ weight · pixel of x, channel by channel.
struct Interpolation<T> {
    input: Input,
    y: BufferId,
    dy: BufferId,
    forward: Sums<T>,
    backward: Option<Sums<T>>,
}

/// One direction.
struct Sums<T> {
    windows: Windows,
    weights: Vec<T>,
    places: Vec<usize>,
}

impl<T: Scalar> Sums<T> {
    fn new(sums: &PixelSums, from: Layout, to: Layout) -> Self {
        // A pixel that is a sum of nothing reads the first one 0 times.
        let nothing = [(0, 0, 0.0)];
        let of = |sum: &Vec<(usize, usize, f64)>| {
            if sum.is_empty() { nothing.to_vec() } else { sum.clone() }
        };
        let sums: Vec<_> = sums.iter().map(of).collect();
        Self {
            windows: Windows::new(
                sums.iter().map(|sum| sum.iter().map(|(y, x, _)| from.at(*y, *x)).collect()),
            ),
            weights: sums.iter().flatten().map(|(_, _, weight)| T::from_f64(*weight)).collect(),
            places: super::window::places(to),
        }
    }

    fn run(
        &self,
        env: Environment<'_, T>,
        rows: usize,
        from: (&[T], Layout),
        to: (&mut [T], Layout),
        adds: bool,
    ) {
        for row in 0..rows {
            let kernel = WeightedSum {
                values: &from.0[row * from.1.stride()..],
                windows: &self.windows,
                weights: &self.weights,
                channels: to.1.channels,
                places: &self.places,
                adds,
                out: &mut to.0[row * to.1.stride()..],
            };
            T::dispatch_rows(env.isa, to.1.channels, kernel);
        }
    }
}

/// The operation of these sums.
pub(crate) fn interpolation<T: Scalar>(
    builder: &Builder,
    buffers: OpBuffers,
    sums: &PixelSums,
) -> Box<dyn Op<T>> {
    let (input, OpBuffers { y, dy, .. }) = (buffers.input(), buffers);
    let layout = |id| builder.workspace.layout(id);
    let backward = input.dx.map(|dx| {
        let (from, to) = (layout(dy), layout(dx.buffer));
        let mut turned: PixelSums = vec![Vec::new(); to.height * to.width];
        for (pixel, sum) in sums.iter().enumerate() {
            for (y, x, weight) in sum {
                turned[y * to.width + x].push((pixel / from.width, pixel % from.width, *weight));
            }
        }
        Sums::new(&turned, from, to)
    });
    Box::new(Interpolation { input, y, dy, forward: Sums::new(sums, layout(input.x), layout(y)), backward })
}

impl<T: Scalar> Op<T> for Interpolation<T> {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (from, to, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let ([x], [y]) = shard.borrow([self.input.x], [self.y]);
        self.forward.run(env, rows, (x, from), (y, to), false);
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let Some((dx, sums)) = self.input.dx.zip(self.backward.as_ref()) else { return };
        let (from, to, rows) = (shard.layout(self.dy), shard.layout(dx.buffer), shard.rows(self.dy));
        let ([dy], [out]) = shard.borrow([self.dy], [dx.buffer]);
        sums.run(env, rows, (dy, from), (out, to), dx.adds);
    }
}
