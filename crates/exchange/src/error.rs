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
}
