//! What training minimises, term by term for each image.

use std::f64::consts::TAU;

use network::{Latent, LikelihoodBound, Loss, Network, Shape, Term, TermValues, ValueCounts};

use crate::activation::{sigmoid, softplus};
use crate::autoencoder::Posterior;
use crate::batch::Batch;
use crate::pass::Pass;
use crate::structure::{ms_ssim, ssim};
use crate::tape::{Tape, Var};

/// The terms of each image that the objective has, reduced and weighted; without the total.
pub struct ImageTerms {
    images: usize,
    terms: Vec<(Term, Var)>,
}

/// `count` sums over parts of `x` of one length, one after the other.
fn sums_of_parts(tape: &mut Tape, x: Var, count: usize) -> Var {
    let each = tape.len(x) / count;
    tape.sums(x, count, move |i| i / each)
}

/// The reconstruction term of each of `count` images: of each output, averaged over those of an image.
pub fn reconstruction(
    network: &Network,
    pass: &mut Pass<'_>,
    output: Batch,
    target: Vec<f64>,
    images: usize,
) -> Var {
    let losses = losses(network, pass, output, target, images);
    let tape = &mut pass.tape;
    let sums = sums_of_parts(tape, losses, images);
    let values = ValueCounts {
        image: network.input.len(),
        code: network.shapes().expect("the network was checked").code.len(),
    };
    let samples = output.rows / images;
    tape.scale(sums, network.objective.weight(Term::Reconstruction, values) / samples as f64)
}

/// The loss of every value of every output, of which each image has one or several.
fn losses(network: &Network, pass: &mut Pass<'_>, output: Batch, target: Vec<f64>, images: usize) -> Var {
    let spec = network.objective.reconstruction;
    let n = network.input.len();
    let learned = spec.learns_sigma().then(|| pass.parameter("objective", "log_sigma"));
    let tape = &mut pass.tape;
    let samples = output.rows / images;
    let each = samples * n;
    let target = tape.given((0..output.rows * n).map(|i| target[i / each * n + i % n]).collect());
    match spec.loss {
        // −t ln σ(l) − (1 − t) ln(1 − σ(l)) = ln(1 + eˡ) − t l
        Loss::Bce => {
            let soft = tape.map(output.values, softplus, sigmoid);
            let product = tape.multiply(target, output.values);
            tape.subtract(soft, product)
        }
        Loss::SquaredError => {
            let difference = tape.subtract(output.values, target);
            tape.square(difference)
        }
        Loss::L1 => {
            let difference = tape.subtract(output.values, target);
            let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
            tape.map(difference, f64::abs, sign)
        }
        Loss::Charbonnier => {
            let epsilon = f64::from(spec.epsilon_or_default());
            let difference = tape.subtract(output.values, target);
            tape.map(difference, move |x| x.hypot(epsilon), move |x| x / x.hypot(epsilon))
        }
        // ½ ((y − t) / σ)² + ln σ + ½ ln 2π
        Loss::Gaussian => {
            let log_sigma = learned
                .unwrap_or_else(|| tape.given(vec![f64::from(spec.sigma_or_default().initial()).ln()]));
            let log_sigma = tape.spread(log_sigma, output.len(), |_| 0);
            let sigma = tape.exp(log_sigma);
            let difference = tape.subtract(output.values, target);
            let standard = tape.divide(difference, sigma);
            let square = tape.square(standard);
            let half = tape.scale(square, 0.5);
            let shifted = tape.add(half, log_sigma);
            tape.map(shifted, |x| x + 0.5 * TAU.ln(), |_| 1.0)
        }
    }
}

/// What 1 − SSIM or MS-SSIM, `measure`, of each of `images` images is: of each output, averaged over those of an image.
fn dissimilarity(
    network: &Network,
    tape: &mut Tape,
    output: Batch,
    target: &[f64],
    images: usize,
    measure: fn(&mut Tape, [Var; 2], usize, Shape) -> Var,
) -> Var {
    let n = network.input.len();
    let samples = output.rows / images;
    let target = tape.given((0..output.rows * n).map(|i| target[i / n / samples * n + i % n]).collect());
    let image = match network.objective.reconstruction.loss {
        Loss::Bce => tape.map(output.values, sigmoid, |x| sigmoid(x) * (1.0 - sigmoid(x))),
        _ => output.values,
    };
    let similarity = measure(tape, [image, target], output.rows, network.input);
    let apart = tape.map(similarity, |x| 1.0 - x, |_| -1.0);
    let sums = sums_of_parts(tape, apart, images);
    tape.scale(sums, 1.0 / samples as f64)
}

