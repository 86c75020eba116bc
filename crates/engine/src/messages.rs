//! What each error says.

use testing::every_kind;

use crate::executor::ExecutorError;
use crate::plan::PlanError;
use crate::simd::{Isa, IsaError};
use network::NetworkError;

fn network() -> NetworkError {
    let (value, allowed) = ("0".to_owned(), "must be at least 1".to_owned());
    NetworkError::Field { field: "latent.size", value, allowed }
}

#[test]
fn every_error_names_field_value_and_what_is_allowed() {
    every_kind!(
        [PlanError::Network(_), PlanError::TooLarge { .. }, PlanError::EmptyBatch],
        [
            (network().into(), "latent.size = 0: must be at least 1"),
            (
                PlanError::TooLarge { batch: 9000, values: 400_000, limit: 1 << 31 },
                "batch_size = 9000: 400000 activation values per image need more than 2147483648 values; use a \
                 smaller batch or network",
            ),
            (PlanError::EmptyBatch, "batch_size = 0: must be at least 1"),
        ]
    );
    every_kind!(
        [ExecutorError::Plan(_), ExecutorError::Threads(..)],
        [
            (PlanError::EmptyBatch.into(), "batch_size = 0: must be at least 1"),
            (
                ExecutorError::Threads(9, std::io::ErrorKind::WouldBlock.into()),
                "threads = 9: cannot start them: operation would block",
            ),
        ]
    );
    every_kind!(
        [IsaError::Unknown(_), IsaError::Missing(..)],
        [
            (
                IsaError::Unknown("sse9".into()),
                "LATENTLAB_ISA = sse9: unknown instruction set; allowed: plain, avx2, avx512, neon",
            ),
            (
                IsaError::Missing(Isa::Neon, "plain, avx2".into()),
                "LATENTLAB_ISA = neon: this machine does not have it; available: plain, avx2",
            ),
        ]
    );
}
