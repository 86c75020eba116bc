//! `bench`: how fast networks train and run here, beside what the machine can do at most.

use std::time::{Duration, Instant};

use latentlab::data::{Dataset, ImageShape};
use latentlab::engine::{Executor, Noise, OptimizerState, Options, StepSettings, peak_gflops};
use latentlab::random::Stream;
use latentlab::train::{BUILT_IN, Compute, Override, Plan, Recipe, Seen};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::numbers::table;
use crate::outcome::Outcome;
use crate::settings::Settings;

/// Time training steps: µs per image, GFLOP/s, and the share of the machine's peak
///
/// Everything that a training step does counts: gathering the batch, noise, forward, loss, backward, reduction,
/// optimizer. The images are random, so no data set is needed. The peak is measured on the spot, on registers
/// alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab bench                               every built-in recipe
  latentlab bench mnist-mlp-vae mnist-conv-vae
  latentlab bench mnist-conv-vae --batch 512 --threads 1
  latentlab bench my-recipe.toml --decode --json
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
}

/// What is timed.
#[derive(Clone, Copy)]
enum Work {
    Train,
    Embed,
    Decode,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Work::Train => "train",
            Work::Embed => "embed",
            Work::Decode => "decode",
        }
    }
}

/// Times them one after the other.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let work = match (arguments.embed, arguments.decode) {
        (true, _) => Work::Embed,
        (_, true) => Work::Decode,
        _ => Work::Train,
    };
    let names: Vec<String> = if arguments.recipes.is_empty() {
        BUILT_IN.iter().map(|recipe| recipe.name.to_owned()).collect()
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
        let Some(shape) = recipe.input_shape() else {
            let failure = Failure::mistake(format!("{name}: its data has no shape before it is read"));
            return Err(
                failure.hint("bench takes recipes on named data sets, or with data.size and data.channels")
            );
        };
        plans.push(recipe.check(shape)?);
    }
    let compute = settings.compute()?;
    let budget = Duration::from_secs(u64::from(arguments.seconds));
    let (mut rows, mut entries) = (vec![header()], Vec::new());
    for plan in &plans {
        let name = plan.recipe().name.clone();
        settings.console.note(format_args!("timing {name}"));
        // Beside each figure its own peak: clocks move while a machine works.
        let peak = peak_gflops(compute.isa, compute.threads, Duration::from_millis(300))
            .map_err(|error| Failure::fault(format!("threads = {}: {error}", compute.threads)))?;
        let timing = time(plan, compute, work, budget)?;
        rows.push(timing.row(&name, peak));
        entries.push(timing.json(&name, work, peak, compute));
    }
    let Compute { threads, isa } = compute;
    let text = format!("{}\n{} on {threads} threads, {isa}\n", table(&rows), work.name());
    Ok(Outcome::answer(text, json!({ "benchmarks": entries })))
}

struct Timing {
    batch: usize,
    parameters: usize,
    flops: f64,
    /// Seconds per image: the median of the repeats.
    seconds: f64,
    repeats: usize,
}

fn header() -> Vec<String> {
    ["recipe", "parameters", "batch", "µs/image", "images/s", "GFLOP/s", "peak", "of peak"]
        .map(String::from)
        .to_vec()
}

impl Timing {
    fn gflops(&self) -> f64 {
        self.flops / self.seconds / 1e9
    }

    fn row(&self, name: &str, peak: f64) -> Vec<String> {
        vec![
            name.to_owned(),
            self.parameters.to_string(),
            self.batch.to_string(),
            format!("{:.2}", self.seconds * 1e6),
            format!("{:.0}", 1.0 / self.seconds),
            format!("{:.1}", self.gflops()),
            format!("{peak:.0}"),
            format!("{:.0} %", 100.0 * self.gflops() / peak),
        ]
    }

    fn json(&self, name: &str, work: Work, peak: f64, compute: Compute) -> Value {
        json!({
            "recipe": name,
            "work": work.name(),
            "batch": self.batch,
            "threads": compute.threads,
            "isa": compute.isa.name(),
            "parameters": self.parameters,
            "flops_per_image": self.flops,
            "us_per_image": self.seconds * 1e6,
            "gflops": self.gflops(),
            "peak_gflops": peak,
            "peak_fraction": self.gflops() / peak,
            "repeats": self.repeats,
        })
    }
}

fn time(plan: &Plan, compute: Compute, work: Work, budget: Duration) -> Result<Timing, Failure> {
    let recipe = plan.recipe();
    let batch = recipe.training.batch_size;
    let Compute { threads, isa } = compute;
    let mut executor: Executor =
        Executor::new(plan.network(), Options { batch, threads, isa }).map_err(Failure::mistake)?;
    executor.initialize(recipe.seed);
    let shape = recipe.input_shape().unwrap_or(ImageShape::new(1, 1, 1));
    let batches = random_batches(shape, batch)?;
    let mut optimizer = OptimizerState::new(recipe.optimizer.rule, executor.parameters().len());
    let noise = Stream::new(recipe.seed, "posterior noise");
    let code = executor.code_shape().len();
    let (mut codes, mut images) = (vec![0.5; batch * code], vec![0.0; batch * plan.network().input.len()]);
    let mut step = 0u64;
    let mut pass = || {
        let source = Seen::new(&batches[step as usize % batches.len()], plan.transform());
        match work {
            Work::Train => {
                let settings = StepSettings {
                    noise: Noise::Drawn { stream: noise, step },
                    learning_rate: recipe.optimizer.learning_rate,
                    kl_factor: 1.0,
                    clip_norm: recipe.optimizer.clip_norm,
                };
                executor.step(&source, batch, settings, &mut optimizer);
            }
            Work::Embed => executor.encode(&source, batch, &mut codes, None),
            Work::Decode => executor.decode(&codes, batch, &mut images),
        }
        step += 1;
    };
    let repeat = (budget / 12).max(Duration::from_millis(20));
    let mut timed = || {
        let (start, mut passes) = (Instant::now(), 0usize);
        while start.elapsed() < repeat || passes == 0 {
            pass();
            passes += 1;
        }
        start.elapsed().as_secs_f64() / (passes * batch) as f64
    };
    timed(); // warm-up
    let (begin, mut times) = (Instant::now(), Vec::new());
    while begin.elapsed() < budget || times.len() < 3 {
        times.push(timed());
    }
    times.sort_by(f64::total_cmp);
    let (encode, decode) = executor.inference_flops();
    let flops = match work {
        Work::Train => executor.training_flops(),
        Work::Embed => encode,
        Work::Decode => decode,
    };
    Ok(Timing {
        batch,
        parameters: executor.parameters().len(),
        flops,
        seconds: times[times.len() / 2],
        repeats: times.len(),
    })
}

/// Batches of random 8-bit images, gathered from all over a data set as a shuffled epoch does.
fn random_batches(shape: ImageShape, batch: usize) -> Result<Vec<Dataset>, Failure> {
    const VALUES: usize = 16 << 20;
    let images = (VALUES / shape.values()).clamp(2 * batch, 50_000.max(2 * batch));
    let stream = Stream::new(0, "bench images");
    let mut cursor = stream.cursor(0, 0);
    let pixels = std::iter::repeat_with(|| cursor.bits().to_le_bytes())
        .flatten()
        .take(images * shape.values())
        .collect();
    let dataset = Dataset::from_bytes("random", shape, pixels)?;
    let order: Vec<usize> = stream.permutation(1, images).into_iter().map(|i| i as usize).collect();
    Ok(order.chunks_exact(batch).map(|images| dataset.subset(images)).collect::<Result<_, _>>()?)
}
