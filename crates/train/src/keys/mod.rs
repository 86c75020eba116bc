//! Every key of a recipe and of a study: one registry that `latentlab recipes --keys`, `docs/recipe.md` and the tests go
//! through. The tests beside it hold each line to what the parser takes.

mod page;
#[rustfmt::skip] // a line for each key
mod recipe;
mod registry;
mod section;
#[rustfmt::skip]
mod study;
#[cfg(test)]
mod tests;

pub use network::{Bound, Fallback, Key, Values};
pub use page::markdown;
pub use registry::{KEYS, sections};
pub use section::Section;
