//! One large set over several processes: each takes a shard of its rows and writes a part, and a last one joins the parts.
//!
//! A shard is whole batches, and whatever is drawn for a row goes by its position in the whole set, so that parts hold to the
//! bit what one process finds (on one instruction set). Sums are kept by row or by batch, and added in their order when
//! the parts are joined.

mod identity;
mod part;

pub use identity::PartIdentity;
pub use part::{JoinedParts, Part};
