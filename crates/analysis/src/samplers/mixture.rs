//! Gaussian mixtures: density and samples.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use random::Stream;
use rayon::prelude::*;

use super::error::SamplerError;
use crate::spectral::{cholesky, inverse_of_lower};
use crate::table::Table;

/// Rows that one task takes; fixed, so that sums do not depend on the threads.
pub(super) const CHUNK: usize = 1024;

/// Σ_k w_k N(μ_k, Σ_k) with full covariances. The prior N(0, I) and a single Gaussian are mixtures of one component.
///
/// ```
/// use analysis::{Mixture, Table};
///
/// let prior = Mixture::prior(2)?;
/// let codes = prior.sample(1000, 7); // [1000, 2]
/// assert_eq!(codes, prior.sample(1000, 7));
/// let log_density = prior.mean_log_density(Table::new(&codes, 2)?)?;
/// assert!((log_density + 2.84).abs() < 0.1); // −log 2πe
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    dims: usize,
    weights: Vec<f64>,
    means: Vec<f64>,
    covariances: Vec<f64>,
    /// Lower Cholesky factors L of the covariances.
    factors: Vec<f64>,
    /// Transposed inverses of the factors, L⁻ᵀ.
    inverses: Vec<f64>,
    /// log w_k − Σ log L_jj − dims/2 log 2π
    constants: Vec<f64>,
}

impl Mixture {
    /// A mixture in `dims` dimensions of K = `weights.len()` components, `means` `[K, dims]`, `covariances`
    /// `[K, dims, dims]`.
    ///
    /// # Errors
    /// [`SamplerError`] for lengths that do not fit, weights that are not a distribution (to 1e-6), and covariances
    /// that are not positive definite. Only their lower triangles are read.
    pub fn new(
        dims: usize,
        weights: Vec<f64>,
        means: Vec<f64>,
        covariances: Vec<f64>,
    ) -> Result<Self, SamplerError> {
        let components = weights.len();
        let fits =
            |length: usize, each: Option<usize>| each.and_then(|e| e.checked_mul(components)) == Some(length);
        if dims == 0
            || components == 0
            || !fits(means.len(), Some(dims))
            || !fits(covariances.len(), dims.checked_mul(dims))
        {
            return Err(SamplerError::Shape {
                weights: components,
                means: means.len(),
                covariances: covariances.len(),
                dims,
            });
        }
        let sum: f64 = weights.iter().sum();
        for (component, value) in weights.iter().enumerate() {
            if !(*value >= 0.0 && (sum - 1.0).abs() <= 1e-6) {
                return Err(SamplerError::Weight { component, value: *value });
            }
        }
        let mut mixture =
            Self { dims, weights, means, covariances, factors: vec![], inverses: vec![], constants: vec![] };
        for component in 0..components {
            let covariance = &mixture.covariances[component * dims * dims..][..dims * dims];
            let factor = cholesky(covariance, dims).ok_or(SamplerError::Component { component })?;
            if mixture.mean(component).iter().any(|value| !value.is_finite()) {
                return Err(SamplerError::Component { component });
            }
            let inverse = inverse_of_lower(&factor, dims);
            let log_determinant: f64 = (0..dims).map(|j| factor[j * dims + j].ln()).sum();
            let normalisation = 0.5 * dims as f64 * (2.0 * std::f64::consts::PI).ln();
            mixture.constants.push(mixture.weights[component].ln() - log_determinant - normalisation);
            mixture.inverses.extend((0..dims * dims).map(|at| inverse[at % dims * dims + at / dims]));
            mixture.factors.extend(factor);
        }
        Ok(mixture)
    }

    /// The prior N(0, I) in `dims` dimensions.
    ///
    /// # Errors
    /// [`SamplerError::Shape`] for 0 dimensions.
    pub fn prior(dims: usize) -> Result<Self, SamplerError> {
        let identity = (0..dims * dims).map(|at| f64::from(u8::from(at / dims == at % dims))).collect();
        Self::gaussian(vec![0.0; dims], identity)
    }

