//! [`LogWeights`]: the importance weights of one image, added up without keeping them.

use super::error::LikelihoodError;

/// The log weights log p(x, z_k) − log q(z_k|x) of one image, k = 1 … K, in nats.
///
/// Keeps the sums that the estimates need, relative to the largest weight so far: 1 or 50,000 samples take the
/// same memory, weights of e^−1000 do not vanish, and batches can come one after the other.
///
/// ```
/// use analysis::LogWeights;
///
/// let mut weights = LogWeights::default();
/// for log_weight in [-1000.0, -1000.0 + 3f64.ln()] {
///     weights.push(log_weight)?;
/// }
/// assert!((weights.log_mean().unwrap() - (2f64.ln() - 1000.0)).abs() < 1e-12); // log of (1 + 3) / 2 · e^−1000
/// assert!((weights.effective_samples() - 1.6).abs() < 1e-12); // (1 + 3)² / (1² + 3²)
/// # Ok::<(), analysis::LikelihoodError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogWeights {
    samples: u64,
    largest: f64,
    /// Σ w / w_max
    weights: f64,
    /// Σ (w / w_max)²
    squares: f64,
    /// Running mean of the log weights.
    mean: f64,
}

impl LogWeights {
    /// Adds one log weight, in nats.
    ///
    /// # Errors
    /// [`LikelihoodError::NotFinite`]; the sums stay as they were.
    pub fn push(&mut self, log_weight: f64) -> Result<(), LikelihoodError> {
        if !log_weight.is_finite() {
            return Err(LikelihoodError::NotFinite { sample: self.samples, value: log_weight });
        }
        self.samples += 1;
        if self.samples == 1 || log_weight > self.largest {
            let scale = if self.samples == 1 { 0.0 } else { (self.largest - log_weight).exp() };
            self.weights = self.weights * scale + 1.0;
            self.squares = self.squares * scale * scale + 1.0;
            self.largest = log_weight;
        } else {
            let weight = (log_weight - self.largest).exp();
            self.weights += weight;
            self.squares += weight * weight;
        }
        self.mean += (log_weight - self.mean) / self.samples as f64;
        Ok(())
    }

    /// K, the weights so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// log (1/K Σ_k w_k), the estimate of log p(x) in nats (Burda et al., *Importance weighted autoencoders*,
    /// ICLR 2016); `None` without samples.
    ///
    /// A lower bound in expectation; tighter with more samples.
    pub fn log_mean(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.largest + (self.weights / self.samples as f64).ln())
    }

    /// 1/K Σ_k log w_k, the Monte Carlo estimate of the ELBO in nats; `None` without samples.
    pub fn mean_log(&self) -> Option<f64> {
        (self.samples > 0).then_some(self.mean)
    }

    /// (Σ w)² / Σ w² (Kish 1965), in [1, K]: how many equal weights would be as good; 0 without samples.
    pub fn effective_samples(&self) -> f64 {
        if self.samples == 0 { 0.0 } else { self.weights * self.weights / self.squares }
    }

    /// Variance of [`log_mean`](Self::log_mean) over redraws of the samples, to first order (delta method):
    /// the variance of the mean weight over its square. Infinite for a single sample, which cannot tell.
    pub fn variance_of_log_mean(&self) -> f64 {
        if self.samples < 2 {
            return f64::INFINITY;
        }
        let count = self.samples as f64;
        (count / self.effective_samples() - 1.0).max(0.0) / (count - 1.0)
    }
}
