//! Parts of a data set.

use data::{Dataset, Splits};

/// Which part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Split {
    /// What the network learned from
    Train,
    /// What was watched while it learned
    Valid,
    /// What it has never seen
    Test,
    /// All of them, in the order in which they were read
    All,
}

impl Split {
    /// `train`, `valid`, `test` or `all`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
            Self::All => "all",
        }
    }

    /// That part of what [`SplitRequest::open`](crate::runs::SplitRequest::open) opened, which puts all images in
    /// the place of the test images where all were asked for.
    pub fn of(self, splits: &Splits) -> &Dataset {
        match self {
            Self::Train => &splits.train,
            Self::Valid => &splits.valid,
            Self::Test | Self::All => &splits.test,
        }
    }
}
