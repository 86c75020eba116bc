//! Which of a run's checkpoints, and the folders that it lies in.

use serde::{Deserialize, Serialize};

/// The two checkpoints that a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// The latest: `checkpoints/last`, from which training goes on.
    Last,
    /// The one with the lowest validation total: `checkpoints/best`.
    Best,
}

/// The folders of each slot: the checkpoint, its successor while that is written, and its predecessor.
/// In the order in which they are tried.
pub(crate) const FOLDERS: [[&str; 3]; 2] =
    [["last", "last.next", "last.previous"], ["best", "best.next", "best.previous"]];

impl Slot {
    /// Both slots.
    pub const ALL: [Self; 2] = [Self::Last, Self::Best];

    pub(crate) fn folders(self) -> [&'static str; 3] {
        FOLDERS[self as usize]
    }

    /// `last` or `best`.
    pub fn name(self) -> &'static str {
        self.folders()[0]
    }
}
