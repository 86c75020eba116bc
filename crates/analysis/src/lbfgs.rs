//! L-BFGS for smooth convex functions.

/// Corrections kept.
const MEMORY: usize = 20;

/// Where a search ended.
pub(crate) struct Minimum {
    pub at: Vec<f64>,
    pub value: f64,
    pub iterations: usize,
    /// Whether no component of the gradient exceeds the tolerance.
    pub converged: bool,
}

/// Minimises `function`, which gives value and gradient, from `start`.
///
/// Liu & Nocedal, *On the limited memory BFGS method*, 1989, with a bisection line search for the weak Wolfe
/// conditions (Lewis & Overton 2013), which keep the corrections positive definite.
pub(crate) fn minimise(
    start: Vec<f64>,
    tolerance: f64,
    most: usize,
    function: impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> Minimum {
    let mut at = start;
    let (mut value, mut gradient) = function(&at);
    let mut corrections: Vec<Correction> = Vec::new();
    let mut iterations = 0;
    let small = |gradient: &[f64]| gradient.iter().all(|slope| slope.abs() <= tolerance);
    while iterations < most && !small(&gradient) {
        iterations += 1;
        let direction = direction(&gradient, &corrections);
        let first = if corrections.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let Some((step, new_value, new_gradient)) =
            search(&at, value, &gradient, &direction, first, &function)
        else {
            break; // No descent left in f64: as low as rounding allows.
        };
        let moved: Vec<f64> = direction.iter().map(|d| step * d).collect();
        let bent: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        at.iter_mut().zip(&moved).for_each(|(x, moved)| *x += moved);
        let curvature = dot(&moved, &bent);
        if curvature > 0.0 {
            if corrections.len() == MEMORY {
                corrections.remove(0);
            }
            corrections.push(Correction { moved, bent, curvature });
        }
        (value, gradient) = (new_value, new_gradient);
    }
    Minimum { converged: small(&gradient), at, value, iterations }
}

struct Correction {
    moved: Vec<f64>,
    bent: Vec<f64>,
    curvature: f64,
}

/// −H · gradient by the two-loop recursion.
fn direction(gradient: &[f64], corrections: &[Correction]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut factors = Vec::with_capacity(corrections.len());
    for correction in corrections.iter().rev() {
        let factor = dot(&correction.moved, &direction) / correction.curvature;
        direction.iter_mut().zip(&correction.bent).for_each(|(d, bent)| *d -= factor * bent);
        factors.push(factor);
    }
    if let Some(last) = corrections.last() {
        let scale = last.curvature / dot(&last.bent, &last.bent);
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for (correction, factor) in corrections.iter().zip(factors.into_iter().rev()) {
        let back = factor - dot(&correction.bent, &direction) / correction.curvature;
        direction.iter_mut().zip(&correction.moved).for_each(|(d, moved)| *d += back * moved);
    }
    direction
}

/// A step that lowers the function enough and flattens its slope enough, with value and gradient there.
fn search(
    at: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
    first: f64,
    function: &impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> Option<(f64, f64, Vec<f64>)> {
    let slope = dot(gradient, direction);
    if slope >= 0.0 {
        return None;
    }
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, first);
    for _ in 0..60 {
        let there: Vec<f64> = at.iter().zip(direction).map(|(x, d)| x + step * d).collect();
        let (new_value, new_gradient) = function(&there);
        // Near the minimum values differ by less than their rounding; the slope decides there.
        let rounding = 1e-15 * value.abs();
        let lowered = new_value <= value + 1e-4 * step * slope + rounding; // false for NaN
        if !lowered {
            high = step;
        } else if dot(&new_gradient, direction) < 0.9 * slope {
            low = step;
        } else {
            return Some((step, new_value, new_gradient));
        }
        step = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * step };
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_of_a_badly_scaled_convex_function() {
        // Σ s_i (x_i − i)² + Σ log cosh(x_i − i), scales over six decades; the minimum is x_i = i.
        let scales: Vec<f64> = (0..30).map(|i| 10f64.powf(f64::from(i) / 5.0 - 3.0)).collect();
        let found = minimise(vec![40.0; 30], 1e-9, 2000, |x| {
            let off: Vec<f64> = x.iter().enumerate().map(|(i, x)| x - i as f64).collect();
            let value =
                off.iter().zip(&scales).map(|(o, s)| s * o * o + o.abs() + (-2.0 * o.abs()).exp().ln_1p());
            let gradient = off.iter().zip(&scales).map(|(o, s)| 2.0 * s * o + o.tanh());
            (value.sum(), gradient.collect())
        });
        assert!(found.converged, "{} iterations", found.iterations);
        for (i, x) in found.at.iter().enumerate() {
            assert!((x - i as f64).abs() < 1e-8, "{i}: {x}");
        }
    }
}
