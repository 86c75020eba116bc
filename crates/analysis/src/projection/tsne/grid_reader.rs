//! [`GridReader`]: potential and forces at the points, from the nodes of a grid.
//!
//! Splines and what a point owes to its own charge are computed for as many points at once as a vector holds;
//! nodes are read point by point.

use pulp::{Simd, WithSimd};

use super::frame::Frame;
use super::spline::{ORDER, WIDE};

/// The most points that a vector holds.
const LANES: usize = 16;

/// One number for each point of a vector.
type PerPoint = [f32; LANES];

/// A value for each node that a point reaches in one direction.
type Nodes<S> = [<S as Simd>::f32s; ORDER];

/// Reads φ and −½∇φ at points, without their own part; gives Σφ.
pub(super) struct GridReader<'a> {
    pub(super) frame: Frame,
    pub(super) nodes: &'a [f32],
    /// What a point gets back of its own charge: potential between nodes (x, y) apart, counted as often as the
    /// distance occurs with either sign.
    pub(super) own: &'a [[f32; WIDE]; ORDER],
    pub(super) points: &'a [[f32; 2]],
    pub(super) forces: &'a mut [[f32; 2]],
}

impl WithSimd for GridReader<'_> {
    type Output = f64;

    // Indices, not iterators with closures: see `fourier`.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { frame, nodes, own, points, forces } = self;
        let factor = -0.5 / frame.spacing;
        let mut sum = 0.0;
        for (points, forces) in points.chunks(S::F32_LANES).zip(forces.chunks_mut(S::F32_LANES)) {
            let (mut first, mut into_x, mut into_y) = ([0; LANES], [0.0; LANES], [0.0; LANES]);
            for (lane, point) in points.iter().enumerate() {
                let ([x, y], [tx, ty]) = frame.cell(*point);
                (first[lane], into_x[lane], into_y[lane]) = (x * frame.side + y, tx, ty);
            }
            let (wx, sx) = spline::<S>(simd, load::<S>(&into_x));
            let (wy, sy) = spline::<S>(simd, load::<S>(&into_y));
            let (mut weights, mut slopes) = ([[0.0; LANES]; ORDER], [[0.0; LANES]; ORDER]);
            for node in 0..ORDER {
                store::<S>(&mut weights[node], wx[node]);
                store::<S>(&mut slopes[node], sx[node]);
            }
            // Along x, point by point: for every node along y a value and its slope.
            let (mut values, mut rising) = ([[0.0; LANES]; ORDER], [[0.0; LANES]; ORDER]);
            for lane in 0..points.len() {
                let (mut value, mut rise) = ([0.0; WIDE], [0.0; WIDE]);
                for (node, row) in nodes[first[lane]..].chunks(frame.side).take(ORDER).enumerate() {
                    let (weight, slope) = (weights[node][lane], slopes[node][lane]);
                    for j in 0..WIDE {
                        value[j] += weight * row[j];
                        rise[j] += slope * row[j];
                    }
                }
                for j in 0..ORDER {
                    values[j][lane] = value[j];
                    rising[j][lane] = rise[j];
                }
            }
            // The point's own charge, by distance of nodes.
            let ((ox, dx), (oy, dy)) = (overlap::<S>(simd, &wx, &sx), overlap::<S>(simd, &wy, &sy));
            let zero = simd.splat_f32s(0.0);
            let (mut value, mut along_x, mut along_y) = (zero, zero, zero);
            for j in 0..ORDER {
                let (mut own_value, mut own_rise) = (zero, zero);
                for i in 0..ORDER {
                    let own = simd.splat_f32s(-own[i][j]);
                    own_value = simd.mul_add_f32s(own, ox[i], own_value);
                    own_rise = simd.mul_add_f32s(own, dx[i], own_rise);
                }
                value = simd.mul_add_f32s(own_value, oy[j], value);
                along_x = simd.mul_add_f32s(own_rise, oy[j], along_x);
                along_y = simd.mul_add_f32s(own_value, dy[j], along_y);
            }
            for j in 0..ORDER {
                let (found, rise) = (load::<S>(&values[j]), load::<S>(&rising[j]));
                value = simd.mul_add_f32s(found, wy[j], value);
                along_x = simd.mul_add_f32s(rise, wy[j], along_x);
                along_y = simd.mul_add_f32s(found, sy[j], along_y);
            }
            let (mut found, mut force_x, mut force_y) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            store::<S>(&mut found, value);
            store::<S>(&mut force_x, along_x);
            store::<S>(&mut force_y, along_y);
            for (lane, force) in forces.iter_mut().enumerate() {
                sum += f64::from(found[lane]);
                *force = [factor * force_x[lane], factor * force_y[lane]];
            }
        }
        sum
    }
}