    /// One Gaussian: `mean` `[dims]`, `covariance` `[dims, dims]`, as from
    /// [`Posterior::aggregated`](crate::Posterior::aggregated).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn gaussian(mean: Vec<f64>, covariance: Vec<f64>) -> Result<Self, SamplerError> {
        Self::new(mean.len(), vec![1.0], mean, covariance)
    }

    /// Dimensions.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Share of each component; they add up to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Mean of one component, `[dims]`.
    ///
    /// # Panics
    /// If there is no such component.
    pub fn mean(&self, component: usize) -> &[f64] {
        &self.means[component * self.dims..][..self.dims]
    }

    /// Covariance of one component, `[dims, dims]`.
    ///
    /// # Panics
    /// If there is no such component.
    pub fn covariance(&self, component: usize) -> &[f64] {
        &self.covariances[component * self.dims * self.dims..][..self.dims * self.dims]
    }

    /// Lower Cholesky factor L of the covariance of one component, `[dims, dims]`: mean + L ε is a draw for ε of N(0, I).
    ///
    /// # Panics
    /// If there is no such component.
    pub fn factor(&self, component: usize) -> &[f64] {
        &self.factors[component * self.dims * self.dims..][..self.dims * self.dims]
    }

    /// `count` independent draws, `[count, dims]`; a pure function of the seed and the draw's position.
    pub fn sample(&self, count: usize, seed: u64) -> Vec<f32> {
        let choice = Stream::new(seed, "mixture component");
        let noise = Stream::new(seed, "mixture noise");
        let mut codes = vec![0.0; count * self.dims];
        codes.par_chunks_exact_mut(self.dims).enumerate().for_each(|(index, code)| {
            let share = f64::from(choice.cursor(0, index as u32).uniform());
            let component = self.component_at(share);
            let mut epsilon = vec![0.0; self.dims];
            noise.normals(0, index as u32, &mut epsilon);
            let factor = self.factor(component);
            for (j, (value, mean)) in code.iter_mut().zip(self.mean(component)).enumerate() {
                let row = &factor[j * self.dims..][..=j];
                *value =
                    (mean + row.iter().zip(&epsilon).map(|(l, e)| l * f64::from(*e)).sum::<f64>()) as f32;
            }
        });
        codes
    }

    fn component_at(&self, share: f64) -> usize {
        let mut sum = 0.0;
        let mut last = 0;
        for (component, weight) in self.weights.iter().enumerate() {
            if *weight > 0.0 {
                sum += weight;
                last = component;
                if share < sum {
                    break;
                }
            }
        }
        last
    }

    /// log density of each row of `points`, in nats.
    ///
    /// # Errors
    /// [`SamplerError::Columns`].
    pub fn log_density(&self, points: Table<'_>) -> Result<Vec<f64>, SamplerError> {
        self.check_columns(points)?;
        let chunks = points.values().par_chunks(CHUNK * self.dims);
        let each = chunks.map(|points| {
            let (_, densities) = self.responsibilities(points);
            densities
        });
        Ok(each.collect::<Vec<_>>().concat())
    }

    /// Mean of [`log_density`](Self::log_density), in nats per point; higher is better.
    ///
    /// # Errors
    /// [`SamplerError::Columns`].
    pub fn mean_log_density(&self, points: Table<'_>) -> Result<f64, SamplerError> {
        Ok(self.log_density(points)?.iter().sum::<f64>() / points.rows() as f64)
    }

    pub(super) fn check_columns(&self, points: Table<'_>) -> Result<(), SamplerError> {
        if points.columns() != self.dims {
            return Err(SamplerError::Columns { found: points.columns(), dims: self.dims });
        }
        Ok(())
    }

    /// The components' shares in each point, `[points, components]`, and the points' log densities.
    pub(super) fn responsibilities(&self, points: &[f32]) -> (Vec<f64>, Vec<f64>) {
        let (dims, components) = (self.dims, self.weights.len());
        let rows = points.len() / dims;
        let mut logs = vec![0.0; rows * components];
        let mut centred = vec![0.0; rows * dims];
        let mut whitened = vec![0.0; rows * dims];
        for component in 0..components {
            for (to, from) in centred.chunks_exact_mut(dims).zip(points.chunks_exact(dims)) {
                for ((to, from), mean) in to.iter_mut().zip(from).zip(self.mean(component)) {
                    *to = f64::from(*from) - mean;
                }
            }
            let inverse = &self.inverses[component * dims * dims..][..dims * dims];
            matmul(
                MatMut::from_row_major_slice_mut(&mut whitened, rows, dims),
                Accum::Replace,
                MatRef::from_row_major_slice(&centred, rows, dims),
                MatRef::from_row_major_slice(inverse, dims, dims),
                1.0,
                Par::Seq,
            );
            for (row, whitened) in whitened.chunks_exact(dims).enumerate() {
                let square: f64 = whitened.iter().map(|value| value * value).sum();
                logs[row * components + component] = self.constants[component] - 0.5 * square;
            }
        }
        let densities = logs.chunks_exact_mut(components).map(|logs| {
            let highest = logs.iter().fold(f64::NEG_INFINITY, |highest, log| highest.max(*log));
            logs.iter_mut().for_each(|log| *log = (*log - highest).exp());
            let sum: f64 = logs.iter().sum();
            logs.iter_mut().for_each(|share| *share /= sum);
            highest + sum.ln()
        });
        let densities = densities.collect();
        (logs, densities)
    }
}
