//! From a network to everything a step needs, decided before the first step: the parameters' places, every
//! activation buffer, every table, and how the work of a batch is cut.

mod cut_choice;
mod memory;
mod network_graph;
pub(crate) mod segments;
pub(crate) mod structure;
pub(crate) mod update;

use network::{Network, NetworkError, ParameterView, Shapes};

use crate::cut::Cut;
use crate::graph::buffers::{BatchTerm, SampleBuffers};
use crate::graph::builder::Builder;
use crate::graph::op::Op;
use crate::layout::Border;
use crate::plan::cut_choice::choose_cut;
use crate::plan::memory::Memory;
use crate::plan::network_graph::graph_of;
use crate::plan::segments::{Segment, segments};
use crate::plan::structure::Structure;
use crate::plan::update::{LogSigma, UpdateItem, update_items};
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, WorkspacePlan};

/// Everything that is known before the first step.
pub(crate) struct Plan<T> {
    pub shapes: Shapes,
    pub views: Vec<ParameterView>,
    pub parameters: usize,
    pub ops: Vec<Box<dyn Op<T>>>,
    /// What each is called.
    pub names: Vec<String>,
    /// Number of ops up to and with the one that gives the code.
    pub encoder_ops: usize,
    pub segments: Vec<Segment>,
    /// Codes of an image that training decodes.
    pub samples: usize,
    pub input: BufferId,
    /// Where a source writes the input when the first layer wants a border around it.
    pub plain_input: BufferId,
    pub target: BufferId,
    /// What the decoder takes, and its gradient.
    pub code: BufferId,
    pub d_code: BufferId,
    /// What the encoder is asked for: the mean of a posterior, and its log variance; else the code.
    pub mean: BufferId,
    pub log_var: Option<BufferId>,
    pub sample: Option<SampleBuffers>,
    pub batch_term: Option<BatchTerm>,
    /// Terms that compare the structure of images.
    pub structures: Vec<Structure<T>>,
    pub output: BufferId,
    pub d_output: BufferId,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels, and of the packed pixels over which kernel gradients are summed.
    pub kernels: Vec<usize>,
    pub pixels: Vec<usize>,
    /// Length of a group's gradient buffer.
    pub group_len: usize,
    /// Values that barriers leave for all shards.
    pub joint_len: usize,
    /// Where ln σ is learned.
    pub log_sigma: Option<LogSigma>,
    /// The second phase of a step: ranges of parameters.
    pub updates: Vec<UpdateItem>,
    pub cut: Cut,
}

/// A plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The network does not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Too large.
    #[error(
        "batch_size = {batch}: {values} activation values per image need more than {limit} values; use a smaller batch or network"
    )]
    TooLarge {
        /// Images per step.
        batch: usize,
        /// Values per image.
        values: usize,
        /// What offsets can hold.
        limit: usize,
    },
    /// No images.
    #[error("batch_size = 0: must be at least 1")]
    EmptyBatch,
}

impl<T: Scalar> Plan<T> {
    pub fn new(network: &Network, batch: usize, threads: usize, isa: Isa) -> Result<Self, PlanError> {
        if batch == 0 {
            return Err(PlanError::EmptyBatch);
        }
        let graph = graph_of::<T>(network)?;
        let samples = network.latent.samples();
        let values = graph.values_per_image(samples);
        const LIMIT: usize = 1 << 31;
        // Borders at most quadruple a layer's values for the kernels that `Layer` allows in practice; the
        // exact check follows below, before tables are made.
        if values.checked_mul(batch).is_none_or(|n| n > LIMIT) {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let cut = choose_cut(&graph, batch, samples, threads);
        let builder = Builder {
            cut,
            samples,
            isa,
            workspace: WorkspacePlan::default(),
            kernels: Vec::new(),
            pixels: Vec::new(),
            group_len: 0,
            joint_len: 0,
            sample: None,
            batch_term: None,
            shares: Vec::new(),
        };
        let mut memory = Memory { graph: &graph, builder };
        let value_ids = memory.values();
        let gradient_ids = memory.gradients();
        let (resident, shard) = memory.builder.workspace.lens();
        if resident.max(shard) > LIMIT {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let ops: Vec<_> =
            (0..graph.nodes.len()).map(|index| memory.op(index, &value_ids, &gradient_ids)).collect();
        let mut builder = memory.builder;
        let images = builder.rows(false);
        let target = builder.plain(network.input, images);
        let input = value_ids[0];
        let plain_input = match builder.workspace.layout(input).is_contiguous() {
            true => input,
            false => builder.plain(network.input, images),
        };
        let log_sigma = network.objective.reconstruction.learns_sigma().then(|| LogSigma {
            parameter: graph.parameters("objective").place("log_sigma").start,
            group: builder.group_place(1),
        });
        let updates = update_items(&ops, log_sigma, &graph.views);
        for item in &updates {
            builder.workspace.add_scratch(item.source.scratch() + item.range.len());
        }
        let structures = Structure::of(network);
        for structure in &structures {
            builder.workspace.add_scratch(structure.scratch());
        }
        debug_assert!(builder.workspace.layout(value_ids[graph.output]).border == Border::default());
        let barriers: Vec<usize> = (0..ops.len()).filter(|i| ops[*i].barrier().is_some()).collect();
        Ok(Plan {
            input,
            plain_input,
            target,
            code: value_ids[graph.code],
            d_code: gradient_ids[graph.code],
            mean: value_ids[graph.mean],
            log_var: graph.log_var.map(|value| value_ids[value]),
            sample: builder.sample,
            batch_term: builder.batch_term,
            structures,
            output: value_ids[graph.output],
            d_output: gradient_ids[graph.output],
            encoder_ops: graph.encoder_nodes,
            segments: segments(ops.len(), &barriers),
            samples,
            workspace: builder.workspace,
            kernels: builder.kernels,
            pixels: builder.pixels,
            group_len: builder.group_len,
            joint_len: builder.joint_len,
            parameters: graph.len(),
            names: graph.nodes.iter().map(|placed| placed.name.clone()).collect(),
            shapes: graph.shapes,
            views: graph.views,
            log_sigma,
            updates,
            ops,
            cut,
        })
    }

    /// Shards whose values are kept at the same time: a thread's one after the other, or all of the batch where images
    /// depend on each other.
    pub fn shards_at_once(&self, threads: usize) -> usize {
        match self.segments.len() {
            1 => threads,
            _ => threads.max(self.cut.spans(self.cut.batch) * self.cut.shards_of_span()),
        }
    }
}
