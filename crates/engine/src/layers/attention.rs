//! `self_attention`

use network::{Pair, SelfAttention, Shape};

use super::{Place, Planned};
use crate::geometry::Geometry;
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients, offsets};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::graph::parameters::KernelAndBias;
use crate::kernels::product::{Product, RightFactor, Segment, Start};
use crate::kernels::softmax::{Softmax, SoftmaxBackward};
use crate::layout::index;
use crate::ops::linear_plan::LinearNode;
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, SLACK, Shard};

impl Planned for SelfAttention {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let Place { name, input, from, to } = place;
        let (height, width, channels) = from.pixels();
        let size = self.key_size(channels);
        let inner = Shape::image(height, width, self.heads * size);
        let mut product = |part: &str, inputs: &[ValueId], from: Shape, to: Shape| {
            let name = format!("{name}.{part}");
            let geometry = Geometry::pointwise(from, Pair::square(1), to);
            let parameters: KernelAndBias = graph.parameters(&name).kernel_and_bias();
            graph.add(&name, Box::new(LinearNode::new(geometry, parameters)), inputs, to)
        };
        let projections = ["query", "key", "value"].map(|part| product(part, &[input], from, inner));
        let node = AttentionNode { heads: self.heads, size, pixels: height * width };
        let mixed = graph.add(name, Box::new(node), &projections, inner);
        let name = format!("{name}.output");
        let geometry = Geometry::pointwise(inner, Pair::square(1), to);
        let parameters = graph.parameters(&name).kernel_and_bias();
        graph.add(&name, Box::new(LinearNode::new(geometry, parameters)), &[mixed], to)
    }
}

/// softmax(Q Kᵀ / √size) V in every head.
struct AttentionNode {
    heads: usize,
    size: usize,
    pixels: usize,
}

struct Attention {
    heads: usize,
    size: usize,
    pixels: usize,
    /// Queries, keys, values: `[pixels, heads, size]` of each row.
    inputs: [Input; 3],
    /// The softmax of each row: `[heads, pixels, pixels]`.
    weights: BufferId,
    y: BufferId,
    dy: BufferId,
    tables: Tables,
}

/// Offsets of rows of the matrices.
struct Tables {
    /// Rows of Q, K, V, of what is made of them, and of their gradients.
    pixels: Vec<u32>,
    /// Rows of a matrix of pixels by pixels, and its columns.
    rows: Vec<u32>,
    columns: Vec<u32>,
}

impl<T: Scalar> Node<T> for AttentionNode {
    fn reads_inputs_again(&self) -> bool {
        true
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let OpBuffers { inputs, y, dy, rows } = buffers;
        let (heads, size, pixels) = (self.heads, self.size, self.pixels);
        builder.workspace.add_scratch(pixels * pixels + SLACK + size * pixels + SLACK);
        Box::new(Attention {
            heads,
            size,
            pixels,
            inputs: [inputs[0], inputs[1], inputs[2]],
            weights: builder.plain(Shape::Vector(heads * pixels * pixels), rows),
            y,
            dy,
            tables: Tables {
                pixels: offsets(pixels, heads * size),
                rows: offsets(pixels, pixels),
                columns: offsets(pixels, 1),
            },
        })
    }
}

impl Attention {
    fn scale<T: Scalar>(&self) -> T {
        T::from_f64(1.0 / (self.size as f64).sqrt())
    }

    /// out = left · rightᵀ, of pixels by pixels: both are heads, `[pixels, heads, size]` from their first value on.
    fn by_pixels<T: Scalar>(&self, isa: Isa, left: &[T], right: &[T], turned: &mut [T], out: &mut [T]) {
        let step = self.heads * self.size;
        for pixel in 0..self.pixels {
            for i in 0..self.size {
                turned[i * self.pixels + pixel] = right[pixel * step + i];
            }
        }
        let product = Product {
            a: left,
            a_rows: &self.tables.pixels,
            b: RightFactor::Rows { data: turned, step: self.pixels },
            segments: &[Segment { a: 0, b: 0, len: index(self.size) }],
            ..Product::over(out, &self.tables.rows, self.pixels)
        };
        product.run(isa);
    }

    /// out = matrix · right, or matrixᵀ · right, or that added to what is there; out and right are heads.
    fn by_size<T: Scalar>(
        &self,
        isa: Isa,
        (matrix, is_turned): (&[T], bool),
        right: &[T],
        out: &mut [T],
        start: Start<'_, T>,
    ) {
        let product = Product {
            a: matrix,
            a_rows: if is_turned { &self.tables.columns } else { &self.tables.rows },
            a_step: if is_turned { self.pixels } else { 1 },
            b: RightFactor::Rows { data: right, step: self.heads * self.size },
            segments: &[Segment { a: 0, b: 0, len: index(self.pixels) }],
            start,
            ..Product::over(out, &self.tables.pixels, self.size)
        };
        product.run(isa);
    }
}

impl<T: Scalar> Op<T> for Attention {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (rows, square) = (shard.rows(self.y), self.pixels * self.pixels);
        let of_row = self.pixels * self.heads * self.size;
        let [query, key, value] = self.inputs.map(|input| input.x);
        let ([q, k, v], [y, weights], scratch) =
            shard.borrow_with_scratch([query, key, value], [self.y, self.weights]);
        let turned = &mut scratch.values[..self.size * self.pixels + SLACK];
        for row in 0..rows {
            for head in 0..self.heads {
                let at = row * of_row + head * self.size;
                let own = (row * self.heads + head) * square;
                let own = &mut weights[own..own + square];
                self.by_pixels(env.isa, &q[at..], &k[at..], turned, own);
                T::dispatch(env.isa, Softmax { n: self.pixels, scale: self.scale(), rows: &mut *own });
                self.by_size(env.isa, (own, false), &v[at..], &mut y[at..], Start::Zero);
            }
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let (rows, square) = (shard.rows(self.y), self.pixels * self.pixels);
        let of_row = self.pixels * self.heads * self.size;
        let [query, key, value] = self.inputs.map(|input| input.x);
        // Each is read here alone, and its projection learns.
        let [Some(dq), Some(dk), Some(dv)] = self.inputs.map(|input| input.dx) else { return };
        let ([q, k, v, dy, weights], [dq, dk, dv], scratch) = shard.borrow_with_scratch(
            [query, key, value, self.dy, self.weights],
            [dq.buffer, dk.buffer, dv.buffer],
        );
        let (slopes, turned) = scratch.values.split_at_mut(square + SLACK);
        let slopes = &mut slopes[..square];
        for row in 0..rows {
            for head in 0..self.heads {
                let at = row * of_row + head * self.size;
                let own = (row * self.heads + head) * square;
                let own = &weights[own..own + square];
                self.by_size(env.isa, (own, true), &dy[at..], &mut dv[at..], Start::Zero);
                self.by_pixels(env.isa, &dy[at..], &v[at..], turned, slopes);
                let scale = self.scale();
                let kernel = SoftmaxBackward { n: self.pixels, scale, rows: own, gradients: &mut *slopes };
                T::dispatch(env.isa, kernel);
                self.by_size(env.isa, (slopes, false), &k[at..], &mut dq[at..], Start::Zero);
                self.by_size(env.isa, (slopes, true), &q[at..], &mut dk[at..], Start::Zero);
            }
        }
    }
}
