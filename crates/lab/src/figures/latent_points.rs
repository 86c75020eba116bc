//! Points of a latent space, as captions and at even distances.

/// `(−1, 0.5)`
pub fn caption(point: &[f32]) -> String {
    let numbers: Vec<String> = point.iter().map(|value| value.to_string().replace('-', "−")).collect();
    format!("({})", numbers.join(", "))
}

/// What is written below the images that `points` decode to; nothing where it would not fit.
pub fn captions(points: &[&[f32]]) -> Vec<String> {
    let fits = points.iter().all(|point| point.len() <= 2);
    if fits { points.iter().map(|point| caption(point)).collect() } else { Vec::new() }
}

/// `count` values from `low` to `high`, both included; the middle for a single one.
pub fn evenly((low, high): (f32, f32), count: usize) -> Vec<f32> {
    if count < 2 {
        return vec![(low + high) / 2.0; count];
    }
    let step = |i: usize| low + (high - low) * i as f32 / (count - 1) as f32;
    (0..count).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_divided_evenly() {
        assert_eq!(evenly((-1.0, 1.0), 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(evenly((0.0, 1.0), 1), [0.5]);
    }
}
