//! The command line: raw arguments, one table of verbs.

use clap::{Parser, Subcommand};

use crate::program::commands::*;
use crate::program::failure::Failure;
use crate::program::outcome::Outcome;
use crate::program::settings::{GlobalArguments, Settings};

/// Train autoencoders and variational autoencoders, see what their latent spaces hold, and use them.
///
/// A RECIPE says what is trained: a built-in name (see `latentlab recipes`) or a TOML file. Training it makes
/// a RUN, a folder with the weights, the events and the figures, which all other commands read.
#[derive(Debug, Parser)]
#[command(
    name = "latentlab",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  latentlab train                               a small VAE on drawn digits, in less than a minute
  latentlab train mnist-mlp-vae --epochs 10     a built-in recipe
  latentlab evaluate runs/mnist-mlp-vae-1       loss terms and image metrics on the test images
  latentlab generate runs/mnist-mlp-vae-1 -n 64 new images from the prior
  latentlab report runs/mnist-mlp-vae-1         everything in one HTML file
  latentlab explore runs/mnist-mlp-vae-1 --open walk through its latent space in a browser
  latentlab train --help                        everything about one command

Exit codes: 0 done, 1 failed, 2 what was asked for cannot be, 3 anomalies --fail has flagged some, 130 interrupted
(what was learned is saved)."
)]
pub struct Arguments {
    /// Arguments of every verb.
    #[command(flatten)]
    pub global: GlobalArguments,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Every verb, in the order in which help lists them.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Train(train::Arguments),
    Recipes(recipes::Arguments),
    Summary(summary::Arguments),
    Data(data::Arguments),
    Evaluate(evaluate::Arguments),
    Embed(embed::Arguments),
    Reconstruct(reconstruct::Arguments),
    Generate(generate::Arguments),
    Decode(decode::Arguments),
    Manifold(manifold::Arguments),
    Traverse(traverse::Arguments),
    Interpolate(interpolate::Arguments),
    Augment(augment::Arguments),
    Denoise(denoise::Arguments),
    Map(map::Arguments),
    Clusters(clusters::Arguments),
    Anomalies(anomalies::Arguments),
    Similar(similar::Arguments),
    Duplicates(duplicates::Arguments),
    Report(report::Arguments),
    Explore(explore::Arguments),
    Runs(runs::Arguments),
    Study(study::Arguments),
    Compare(compare::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Verify(verify::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
}

impl Verb {
    /// Does it.
    pub fn run(self, settings: &Settings) -> Result<Outcome, Failure> {
        match self {
            Self::Train(arguments) => train::run(arguments, settings),
            Self::Recipes(arguments) => recipes::run(arguments),
            Self::Summary(arguments) => summary::run(arguments, settings),
            Self::Data(arguments) => data::run(arguments, settings),
            Self::Evaluate(arguments) => evaluate::run(arguments, settings),
            Self::Embed(arguments) => embed::run(arguments, settings),
            Self::Reconstruct(arguments) => reconstruct::run(arguments, settings),
            Self::Generate(arguments) => generate::run(arguments, settings),
            Self::Decode(arguments) => decode::run(arguments, settings),
            Self::Manifold(arguments) => manifold::run(arguments, settings),
            Self::Traverse(arguments) => traverse::run(arguments, settings),
            Self::Interpolate(arguments) => interpolate::run(arguments, settings),
            Self::Augment(arguments) => augment::run(arguments, settings),
            Self::Denoise(arguments) => denoise::run(arguments, settings),
            Self::Map(arguments) => map::run(arguments, settings),
            Self::Clusters(arguments) => clusters::run(arguments, settings),
            Self::Anomalies(arguments) => anomalies::run(arguments, settings),
            Self::Similar(arguments) => similar::run(arguments, settings),
            Self::Duplicates(arguments) => duplicates::run(arguments, settings),
            Self::Runs(arguments) => runs::run(arguments, settings),
            Self::Study(arguments) => study::run(arguments, settings),
            Self::Compare(arguments) => compare::run(arguments, settings),
            Self::Report(arguments) => report::run(arguments, settings),
            Self::Explore(arguments) => explore::run(arguments, settings),
            Self::Export(arguments) => export::run(arguments, settings),
            Self::Import(arguments) => import::run(arguments, settings),
            Self::Verify(arguments) => verify::run(arguments, settings),
            Self::Bench(arguments) => bench::run(arguments, settings),
            Self::Completions(arguments) => Ok(completions::run(&arguments)),
        }
    }
}
