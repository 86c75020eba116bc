//! E[KL] split into what the code says about the image and how far all codes together are from the prior.

use random::Stream;
use rayon::prelude::*;

use super::error::PosteriorError;
use super::posteriors::Posterior;
use crate::exponential::exp_of_negative;

/// The split E_x[KL(q(z|x) ‖ p(z))] = I_q(x; z) + KL(q(z) ‖ p(z)), in nats per image, where x is one of the N
/// images with equal probability and q(z) = 1/N Σ_n q(z|x_n).
///
/// Hoffman & Johnson, *ELBO surgery: yet another way to carve up the variational evidence lower bound*, NIPS
/// 2016 workshop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KlDecomposition {
    /// E_x[KL(q(z|x) ‖ p(z))], exact.
    pub kl: f64,
    /// I_q(x; z): how well a code identifies its image, in [0, log N].
    pub mutual_information: f64,
    /// KL(q(z) ‖ p(z)) = `kl` − `mutual_information`; 0 where the codes of all images together are the prior.
    /// The estimate may fall below 0 by its error.
    pub marginal_kl: f64,
    /// Standard error of `mutual_information` and of `marginal_kl` (of both the same, in opposite directions).
    /// NaN for one sample.
    pub standard_error: f64,
    /// log N, which `mutual_information` cannot exceed. Close to it, every code identifies its image, and a larger
    /// data set would give a larger value.
    pub ceiling: f64,
    /// Samples that the estimate is made of.
    pub samples: usize,
}

/// Samples that one task compares with all posteriors.
const SAMPLES: usize = 16;
/// Posteriors that are compared at a time, so that they stay in cache for all samples of the task.
const POSTERIORS: usize = 256;

impl Posterior<'_> {
    /// Estimates the split from `samples` codes: the images are taken in a seeded order (again from the start
    /// where there are more samples than images), each code is drawn from its image's posterior, and
    /// log q(z|x) − log q(z) is averaged, with q(z) over all N images by log-sum-exp.
    ///
    /// Takes `samples` · N · dims steps; 10,000 samples of 10,000 images in 10 dimensions take about a second.
    ///
    /// # Errors
    /// [`PosteriorError::NoSamples`].
    ///
    /// ```
    /// use analysis::{Posterior, Table};
    ///
    /// // Four images with codes far apart: a code says which image it is, log 4 nats.
    /// let (mean, log_var) = ([-30.0, -10.0, 10.0, 30.0], [0.0; 4]);
    /// let split = Posterior::new(Table::new(&mean, 1)?, Table::new(&log_var, 1)?)?.kl_decomposition(4, 0)?;
    /// assert!((split.mutual_information - 4f64.ln()).abs() < 1e-9);
    /// assert_eq!(split.kl, split.mutual_information + split.marginal_kl);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kl_decomposition(&self, samples: usize, seed: u64) -> Result<KlDecomposition, PosteriorError> {
        if samples == 0 {
            return Err(PosteriorError::NoSamples);
        }
        let tiles = self.tiles();
        let order = Stream::new(seed, "aggregated posterior images").permutation(0, self.images());
        let noise = Stream::new(seed, "aggregated posterior noise");
        let picked: Vec<usize> = (0..samples).map(|sample| order[sample % order.len()] as usize).collect();
        let arch = pulp::Arch::new();
        let ratios: Vec<f64> = picked
            .par_chunks(SAMPLES)
            .enumerate()
            .flat_map_iter(|(task, images)| {
                let codes: Vec<f64> = images
                    .iter()
                    .enumerate()
                    .flat_map(|(i, image)| {
                        let sample = task * SAMPLES + i;
                        self.draw(*image, noise, (sample / self.images()) as u64)
                    })
                    .collect();
                let aggregated = arch.dispatch(|| log_sums(&tiles, &codes, self.dims(), images.len()));
                images
                    .iter()
                    .zip(codes.chunks_exact(self.dims()))
                    .zip(aggregated)
                    .map(|((image, code), sum)| {
                        self.log_density(*image, code) - (sum - (self.images() as f64).ln())
                    })
                    .collect::<Vec<f64>>()
            })
            .collect();
        let count = samples as f64;
        let mean = ratios.iter().sum::<f64>() / count;
        let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
        let kl: f64 = self.dimensions().iter().map(|dimension| dimension.kl).sum();
        Ok(KlDecomposition {
            kl,
            mutual_information: mean,
            marginal_kl: kl - mean,
            standard_error: (squares / (count - 1.0) / count).sqrt(),
            ceiling: (self.images() as f64).ln(),
            samples,
        })
    }

    /// A code drawn from the posterior of `image`.
    fn draw(&self, image: usize, noise: Stream, round: u64) -> Vec<f64> {
        let (mean, log_var) = (self.mean.row(image), self.log_var.row(image));
        let mut code = vec![0.0; self.dims()];
        noise.each_normal(round, image as u32, self.dims(), |j, epsilon| {
            code[j] = f64::from(mean[j]) + (0.5 * f64::from(log_var[j])).exp() * f64::from(epsilon);
        });
        code
    }

    /// log q(z|x) without the constant −dims/2 · log 2π, which cancels.
    fn log_density(&self, image: usize, code: &[f64]) -> f64 {
        let posterior = self.mean.row(image).iter().zip(self.log_var.row(image));
        let terms = code.iter().zip(posterior).map(|(z, (mean, log_var))| {
            let (mean, log_var) = (f64::from(*mean), f64::from(*log_var));
            log_var + (z - mean).powi(2) * (-log_var).exp()
        });
        -0.5 * terms.sum::<f64>()
    }

    /// The posteriors, transposed in tiles of [`POSTERIORS`], so that vectors run over images.
    fn tiles(&self) -> Vec<Tile> {
        (0..self.images())
            .step_by(POSTERIORS)
            .map(|first| {
                let count = POSTERIORS.min(self.images() - first);
                let mut tile = Tile {
                    count,
                    constant: [0.0; POSTERIORS],
                    mean: vec![[0.0; POSTERIORS]; self.dims()],
                    precision: vec![[0.0; POSTERIORS]; self.dims()],
                };
                for n in 0..count {
                    let posterior = self.mean.row(first + n).iter().zip(self.log_var.row(first + n));
                    for (j, (mean, log_var)) in posterior.enumerate() {
                        let log_var = f64::from(*log_var);
                        tile.mean[j][n] = f64::from(*mean);
                        tile.precision[j][n] = 0.5 * (-log_var).exp();
                        tile.constant[n] -= 0.5 * log_var;
                    }
                }
                tile
            })
            .collect()
    }
}

