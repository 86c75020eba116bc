//! B-splines that spread points over the nodes of a grid, and read its values back.

use std::f64::consts::TAU;

/// Order of the splines: each reaches so many nodes in each direction.
pub(super) const ORDER: usize = 6;
/// Numbers that a row of them takes.
pub(super) const WIDE: usize = 8;

/// Values of the B-spline at the nodes that a point reaches, `t` into its cell, and their derivatives by `t`. The
/// last two of eight are 0: they fill a vector.
#[inline(always)]
pub(super) fn spline(t: f32) -> ([f32; WIDE], [f32; WIDE]) {
    let mut values = [0.0; WIDE];
    (values[0], values[1]) = (1.0 - t, t);
    // Each order from the one below (de Boor 1978), from the last node to the first.
    for order in 3..ORDER {
        raise(&mut values, order, t);
    }
    let mut slopes = [0.0; WIDE];
    slopes[0] = -values[0];
    for node in 1..ORDER {
        slopes[node] = values[node - 1] - values[node];
    }
    raise(&mut values, ORDER, t);
    (values, slopes)
}

#[inline(always)]
fn raise(values: &mut [f32; WIDE], order: usize, t: f32) {
    let scale = 1.0 / (order - 1) as f32;
    values[order - 1] = scale * t * values[order - 2];
    for node in (1..order - 1).rev() {
        let left = (t + (order - 1 - node) as f32) * values[node - 1];
        values[node] = scale * (left + ((node + 1) as f32 - t) * values[node]);
    }
    values[0] *= scale * (1.0 - t);
}

/// Transform of the spline at the nodes, at the k-th of `length` frequencies.
pub(super) fn spline_transform(k: usize, length: usize) -> f64 {
    let (values, _) = spline(0.0);
    let angle = TAU * k as f64 / length as f64;
    let middle = (ORDER / 2 - 1) as f64;
    (0..ORDER).map(|node| f64::from(values[node]) * (angle * (node as f64 - middle)).cos()).sum()
}
