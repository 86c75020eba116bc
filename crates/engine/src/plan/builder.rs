//! The second half of planning: buffers of every value and its gradient, and with them operations.

use network::Shape;

use crate::cut::Cut;
use crate::layout::{Border, Layout};
use crate::ops::Op;
use crate::ops::buffers::{Gradient, Input, OpBuffers};
use crate::ops::sample::SampleBuffers;
use crate::plan::graph::{Graph, ValueId};
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, WorkspacePlan};

/// Collects what the operations of a plan need.
pub(crate) struct Builder<'a, T> {
    pub graph: &'a Graph<T>,
    pub cut: Cut,
    /// Samples of an image.
    pub samples: usize,
    pub isa: Isa,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels, and of the packed pixels over which kernel gradients are summed.
    pub kernels: Vec<usize>,
    pub pixels: Vec<usize>,
    /// Length of a group's buffer of gradients.
    pub group_len: usize,
    /// Values that barriers leave for all shards.
    pub joint_len: usize,
    /// What the posterior's sample reads and leaves.
    pub sample: Option<SampleBuffers>,
}

/// How many rows of a value there are: those of a shard, and those of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub is_sampled: bool,
    pub shard: usize,
    pub batch: usize,
}

impl<T: Scalar> Builder<'_, T> {
    /// The rows of values that are sampled, or are not.
    pub fn rows(&self, is_sampled: bool) -> Rows {
        let each = if is_sampled { self.samples } else { 1 };
        Rows { is_sampled, shard: each * self.cut.shard, batch: each * self.cut.batch }
    }

    /// A buffer of some rows.
    pub fn buffer(&mut self, layout: Layout, rows: Rows, is_resident: bool) -> BufferId {
        self.workspace.add(layout, rows, is_resident)
    }

    /// A buffer without border for one shard.
    pub fn plain(&mut self, shape: Shape, rows: Rows) -> BufferId {
        self.buffer(Layout::new(shape, Border::default()), rows, false)
    }

    /// A place for `len` values in a group's buffer of gradients.
    pub fn group_place(&mut self, len: usize) -> usize {
        let at = self.group_len;
        self.group_len += len;
        at
    }

    /// A place for `len` values that a barrier leaves for all shards.
    pub fn joint_place(&mut self, len: usize) -> usize {
        let at = self.joint_len;
        self.joint_len += len.next_multiple_of(16);
        at
    }

    /// Buffers of the values. A view without borders shares the buffer of what it shows, which is kept for the batch if any
    /// reader of either needs it.
    pub fn values(&mut self) -> Vec<BufferId> {
        let graph = self.graph;
        let border = |value: ValueId| {
            let needs =
                graph.values[value].readers.iter().map(|reader| graph.nodes[*reader].node.read_border());
            needs.fold(Border::default(), Border::union)
        };
        let keeps = |value: ValueId, rows: usize| {
            graph.values[value].readers.iter().any(|reader| graph.nodes[*reader].node.keeps_values(rows))
        };
        let source = |value: ValueId| {
            let placed = &graph.nodes[graph.values[value].producer?];
            let input = placed.inputs[0];
            let is_bare = border(value) == Border::default() && border(input) == Border::default();
            (placed.node.is_view() && is_bare).then_some(input)
        };
        self.shared_buffers(&border, &keeps, &source)
    }

    /// Buffers of the gradients of values. A view, where it is the only reader of what it shows, shares its gradient's.
    pub fn gradients(&mut self) -> Vec<BufferId> {
        let graph = self.graph;
        let border = |value: ValueId| match graph.values[value].producer {
            None => Border::default(),
            Some(producer) => {
                let placed = &graph.nodes[producer];
                placed.node.gradient_border(placed.inputs.iter().any(|input| graph.values[*input].learns))
            }
        };
        let keeps = |value: ValueId, rows: usize| {
            let producer = graph.values[value].producer;
            producer.is_some_and(|producer| graph.nodes[producer].node.keeps_gradient(rows))
        };
        let source = |value: ValueId| {
            let placed = &graph.nodes[graph.values[value].producer?];
            let input = placed.inputs[0];
            let is_bare = border(value) == Border::default() && border(input) == Border::default();
            (placed.node.is_view() && is_bare && graph.values[input].readers.len() == 1).then_some(input)
        };
        self.shared_buffers(&border, &keeps, &source)
    }

    /// A buffer for every value but those that share the one of their source.
    fn shared_buffers(
        &mut self,
        border: &dyn Fn(ValueId) -> Border,
        keeps: &dyn Fn(ValueId, usize) -> bool,
        source: &dyn Fn(ValueId) -> Option<ValueId>,
    ) -> Vec<BufferId> {
        let count = self.graph.values.len();
        let origins: Vec<ValueId> = (0..count)
            .scan(Vec::new(), |origins: &mut Vec<ValueId>, value| {
                origins.push(source(value).map_or(value, |source| origins[source]));
                origins.last().copied()
            })
            .collect();
        let mut ids: Vec<BufferId> = Vec::new();
        for value in 0..count {
            let (shape, rows) =
                (self.graph.values[value].shape, self.rows(self.graph.values[value].is_sampled));
            let layout = Layout::new(shape, border(value));
            let id = match origins[value] {
                origin if origin < value => self.workspace.alias(ids[origin], layout),
                origin => {
                    let is_resident = (value..count).any(|v| origins[v] == origin && keeps(v, rows.batch));
                    self.buffer(layout, rows, is_resident)
                }
            };
            ids.push(id);
        }
        ids
    }

    /// The operation of node `index`.
    pub fn op(&mut self, index: usize, values: &[BufferId], gradients: &[BufferId]) -> Box<dyn Op<T>> {
        let graph = self.graph;
        let placed = &graph.nodes[index];
        let inputs = placed.inputs.iter().enumerate().map(|(i, input)| {
            let value = &graph.values[*input];
            // The last reader writes the gradient; one that reads a value twice adds to what it wrote itself.
            let is_last = value.readers.last() == Some(&index) && !placed.inputs[..i].contains(input);
            let gradient = Gradient { buffer: gradients[*input], adds: !is_last };
            Input { x: values[*input], dx: value.learns.then_some(gradient) }
        });
        let rows = self.rows(graph.values[placed.output].is_sampled);
        let (y, dy) = (values[placed.output], gradients[placed.output]);
        let buffers = OpBuffers { inputs: inputs.collect(), y, dy, rows };
        placed.node.build(self, buffers)
    }
}
