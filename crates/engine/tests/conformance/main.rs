//! One harness for every layer, activation, latent and objective: gradients against finite differences in
//! f64, independence of how a batch is cut, every instruction set against the reference, and the same bits
//! on any number of threads.

mod graphs;
mod subjects;

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

#[test]
fn gradients_equal_finite_differences() {
    check_gradients(all_subjects());
}

/// More networks than every run can wait for: `LATENTLAB_DRAWN=1000..2000 cargo test --release … -- --ignored drawn`.
#[test]
#[ignore = "minutes"]
fn gradients_of_many_drawn_networks_equal_finite_differences() {
    let range = std::env::var("LATENTLAB_DRAWN").unwrap_or_else(|_| "1000..2000".into());
    let (first, end) = range.split_once("..").unwrap();
    check_gradients((first.parse().unwrap()..end.parse().unwrap()).map(graphs::drawn));
}

fn check_gradients(subjects: impl IntoIterator<Item = Subject>) {
    const IMAGES: usize = 3;
    const H: f64 = 1e-5;
    for subject in subjects {
        let mut executor = executor::<f64>(&subject, IMAGES, 1, Isa::Plain);
        let (x, noise) = batch::<f64>(&subject, IMAGES);
        executor.differentiate(&Images(&x), IMAGES, given(&noise), DRAW);
        let (gradient, parameters) = (executor.gradient(), executor.parameters());
        for view in executor.views().to_vec().iter().filter(|view| view.role == Role::Learned) {
            let scale = gradient[view.range.clone()].iter().fold(0.0f64, |m, g| m.max(g.abs()));
            // Some forty of each tensor's parameters, the first and the last among them.
            let step = view.range.len().div_ceil(40).max(1);
            let picks = view.range.clone().step_by(step).chain([view.range.end - 1]);
            for i in picks {
                let mut at = |shift: f64| {
                    let mut moved = parameters.clone();
                    moved[i] += shift;
                    assert!(executor.set_parameters(&moved));
                    executor.differentiate(&Images(&x), IMAGES, given(&noise), DRAW).total()
                };
                let mut difference = |h: f64| {
                    let slope = (at(h) - at(-h)) / (2.0 * h);
                    (slope, (slope - gradient[i]).abs() / scale.max(slope.abs()).max(1e-3))
                };
                let (mut slope, mut error) = difference(H);
                if error > 1e-5 {
                    // Another value of a window may become its largest within the step; within a tenth it does not.
                    (slope, error) = difference(H / 10.0);
                }
                assert!(
                    error <= 1e-5,
                    "{}: {}[{}]: {} but by differences {slope} ({error:e})",
                    subject.name,
                    view.name,
                    i - view.range.start,
                    gradient[i]
                );
            }
        }
    }
}

