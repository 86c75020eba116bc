//! Squared Euclidean distance of a point to a centre.

/// Σ (x − c)² in f64. Eight sums side by side, so that it runs on vectors; their order is fixed.
#[inline(always)]
pub(crate) fn squared_distance(point: &[f32], centre: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (points, centres) = (point.chunks_exact(8), centre.chunks_exact(8));
    let rest = points.remainder().iter().zip(centres.remainder());
    let rest: f64 = rest.map(|(x, c)| (f64::from(*x) - c).powi(2)).sum();
    for (xs, cs) in points.zip(centres) {
        for ((sum, x), c) in sums.iter_mut().zip(xs).zip(cs) {
            let difference = f64::from(*x) - c;
            *sum += difference * difference;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The nearest of the `centres` (`[count, columns]`) and the squared distance to it; the first where equal.
#[inline(always)]
pub(crate) fn nearest_centre(point: &[f32], centres: &[f64]) -> (usize, f64) {
    let mut nearest = (0, f64::INFINITY);
    for (index, centre) in centres.chunks_exact(point.len()).enumerate() {
        let distance = squared_distance(point, centre);
        if distance < nearest.1 {
            nearest = (index, distance);
        }
    }
    nearest
}
