//! The program from outside: what it prints, which files it leaves, how it fails.

mod anomalies;
mod bench;
mod downloads;
mod errors;
mod faults;
mod harness;
mod help;
mod interrupt;
mod maps;
mod measures;
mod own_images;
mod quiet;
mod readme;
mod reliability;
mod report;
mod studies;
mod training;
mod verbs;