#[test]
fn a_batch_equals_its_images_one_by_one() {
    fn check<T: Real>(subject: &Subject, images: usize, isa: Isa, tolerance: f64) {
        let (x, noise) = batch::<T>(subject, images);
        let (n, d) = (subject.network.input.len(), noise.len() / images);
        let mut whole = executor::<T>(subject, images, 2, isa);
        let mut single = executor::<T>(subject, 1, 1, isa);
        let terms = whole.differentiate(&Images(&x), images, given(&noise), DRAW);
        let code = whole.code_shape().len();
        let mut gradient = vec![0.0; whole.gradient().len()];
        let mut total = 0.0;
        let (mut codes, mut outputs) = (vec![T::ZERO; images * code], vec![T::ZERO; images * n]);
        let (mut one_code, mut one_output) = (vec![T::ZERO; code], vec![T::ZERO; n]);
        whole.encode(&Images(&x), images, &mut codes, None);
        let batch_gradient = whole.gradient();
        whole.reconstruct(&Images(&x), images, given(&of_first(subject, &noise)), &mut outputs);
        for image in 0..images {
            let x = &x[image * n..(image + 1) * n];
            let noise = &noise[image * d..(image + 1) * d];
            total += single.differentiate(&Images(x), 1, given(noise), DRAW).total();
            for (sum, g) in gradient.iter_mut().zip(single.gradient()) {
                *sum += g.to_f64();
            }
            single.encode(&Images(x), 1, &mut one_code, None);
            single.reconstruct(&Images(x), 1, given(&of_first(subject, noise)), &mut one_output);
            assert!(one_code == codes[image * code..(image + 1) * code], "{}: code {image}", subject.name);
            assert!(one_output == outputs[image * n..(image + 1) * n], "{}: output {image}", subject.name);
        }
        let scale = gradient.iter().fold(1e-3f64, |m, g| m.max(g.abs() / images as f64));
        for (i, (sum, g)) in gradient.iter().zip(&batch_gradient).enumerate() {
            let error = (sum / images as f64 - g.to_f64()).abs() / scale;
            assert!(error <= tolerance, "{} on {isa}: gradient[{i}]: {error:e}", subject.name);
        }
        let error = (total / images as f64 - terms.total()).abs() / terms.total().abs().max(1.0);
        assert!(error <= tolerance, "{} on {isa}: total: {error:e}", subject.name);
    }
    // More pixels than are copied at once.
    let many = [(large_dense(), 150)];
    let alone = all_subjects().into_iter().filter(|subject| !graphs::depends_on_batch(&subject.network));
    for (subject, images) in alone.map(|subject| (subject, 37)).chain(many) {
        check::<f64>(&subject, images, Isa::Plain, 1e-12);
        for isa in Isa::available() {
            check::<f32>(&subject, images, isa, 2e-5);
        }
    }
}

/// What the name of a tensor's gradient begins with.
const GRADIENT: &str = "gradient of ";

/// What a device makes of a batch: every kind of number that it gives.
fn everything<T: Real>(
    device: &mut dyn Device<T>,
    subject: &Subject,
    images: usize,
) -> Vec<(String, Vec<f64>)> {
    let (x, noise) = batch::<T>(subject, images);
    let first = of_first(subject, &noise);
    let (source, noise) = (Images(&x), given(&noise));
    let mut all = Vec::new();
    let mut keep = |what: &str, values: &[T]| {
        all.push((what.to_owned(), values.iter().map(|value| value.to_f64()).collect()));
    };
    let total = |terms: network::Terms| [T::from_f64(terms.total())];
    let code = images * device.code_shape().len();
    let (mut mean, mut log_var) = (vec![T::ZERO; code], vec![T::ZERO; code]);
    device.encode(&source, images, &mut mean, Some(&mut log_var));
    keep("mean", &mean);
    keep("log_var", &log_var);
    let mut output = vec![T::ZERO; x.len()];
    device.decode(&mean, images, &mut output);
    keep("decoded", &output);
    device.reconstruct(&source, images, given(&first), &mut output);
    keep("reconstructed", &output);
    let mut losses = vec![0.0; images];
    device.evaluate_codes(&source, &mean, images, &mut losses);
    keep("loss of codes", &losses.into_iter().map(T::from_f64).collect::<Vec<_>>());
    keep("total in evaluation", &total(device.evaluate(&source, images, noise)));
    let each: Vec<_> =
        device.image_terms(images).into_iter().map(|terms| T::from_f64(terms.total())).collect();
    keep("total of each image", &each);
    keep("total in training", &total(device.differentiate(&source, images, noise, DRAW)));
    let views = device.views().to_vec();
    let gradient = device.gradient();
    for view in &views {
        keep(&format!("{GRADIENT}{}", view.name), &gradient[view.range.clone()]);
    }
    // A step of a rule that is linear in the gradient, so that it magnifies no rounding.
    device.set_optimizer(Sgd { momentum: 0.9, nesterov: true }.into());
    let settings =
        StepSettings { noise, draw: DRAW, learning_rate: 1e-2, kl_factor: 0.5, clip_norm: Some(0.5) };
    for _ in 0..2 {
        device.step(&source, images, settings);
    }
    let parameters = device.parameters();
    for view in &views {
        keep(&format!("{} after steps", view.name), &parameters[view.range.clone()]);
    }
    all
}

