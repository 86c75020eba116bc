//! How kernels start.

use random::Stream;
use serde::{Deserialize, Serialize};

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

    /// Calls `with` for each of `count` draws from `stream`, which are f32 for the uniform distributions.
    pub(crate) fn draw(
        self,
        stream: &Stream,
        fan_in: usize,
        fan_out: usize,
        count: usize,
        mut with: impl FnMut(f64),
    ) {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        let variance = match self {
            Initializer::GlorotUniform | Initializer::GlorotNormal => 2.0 / (fan_in + fan_out),
            Initializer::HeUniform | Initializer::HeNormal => 2.0 / fan_in,
        };
        let mut cursor = stream.cursor(0, 0);
        match self {
            Initializer::GlorotUniform | Initializer::HeUniform => {
                let limit = (3.0 * variance).sqrt() as f32;
                (0..count).for_each(|_| with(f64::from(cursor.between(-limit, limit))));
            }
            Initializer::GlorotNormal | Initializer::HeNormal => {
                // Keras divides by the standard deviation of N(0, 1) cut at ±2.
                let deviation = variance.sqrt() / 0.879_625_661_034_239_8;
                for _ in 0..count {
                    let draw = std::iter::repeat_with(|| cursor.normal()).find(|z| z.abs() <= 2.0);
                    with(f64::from(draw.unwrap_or(0.0)) * deviation);
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
            let mut kernel = Vec::new();
            initializer.draw(&Stream::new(1, "kernel"), 300, 200, 60_000, |value| kernel.push(value));
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
