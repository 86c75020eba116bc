//! How kernels start.

use random::Stream;
use serde::{Deserialize, Serialize};

use crate::simd::Scalar;

/// The distribution of a kernel's first values. Biases start at 0.
///
/// `fan_in` and `fan_out` are inputs and outputs per value, kernel area included, as in Keras.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initializer {
    /// U(−a, a), a = √(6 / (fan_in + fan_out)) (Glorot & Bengio 2010), Keras' default
    #[default]
    GlorotUniform,
    /// N(0, 2 / (fan_in + fan_out)), cut at two standard deviations
    GlorotNormal,
    /// U(−a, a), a = √(6 / fan_in) (He et al. 2015)
    HeUniform,
    /// N(0, 2 / fan_in), cut at two standard deviations
    HeNormal,
}

impl Initializer {
    /// Every initializer.
    pub const ALL: [Initializer; 4] = [
        Initializer::GlorotUniform,
        Initializer::GlorotNormal,
        Initializer::HeUniform,
        Initializer::HeNormal,
    ];

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Fills `kernel` from `stream`.
    pub(crate) fn fill<T: Scalar>(self, stream: &Stream, fan_in: usize, fan_out: usize, kernel: &mut [T]) {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        let variance = match self {
            Initializer::GlorotUniform | Initializer::GlorotNormal => 2.0 / (fan_in + fan_out),
            Initializer::HeUniform | Initializer::HeNormal => 2.0 / fan_in,
        };
        let mut cursor = stream.cursor(0, 0);
        match self {
            Initializer::GlorotUniform | Initializer::HeUniform => {
                let limit = (3.0 * variance).sqrt() as f32;
                for value in kernel {
                    *value = T::from_f64(f64::from(cursor.between(-limit, limit)));
                }
            }
            Initializer::GlorotNormal | Initializer::HeNormal => {
                // Keras divides by the standard deviation of N(0, 1) cut at ±2.
                let deviation = variance.sqrt() / 0.879_625_661_034_239_8;
                for value in kernel {
                    let draw = std::iter::repeat_with(|| cursor.normal()).find(|z| z.abs() <= 2.0);
                    *value = T::from_f64(f64::from(draw.unwrap_or(0.0)) * deviation);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variances_are_those_of_the_papers() {
        for initializer in Initializer::ALL {
            let mut kernel = vec![0.0f64; 60_000];
            initializer.fill(&Stream::new(1, "kernel"), 300, 200, &mut kernel);
            let mean = kernel.iter().sum::<f64>() / 60_000.0;
            let variance = kernel.iter().map(|v| v * v).sum::<f64>() / 60_000.0;
            let expected = match initializer {
                Initializer::GlorotUniform | Initializer::GlorotNormal => 2.0 / 500.0,
                Initializer::HeUniform | Initializer::HeNormal => 2.0 / 300.0,
            };
            assert!(mean.abs() < 1.5e-3 && (variance / expected - 1.0).abs() < 0.02, "{initializer:?}");
        }
    }
}
