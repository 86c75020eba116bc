//! How noisy an image is.

/// Coefficients of the high-pass filter of Daubechies' wavelet with two vanishing moments (*Ten lectures on wavelets*, 1992).
const HIGH_PASS: [f64; 4] =
    [-0.482_962_913_144_690_25, 0.836_516_303_737_469, -0.224_143_868_041_857_35, -0.129_409_522_550_921_45];
/// The median of |N(0, 1)|.
const MEDIAN: f64 = 0.674_489_750_196_081_7;

/// The standard deviation of the Gaussian noise on a `plane` of `height` × `width` values, in their units: the median of the
/// absolute values of its finest diagonal wavelet coefficients that are not 0, over that of N(0, 1) (Donoho and Johnstone
/// 1994, *Ideal spatial adaptation by wavelet shrinkage*). Edges are few among those coefficients and hardly move their
/// median; fine texture does, and counts as noise. Agrees with scikit-image's `estimate_sigma`, but for
/// drawings: 0 where at least half of the coefficients are, for noise spares no pixel.
///
/// # Panics
/// If `plane` has not `height * width` values.
///
/// ```
/// use analysis::noise_level;
///
/// let stream = random::Stream::new(1, "noise");
/// let mut image = vec![0.0f32; 64 * 64];
/// stream.normals(0, 0, &mut image);
/// image.iter_mut().enumerate().for_each(|(at, value)| *value = 0.5 + 0.1 * *value + at as f32 / 8192.0);
/// assert!((noise_level(&image, 64, 64) - 0.1).abs() < 0.01);
/// ```
pub fn noise_level(plane: &[f32], height: usize, width: usize) -> f64 {
    assert_eq!(plane.len(), height * width, "a plane of {height} × {width}");
    let rows: Vec<Vec<f64>> = plane
        .chunks_exact(width.max(1))
        .map(|row| details(&row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()))
        .collect();
    let columns = rows.first().map_or(0, Vec::len);
    let all: Vec<f64> = (0..columns)
        .flat_map(|column| details(&rows.iter().map(|row| row[column]).collect::<Vec<_>>()))
        .map(f64::abs)
        .collect();
    let mut sizes: Vec<f64> = all.iter().copied().filter(|size| *size > 0.0).collect();
    if 2 * sizes.len() <= all.len() {
        return 0.0;
    }
    sizes.sort_unstable_by(f64::total_cmp);
    let middle = sizes.len() / 2;
    let median = if sizes.len() % 2 == 1 { sizes[middle] } else { (sizes[middle - 1] + sizes[middle]) / 2.0 };
    median / MEDIAN
}

/// The detail coefficients of a line, which goes on as its mirror image.
fn details(line: &[f64]) -> Vec<f64> {
    let (length, taps) = (line.len(), HIGH_PASS.len());
    let value = |place: isize| {
        let at = place.rem_euclid(2 * length as isize) as usize;
        line[at.min(2 * length - 1 - at)]
    };
    let one = |at: usize| {
        let last = 2 * at as isize + 1;
        HIGH_PASS.iter().enumerate().map(|(tap, weight)| weight * value(last - tap as isize)).sum()
    };
    (0..(length + taps - 1) / 2).map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::noise_level;

    /// Patches of photographs without and with noise beside scikit-image's estimate, stored by `scripts/noise_level_cases.py`.
    #[test]
    fn estimates_are_those_of_scikit_image() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("../tests/noise_level.json")).unwrap();
        for case in &cases {
            let side = |name: &str| case[name].as_u64().unwrap() as usize;
            let pixels = case["pixels"].as_array().unwrap();
            let plane: Vec<f32> = pixels.iter().map(|pixel| pixel.as_u64().unwrap() as f32 / 255.0).collect();
            let (found, expected) =
                (noise_level(&plane, side("height"), side("width")), case["sigma"].as_f64().unwrap());
            // Pixels are rounded to single precision, which also decides what is 0 exactly.
            assert!(
                (found - expected).abs() < 1e-3 * expected + 1e-6,
                "{}: {found}, not {expected}",
                case["name"]
            );
        }
    }

    #[test]
    fn an_even_plane_has_no_noise() {
        assert_eq!(noise_level(&[0.0; 20], 4, 5), 0.0);
        assert_eq!(noise_level(&[], 0, 5), 0.0);
    }
}