/// −ln (1/K) Σ_k p(x | z_k) p(z_k) / q(z_k | x) of each image, and the part of it that is the weighted mean of −ln p(x | z_k).
fn importance_weighted(
    tape: &mut Tape,
    losses: Var,
    codes: Batch,
    (log_var, noise): (Var, &[f64]),
    images: usize,
) -> (Var, Var) {
    let (rows, d) = (codes.rows, codes.shape.len());
    let samples = rows / images;
    let of_image = move |row: usize| row / samples;
    let losses = sums_of_parts(tape, losses, rows);
    // −ln p(z) + ln q(z | x), without what is the same in both.
    let squares = tape.square(codes.values);
    let squares = sums_of_parts(tape, squares, rows);
    let prior = tape.scale(squares, 0.5);
    let draws = (noise.chunks(d)).map(|noise| -0.5 * noise.iter().map(|e| e * e).sum::<f64>()).collect();
    let draws = tape.given(draws);
    let spreads = sums_of_parts(tape, log_var, images);
    let spreads = tape.scale(spreads, -0.5);
    let spreads = tape.spread(spreads, rows, of_image);
    let posterior = tape.add(draws, spreads);
    let divergence = tape.add(prior, posterior);
    let evidence = tape.add(losses, divergence);
    // ln Σ e^(m − evidence) − m, with the least evidence m of the image, which is no variable here.
    let known = tape.value(evidence);
    let least: Vec<f64> =
        known.chunks(samples).map(|rows| rows.iter().copied().fold(f64::INFINITY, f64::min)).collect();
    let shifts = tape.given((0..rows).map(|row| least[of_image(row)]).collect());
    let apart = tape.subtract(shifts, evidence);
    let weights = tape.exp(apart);
    let sums = tape.sums(weights, images, of_image);
    let count = samples as f64;
    let logs = tape.map(sums, move |sum| -(sum / count).ln(), |sum| -1.0 / sum);
    let least = tape.given(least);
    let bound = tape.add(logs, least);
    let totals = tape.spread(sums, rows, of_image);
    let parts = tape.divide(weights, totals);
    let weighted = tape.multiply(parts, losses);
    (bound, tape.sums(weighted, images, of_image))
}

/// ½ (μ² + σ² − 1 − ln σ²) of each latent dimension: what is minimised of their sum, not below λ each, and all of it.
fn divergence(network: &Network, tape: &mut Tape, mean: Batch, log_var: Var) -> (Var, Var) {
    let free_bits = f64::from(network.objective.kl.free_bits);
    let variance = tape.exp(log_var);
    let squares = tape.square(mean.values);
    let sum = tape.add(squares, variance);
    let rest = tape.subtract(sum, log_var);
    let divergences = tape.map(rest, |x| 0.5 * (x - 1.0), |_| 0.5);
    let nats = sums_of_parts(tape, divergences, mean.rows);
    let counted = match free_bits {
        0.0 => divergences,
        _ => tape.map(
            divergences,
            |x| if x > free_bits { x } else { free_bits },
            move |x| if x > free_bits { 1.0 } else { 0.0 },
        ),
    };
    (sums_of_parts(tape, counted, mean.rows), nats)
}

/// The sum over each image's code of f(z), whose derivative is `slope`; the mean over its codes where there are several.
fn penalty(
    tape: &mut Tape,
    codes: Batch,
    images: usize,
    f: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64 + 'static,
) -> Var {
    let penalties = tape.map(codes.values, f, slope);
    let sums = sums_of_parts(tape, penalties, images);
    tape.scale(sums, images as f64 / codes.rows as f64)
}

/// The squared maximum mean discrepancy between codes and N(0, I); the formula is [`network::Mmd`]'s.
fn mmd(tape: &mut Tape, codes: Batch) -> Var {
    let (n, d) = (codes.rows, codes.len() / codes.rows);
    let dims = d as f64;
    // Every pair of different codes, [pair, d] each.
    let pairs: Vec<(usize, usize)> =
        (0..n).flat_map(|i| (0..n).filter(move |j| *j != i).map(move |j| (i, j))).collect();
    let constant = (dims / (dims + 2.0)).powf(dims / 2.0);
    let squares = tape.square(codes.values);
    let norms = sums_of_parts(tape, squares, n);
    let near = tape.map(
        norms,
        |square| (-square / (2.0 * (dims + 1.0))).exp(),
        move |square| -(-square / (2.0 * (dims + 1.0))).exp() / (2.0 * (dims + 1.0)),
    );
    let near = tape.sums(near, 1, |_| 0);
    let of_prior = (dims / (dims + 1.0)).powf(dims / 2.0);
    let to_prior = tape.scale(near, -2.0 * of_prior / n as f64);
    let shifted = tape.map(to_prior, |x| x + constant, |_| 1.0);
    if pairs.is_empty() {
        return shifted;
    }
    let side = |tape: &mut Tape, of: fn(&(usize, usize)) -> usize| {
        let from: Vec<usize> = pairs.iter().map(of).collect();
        tape.spread(codes.values, pairs.len() * d, move |i| from[i / d] * d + i % d)
    };
    let (left, right) = (side(tape, |pair| pair.0), side(tape, |pair| pair.1));
    let difference = tape.subtract(left, right);
    let squares = tape.square(difference);
    let distances = sums_of_parts(tape, squares, pairs.len());
    let scaled = tape.scale(distances, -1.0 / (2.0 * dims));
    let kernels = tape.exp(scaled);
    let between = tape.sums(kernels, 1, |_| 0);
    let between = tape.scale(between, 1.0 / pairs.len() as f64);
    tape.add(between, shifted)
}

