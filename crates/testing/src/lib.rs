//! What the tests of several crates share: [`every_kind`], which looks at the messages of all kinds of an error, and
//! damage to files ([`damaged`], [`survive`]) with the memory that reading them takes ([`peak_memory`]), and programs that
//! may be there ([`installed`], [`chromium`]).

mod damage;
mod every_kind;
mod programs;

pub use damage::{ROUNDS, damaged, peak_memory, survive};
pub use programs::{chromium, installed};
