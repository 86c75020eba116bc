//! The program from outside: what it prints, which files it leaves, how it fails.

mod bench;
mod errors;
mod harness;
mod help;
mod interrupt;
mod quiet;
mod readme;
mod training;
mod verbs;
