//! A network as a graph: nodes with explicit inputs, the operations that they become, and what these share.

pub(crate) mod buffers;
pub(crate) mod builder;
pub(crate) mod environment;
pub(crate) mod node;
pub(crate) mod nodes;
pub(crate) mod op;
pub(crate) mod parameters;
