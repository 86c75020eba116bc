//! From a network to everything a step needs, decided before the first step: the parameters' places, every
//! activation buffer, every table, and how the work of a batch is cut.

mod builder;
mod cut_choice;
pub(crate) mod draft;
pub(crate) mod update;

use crate::cut::Cut;
use crate::ops::Op;
use crate::ops::gaussian::Gaussian;
use crate::plan::builder::Builder;
use crate::plan::cut_choice::choose_cut;
use crate::plan::draft::Draft;
use crate::plan::update::{LogSigma, UpdateItem, update_items};
use crate::simd::{Isa, Scalar};
use crate::workspace::{BufferId, WorkspacePlan};
use network::ParameterView;
use network::{Network, NetworkError, Shapes};

/// Everything that is known before the first step.
pub(crate) struct Plan {
    pub shapes: Shapes,
    pub views: Vec<ParameterView>,
    pub parameters: usize,
    pub ops: Vec<Op>,
    /// What each is called.
    pub names: Vec<String>,
    /// Number of ops up to and with the one that gives the code.
    pub encoder_ops: usize,
    pub input: BufferId,
    /// Where a source writes the input when the first layer wants a border around it.
    pub plain_input: BufferId,
    pub target: BufferId,
    pub code: BufferId,
    pub d_code: BufferId,
    pub output: BufferId,
    pub d_output: BufferId,
    pub workspace: WorkspacePlan,
    /// Lengths of the packed kernels, and of the packed pixels over which kernel gradients are summed.
    pub kernels: Vec<usize>,
    pub pixels: Vec<usize>,
    /// Length of a group's gradient buffer.
    pub group_len: usize,
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

impl Plan {
    pub fn new<T: Scalar>(
        network: &Network,
        batch: usize,
        threads: usize,
        isa: Isa,
    ) -> Result<Self, PlanError> {
        if batch == 0 {
            return Err(PlanError::EmptyBatch);
        }
        let draft = Draft::new(network)?;
        let cut = choose_cut(&draft, batch, threads);
        let values: usize = draft.values.iter().map(|shape| shape.len()).sum();
        const LIMIT: usize = 1 << 31;
        // Borders at most quadruple a layer's values for the kernels that `Layer` allows in practice; the
        // exact check follows below, before tables are made.
        if values.checked_mul(batch).is_none_or(|n| n > LIMIT) {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let mut builder = Builder {
            draft: &draft,
            cut,
            isa,
            workspace: WorkspacePlan::default(),
            kernels: Vec::new(),
            pixels: Vec::new(),
            group_len: 0,
        };
        let (value_ids, gradient_ids) = builder.buffers();
        let (resident, shard) = builder.workspace.lens();
        if resident.max(shard) > LIMIT {
            return Err(PlanError::TooLarge { batch, values, limit: LIMIT });
        }
        let mut ops = Vec::new();
        for i in 0..draft.steps.len() {
            ops.push(builder.op::<T>(i, &value_ids, &gradient_ids, network));
        }
        let target = builder.plain(draft.values[0]);
        let input = value_ids[0];
        let plain_input = match builder.workspace.layout(input).is_contiguous() {
            true => input,
            false => builder.plain(draft.values[0]),
        };
        let log_sigma =
            draft.log_sigma.map(|parameter| LogSigma { parameter, group: builder.group_place(1) });
        let updates = update_items(&ops, log_sigma);
        for item in &updates {
            builder.workspace.add_scratch(item.source.scratch() + item.range.len());
        }
        let code = draft.code;
        Ok(Plan {
            input,
            plain_input,
            target,
            code: value_ids[code],
            d_code: gradient_ids[code],
            output: value_ids[draft.steps.len()],
            d_output: gradient_ids[draft.steps.len()],
            encoder_ops: code,
            workspace: builder.workspace,
            kernels: builder.kernels,
            pixels: builder.pixels,
            group_len: builder.group_len,
            parameters: draft.parameters(),
            shapes: draft.shapes,
            names: draft.names,
            views: draft.views,
            log_sigma,
            updates,
            ops,
            cut,
        })
    }

    /// The latent, where it is a Gaussian.
    pub fn gaussian(&self) -> Option<&Gaussian> {
        self.ops.iter().find_map(|op| match op {
            Op::Gaussian(gaussian) => Some(&**gaussian),
            _ => None,
        })
    }
}
