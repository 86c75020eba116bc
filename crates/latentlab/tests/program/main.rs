//! The program from outside: what it prints, which files it leaves, how it fails.

mod anomalies;
mod bench;
mod choice;
mod cleaning;
mod continuing;
mod downloads;
mod errors;
mod faults;
mod field_cases;
mod harness;
mod help;
mod interrupt;
mod keys;
mod maps;
mod measures;
mod own_images;
mod quiet;
mod readme;
mod reliability;
mod report;
mod rows;
mod studies;
mod tables;
mod training;
mod verbs;
