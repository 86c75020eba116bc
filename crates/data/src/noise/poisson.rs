//! Draws of the Poisson distribution.

use random::Cursor;

/// Means from which on draws are rejected from a hat, instead of counted one by one.
const LARGE: f64 = 10.0;

/// A draw of the Poisson distribution with this mean, at least 0: by multiplying uniform numbers (Knuth 1969) where the
/// mean is small, else by transformed rejection (Hörmann 1993, *The transformed rejection method for generating Poisson
/// random variables*, PTRS).
pub(super) fn poisson(mean: f64, draw: &mut Cursor) -> f64 {
    if mean < LARGE {
        let (least, mut product, mut count) = ((-mean).exp(), f64::from(draw.uniform()), 0);
        while product > least {
            product *= f64::from(draw.uniform());
            count += 1;
        }
        return f64::from(count);
    }
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let v_r = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let (u, v) = (f64::from(draw.uniform()) - 0.5, f64::from(draw.uniform()));
        let u_s = 0.5 - u.abs();
        let count = ((2.0 * a / u_s + b) * u + mean + 0.43).floor();
        if u_s >= 0.07 && v <= v_r {
            return count;
        }
        if count < 0.0 || (u_s < 0.013 && v > u_s) {
            continue;
        }
        let hat = (v * inverse_alpha / (a / (u_s * u_s) + b)).ln();
        if hat <= count * mean.ln() - mean - ln_factorial(count) {
            return count;
        }
    }
}

/// ln n! by Stirling's series, to 1e-10, with the first factors apart.
fn ln_factorial(n: f64) -> f64 {
    let (mut x, mut product) = (n + 1.0, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * x * x)) / (x * x)) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use random::Stream;

    use super::*;

    #[test]
    fn logarithms_of_factorials() {
        let mut exact = 0.0;
        for n in 1..200 {
            exact += f64::from(n).ln();
            assert!((ln_factorial(n.into()) - exact).abs() < 1e-10 * exact.max(1.0), "{n}");
        }
        assert!(ln_factorial(0.0).abs() < 1e-10);
    }

    /// χ² of the counts beside the probabilities that they are drawn by.
    #[test]
    fn counts_have_their_probabilities() {
        const DRAWS: usize = 200_000;
        for mean in [0.3f64, 4.0, 9.9, 10.0, 31.0, 400.0] {
            let mut draw = Stream::new(5, "counts").cursor(mean.to_bits(), 0);
            let most = (mean + 6.0 * mean.sqrt() + 6.0) as usize;
            let mut counts = vec![0.0; most + 1];
            for _ in 0..DRAWS {
                counts[(poisson(mean, &mut draw) as usize).min(most)] += 1.0;
            }
            let (mut statistic, mut bins) = (0.0f64, 0.0f64);
            let mut ln_probability = -mean;
            for (k, count) in counts.iter().enumerate() {
                let expected = DRAWS as f64 * ln_probability.exp();
                if expected >= 20.0 {
                    statistic += (count - expected) * (count - expected) / expected;
                    bins += 1.0;
                }
                ln_probability += mean.ln() - ((k + 1) as f64).ln();
            }
            // χ² of n bins has mean n and variance 2 n.
            assert!((statistic - bins).abs() < 5.0 * (2.0 * bins).sqrt(), "{mean}: {statistic} of {bins}");
        }
    }
}
