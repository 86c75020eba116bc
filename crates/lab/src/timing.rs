//! How fast a recipe's network works here: time per image, and every part of a step.

use std::time::{Duration, Instant};

use data::{Dataset, ImageShape, synthetic_digits};
use engine::{Executor, Options, Share, peak_gflops};
use network::{Device, Draw, Noise, Shape, StepSettings};
use random::Stream;
use train::{Compute, ImageSource, Plan, Recipe};

use crate::error::Error;
use crate::pictures::sides;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Steps of training.
    Train,
    /// Encoding.
    Embed,
    /// Decoding.
    Decode,
}

impl Work {
    /// `train`, `embed` or `decode`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Embed => "embed",
            Self::Decode => "decode",
        }
    }
}

/// How long a network takes for an image.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Images at a time.
    pub batch: usize,
    /// Parameters of the network.
    pub parameters: usize,
    /// Operations that an image takes, a product and a sum as two.
    pub flops: f64,
    /// Seconds per image: the median of the repeats.
    pub seconds: f64,
    /// How often it was timed.
    pub repeats: usize,
    /// What the machine reaches at the same time on as many threads, GFLOP/s: clocks move while a machine works.
    pub peak_gflops: f64,
}

impl Timing {
    /// GFLOP/s.
    pub fn gflops(&self) -> f64 {
        self.flops / self.seconds / 1e9
    }
}

/// The parts of a step, and the peak that stands beside them.
#[derive(Clone, Debug)]
pub struct StepProfile {
    /// Each with its seconds per image.
    pub shares: Vec<Share>,
    /// What the machine reaches on one thread, GFLOP/s.
    pub peak_gflops: f64,
}

fn peak(compute: Compute) -> Result<f64, Error> {
    peak_gflops(compute.isa, compute.threads, Duration::from_millis(300))
        .map_err(|error| Error::fault(format!("threads = {}: {error}", compute.threads)))
}

/// Times every part of a step on one thread, for about `budget`.
///
/// # Errors
/// If the network is refused, or no thread can be started.
pub fn profile(plan: &Plan, compute: Compute, budget: Duration) -> Result<StepProfile, Error> {
    let compute = Compute { threads: 1, ..compute };
    let peak_gflops = peak(compute)?;
    let mut bench = Bench::new(plan, compute)?;
    let begin = Instant::now();
    bench.step();
    let repeats = (budget.as_secs_f64() / begin.elapsed().as_secs_f64()).clamp(3.0, 10_000.0) as usize;
    Ok(StepProfile { shares: bench.profile(repeats), peak_gflops })
}

/// Times `work` on images of the network's size, for about `budget`.
///
/// # Errors
/// If the network is refused, or threads cannot be started.
pub fn time(plan: &Plan, compute: Compute, work: Work, budget: Duration) -> Result<Timing, Error> {
    let peak_gflops = peak(compute)?;
    let mut bench = Bench::new(plan, compute)?;
    let batch = bench.executor.batch();
    let code = bench.executor.code_shape().len();
    let (mut codes, mut images) = (vec![0.5; batch * code], vec![0.0; batch * plan.network().input.len()]);
    let mut pass = || match work {
        Work::Train => bench.step(),
        Work::Embed => {
            let source = ImageSource::new(
                &bench.batches[bench.steps as usize % bench.batches.len()],
                plan.transform(),
            );
            bench.executor.encode(&source, batch, &mut codes, None);
            bench.steps += 1;
        }
        Work::Decode => bench.executor.decode(&codes, batch, &mut images),
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
    let (encode, decode) = bench.executor.inference_flops();
    let flops = match work {
        Work::Train => bench.executor.training_flops(),
        Work::Embed => encode,
        Work::Decode => decode,
    };
    Ok(Timing {
        batch,
        parameters: bench.executor.parameter_count(),
        flops,
        seconds: times[times.len() / 2],
        repeats: times.len(),
        peak_gflops,
    })
}

/// A network with images to work on.
struct Bench<'a> {
    recipe: &'a Recipe,
    plan: &'a Plan,
    executor: Executor,
    batches: Vec<Dataset>,
    noise: Stream,
    steps: u64,
}

impl<'a> Bench<'a> {
    fn new(plan: &'a Plan, Compute { threads, isa }: Compute) -> Result<Self, Error> {
        let recipe = plan.recipe();
        let batch = recipe.training.batch_size;
        let mut executor: Executor =
            Executor::new(plan.network(), Options { batch, threads, isa }).map_err(Error::refused)?;
        executor.initialize(recipe.seed);
        executor.set_optimizer(recipe.optimizer.rule);
        Ok(Self {
            recipe,
            plan,
            executor,
            batches: batches(plan.network().input, batch)?,
            noise: Stream::new(recipe.seed, "posterior noise"),
            steps: 0,
        })
    }

    fn settings(&self) -> StepSettings<'static, f32> {
        StepSettings {
            noise: Noise::Drawn { stream: self.noise, step: self.steps },
            draw: Draw { seed: self.recipe.seed, step: self.steps },
            learning_rate: self.recipe.optimizer.learning_rate,
            kl_factor: 1.0,
            clip_norm: self.recipe.optimizer.clip_norm,
        }
    }

    fn step(&mut self) {
        let settings = self.settings();
        let batch = &self.batches[self.steps as usize % self.batches.len()];
        let source = ImageSource::new(batch, self.plan.transform());
        self.executor.step(&source, batch.len(), settings);
        self.steps += 1;
    }

    fn profile(&mut self, repeats: usize) -> Vec<Share> {
        let settings = self.settings();
        let batch = &self.batches[0];
        let source = ImageSource::new(batch, self.plan.transform());
        self.executor.profile(&source, batch.len(), settings, repeats)
    }
}

/// Batches gathered from all over a data set, as a shuffled epoch does.
fn batches(input: Shape, batch: usize) -> Result<Vec<Dataset>, Error> {
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
