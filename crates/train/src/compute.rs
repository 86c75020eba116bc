//! What numbers are computed with: the one place that opens a device.

use engine::{Executor, ExecutorError, Isa, Options};
use network::{Device, Network};

/// What the numbers are computed with; results do not depend on the number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compute {
    /// Threads.
    pub threads: usize,
    /// Instruction set of the kernels.
    pub isa: Isa,
}

impl Default for Compute {
    /// All of the machine.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self { threads, isa: Isa::best() }
    }
}

impl Compute {
    /// A device for `network` that takes `batch` images at a time.
    ///
    /// # Errors
    /// When the network does not fit together, is too large, or threads cannot be started.
    pub fn open(self, network: &Network, batch: usize) -> Result<Box<dyn Device>, ExecutorError> {
        Ok(Box::new(Executor::new(network, self.options(batch))?))
    }

    /// Bytes that such a device takes.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn memory(self, network: &Network, batch: usize) -> Result<u64, ExecutorError> {
        Executor::<f32>::memory(network, self.options(batch))
    }

    fn options(self, batch: usize) -> Options {
        Options { batch, threads: self.threads, isa: self.isa }
    }
}
