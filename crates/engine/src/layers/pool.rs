//! `max_pool2d`, `average_pool2d`, `global_average_pool2d`. The gradient of a maximum goes to the first pixel of a window
//! that holds it, as in TensorFlow.

use network::{AveragePool, GlobalAveragePool, MaxPool, Padding, Pair, Shape, padding_before};

use super::{Place, Planned};
use crate::graph::buffers::{Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::environment::{Environment, ParameterGradients};
use crate::graph::node::Node;
use crate::graph::nodes::{Graph, ValueId};
use crate::graph::op::Op;
use crate::kernels::pool::{WindowMax, WindowMaxBackward, Windows};
use crate::ops::interpolation::interpolation;
use crate::ops::window::{Window, places, windows};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

impl Planned for MaxPool {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let window = Window::new(self.size, self.stride, self.padding, place.from, place.to);
        let node = MaxPoolNode { window, output: place.to };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

impl Planned for AveragePool {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let window = Window::new(self.size, self.stride, self.padding, place.from, place.to);
        let node = AveragePoolNode { window, input: place.from, output: place.to };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

impl Planned for GlobalAveragePool {
    fn plan<T: Scalar>(&self, graph: &mut Graph<T>, place: Place<'_>) -> ValueId {
        let (rows, columns, _) = place.from.pixels();
        let size = Pair { rows, columns };
        let window = Window { size, stride: size, before: Pair::square(0) };
        let node = AveragePoolNode { window, input: place.from, output: place.to };
        graph.add(place.name, Box::new(node), &[place.input], place.to)
    }
}

impl Window {
    fn new(size: Pair, stride: Option<Pair>, padding: Padding, from: Shape, to: Shape) -> Self {
        let ((height, width, _), (rows, columns, _)) = (from.pixels(), to.pixels());
        let stride = stride.unwrap_or(size);
        let before = Pair {
            rows: padding_before(height, rows, size.rows, stride.rows, padding),
            columns: padding_before(width, columns, size.columns, stride.columns, padding),
        };
        Self { size, stride, before }
    }
}

struct AveragePoolNode {
    window: Window,
    input: Shape,
    output: Shape,
}

impl<T: Scalar> Node<T> for AveragePoolNode {
    fn reads_inputs_again(&self) -> bool {
        false
    }

    fn reads_output_again(&self) -> bool {
        false
    }

    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let mean = |pixels: Vec<(usize, usize)>| {
            let weight = 1.0 / pixels.len() as f64;
            pixels.into_iter().map(|(y, x)| (y, x, weight)).collect()
        };
        let sums = self.window.pixels(self.input, self.output).map(mean).collect();
        interpolation(builder, buffers, &sums)
    }
}

struct MaxPoolNode {
    window: Window,
    output: Shape,
}

struct MaxPoolOp {
    input: Input,
    y: BufferId,
    dy: BufferId,
    /// Windows over x, and the same over dx.
    windows: Windows,
    d_windows: Windows,
    /// Places of the outputs in y and in dy.
    places: Vec<usize>,
    d_places: Vec<usize>,
    /// Whether every pixel of x is in exactly one window.
    is_partition: bool,
}

impl<T: Scalar> Node<T> for MaxPoolNode {
    fn build(&self, builder: &mut Builder, buffers: OpBuffers) -> Box<dyn Op<T>> {
        let (input, OpBuffers { y, dy, .. }) = (buffers.input(), buffers);
        let layout = |id| builder.workspace.layout(id);
        let of_x = windows(layout(input.x), self.output, self.window);
        let d_layout = layout(input.dx.map_or(input.x, |dx| dx.buffer));
        Box::new(MaxPoolOp {
            is_partition: of_x.is_partition(layout(input.x).height * layout(input.x).width),
            windows: of_x,
            d_windows: windows(d_layout, self.output, self.window),
            places: places(layout(y)),
            d_places: places(layout(dy)),
            input,
            y,
            dy,
        })
    }
}

impl<T: Scalar> Op<T> for MaxPoolOp {
    fn forward(&self, env: Environment<'_, T>, shard: &mut Shard<'_, T>) {
        let (input, output, rows) = (shard.layout(self.input.x), shard.layout(self.y), shard.rows(self.y));
        let ([x], [y]) = shard.borrow([self.input.x], [self.y]);
        for row in 0..rows {
            let kernel = WindowMax {
                values: &x[row * input.stride()..],
                windows: &self.windows,
                channels: output.channels,
                places: &self.places,
                out: &mut y[row * output.stride()..],
            };
            T::dispatch_rows(env.isa, output.channels, kernel);
        }
    }

    fn backward(
        &self,
        env: Environment<'_, T>,
        shard: &mut Shard<'_, T>,
        _gradients: &mut ParameterGradients<'_, T>,
    ) {
        let Input { x, dx: Some(dx) } = self.input else { return };
        let (input, output, rows) = (shard.layout(x), shard.layout(self.y), shard.rows(self.y));
        let (d_in, d_out) = (shard.layout(dx.buffer), shard.layout(self.dy));
        let ([x, y, dy], [out]) = shard.borrow([x, self.y, self.dy], [dx.buffer]);
        let adds = dx.adds || !self.is_partition;
        if adds && !dx.adds {
            out.fill(T::ZERO);
        }
        for row in 0..rows {
            let kernel = WindowMaxBackward {
                values: &x[row * input.stride()..],
                windows: &self.windows,
                channels: output.channels,
                out: &y[row * output.stride()..],
                places: &self.places,
                d_out: &dy[row * d_out.stride()..],
                d_places: &self.d_places,
                d_windows: &self.d_windows,
                adds,
                gradient: &mut out[row * d_in.stride()..],
            };
            T::dispatch_rows(env.isa, output.channels, kernel);
        }
    }
}
