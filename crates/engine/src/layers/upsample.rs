//! `upsample2d`

use network::{Interpolation, Pair, Shape, UpSample};

use super::{Place, Planned};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::kernels::pool::{WindowFill, WindowSum, Windows};
use crate::ops::interpolation::{PixelSums, interpolation};
use crate::ops::window::{Window, places, windows};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for UpSample {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let (size, input) = (self.size, place.from);
        let node: Box<dyn Node<T>> = match self.interpolation {
            Interpolation::Nearest => Box::new(BlockNode { size, input }),
            Interpolation::Bilinear => Box::new(BilinearNode { size, input }),
        };
        graph.add(place.name, node, &[place.input], place.to)
    }
}

/// Each pixel becomes a block.
struct BlockNode {
    size: Pair,
    input: Shape,
}

struct Blocks {
    input: Input,
    y: BufferId,
    dy: BufferId,
    /// Each pixel's block in y, and the same in dy.
    blocks: Windows,
    d_blocks: Windows,
    /// Places of the pixels in x and in dx.
    places: Vec<usize>,
    d_places: Vec<usize>,
}

impl<T: Scalar> Node<T> for BlockNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, .. }) = (buffers.input(), buffers);
        let layout = |id| builder.workspace.layout(id);
        let block = Window { size: self.size, stride: self.size, before: Pair::square(0) };
        Box::new(Blocks {
            blocks: windows(layout(y), self.input, block),
            d_blocks: windows(layout(dy), self.input, block),
            places: places(layout(input.x)),
            d_places: places(layout(input.dx.map_or(input.x, |dx| dx.buffer))),
            input,
            y,
            dy,
        })
    }
}

impl<T: Scalar> Op<T> for Blocks {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (small, large, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let ([x], [y]) = shard.borrow([self.input.x], [self.y]);
        for row in 0..rows {
            let kernel = WindowFill {
                values: &x[row * small.stride()..],
                places: &self.places,
                windows: &self.blocks,
                channels: small.channels,
                out: &mut y[row * large.stride()..],
            };
            T::dispatch_rows(env.isa, small.channels, kernel);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let Some(dx) = self.input.dx else { return };
        let (small, large, rows) = (shard.layout(dx.buffer), shard.layout(self.dy), shard.rows(self.dy));
        let ([dy], [out]) = shard.borrow([self.dy], [dx.buffer]);
        for row in 0..rows {
            let kernel = WindowSum {
                adds: dx.adds,
                values: &dy[row * large.stride()..],
                windows: &self.d_blocks,
                channels: small.channels,
                places: &self.d_places,
                out: &mut out[row * small.stride()..],
            };
            T::dispatch_rows(env.isa, small.channels, kernel);
        }
    }
}

/// Linear between the centres of pixels, along rows and along columns.
struct BilinearNode {
    size: Pair,
    input: Shape,
}

impl<T: Scalar> Node<T> for BilinearNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (height, width, _) = self.input.pixels();
        let (rows, columns) = (axis(height, self.size.rows), axis(width, self.size.columns));
        let mut sums = PixelSums::new();
        for row in &rows {
            for column in &columns {
                let pairs = row.iter().flat_map(|(y, a)| column.iter().map(move |(x, b)| (*y, *x, a * b)));
                sums.push(pairs.filter(|(_, _, weight)| *weight > 0.0).collect());
            }
        }
        interpolation(builder, buffers, &sums)
    }
}

/// The two pixels of `n` between which each of `n · factor` lies, with their weights.
fn axis(n: usize, factor: usize) -> Vec<[(usize, f64); 2]> {
    let point = |at: usize| {
        let place = ((at as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (n - 1) as f64);
        let (first, part) = (place.floor() as usize, place.fract());
        [(first, 1.0 - part), ((first + 1).min(n - 1), part)]
    };
    (0..n * factor).map(point).collect()
}