#[inline(always)]
fn load<S: Simd>(values: &PerPoint) -> S::f32s {
    S::as_simd_f32s(values).0[0]
}

#[inline(always)]
fn store<S: Simd>(values: &mut PerPoint, vector: S::f32s) {
    S::as_mut_simd_f32s(values).0[0] = vector;
}

/// As [`spline`](super::spline::spline), for a vector of points.
#[inline(always)]
fn spline<S: Simd>(simd: S, t: S::f32s) -> (Nodes<S>, Nodes<S>) {
    let mut values = [simd.splat_f32s(0.0); ORDER];
    (values[0], values[1]) = (simd.sub_f32s(simd.splat_f32s(1.0), t), t);
    for order in 3..ORDER {
        raise::<S>(simd, &mut values, order, t);
    }
    let mut slopes = [simd.neg_f32s(values[0]); ORDER];
    for node in 1..ORDER {
        slopes[node] = simd.sub_f32s(values[node - 1], values[node]);
    }
    raise::<S>(simd, &mut values, ORDER, t);
    (values, slopes)
}

#[inline(always)]
fn raise<S: Simd>(simd: S, values: &mut Nodes<S>, order: usize, t: S::f32s) {
    let scale = simd.splat_f32s(1.0 / (order - 1) as f32);
    values[order - 1] = simd.mul_f32s(scale, simd.mul_f32s(t, values[order - 2]));
    for node in (1..order - 1).rev() {
        let rising = simd.add_f32s(t, simd.splat_f32s((order - 1 - node) as f32));
        let falling = simd.sub_f32s(simd.splat_f32s((node + 1) as f32), t);
        let left = simd.mul_f32s(rising, values[node - 1]);
        values[node] = simd.mul_f32s(scale, simd.mul_add_f32s(falling, values[node], left));
    }
    let falling = simd.sub_f32s(simd.splat_f32s(1.0), t);
    values[0] = simd.mul_f32s(scale, simd.mul_f32s(falling, values[0]));
}

/// Σ_i w(i)·w(i + d) for every distance d of nodes, and half its derivative.
#[inline(always)]
fn overlap<S: Simd>(simd: S, values: &Nodes<S>, slopes: &Nodes<S>) -> (Nodes<S>, Nodes<S>) {
    let zero = simd.splat_f32s(0.0);
    let (mut overlaps, mut derivatives) = ([zero; ORDER], [zero; ORDER]);
    for distance in 0..ORDER {
        let mut rise = zero;
        for node in 0..ORDER - distance {
            let (near, far) = (values[node], values[node + distance]);
            overlaps[distance] = simd.mul_add_f32s(near, far, overlaps[distance]);
            rise = simd.mul_add_f32s(slopes[node], far, rise);
            rise = simd.mul_add_f32s(near, slopes[node + distance], rise);
        }
        derivatives[distance] = simd.mul_f32s(simd.splat_f32s(0.5), rise);
    }
    (overlaps, derivatives)
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::*;

    struct Splines<'a>(&'a PerPoint, &'a mut [[PerPoint; ORDER]; 2]);

    impl WithSimd for Splines<'_> {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> usize {
            let (values, slopes) = spline::<S>(simd, load::<S>(self.0));
            for node in 0..ORDER {
                store::<S>(&mut self.1[0][node], values[node]);
                store::<S>(&mut self.1[1][node], slopes[node]);
            }
            S::F32_LANES
        }
    }

    #[test]
    fn splines_of_vectors_are_those_of_numbers() {
        let places: PerPoint = std::array::from_fn(|lane| (lane as f32 * 0.618).fract());
        let mut found = [[[0.0; LANES]; ORDER]; 2];
        let lanes = Arch::new().dispatch(Splines(&places, &mut found));
        for lane in 0..lanes {
            let (values, slopes) = super::super::spline::spline(places[lane]);
            for node in 0..ORDER {
                assert!((found[0][node][lane] - values[node]).abs() < 1e-6);
                assert!((found[1][node][lane] - slopes[node]).abs() < 1e-6);
            }
        }
    }
}
