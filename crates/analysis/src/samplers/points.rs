//! Draws from the Gaussian of fewer points than dimensions, without its covariance.

use random::Stream;
use rayon::prelude::*;

use super::error::SamplerError;
use crate::moments::column_means;
use crate::table::Table;

/// N(m, XᵀX / n + D): the Gaussian with the mean and covariance (divided by n) of n points, where X are the points
/// less their mean, and independent noise of variance D in each dimension.
///
/// A draw is m + Xᵀz / √n + √D ε with z ~ N(0, I) of n numbers, so that the time is that of the points, not of a
/// matrix of dimensions squared.
///
/// ```
/// use analysis::{GaussianOfPoints, Table};
///
/// let points = [0.0, 4.0, 0.0, 2.0, 4.0, 0.0]; // two points in three dimensions
/// let gaussian = GaussianOfPoints::new(Table::new(&points, 3)?, &[0.0; 3])?;
/// for draw in gaussian.sample(5, 7).chunks(3) {
///     assert!((draw[0] - 1.0).abs() < 9.0 && draw[1] == 4.0 && draw[2] == 0.0); // on the line through both
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianOfPoints<'a> {
    points: Table<'a>,
    mean: Vec<f64>,
    /// √D
    deviations: Vec<f64>,
}

impl<'a> GaussianOfPoints<'a> {
    /// The Gaussian of `points` with noise of `variances`, one of each dimension.
    ///
    /// # Errors
    /// [`SamplerError::Columns`] for another number of variances, [`SamplerError::Component`] for points or variances
    /// that are not finite, or variances below 0.
    pub fn new(points: Table<'a>, variances: &[f64]) -> Result<Self, SamplerError> {
        if variances.len() != points.columns() {
            return Err(SamplerError::Columns { found: variances.len(), dims: points.columns() });
        }
        let mean = column_means(points);
        let is_variance = |value: &f64| *value >= 0.0 && value.is_finite();
        if !mean.iter().all(|value| value.is_finite()) || !variances.iter().all(is_variance) {
            return Err(SamplerError::Component { component: 0 });
        }
        Ok(Self { points, mean, deviations: variances.iter().map(|value| value.sqrt()).collect() })
    }

    /// `count` independent draws, `[count, dims]`; a pure function of the seed and the draw's position.
    pub fn sample(&self, count: usize, seed: u64) -> Vec<f32> {
        let (rows, dims) = (self.points.rows(), self.points.columns());
        let (among, around) = (Stream::new(seed, "gaussian of points"), Stream::new(seed, "gaussian noise"));
        let mut draws = vec![0.0; count * dims];
        draws.par_chunks_exact_mut(dims).enumerate().for_each(|(index, draw)| {
            let (mut z, mut epsilon) = (vec![0.0; rows], vec![0.0; dims]);
            among.normals(0, index as u32, &mut z);
            around.normals(0, index as u32, &mut epsilon);
            let mut sum = vec![0.0; dims];
            for (row, z) in z.iter().enumerate() {
                let z = f64::from(*z);
                for ((sum, x), mean) in sum.iter_mut().zip(self.points.row(row)).zip(&self.mean) {
                    *sum += z * (f64::from(*x) - mean);
                }
            }
            let scale = 1.0 / (rows as f64).sqrt();
            for (j, value) in draw.iter_mut().enumerate() {
                let noise = self.deviations[j] * f64::from(epsilon[j]);
                *value = (self.mean[j] + scale * sum[j] + noise) as f32;
            }
        });
        draws
    }
}
