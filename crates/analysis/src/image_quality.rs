//! How close images are to their originals: MSE, PSNR and SSIM.

use rayon::prelude::*;

use crate::structural_similarity::{Scratch, Window};

/// How close one image is to its original. Pixels are taken to span [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageQuality {
    /// Mean squared error over all pixels and channels; ≥ 0, lower is better.
    pub mse: f64,
    /// Peak signal-to-noise ratio −10·log₁₀(MSE) in decibels; higher is better, infinite for equal images.
    pub psnr: f64,
    /// Structural similarity (Wang et al. 2004), mean over channels; in [−1, 1], 1 for equal images.
    pub ssim: f64,
}

/// The averages of a set of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanQuality {
    /// Mean of the images' MSE.
    pub mse: f64,
    /// Mean of the images' [`ImageQuality::counted_psnr`] in decibels, over the images that differ from their original
    /// (the PSNR of an equal pair is infinite); infinite only if all are equal.
    pub psnr: f64,
    /// Mean of the images' SSIM.
    pub ssim: f64,
    /// Number of images.
    pub images: usize,
    /// Number of images that equal their original to the bit.
    pub identical: usize,
}

/// Why images could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QualityError {
    /// A table that is not of the given shape.
    #[error("{values} pixel values are not images of shape {shape:?} (count, height, width, channels)")]
    Shape {
        /// Count, height, width, channels.
        shape: [usize; 4],
        /// Length of the table.
        values: usize,
    },

    /// Images without a neighbourhood to compare.
    #[error("images of {height} × {width} pixels are too small for SSIM: at least 3 × 3 are needed")]
    TooSmall {
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
    },

    /// A pixel that is NaN or infinite.
    #[error("image {image} holds a pixel that is not a finite number")]
    NotFinite {
        /// Index of the first such image.
        image: usize,
    },
}

/// Compares `images` with their `originals` one by one.
///
/// - **Shapes**: both tables hold `shape` = count, height, width, channels (NHWC).
/// - **Range**: pixels nominally in [0, 1]; values outside are measured as they are.
/// - **SSIM**: Gaussian window of 11 × 11 pixels and σ = 1.5, K₁ = 0.01, K₂ = 0.03, biased (co)variances, over
///   the positions where the whole window lies in the image, mean over channels. These are the settings of
///   Wang et al., *Image quality assessment: from error visibility to structural similarity*, IEEE TIP 2004,
///   and equal scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
///   use_sample_covariance=False, data_range=1.0)`. Where a side is shorter than 11 pixels the window is the
///   largest odd one that fits.
///
/// # Errors
/// [`QualityError`] for tables of another size, images smaller than 3 × 3, and pixels that are not finite.
///
/// ```
/// let originals = vec![0.5; 2 * 16 * 16];
/// let mut images = originals.clone();
/// images[..256].fill(0.6); // the first image is off by 0.1 everywhere
/// let quality = analysis::image_quality(&originals, &images, [2, 16, 16, 1])?;
/// assert!((quality[0].mse - 0.01).abs() < 1e-6 && (quality[0].psnr - 20.0).abs() < 1e-4);
/// assert_eq!((quality[1].mse, quality[1].psnr, quality[1].ssim), (0.0, f64::INFINITY, 1.0));
/// # Ok::<(), analysis::QualityError>(())
/// ```
pub fn image_quality(
    originals: &[f32],
    images: &[f32],
    shape: [usize; 4],
) -> Result<Vec<ImageQuality>, QualityError> {
    let [_, height, width, channels] = shape;
    let size = shape.iter().try_fold(1usize, |size, side| size.checked_mul(*side));
    for values in [originals.len(), images.len()] {
        if size != Some(values) || channels == 0 {
            return Err(QualityError::Shape { shape, values });
        }
    }
    if height < 3 || width < 3 {
        return Err(QualityError::TooSmall { height, width });
    }
    let window = Window::for_images(height, width);
    let pixels = height * width * channels;
    let pairs = originals.par_chunks_exact(pixels).zip(images.par_chunks_exact(pixels)).enumerate();
    // Collecting into a vector first keeps the error of the lowest index, whichever thread was first.
    let measured: Vec<Result<ImageQuality, QualityError>> = pairs
        .map_init(Scratch::default, |scratch, (image, (original, other))| {
            if !original.iter().chain(other).all(|value| value.is_finite()) {
                return Err(QualityError::NotFinite { image });
            }
            let mse = mean_squared_error(original, other);
            let ssim = window.similarity(original, other, channels, scratch);
            Ok(ImageQuality { mse, psnr: 10.0 * mse.recip().log10(), ssim })
        })
        .collect();
    measured.into_iter().collect()
}

/// The PSNR in decibels from which on an image counts as its original: of 8 bits a pixel, rounding leaves 59.
pub const GREATEST_PSNR: f64 = 60.0;

impl ImageQuality {
    /// The PSNR as it counts in means, [`GREATEST_PSNR`] at most: without a bound an image that is all but equal to
    /// its original outweighs all others.
    pub fn counted_psnr(&self) -> f64 {
        self.psnr.min(GREATEST_PSNR)
    }
}

impl MeanQuality {
    /// The averages over `images`; `None` when there are none.
    ///
    /// ```
    /// # use analysis::{ImageQuality, MeanQuality};
    /// let pair = [0.01, 0.0].map(|mse: f64| ImageQuality { mse, psnr: -10.0 * mse.log10(), ssim: 1.0 });
    /// let mean = MeanQuality::of(&pair).unwrap();
    /// assert_eq!((mean.mse, mean.psnr, mean.identical), (0.005, 20.0, 1));
    /// ```
    pub fn of(images: &[ImageQuality]) -> Option<Self> {
        if images.is_empty() {
            return None;
        }
        let count = images.len();
        let identical = images.iter().filter(|image| image.mse == 0.0).count();
        let mean = |sum: f64| sum / count as f64;
        let finite: f64 =
            images.iter().filter(|image| image.mse != 0.0).map(ImageQuality::counted_psnr).sum();
        let psnr = if identical == count { f64::INFINITY } else { finite / (count - identical) as f64 };
        Some(Self {
            mse: mean(images.iter().map(|image| image.mse).sum()),
            psnr,
            ssim: mean(images.iter().map(|image| image.ssim).sum()),
            images: count,
            identical,
        })
    }
}

fn mean_squared_error(original: &[f32], other: &[f32]) -> f64 {
    let squares = original.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>() / original.len() as f64
}
