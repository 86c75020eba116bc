//! Values from one buffer to another: copied, or added to what is there.

use crate::graph::buffers::Gradient;
use crate::graph::environment::Environment;
use crate::kernels::elementwise::AddTo;
use crate::layout::Run;
use crate::profile::Part;
use crate::simd::Scalar;
use crate::workspace::{BufferId, Shard};

/// Adds the values of one buffer to those of another of the same shape.
pub(crate) fn add<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    from: BufferId,
    to: BufferId,
) {
    let (source, target, rows) = (shard.layout(from), shard.layout(to), shard.rows(to));
    let ([from], [to]) = shard.borrow([from], [to]);
    for Run { from: at, to: place, len } in source.runs(target, rows) {
        T::dispatch(env.isa, AddTo { values: &from[at..at + len], sums: &mut to[place..place + len] });
    }
}

/// Copies the values of one buffer to another of the same shape.
pub(crate) fn copy<T: Scalar>(shard: &mut Shard<'_, T>, from: BufferId, to: BufferId) {
    let (source, target, rows) = (shard.layout(from), shard.layout(to), shard.rows(to));
    let ([from], [to]) = shard.borrow([from], [to]);
    source.copy(from, target, to, rows);
}

/// Passes a gradient on as it is.
pub(crate) fn pass_on<T: Scalar>(
    env: Environment<'_, T>,
    shard: &mut Shard<'_, T>,
    from: BufferId,
    to: Option<Gradient>,
) {
    match to {
        None => {}
        Some(Gradient { buffer, adds: true }) => add(env, shard, from, buffer),
        Some(Gradient { buffer, adds: false }) => copy(shard, from, buffer),
    }
    env.lap(Part::InputGradient);
}
