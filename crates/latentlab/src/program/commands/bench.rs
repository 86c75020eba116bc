//! `bench`: how fast networks train and run here, beside what the machine can do at most.

use std::time::Duration;

use crate::lab::data_place::DataPlace;
use crate::lab::numbers::table;
use crate::lab::timing::{StepProfile, Timing, Work, profile, time};
use crate::train::{Compute, Override, Plan, RECIPES, Recipe};
use serde_json::{Value, json};

use crate::program::failure::Failure;
use crate::program::image_arguments::DirArguments;
use crate::program::outcome::Outcome;
use crate::program::settings::Settings;

/// Time training steps: µs per image, GFLOP/s, and the share of the machine's peak
///
/// Everything that a training step does counts: gathering the batch, noise, forward, loss, backward, reduction,
/// optimizer. The images are synthetic digits (random pixels where the recipe's are not grey squares), so no data
/// set is needed but for the size of a recipe's own images; as with every drawing, most pixels are 0, and a dense first layer skips those. The peak is
/// measured on the spot, on registers alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab bench                               every built-in recipe
  latentlab bench mnist-mlp-vae mnist-conv-vae
  latentlab bench mnist-conv-vae --batch 512 --threads 1
  latentlab bench my-recipe.toml --decode --json
  latentlab bench mnist-conv-vae --profile
  LATENTLAB_ISA=avx2 latentlab bench mnist-conv-vae")]
pub struct Arguments {
    /// Built-in recipes or TOML files [default: every built-in recipe]
    #[arg(value_name = "RECIPE")]
    pub recipes: Vec<String>,

    /// Images per step [default: the recipe's]
    #[arg(long, value_name = "N")]
    pub batch: Option<usize>,

    /// How long each recipe is timed
    #[arg(long, value_name = "S", default_value = "3", value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub seconds: u16,

    /// A setting of the recipes to change first; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,

    /// Time encoding only
    #[arg(long, conflicts_with = "decode")]
    pub embed: bool,

    /// Time decoding only
    #[arg(long)]
    pub decode: bool,

    /// Show where the time of a training step goes, layer by layer, on one thread
    #[arg(long, conflicts_with_all = ["embed", "decode"])]
    pub profile: bool,

    /// Where data sets are.
    #[command(flatten)]
    pub dirs: DirArguments,
}

/// Times them one after the other.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let work = match (arguments.embed, arguments.decode) {
        (true, _) => Work::Embed,
        (_, true) => Work::Decode,
        _ => Work::Train,
    };
    let names: Vec<String> = if arguments.recipes.is_empty() {
        RECIPES.iter().map(|recipe| recipe.name.to_owned()).collect()
    } else {
        arguments.recipes.clone()
    };
    let mut overrides: Vec<Override> =
        arguments.settings.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?;
    if let Some(batch) = arguments.batch {
        overrides.push(format!("training.batch_size={batch}").parse()?);
    }
    // Every recipe is opened and checked before the first is timed.
    let mut plans = Vec::new();
    for name in &names {
        let recipe = Recipe::open(name, &overrides)?;
        let shape = match recipe.input_shape() {
            Some(shape) => shape,
            None => {
                let place = DataPlace::new(&recipe.data, &arguments.dirs.folders());
                place.open("--set data.path=PATH says where the images are", &settings.lab)?.train.shape()
            }
        };
        plans.push(recipe.check(shape)?);
    }
    let compute = settings.lab.compute()?;
    let budget = Duration::from_secs(u64::from(arguments.seconds));
    if arguments.profile {
        return profiles(&plans, compute, budget, settings);
    }
    let (mut rows, mut entries) = (vec![header()], Vec::new());
    for plan in &plans {
        let name = plan.recipe().name.clone();
        settings.lab.note(format_args!("timing {name}"));
        let timing = time(plan, compute, work, budget)?;
        rows.push(row(&timing, &name));
        entries.push(entry(&timing, &name, work, compute));
    }
    let Compute { threads, isa } = compute;
    let text = format!("{}\n{} on {threads} threads, {isa}\n", table(&rows), work.name());
    Ok(Outcome::answer(text, json!({ "benchmarks": entries })))
}

/// The parts of a step, each with its share of the time.
fn profiles(
    plans: &[Plan],
    compute: Compute,
    budget: Duration,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let (mut text, mut entries) = (String::new(), Vec::new());
    for plan in plans {
        let name = &plan.recipe().name;
        settings.lab.note(format_args!("profiling {name}"));
        let StepProfile { shares, peak_gflops: peak } = profile(plan, compute, budget)?;
        let total: f64 = shares.iter().map(|share| share.seconds).sum();
        let mut rows =
            vec![["layer", "part", "µs/image", "of step", "GFLOP/s", "of peak"].map(String::from).to_vec()];
        let mut parts = Vec::new();
        for share in shares.iter().filter(|share| share.seconds > total / 1000.0) {
            let gflops = share.flops / share.seconds / 1e9;
            let rate = |text: String| if share.flops > 0.0 { text } else { String::new() };
            rows.push(vec![
                if share.layer.is_empty() { "–".into() } else { share.layer.clone() },
                share.part.name().into(),
                format!("{:.2}", share.seconds * 1e6),
                format!("{:.1} %", 100.0 * share.seconds / total),
                rate(format!("{gflops:.1}")),
                rate(format!("{:.0} %", 100.0 * gflops / peak)),
            ]);
            parts.push(json!({
                "layer": share.layer,
                "part": share.part.name(),
                "us_per_image": share.seconds * 1e6,
                "gflops": (share.flops > 0.0).then_some(gflops),
            }));
        }
        text += &format!(
            "{name}: {:.2} µs/image on 1 thread, {}, peak {peak:.0} GFLOP/s\n\n{}\n",
            total * 1e6,
            compute.isa,
            table(&rows)
        );
        entries.push(json!({
            "recipe": name,
            "batch": plan.recipe().training.batch_size,
            "threads": 1,
            "isa": compute.isa.name(),
            "us_per_image": total * 1e6,
            "peak_gflops": peak,
            "parts": parts,
        }));
    }
    Ok(Outcome::answer(text, json!({ "profiles": entries })))
}

fn header() -> Vec<String> {
    ["recipe", "parameters", "batch", "µs/image", "images/s", "GFLOP/s", "peak", "of peak"]
        .map(String::from)
        .to_vec()
}

fn row(timing: &Timing, name: &str) -> Vec<String> {
    vec![
        name.to_owned(),
        timing.parameters.to_string(),
        timing.batch.to_string(),
        format!("{:.2}", timing.seconds * 1e6),
        format!("{:.0}", 1.0 / timing.seconds),
        format!("{:.1}", timing.gflops()),
        format!("{:.0}", timing.peak_gflops),
        format!("{:.0} %", 100.0 * timing.gflops() / timing.peak_gflops),
    ]
}

fn entry(timing: &Timing, name: &str, work: Work, compute: Compute) -> Value {
    json!({
        "recipe": name,
        "work": work.name(),
        "batch": timing.batch,
        "threads": compute.threads,
        "isa": compute.isa.name(),
        "parameters": timing.parameters,
        "flops_per_image": timing.flops,
        "us_per_image": timing.seconds * 1e6,
        "gflops": timing.gflops(),
        "peak_gflops": timing.peak_gflops,
        "peak_fraction": timing.gflops() / timing.peak_gflops,
        "repeats": timing.repeats,
    })
}
