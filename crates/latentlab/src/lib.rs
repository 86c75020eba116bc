//! The latentlab library.
