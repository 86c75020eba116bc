//! What goes wrong on the way out of a model, or into one.

use network::NetworkError;

/// A model cannot be written, or read.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The network does not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A file cannot hold it.
    #[error("cannot be written in this format: {0}")]
    Write(String),
    /// A file is not what it says, or holds what no layer here does.
    #[error("{0}")]
    Read(String),
}

impl ExchangeError {
    pub(crate) fn read(what: impl Into<String>) -> Self {
        Self::Read(what.into())
    }

    /// The same, with the file in front.
    pub(crate) fn in_file(self, file: &str) -> Self {
        match self {
            Self::Read(what) => Self::Read(format!("{file}: {what}")),
            other => other,
        }
    }
}
