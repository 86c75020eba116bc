//! The command line: raw arguments, one table of verbs.

use clap::{Parser, Subcommand};

use crate::commands::*;
use crate::settings::GlobalArguments;

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
  latentlab train --help                        everything about one command

Exit codes: 0 done, 1 failed, 2 what was asked for cannot be, 130 interrupted (what was learned is saved)."
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
    Report(report::Arguments),
    Study(study::Arguments),
    Compare(compare::Arguments),
    Verify(verify::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
}
