//! The second phase of a step: how the parameters are cut into ranges that one thread finishes each.

use std::ops::Range;

use network::{ParameterView, Role};

use crate::graph::op::{KernelSum, Learned, Matrix, Op};
use crate::simd::Scalar;

/// The parameter ln σ of a learned Gaussian loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSigma {
    /// Its place among the parameters.
    pub parameter: usize,
    /// Place of its gradient in a group's buffer.
    pub group: usize,
}

/// A range of parameters whose gradient is completed and used by one thread.
#[derive(Clone, Debug)]
pub(crate) struct UpdateItem {
    pub range: Range<usize>,
    /// Where the gradient comes from.
    pub source: GradientSource,
    /// The rows of a kernel that it is, to be packed again afterwards.
    pub kernel: Option<KernelPart>,
}

/// Some rows of a layer's kernel.
#[derive(Clone, Debug)]
pub(crate) struct KernelPart {
    /// The operation.
    pub op: usize,
    pub rows: Range<usize>,
}

/// Where a gradient comes from.
#[derive(Clone, Debug)]
pub(crate) enum GradientSource {
    /// The product over the batch of some rows of a kernel, which needs `scratch` values for itself.
    Batch { part: KernelPart, scratch: usize },
    /// The groups' buffers from this offset on.
    Groups(usize),
}

impl GradientSource {
    /// Values that it needs for itself.
    pub fn scratch(&self) -> usize {
        match self {
            GradientSource::Batch { scratch, .. } => *scratch,
            GradientSource::Groups(_) => 0,
        }
    }
}

/// Cuts the parameters into ranges of whole kernel rows, each some thousand values long.
///
/// Their order is that of their places in the kernels, from 0 to 1, so that each of any number of threads finds its
/// share of every kernel in its part of the list, and neighbouring rows, which lie side by side in the packed matrices.
///
/// # Panics
/// If a tensor that learns is in no range, or in two, or state is in one: every tensor has the gradient that its role asks
/// for.
pub(crate) fn update_items<T: Scalar>(
    ops: &[Box<dyn Op<T>>],
    log_sigma: Option<LogSigma>,
    views: &[ParameterView],
) -> Vec<UpdateItem> {
    const VALUES: usize = 8192;
    let (mut pieces, mut whole) = (Vec::new(), Vec::new());
    for (op, kernel) in ops.iter().enumerate().filter_map(|(op, o)| Some((op, o.kernel()?))) {
        let Matrix { first: start, rows, columns } = kernel.matrix();
        // Whole vectors of rows: those of a tap turn into columns when they are packed.
        let step = kernel.rows_together().unwrap_or_else(|| (VALUES / columns).next_multiple_of(16).max(16));
        for first in (0..rows).step_by(step) {
            let last = (first + step).min(rows);
            let part = KernelPart { op, rows: first..last };
            let source = match kernel.sum() {
                KernelSum::Group(at) => GradientSource::Groups(at + first * columns),
                KernelSum::Batch | KernelSum::PackedBatch { .. } => {
                    let scratch = kernel.batch_scratch(step);
                    GradientSource::Batch { part: part.clone(), scratch }
                }
            };
            let item = UpdateItem {
                range: start + first * columns..start + last * columns,
                source,
                kernel: Some(part),
            };
            match step < rows {
                true => pieces.push(((first + last) as f64 / (2 * rows) as f64, item)),
                false => whole.push(item),
            }
        }
    }
    for Learned { range, group } in ops.iter().flat_map(|op| op.learned()) {
        whole.push(UpdateItem { range, source: GradientSource::Groups(group), kernel: None });
    }
    if let Some(LogSigma { parameter, group }) = log_sigma {
        let (range, source) = (parameter..parameter + 1, GradientSource::Groups(group));
        whole.push(UpdateItem { range, source, kernel: None });
    }
    // What is not cut goes, the longest first, near the beginnings of the halves, of the quarters, and so on.
    whole.sort_by_key(|item| std::cmp::Reverse(item.range.len()));
    let places = (0u32..).map(|i| f64::from(i.reverse_bits()) / 2f64.powi(32));
    let mut items: Vec<_> = places.zip(whole).chain(pieces).collect();
    items.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let items: Vec<UpdateItem> = items.into_iter().map(|(_, item)| item).collect();
    let mut updates = vec![0u8; views.last().map_or(0, |view| view.range.end)];
    items.iter().flat_map(|item| item.range.clone()).for_each(|place| updates[place] += 1);
    for view in views {
        let due = u8::from(view.role == Role::Learned);
        assert!(updates[view.range.clone()].iter().all(|n| *n == due), "{} is {:?}", view.name, view.role);
    }
    items
}
