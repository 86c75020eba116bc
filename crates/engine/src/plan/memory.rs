//! The second half of planning: buffers of every value and its gradient, and with them operations.

use std::ops::RangeInclusive;

use crate::graph::buffers::{Gradient, Input, OpBuffers};
use crate::graph::builder::Builder;
use crate::graph::nodes::{Graph, Value, ValueId};
use crate::graph::op::Op;
use crate::layout::{Border, Layout};
use crate::simd::Scalar;
use crate::workspace::{BufferId, Rows};

/// A graph whose values get buffers.
pub(super) struct Memory<'a, T> {
    pub graph: &'a Graph<T>,
    pub builder: Builder,
}

/// What a value, or its gradient, needs of a buffer.
struct Need {
    border: Border,
    /// Whether it is kept for the batch.
    keeps: bool,
    /// The value whose buffer it shares.
    source: Option<ValueId>,
    /// When it is needed: node i of n runs forward at i and back at 2 n − i, the loss at n.
    time: RangeInclusive<usize>,
}

/// A buffer, and when it is needed.
struct Taken {
    id: BufferId,
    layout: Layout,
    rows: Rows,
    times: Vec<RangeInclusive<usize>>,
}

impl<T: Scalar> Memory<'_, T> {
    /// Buffers of the values. A view without borders shares the buffer of what it shows, which is kept for the batch if any
    /// reader of either needs it.
    pub fn values(&mut self) -> Vec<BufferId> {
        let graph = self.graph;
        let nodes = graph.nodes.len();
        let border = |value: ValueId| {
            let needs =
                graph.values[value].readers.iter().map(|reader| graph.nodes[*reader].node.read_border());
            needs.fold(Border::default(), Border::union)
        };
        let need = |value: ValueId| {
            let Value { producer, readers, .. } = &graph.values[value];
            let again = readers.iter().any(|reader| graph.nodes[*reader].node.reads_inputs_again())
                || producer.is_some_and(|producer| graph.nodes[producer].node.reads_output_again());
            // The image, the code and what it is drawn from, and the output are read by others than nodes.
            let is_asked_for =
                [Some(0), Some(graph.code), Some(graph.mean), graph.log_var, Some(graph.output)];
            let first = producer.unwrap_or(0);
            let last = match readers.last() {
                _ if is_asked_for.contains(&Some(value)) => 2 * nodes,
                // Back where it came from, it is read for the last time.
                _ if again => 2 * nodes - first,
                Some(reader) => *reader,
                None => 2 * nodes,
            };
            Need {
                border: border(value),
                keeps: readers.iter().any(|reader| {
                    graph.nodes[*reader]
                        .node
                        .keeps_values(self.builder.rows(graph.values[value].is_sampled).batch)
                }),
                source: self.shown(value).filter(|source| {
                    border(value) == Border::default() && border(*source) == Border::default()
                }),
                time: first..=last,
            }
        };
        let needs = (0..graph.values.len()).map(need).collect();
        self.shared_buffers(needs)
    }

    /// Buffers of the gradients of values. A view, where it is the only reader of what it shows, shares its gradient's.
    pub fn gradients(&mut self) -> Vec<BufferId> {
        let graph = self.graph;
        let nodes = graph.nodes.len();
        let border = |value: ValueId| match graph.values[value].producer {
            None => Border::default(),
            Some(producer) => {
                let placed = &graph.nodes[producer];
                placed.node.gradient_border(placed.inputs.iter().any(|input| graph.values[*input].learns))
            }
        };
        let need = |value: ValueId| {
            let Value { producer, readers, .. } = &graph.values[value];
            let first = readers.last().map_or(nodes, |reader| 2 * nodes - reader);
            Need {
                border: border(value),
                keeps: producer.is_some_and(|producer| {
                    graph.nodes[producer]
                        .node
                        .keeps_gradient(self.builder.rows(graph.values[value].is_sampled).batch)
                }),
                source: self.shown(value).filter(|source| {
                    border(value) == Border::default()
                        && border(*source) == Border::default()
                        && graph.values[*source].readers.len() == 1
                }),
                time: first..=2 * nodes - producer.unwrap_or(0),
            }
        };
        let needs = (0..graph.values.len()).map(need).collect();
        self.shared_buffers(needs)
    }

    /// What a value is a view of.
    fn shown(&self, value: ValueId) -> Option<ValueId> {
        let placed = &self.graph.nodes[self.graph.values[value].producer?];
        placed.node.is_view().then_some(placed.inputs[0])
    }

    /// A buffer for every value, or for the gradient of every value. Those that show the same share one, as do those of one
    /// layout that are never needed at the same time: their borders stay 0.
    fn shared_buffers(&mut self, needs: Vec<Need>) -> Vec<BufferId> {
        let mut origins: Vec<ValueId> = Vec::new();
        for (value, need) in needs.iter().enumerate() {
            origins.push(need.source.map_or(value, |source| origins[source]));
        }
        let mut ids: Vec<BufferId> = Vec::new();
        let mut taken: Vec<Taken> = Vec::new();
        for (value, need) in needs.iter().enumerate() {
            let (shape, rows) =
                (self.graph.values[value].shape, self.builder.rows(self.graph.values[value].is_sampled));
            let layout = Layout::new(shape, need.border);
            if origins[value] < value {
                let id = self.builder.workspace.alias(ids[origins[value]], layout);
                ids.push(id);
                continue;
            }
            let group = || (value..needs.len()).filter(|v| origins[*v] == value).map(|v| &needs[v]);
            if group().any(|need| need.keeps) {
                ids.push(self.builder.buffer(layout, rows, true));
                continue;
            }
            let first = group().map(|need| *need.time.start()).min().unwrap_or(0);
            let last = group().map(|need| *need.time.end()).max().unwrap_or(usize::MAX);
            let is_free = |other: &&mut Taken| {
                let apart = |time: &RangeInclusive<usize>| *time.end() < first || last < *time.start();
                (other.layout, other.rows) == (layout, rows) && other.times.iter().all(apart)
            };
            let id = match taken.iter_mut().find(is_free) {
                Some(other) => {
                    other.times.push(first..=last);
                    other.id
                }
                None => {
                    let id = self.builder.buffer(layout, rows, false);
                    taken.push(Taken { id, layout, rows, times: vec![first..=last] });
                    id
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
        let rows = self.builder.rows(graph.values[placed.output].is_sampled);
        let (y, dy) = (values[placed.output], gradients[placed.output]);
        let buffers = OpBuffers { inputs: inputs.collect(), y, dy, rows };
        placed.node.build(&mut self.builder, buffers)
    }
}
