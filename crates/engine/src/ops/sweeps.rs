//! One direction of a layer with a kernel: the products from one side to the other, direct or by Winograd tiles.

use super::packed_sweep::PackedSweep;
use super::propagation::Propagation;
use super::winograd::Winograd;
use super::winograd_rows::WinogradRows;
use crate::graph::environment::Environment;
use crate::kernels::pack::KernelRows;
use crate::kernels::product::Start;
use crate::shared::Writer;
use crate::simd::{Isa, Scalar};

/// One direction of a layer.
pub(crate) enum Sweeps {
    Direct(Vec<PackedSweep>),
    Winograd(Winograd),
    /// The outer columns of taps by tiles along rows, the middle one directly.
    Rows(WinogradRows, Vec<PackedSweep>),
}

impl Sweeps {
    /// The products of a shard.
    pub fn run<T: Scalar>(&self, env: Environment<'_, T>, mut propagation: Propagation<'_, T>) {
        let direct = match self {
            Sweeps::Direct(sweeps) => sweeps,
            Sweeps::Winograd(winograd) => return winograd.run(env, &mut propagation),
            // The outer taps and the middle ones of a scatter meet different pixels.
            Sweeps::Rows(rows, sweeps) if rows.is_transposed => {
                rows.run(env, &mut propagation);
                sweeps
            }
            // Those of a gather meet the same, and add up before the activation.
            Sweeps::Rows(rows, sweeps) => {
                let (to, scratch) = (&mut *propagation.to, &mut *propagation.scratch);
                rows.run(env, &mut Propagation { to, scratch, leak: T::ONE, ..propagation });
                propagation.start = Start::Accumulate;
                sweeps
            }
        };
        for sweep in direct {
            sweep.run(env, &mut propagation);
        }
    }

    /// Copies some rows of the kernel to the packed matrices that the sweeps read.
    pub fn pack<T: Scalar>(&self, isa: Isa, packed: &mut Writer<'_, T>, kernel: &KernelRows<'_, T>) {
        let direct = match self {
            Sweeps::Direct(sweeps) => sweeps,
            Sweeps::Winograd(winograd) => return winograd.pack(isa, packed, kernel),
            Sweeps::Rows(tiles, sweeps) => {
                tiles.pack(isa, packed, kernel);
                sweeps
            }
        };
        for sweep in direct {
            sweep.pack(isa, packed, kernel);
        }
    }

    /// Of how many parts of equal size the kernel must be packed at most: one where square tiles read it, one for each row
    /// of taps where tiles along rows do; `None` where any rows will do.
    pub fn most_parts(&self) -> Option<usize> {
        match self {
            Sweeps::Direct(_) => None,
            Sweeps::Winograd(_) => Some(1),
            Sweeps::Rows(..) => Some(3),
        }
    }
}
