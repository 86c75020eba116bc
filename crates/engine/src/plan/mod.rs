//! From a network to everything a step needs, decided before the first step: the parameters' places, every
//! activation buffer, every table, and how the work of a batch is cut.

pub(crate) mod builder;
pub(crate) mod cut;
pub(crate) mod draft;

use std::ops::Range;

use crate::network::{Network, NetworkError, Shapes};
use crate::ops::Op;
use crate::ops::kernel_gradient::KernelSum;
use crate::plan::builder::Builder;
use crate::plan::cut::Cut;
use crate::plan::draft::{Draft, ParameterView};
use crate::simd::{Isa, Real};
use crate::workspace::{BufferId, WorkspacePlan};

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
    /// Lengths of the packed matrices: kernels, and pixels over which kernel gradients are summed.
    pub packed: Vec<usize>,
    /// Length of a group's gradient buffer.
    pub group_len: usize,
    /// Place of dL/d ln σ in it.
    pub group_log_sigma: Option<usize>,
    /// The second phase of a step: ranges of parameters.
    pub updates: Vec<UpdateItem>,
    pub cut: Cut,
}

/// A range of parameters whose gradient is completed and used by one thread.
#[derive(Clone, Debug)]
pub(crate) struct UpdateItem {
    pub range: Range<usize>,
    /// Where the gradient comes from.
    pub source: GradientSource,
    /// Kernel rows to pack again afterwards: (op, linear within op, rows).
    pub pack: Option<(usize, usize, Range<usize>)>,
}

#[derive(Clone, Debug)]
pub(crate) enum GradientSource {
    /// The product over the batch of the rows in `pack`, which needs this many values for itself.
    Batch(usize),
    /// The groups' buffers from this offset on.
    Groups(usize),
}

impl GradientSource {
    /// Values that it needs for itself.
    pub fn scratch(&self) -> usize {
        match self {
            GradientSource::Batch(len) => *len,
            GradientSource::Groups(_) => 0,
        }
    }
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
    pub fn new<T: Real>(
        network: &Network,
        batch: usize,
        threads: usize,
        isa: Isa,
    ) -> Result<Self, PlanError> {
        if batch == 0 {
            return Err(PlanError::EmptyBatch);
        }
        let draft = Draft::new(network)?;
        let cut = Cut::choose(&draft, batch, threads);
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
            packed: Vec::new(),
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
        let group_log_sigma = network.objective.reconstruction.learns_sigma().then(|| builder.group_place(1));
        let updates = updates(&draft, &ops, group_log_sigma);
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
            packed: builder.packed,
            group_len: builder.group_len,
            parameters: draft.parameters(),
            shapes: draft.shapes,
            names: draft.names,
            views: draft.views,
            group_log_sigma,
            updates,
            ops,
            cut,
        })
    }
}

/// Cuts the parameters into ranges of whole kernel rows, each some thousand values long.
///
/// Their order is that of their places in the kernels, from 0 to 1, so that each of any number of threads finds its
/// share of every kernel in its part of the list, and neighbouring rows, which lie side by side in the packed matrices.
fn updates(draft: &Draft, ops: &[Op], log_sigma: Option<usize>) -> Vec<UpdateItem> {
    const VALUES: usize = 8192;
    let (mut pieces, mut whole) = (Vec::new(), Vec::new());
    for (op, linear) in ops.iter().enumerate().flat_map(|(i, op)| op.linears().map(move |l| (i, l))) {
        let which = usize::from(
            matches!(&ops[op], Op::Gaussian(gaussian) if gaussian.log_var.kernel == linear.kernel),
        );
        let columns = linear.geometry.kernel_columns();
        let rows = linear.geometry.kernel_rows();
        // Whole vectors of rows: those of a tap turn into columns when they are packed.
        let step = linear.rows_together().unwrap_or_else(|| (VALUES / columns).next_multiple_of(16).max(16));
        for first in (0..rows).step_by(step) {
            let last = (first + step).min(rows);
            let source = match linear.kernel_sum {
                KernelSum::Group(at) => GradientSource::Groups(at + first * columns),
                _ => GradientSource::Batch(linear.batch_scratch(step)),
            };
            let item = UpdateItem {
                range: linear.kernel.start + first * columns..linear.kernel.start + last * columns,
                source,
                pack: Some((op, which, first..last)),
            };
            match step < rows {
                true => pieces.push(((first + last) as f64 / (2 * rows) as f64, item)),
                false => whole.push(item),
            }
        }
        whole.push(UpdateItem {
            range: linear.bias.clone(),
            source: GradientSource::Groups(linear.group_bias),
            pack: None,
        });
    }
    if let (Some(at), Some(view)) = (log_sigma, draft.views.last()) {
        whole.push(UpdateItem { range: view.range.clone(), source: GradientSource::Groups(at), pack: None });
    }
    // What is not cut goes, the longest first, near the beginnings of the halves, of the quarters, and so on.
    whole.sort_by_key(|item| std::cmp::Reverse(item.range.len()));
    let places = (0u32..).map(|i| f64::from(i.reverse_bits()) / 2f64.powi(32));
    let mut items: Vec<_> = places.zip(whole).chain(pieces).collect();
    items.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    items.into_iter().map(|(_, item)| item).collect()
}