#[test]
fn the_engine_agrees_with_the_reference() {
    const IMAGES: usize = 11;
    for subject in all_subjects() {
        let truth = everything(&mut reference(&subject, IMAGES), &subject, IMAGES);
        let largest = |values: &[f64]| values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let of_gradient = |what: &str| what.starts_with(GRADIENT);
        let gradients = truth.iter().filter(|(what, _)| of_gradient(what)).map(|(_, values)| largest(values));
        let largest_slope = gradients.fold(0.0, f64::max);
        let check = |path: &str, found: Vec<(String, Vec<f64>)>, tolerance: f64| {
            for ((what, found), (_, truth)) in std::iter::zip(found, &truth) {
                // Normalisations and sums of branches cancel gradients: what is left has the error of what there was.
                let before = if of_gradient(&what) { 0.01 * largest_slope } else { 0.0 };
                let scale = largest(truth).max(before).max(1e-3);
                for (i, (found, truth)) in std::iter::zip(found, truth).enumerate() {
                    let error = (found - truth).abs() / scale;
                    assert!(
                        error <= tolerance,
                        "{} on {path}: {what}[{i}]: {found}, the reference {truth} ({error:e})",
                        subject.name
                    );
                }
            }
        };
        let mut plain = executor::<f64>(&subject, IMAGES, 2, Isa::Plain);
        check("f64", everything(&mut plain, &subject, IMAGES), 1e-9);
        for isa in Isa::available() {
            let mut fast = executor::<f32>(&subject, IMAGES, 2, isa);
            check(isa.name(), everything(&mut fast, &subject, IMAGES), 1e-4);
        }
    }
}

/// Parameters and terms after two steps on `images` images, of which as many go through the net at a time as the device
/// takes.
fn after_passes<T: Real>(
    device: &mut dyn Device<T>,
    subject: &Subject,
    images: usize,
    clip_norm: Option<f64>,
) -> (Vec<T>, Vec<f64>) {
    let sgd = Sgd { momentum: 0.9, nesterov: false };
    device.set_optimizer(sgd.into());
    let (x, noise) = batch::<T>(subject, images);
    let drawn = Noise::Drawn { stream: Stream::new(1, "posterior"), step: 3 };
    let mut totals = Vec::new();
    for noise in [given(&noise), drawn] {
        let settings = StepSettings { noise, draw: DRAW, learning_rate: 1e-2, kl_factor: 0.7, clip_norm };
        let terms = device.step(&Images(&x), images, settings);
        assert_eq!(terms.images, images);
        totals.push(terms.total());
    }
    (device.parameters(), totals)
}

/// A step in passes is that of the larger batch, a short last pass included: weighted as if it were a whole one, its images
/// would count two and a half times.
#[test]
fn passes_add_up_to_the_larger_batch() {
    fn check<T: Real>(subject: &Subject, isa: Isa, clip_norm: Option<f64>, tolerance: f64) {
        const IMAGES: usize = 12;
        let start = executor::<T>(subject, IMAGES, 1, isa).parameters();
        let after =
            |pass| after_passes(&mut executor::<T>(subject, pass, 2, isa), subject, IMAGES, clip_norm);
        let (whole, totals) = after(IMAGES);
        let moved = start.iter().zip(&whole).fold(0.0f64, |most, (a, b)| most.max((*a - *b).to_f64().abs()));
        assert!(moved > 0.0, "{}", subject.name);
        for pass in [5, 1] {
            let (parameters, sums) = after(pass);
            for (i, (a, b)) in whole.iter().zip(&parameters).enumerate() {
                let error = (*a - *b).to_f64().abs();
                let limit = tolerance * moved.max(start[i].to_f64().abs());
                assert!(error <= limit, "{} on {isa}, passes of {pass}: [{i}] {error:e}", subject.name);
            }
            for (a, b) in totals.iter().zip(&sums) {
                let error = (a - b).abs() / a.abs().max(1.0);
                assert!(error <= tolerance, "{} on {isa}, passes of {pass}: total {error:e}", subject.name);
            }
        }
    }
    let alone: Vec<_> =
        subjects().into_iter().filter(|subject| !graphs::depends_on_batch(&subject.network)).collect();
    for (subject, clip_norm) in alone.iter().flat_map(|subject| [(subject, None), (subject, Some(0.1))]) {
        check::<f64>(subject, Isa::Plain, clip_norm, 1e-9);
        for isa in Isa::available() {
            check::<f32>(subject, isa, clip_norm, 2e-5);
        }
    }
}