impl ImageTerms {
    /// The terms of images with these posteriors, codes and outputs (one or several of each image), drawn with this noise
    /// where there is any, and targets. `kl_factor` multiplies the weight of the KL term.
    pub fn new(
        network: &Network,
        pass: &mut Pass<'_>,
        posterior: &Posterior,
        (codes, output): (Batch, Batch),
        target: Vec<f64>,
        noise: Option<&[f64]>,
        kl_factor: f64,
    ) -> Self {
        let Posterior { mean, log_var } = *posterior;
        let images = mean.rows;
        let values = ValueCounts { image: network.input.len(), code: mean.shape.len() };
        let is_iwae =
            matches!(network.latent, Latent::Gaussian(latent) if latent.bound == LikelihoodBound::Iwae);
        let weighted = match (log_var.zip(noise), is_iwae) {
            (Some(posterior), true) => {
                let losses = losses(network, pass, output, target.clone(), images);
                Some(importance_weighted(&mut pass.tape, losses, codes, posterior, images))
            }
            _ => None,
        };
        let reconstruction = match weighted {
            Some((_, reconstruction)) => reconstruction,
            None => reconstruction(network, pass, output, target.clone(), images),
        };
        let tape = &mut pass.tape;
        let (kl, nats) = log_var.map(|log_var| divergence(network, tape, mean, log_var)).unzip();
        let kl = match weighted {
            Some((bound, reconstruction)) => Some(tape.subtract(bound, reconstruction)),
            None => kl,
        };
        let term = |term: Term| {
            let sign = |z: f64| if z == 0.0 { 0.0 } else { z.signum() };
            let sum = match term {
                Term::Total => None,
                Term::Reconstruction => return Some((term, reconstruction)),
                Term::Kl => kl,
                Term::KlNats => nats,
                Term::CodeL1 => Some(penalty(tape, codes, images, f64::abs, sign)),
                Term::Mmd => {
                    let weight = network.objective.weight(term, values);
                    let measure = mmd(tape, codes);
                    let measure = tape.scale(measure, weight);
                    return Some((term, tape.spread(measure, images, |_| 0)));
                }
                Term::Ssim => Some(dissimilarity(network, tape, output, &target, images, ssim)),
                Term::MsSsim => Some(dissimilarity(network, tape, output, &target, images, ms_ssim)),
                Term::CodeL2 => Some(penalty(tape, codes, images, |z| 0.5 * z * z, |z| z)),
            };
            let factor = if term == Term::Kl && weighted.is_none() { kl_factor } else { 1.0 };
            Some((term, tape.scale(sum?, network.objective.weight(term, values) * factor)))
        };
        Self { images, terms: network.objective.terms(log_var.is_some()).filter_map(term).collect() }
    }

    /// What is minimised: the sum of the summands, averaged over the images.
    pub fn total(&self, tape: &mut Tape) -> Var {
        let mut summands = self.terms.iter().filter(|(term, _)| term.is_summand()).map(|(_, sum)| *sum);
        let first = summands.next().expect("an objective has terms");
        let sum = summands.fold(first, |sum, term| tape.add(sum, term));
        let sum = tape.sums(sum, 1, |_| 0);
        tape.scale(sum, 1.0 / self.images as f64)
    }

    /// The numbers, image by image; without the total.
    pub fn values(&self, tape: &Tape) -> Vec<TermValues> {
        let values = |image: usize| {
            let mut values = TermValues::default();
            self.terms.iter().for_each(|(term, of_images)| values[*term] = tape.value(*of_images)[image]);
            values
        };
        (0..self.images).map(values).collect()
    }
}
