//! How much memory there is, and what it is used for: images up to half of it, a training if it fits.

use bytesize::ByteSize;
use data::Splits;
use sysinfo::{CGroupLimits, MemoryRefreshKind, RefreshKind, System};
use train::{Compute, Plan};

use crate::error::Error;

/// Memory that this process may use, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    bytes: u64,
    is_asked_for: bool,
}

impl Memory {
    /// As many bytes as are asked for.
    pub fn bytes(bytes: u64) -> Self {
        Self { bytes, is_asked_for: true }
    }

    /// What is free: of the machine, or of the control group that the process is in.
    pub fn free() -> Self {
        Self { bytes: free(), is_asked_for: false }
    }

    /// How much of it images may take; sets of more stay on disk.
    pub fn for_images(&self) -> u64 {
        self.bytes / 2
    }

    /// How many images of `values` numbers a measure may hold at a time, where it holds `copies` of each: as many as
    /// fit into an eighth of the memory, at least one and at most `most`.
    pub fn images_at_a_time(&self, values: usize, copies: usize, most: usize) -> usize {
        let each = (values.max(1) * copies * size_of::<f32>()) as u64;
        usize::try_from(self.bytes / 8 / each).unwrap_or(usize::MAX).clamp(1, most.max(1))
    }

    /// Refuses a training that does not fit, with the numbers and a batch size that would.
    pub fn check(&self, plan: &Plan, splits: &Splits, compute: Compute) -> Result<(), Error> {
        let images = splits.bytes_in_memory();
        let batch = plan.recipe().training.batch_size.min(splits.train.len());
        let needed = |batch| Ok::<_, Error>(plan.memory(batch, compute)?.saturating_add(images));
        let all = needed(batch)?;
        if all <= self.bytes {
            return Ok(());
        }
        let there = match self.is_asked_for {
            true => format!("--memory allows {}", size(self.bytes)),
            false => format!("{} are free", size(self.bytes)),
        };
        let refusal = Error::refused(format!(
            "training.batch_size = {batch}: the training needs {} of memory, of which the images take {}; {there}",
            size(all),
            size(images)
        ));
        let mut fitting = batch / 2;
        while fitting > 0 && needed(fitting)? > self.bytes {
            fitting /= 2;
        }
        Err(match fitting {
            0 => refusal
                .hint("no batch size fits: use a smaller network, or smaller images (--set data.size=…)"),
            _ => {
                refusal.hint(format!("--set training.batch_size={fitting} needs {}", size(needed(fitting)?)))
            }
        })
    }
}

/// Bytes for people: `3.2 GiB`.
pub fn size(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

fn free() -> u64 {
    let what = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(what);
    let machine = match system.available_memory() {
        0 => u64::MAX, // not told on this system
        bytes => bytes,
    };
    // Not its free memory: files that the system keeps in memory count as used there, and make room when asked to.
    let left = |group: CGroupLimits| group.total_memory.saturating_sub(group.rss);
    system.cgroup_limits().map_or(machine, |group| machine.min(left(group)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_at_a_time_fit_into_an_eighth() {
        let memory = Memory::bytes(ByteSize::mib(64).as_u64());
        assert_eq!(memory.images_at_a_time(64 * 64 * 3, 3, 4096), 56); // 8 MiB of 144 KiB each
        assert_eq!(memory.images_at_a_time(28 * 28, 3, 500), 500);
        assert_eq!(memory.images_at_a_time(1 << 30, 3, 500), 1);
    }
}
