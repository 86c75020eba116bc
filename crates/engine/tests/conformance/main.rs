//! One harness for every layer, activation, latent and objective: gradients against finite differences in
//! f64, independence of how a batch is cut, every instruction set against the reference, and the same bits
//! on any number of threads.

mod agreement;
mod batches;
mod bits;
mod gradients;
mod graphs;
mod numbers;
mod subjects;
mod terms;

use engine::{Executor, Isa, Options, Real};
use network::{Device, Draw, Images, Latent, Noise, Optimizer, Role, Sgd, StepSettings, Term, ValueCounts};
use random::Stream;
use reference::Reference;
use serde_json::json;

use subjects::{Subject, large_dense, subject, subjects};

/// What layers that draw draw by.
const DRAW: Draw = Draw { seed: 3, step: 2 };

/// The engine with parameters.
fn executor<T: Real>(subject: &Subject, batch: usize, threads: usize, isa: Isa) -> Executor<T> {
    let options = Options { batch, threads, isa };
    let mut executor =
        Executor::new(&subject.network, options).unwrap_or_else(|error| panic!("{}: {error}", subject.name));
    prepare(&mut executor);
    executor
}

/// The reference with the same parameters.
fn reference(subject: &Subject, batch: usize) -> Reference<f64> {
    let mut reference = Reference::new(&subject.network, batch).unwrap();
    prepare(&mut reference);
    reference
}

/// First values, and biases off 0, so that their effect shows.
fn prepare<T: Real>(device: &mut dyn Device<T>) {
    device.initialize(3);
    let mut parameters = device.parameters();
    let mut nudge = vec![0.0f32; parameters.len()];
    Stream::new(3, "nudge").normals(0, 0, &mut nudge);
    for (parameter, nudge) in parameters.iter_mut().zip(nudge) {
        *parameter += T::from_f64(0.05 * f64::from(nudge));
    }
    assert!(device.set_parameters(&parameters));
}

/// Images in [0, 1] and posterior noise.
fn batch<T: Real>(subject: &Subject, images: usize) -> (Vec<T>, Vec<T>) {
    let (mut x, mut noise) = (vec![0.0f32; images * subject.network.input.len()], Vec::new());
    Stream::new(5, "images").uniforms(0, 0, &mut x);
    // Background between the strokes, some of it common to all images.
    let background = |i: usize| i % 7 < 2 || (i / 3).is_multiple_of(4);
    x.iter_mut().enumerate().filter(|(i, _)| background(*i)).for_each(|(_, x)| *x = 0.0);
    if let Latent::Gaussian(_) = subject.network.latent {
        let size = subject.network.shapes().unwrap().code.len();
        noise = vec![0.0f32; images * subject.network.latent.samples() * size];
        Stream::new(5, "noise").normals(0, 0, &mut noise);
    }
    let widen = |values: Vec<f32>| values.into_iter().map(|v| T::from_f64(f64::from(v))).collect();
    (widen(x), widen(noise))
}

/// The noise of the first sample of each image, the one that a reconstruction takes.
fn of_first<T: Real>(subject: &Subject, noise: &[T]) -> Vec<T> {
    let size = subject.network.shapes().unwrap().code.len();
    let samples = subject.network.latent.samples();
    noise.chunks(samples * size).flat_map(|noise| &noise[..size]).copied().collect()
}

fn given<T>(noise: &[T]) -> Noise<'_, T> {
    if noise.is_empty() { Noise::Mean } else { Noise::Given(noise) }
}

/// All subjects: written ones, every example of a layer, drawn networks.
fn all_subjects() -> Vec<Subject> {
    let mut all = subjects();
    all.extend(graphs::examples());
    all.extend((0..DRAWN).map(graphs::drawn));
    all
}

/// How many networks are drawn.
const DRAWN: u64 = 60;