/// Layers that look at a whole batch see that of a pass, and draws go by an image's place in the step.
#[test]
fn passes_are_those_of_the_reference() {
    const IMAGES: usize = 12;
    for subject in graphs::examples().into_iter().chain((0..DRAWN).map(graphs::drawn)) {
        let mut plain = executor::<f64>(&subject, 5, 2, Isa::Plain);
        let (found, totals) = after_passes(&mut plain, &subject, IMAGES, None);
        let (truth, true_totals) = after_passes(&mut reference(&subject, 5), &subject, IMAGES, None);
        for (found, truth) in std::iter::zip(found.iter().chain(&totals), truth.iter().chain(&true_totals)) {
            let error = (found - truth).abs() / truth.abs().max(1.0);
            assert!(error <= 1e-9, "{}: {found}, the reference {truth} ({error:e})", subject.name);
        }
    }
}

/// `images` to a batch, and now and then a short one, as at the end of an epoch.
fn bits_after_steps(
    subject: &Subject,
    images: usize,
    threads: usize,
    isa: Isa,
    clip_norm: Option<f64>,
) -> Vec<u32> {
    let mut executor = executor::<f32>(subject, images, threads, isa);
    executor.set_optimizer(Optimizer::default());
    let (x, _) = batch::<f32>(subject, images);
    for step in 0..16 {
        let settings = StepSettings {
            noise: Noise::Drawn { stream: Stream::new(1, "posterior"), step },
            draw: Draw { seed: 1, step },
            learning_rate: 1e-3,
            kl_factor: 1.0,
            clip_norm,
        };
        executor.step(&Images(&x), if step % 7 == 6 { images / 2 + 1 } else { images }, settings);
    }
    executor.parameters().iter().map(|p| p.to_bits()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    for (subject, images) in subjects().iter().flat_map(|subject| [(subject, 24), (subject, 6)]) {
        for isa in Isa::available() {
            let one = bits_after_steps(subject, images, 1, isa, None);
            for threads in [2, 3] {
                let more = bits_after_steps(subject, images, threads, isa, None);
                assert!(one == more, "{} × {images} on {isa} with {threads} threads", subject.name);
            }
        }
    }
    for subject in graphs::examples().into_iter().chain((0..DRAWN).map(graphs::drawn)) {
        let [one, more] = [1, 3].map(|threads| bits_after_steps(&subject, 13, threads, Isa::best(), None));
        assert!(one == more, "{} with 3 threads", subject.name);
        assert!(one.iter().all(|bits| f32::from_bits(*bits).is_finite()), "{}", subject.name);
    }
}

/// With clipping, gradients come whole before any update; without, an update follows each part of them.
#[test]
fn clipping_far_away_changes_nothing_and_near_changes_much() {
    for (subject, images) in subjects().iter().flat_map(|subject| [(subject, 24), (subject, 6)]) {
        let free = bits_after_steps(subject, images, 2, Isa::best(), None);
        let far = bits_after_steps(subject, images, 2, Isa::best(), Some(1e9));
        assert!(free == far, "{} × {images}", subject.name);
        let near = bits_after_steps(subject, images, 3, Isa::best(), Some(1e-3));
        assert!(free != near, "{} × {images}", subject.name);
    }
}

/// A layer that reads images leaves out their zeros. Where these hold 1e-30 instead it multiplies them all, and
/// adds nothing that an f32 near 1 could hold.
#[test]
fn leaving_out_zeros_changes_nothing() {
    let flat = json!({ "layer": "flatten" });
    zeros_change_nothing([13, 11], json!([flat, { "layer": "dense", "units": 37, "activation": "relu" }]));
    // A kernel whose gradient is formed from copies.
    zeros_change_nothing([17, 16], json!([flat, { "layer": "dense", "units": 70, "activation": "relu" }]));
    // As many parts of a panel as there can be.
    zeros_change_nothing([70, 60], json!([flat, { "layer": "dense", "units": 70, "activation": "relu" }]));
    // One pixel of output, whose window does not lie side by side in the image.
    let window =
        json!({ "layer": "conv2d", "filters": 37, "kernel": [9, 7], "stride": 5, "padding": "valid" });
    zeros_change_nothing([13, 11], json!([window, flat]));
}

fn zeros_change_nothing([rows, columns]: [usize; 2], encoder: serde_json::Value) {
    const IMAGES: usize = 37;
    let subject = subject(
        "images of few strokes",
        json!([rows, columns, 1]),
        encoder,
        json!({ "kind": "deterministic" }),
        json!([{ "layer": "dense", "units": rows * columns }]),
        json!({ "reconstruction": {} }),
    );
    let n = subject.network.input.len();
    let (mut x, mut strokes) = (vec![0.0f32; IMAGES * n], vec![0.0f32; IMAGES * n]);
    Stream::new(5, "images").uniforms(0, 0, &mut x);
    Stream::new(6, "strokes").uniforms(0, 0, &mut strokes);
    for isa in Isa::available() {
        for inked in [0.0, 0.05, 0.3, 0.45, 0.95] {
            let drawn = |background: f32| -> Vec<f32> {
                x.iter()
                    .zip(&strokes)
                    .map(|(x, s)| if *s < inked { 0.5 + x / 2.0 } else { background })
                    .collect()
            };
            let run = |x: Vec<f32>| {
                let mut executor = executor::<f32>(&subject, IMAGES, 2, isa);
                let mut output = vec![0.0; x.len()];
                executor.reconstruct(&Images(&x), IMAGES, Noise::Mean, &mut output);
                executor.differentiate(&Images(&x), IMAGES, Noise::Mean, DRAW);
                (output, executor.gradient())
            };
            let ((left_out, gradient), (all, full_gradient)) = (run(drawn(0.0)), run(drawn(1e-30)));
            assert!(left_out == all, "output on {isa}, {inked} inked");
            for (a, b) in gradient.iter().zip(&full_gradient) {
                assert!((a - b).abs() <= 1e-28, "gradient on {isa}, {inked} inked: {a} but {b}");
            }
        }
    }
}

#[test]
fn every_term_of_an_objective_has_a_subject() {
    let subjects = subjects();
    for term in Term::ALL {
        assert!(subjects.iter().any(|subject| subject.network.terms().any(|has| has == *term)), "{term:?}");
    }
}

/// A posterior's mean is what is decoded without noise.
#[test]
fn penalties_are_sums_over_the_code() {
    const IMAGES: usize = 11;
    type Penalty = fn(f64) -> f64;
    let penalties: [(Term, Penalty); 2] = [(Term::CodeL1, f64::abs), (Term::CodeL2, |z| z * z / 2.0)];
    for subject in subjects() {
        let has = |term: Term| subject.network.terms().any(|has| has == term);
        for (term, penalty) in penalties.into_iter().filter(|(term, _)| has(*term)) {
            let mut executor = executor::<f64>(&subject, IMAGES, 2, Isa::Plain);
            let (x, _) = batch::<f64>(&subject, IMAGES);
            let values =
                ValueCounts { image: subject.network.input.len(), code: executor.code_shape().len() };
            let mut codes = vec![0.0; IMAGES * values.code];
            executor.encode(&Images(&x), IMAGES, &mut codes, None);
            executor.evaluate(&Images(&x), IMAGES, Noise::Mean);
            for (terms, code) in executor.image_terms(IMAGES).iter().zip(codes.chunks(values.code)) {
                let sum: f64 = code.iter().map(|z| penalty(*z)).sum();
                let want = subject.network.objective.weight(term, values) * sum;
                assert!(
                    (terms[term] - want).abs() <= 1e-12 * want,
                    "{}: {} but {want}",
                    subject.name,
                    terms[term]
                );
            }
        }
    }
}

#[test]
fn not_a_number_stays_visible() {
    for isa in Isa::available() {
        let subject = &subjects()[0];
        let mut executor = executor::<f32>(subject, 2, 1, isa);
        let mut parameters = executor.parameters();
        parameters[5] = f32::NAN;
        assert!(executor.set_parameters(&parameters));
        let (x, noise) = batch::<f32>(subject, 2);
        assert!(executor.evaluate(&Images(&x), 2, given(&noise)).total().is_nan(), "{isa}");
    }
}

#[test]
fn operations_are_counted_as_the_products_of_the_layers() {
    let dense = json!([{ "layer": "flatten" }, { "layer": "dense", "units": 300 }]);
    let decoder = json!([{ "layer": "dense", "units": 300 }, { "layer": "dense", "units": 784 }]);
    let latent = json!({ "kind": "gaussian", "size": 10 });
    let subject = subject("mlp", json!([28, 28, 1]), dense, latent, decoder, json!({ "reconstruction": {} }));
    let executor = executor::<f32>(&subject, 1, 1, Isa::Plain);
    let (first, heads, rest) = (784.0 * 300.0, 2.0 * 300.0 * 10.0, 10.0 * 300.0 + 300.0 * 784.0);
    assert_eq!(executor.training_flops(), 2.0 * (2.0 * first + 3.0 * heads + 3.0 * rest));
    assert_eq!(executor.inference_flops(), (2.0 * (first + heads), 2.0 * rest));
}

/// The stated bound of Winograd's tiles in f32: three layers deep, each summing 64 channels over 3 × 3 or 5 × 5
/// taps, outputs and gradients stay within 1e-5 of their largest value. With stride 2, tiles of four outputs and of
/// seven along rows for 3 × 3 taps, square ones for 5 × 5. Plans are for batches with enough pixels for tiles.
#[test]
fn winograd_tiles_stay_near_the_reference() {
    const PLANNED: usize = 64;
    for (kernel, stride, size) in [(3, 1, 14), (5, 1, 14), (3, 2, 16), (3, 2, 28), (5, 2, 28)] {
        let conv = |kind: &str, stride: usize| json!({ "layer": kind, "filters": 64, "kernel": kernel, "stride": stride, "padding": "same" });
        let subject = subject(
            &format!("{kernel} × {kernel}, stride {stride}, {size} pixels"),
            json!([size, size, 64]),
            json!([conv("conv2d", stride), conv("conv2d_transpose", stride)]),
            json!({ "kind": "deterministic" }),
            json!([conv("conv2d", 1)]),
            json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean" } }),
        );
        let (x, _) = batch::<f64>(&subject, 2);
        let mut reference = reference(&subject, PLANNED);
        let mut output = vec![0.0; x.len()];
        reference.reconstruct(&Images(&x), 2, Noise::Mean, &mut output);
        reference.differentiate(&Images(&x), 2, Noise::Mean, DRAW);
        for isa in Isa::available() {
            let (x, _) = batch::<f32>(&subject, 2);
            let mut fast = executor::<f32>(&subject, PLANNED, 1, isa);
            let mut fast_output = vec![0.0; x.len()];
            fast.reconstruct(&Images(&x), 2, Noise::Mean, &mut fast_output);
            fast.differentiate(&Images(&x), 2, Noise::Mean, DRAW);
            for (what, got, want) in
                [("output", &fast_output, &output), ("gradient", &fast.gradient(), &reference.gradient())]
            {
                let scale = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let error = std::iter::zip(got, want)
                    .fold(0.0f64, |m, (g, w)| m.max((f64::from(*g) - w).abs()))
                    / scale;
                assert!(error <= 1e-5, "{} {what} on {isa}: {error:e}", subject.name);
            }
        }
    }
}
