//! `bench`: how fast networks train and run here, beside what the machine can do at most.

use std::time::{Duration, Instant};

use latentlab::data::{Dataset, ImageShape, synthetic_digits};
use latentlab::engine::{Executor, Noise, OptimizerState, Options, Shape, Share, StepSettings, peak_gflops};
use latentlab::random::Stream;
use latentlab::train::{BUILT_IN, Compute, Override, Plan, Recipe, Seen};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::image_arguments::DirArguments;
use crate::outcome::Outcome;
use crate::settings::Settings;
use latentlab::lab::data_place::DataPlace;
use latentlab::lab::numbers::table;
use latentlab::lab::pictures::sides;

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

/// What is timed.
#[derive(Clone, Copy)]
enum What {
    Train,
    Embed,
    Decode,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Train => "train",
            What::Embed => "embed",
            What::Decode => "decode",
        }
    }
}

/// Times them one after the other.
pub fn run(arguments: Arguments, settings: &Settings) -> Result<Outcome, Failure> {
    let what = match (arguments.embed, arguments.decode) {
        (true, _) => What::Embed,
        (_, true) => What::Decode,
        _ => What::Train,
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
        return profile(&plans, compute, budget, settings);
    }
    let (mut rows, mut entries) = (vec![header()], Vec::new());
    for plan in &plans {
        let name = plan.recipe().name.clone();
        settings.console.note(format_args!("timing {name}"));
        // Beside each figure its own peak: clocks move while a machine works.
        let peak = peak_gflops(compute.isa, compute.threads, Duration::from_millis(300))
            .map_err(|error| Failure::fault(format!("threads = {}: {error}", compute.threads)))?;
        let timing = time(plan, compute, what, budget)?;
        rows.push(timing.row(&name, peak));
        entries.push(timing.json(&name, what, peak, compute));
    }
    let Compute { threads, isa } = compute;
    let text = format!("{}\n{} on {threads} threads, {isa}\n", table(&rows), what.name());
    Ok(Outcome::answer(text, json!({ "benchmarks": entries })))
}

/// The parts of a step, each with its share of the time.
fn profile(
    plans: &[Plan],
    compute: Compute,
    budget: Duration,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    let (mut text, mut entries) = (String::new(), Vec::new());
    for plan in plans {
        let name = &plan.recipe().name;
        settings.console.note(format_args!("profiling {name}"));
        let compute = Compute { threads: 1, ..compute };
        let peak = peak_gflops(compute.isa, 1, Duration::from_millis(300))
            .map_err(|error| Failure::fault(format!("threads = 1: {error}")))?;
        let mut work = Work::new(plan, compute)?;
        let begin = Instant::now();
        work.step();
        let repeats = (budget.as_secs_f64() / begin.elapsed().as_secs_f64()).clamp(3.0, 10_000.0) as usize;
        let shares = work.profile(repeats);
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

    fn json(&self, name: &str, what: What, peak: f64, compute: Compute) -> Value {
        json!({
            "recipe": name,
            "work": what.name(),
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

/// A network with images to work on.
struct Work<'a> {
    recipe: &'a Recipe,
    plan: &'a Plan,
    executor: Executor,
    optimizer: OptimizerState,
    batches: Vec<Dataset>,
    noise: Stream,
    steps: u64,
}

impl<'a> Work<'a> {
    fn new(plan: &'a Plan, Compute { threads, isa }: Compute) -> Result<Self, Failure> {
        let recipe = plan.recipe();
        let batch = recipe.training.batch_size;
        let mut executor: Executor =
            Executor::new(plan.network(), Options { batch, threads, isa }).map_err(Failure::mistake)?;
        executor.initialize(recipe.seed);
        Ok(Self {
            recipe,
            plan,
            optimizer: OptimizerState::new(recipe.optimizer.rule, executor.parameters().len()),
            executor,
            batches: batches(plan.network().input, batch)?,
            noise: Stream::new(recipe.seed, "posterior noise"),
            steps: 0,
        })
    }

    fn settings(&self) -> StepSettings<'static, f32> {
        StepSettings {
            noise: Noise::Drawn { stream: self.noise, step: self.steps },
            learning_rate: self.recipe.optimizer.learning_rate,
            kl_factor: 1.0,
            clip_norm: self.recipe.optimizer.clip_norm,
        }
    }

    fn step(&mut self) {
        let settings = self.settings();
        let batch = &self.batches[self.steps as usize % self.batches.len()];
        let source = Seen::new(batch, self.plan.transform());
        self.executor.step(&source, batch.len(), settings, &mut self.optimizer);
        self.steps += 1;
    }

    fn profile(&mut self, repeats: usize) -> Vec<Share> {
        let settings = self.settings();
        let batch = &self.batches[0];
        let source = Seen::new(batch, self.plan.transform());
        self.executor.profile(&source, batch.len(), settings, &mut self.optimizer, repeats)
    }
}

fn time(plan: &Plan, compute: Compute, what: What, budget: Duration) -> Result<Timing, Failure> {
    let mut work = Work::new(plan, compute)?;
    let batch = work.executor.batch();
    let code = work.executor.code_shape().len();
    let (mut codes, mut images) = (vec![0.5; batch * code], vec![0.0; batch * plan.network().input.len()]);
    let mut pass = || match what {
        What::Train => work.step(),
        What::Embed => {
            let source = Seen::new(&work.batches[work.steps as usize % work.batches.len()], plan.transform());
            work.executor.encode(&source, batch, &mut codes, None);
            work.steps += 1;
        }
        What::Decode => work.executor.decode(&codes, batch, &mut images),
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
    let (encode, decode) = work.executor.inference_flops();
    let flops = match what {
        What::Train => work.executor.training_flops(),
        What::Embed => encode,
        What::Decode => decode,
    };
    Ok(Timing {
        batch,
        parameters: work.executor.parameters().len(),
        flops,
        seconds: times[times.len() / 2],
        repeats: times.len(),
    })
}

/// Batches gathered from all over a data set, as a shuffled epoch does.
fn batches(input: Shape, batch: usize) -> Result<Vec<Dataset>, Failure> {
    let [height, width, channels] = sides(input);
    let shape = ImageShape::new(height, width, channels);
    const VALUES: usize = 16 << 20;
    let images = (VALUES / shape.values()).clamp(2 * batch, 50_000.max(2 * batch));
    let stream = Stream::new(0, "bench images");
    let pixels: Vec<u8> = if shape == ImageShape::new(shape.height, shape.height, 1) && shape.height >= 16 {
        // A thousand drawings, each many times over: what counts is that they lie far apart, and their zeros.
        let drawings = synthetic_digits(images.min(1000), shape.height, 0)?;
        let mut image = vec![0.0; shape.values()];
        let mut bytes = |i: usize| {
            drawings.image(i % drawings.len(), &mut image);
            image.iter().map(|value| (255.0 * value) as u8).collect::<Vec<_>>()
        };
        (0..images).flat_map(&mut bytes).collect()
    } else {
        let mut cursor = stream.cursor(0, 0);
        let bytes = std::iter::repeat_with(|| cursor.bits().to_le_bytes()).flatten();
        bytes.take(images * shape.values()).collect()
    };
    let dataset = Dataset::from_bytes("bench images", shape, pixels)?;
    let order: Vec<usize> = stream.permutation(1, images).into_iter().map(|i| i as usize).collect();
    Ok(order.chunks_exact(batch).map(|images| dataset.subset(images)).collect::<Result<_, _>>()?)
}
