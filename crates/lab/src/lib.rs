//! What people do with runs: train them, open them with their data, evaluate, draw, report, compare, study.
//!
//! Everything takes a [`Lab`] (threads, memory, who watches) and options as plain types, and returns typed results.
//!
//! | to … | call |
//! |---|---|
//! | train a recipe | [`training::train`] |
//! | open a run | [`Run::open`] |
//! | measure it | [`evaluation::evaluate`] |
//! | share the rows of a large set between processes | [`shards`], `…_shard` and `join_…` of the others |
//! | score images by how strange they are | [`anomalies::score`] |
//! | find the pictures most like one | [`similar::find`] |
//! | find pictures that are nearly the same | [`duplicates::find`] |
//! | see how classes separate | [`clusters::measure`] |
//! | map codes, or anyone's points | [`maps::map`] |
//! | write its page | [`run_report::draw_and_write`] |
//! | write the page in which one walks through its latent space | [`exploration::explore`] |
//! | generate from it | [`generation::generate`] |
//! | vary images | [`variations::Variations`] |
//! | give its model to other programs | [`export::export`] |
//! | make a run of another program's model | [`import::import`] |
//! | clean pictures of any size | [`denoising::clean`] |
//! | check that it says the truth | [`verification::verify`] |
//! | tell an MLflow server of a training | [`mlflow::Server::connect`] |
//! | put runs side by side | [`comparison::compare`] |
//! | see all runs in one table, and remove some | [`run_table::RunTable::read`] |
//! | train and compare the recipes of a study | [`studies::run`] |

pub mod anomalies;
pub mod arrays;
pub mod clusters;
pub mod comparison;
pub mod data_place;
pub mod denoising;
pub mod duplicates;
pub mod embedding;
mod error;
pub mod evaluation;
pub mod exploration;
pub mod export;
mod feature_space;
pub mod figure_files;
pub mod figures;
pub mod file_names;
pub mod generation;
pub mod import;
pub mod inventory;
mod lab;
mod likeness;
pub mod losses;
pub mod maps;
pub mod measures;
mod memory;
pub mod mlflow;
pub mod numbers;
mod observer;
pub mod pictures;
pub mod point_set;
pub mod recipe_choice;
pub mod row_names;
pub mod run_report;
pub mod run_table;
pub mod runs;
pub mod sentences;
mod shard;
pub mod shards;
pub mod shell;
pub mod similar;
mod split;
pub mod studies;
pub mod tensorboard;
mod tensors;
pub mod tiles;
pub mod timing;
pub mod training;
mod training_noise;
pub mod variations;
pub mod verification;

pub use crate::error::Error;
pub use crate::lab::Lab;
pub use crate::memory::{Memory, size};
pub use crate::observer::{Observer, Stage, StageProgress};
pub use crate::runs::Run;
pub use crate::shard::Shard;
pub use crate::split::Split;