struct Tile {
    /// Images in the tile.
    count: usize,
    /// −½ Σ_j log σ²_j
    constant: [f64; POSTERIORS],
    /// `[dims][images]`
    mean: Vec<[f64; POSTERIORS]>,
    /// 1 / (2 σ²), `[dims][images]`
    precision: Vec<[f64; POSTERIORS]>,
}

/// log Σ_n exp log q(z|x_n) for each code, without the constant.
#[inline(always)]
fn log_sums(tiles: &[Tile], codes: &[f64], dims: usize, count: usize) -> Vec<f64> {
    let mut largest = [f64::NEG_INFINITY; SAMPLES];
    let mut sums = [0.0; SAMPLES];
    for tile in tiles {
        for (sample, code) in codes.chunks_exact(dims).enumerate().take(count) {
            let mut logs = tile.constant;
            for (z, (mean, precision)) in code.iter().zip(tile.mean.iter().zip(&tile.precision)) {
                for ((log, mean), precision) in logs.iter_mut().zip(mean).zip(precision) {
                    let distance = z - mean;
                    *log -= distance * distance * precision;
                }
            }
            logs[tile.count..].fill(f64::NEG_INFINITY);
            let highest = logs.iter().fold(f64::NEG_INFINITY, |highest, log| highest.max(*log));
            if highest > largest[sample] {
                sums[sample] *= (largest[sample] - highest).exp();
                largest[sample] = highest;
            }
            let shift = largest[sample];
            for log in &mut logs {
                *log = exp_of_negative(*log - shift);
            }
            sums[sample] += logs.iter().sum::<f64>();
        }
    }
    (0..count).map(|sample| largest[sample] + sums[sample].ln()).collect()
}
