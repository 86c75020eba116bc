//! Fourier transforms of many columns at once, one column in each lane of a vector.
//!
//! Here as wherever vectors are used: no closure calls a vector operation, for it would be compiled without the
//! instruction set and could not be inlined.

use std::f64::consts::TAU;

use pulp::Simd;

/// A vector of real parts and one of imaginary parts.
pub(super) type Complex<S> = [<S as Simd>::f32s; 2];

/// How to transform columns of one length, by Stockham's method: no step shuffles lanes, none reverses bits.
pub(super) struct Fourier {
    stages: Vec<Stage>,
}

struct Stage {
    radix: usize,
    /// Product of the radices before.
    stride: usize,
    /// e^(−2πi·p·k/n) for p in 0..n/radix and k in 1..radix.
    twiddles: Vec<[f32; 2]>,
}

impl Fourier {
    /// `length` must have no prime factor above 5.
    pub(super) fn new(length: usize) -> Self {
        let (mut left, mut stride, mut stages) = (length, 1, Vec::new());
        for radix in [4, 5, 3, 2] {
            while left.is_multiple_of(radix) {
                let turn = |p: usize, k: usize| {
                    let (sin, cos) = (-TAU * (p * k) as f64 / left as f64).sin_cos();
                    [cos as f32, sin as f32]
                };
                let twiddles = (0..left / radix).flat_map(|p| (1..radix).map(move |k| turn(p, k))).collect();
                stages.push(Stage { radix, stride, twiddles });
                (left, stride) = (left / radix, stride * radix);
            }
        }
        assert_eq!(left, 1, "a transform of length {length}");
        Self { stages }
    }

    /// X[k] = Σ x[n]·e^(−2πikn/length) of every lane, in place.
    #[inline(always)]
    pub(super) fn forward<S: Simd>(&self, simd: S, data: &mut [Complex<S>], scratch: &mut [Complex<S>]) {
        let (mut from, mut to) = (&mut *data, &mut *scratch);
        for stage in &self.stages {
            match stage.radix {
                2 => stage.two(simd, from, to),
                3 => stage.three(simd, from, to),
                4 => stage.four(simd, from, to),
                _ => stage.five(simd, from, to),
            }
            (from, to) = (to, from);
        }
        if !self.stages.len().is_multiple_of(2) {
            data.copy_from_slice(scratch);
        }
    }
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [simd.sub_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]
}

/// a − i·b
#[inline(always)]
fn minus_i<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [simd.add_f32s(a[0], b[1]), simd.sub_f32s(a[1], b[0])]
}

/// a + i·b
#[inline(always)]
fn plus_i<S: Simd>(simd: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    [simd.sub_f32s(a[0], b[1]), simd.add_f32s(a[1], b[0])]
}

/// a + s·b for a real number s
#[inline(always)]
fn axpy<S: Simd>(simd: S, a: Complex<S>, s: f32, b: Complex<S>) -> Complex<S> {
    let s = simd.splat_f32s(s);
    [simd.mul_add_f32s(s, b[0], a[0]), simd.mul_add_f32s(s, b[1], a[1])]
}

/// s·a for a real number s
#[inline(always)]
pub(super) fn scale<S: Simd>(simd: S, s: f32, a: Complex<S>) -> Complex<S> {
    let s = simd.splat_f32s(s);
    [simd.mul_f32s(s, a[0]), simd.mul_f32s(s, a[1])]
}

/// w·a for one complex number w
#[inline(always)]
pub(super) fn turn<S: Simd>(simd: S, w: [f32; 2], a: Complex<S>) -> Complex<S> {
    let (cos, sin, minus_sin) = (simd.splat_f32s(w[0]), simd.splat_f32s(w[1]), simd.splat_f32s(-w[1]));
    [
        simd.mul_add_f32s(cos, a[0], simd.mul_f32s(minus_sin, a[1])),
        simd.mul_add_f32s(cos, a[1], simd.mul_f32s(sin, a[0])),
    ]
}

impl Stage {
    #[inline(always)]
    fn two<S: Simd>(&self, simd: S, from: &[Complex<S>], to: &mut [Complex<S>]) {
        let (a, b) = from.split_at(from.len() / 2);
        let s = self.stride;
        let inputs = a.chunks_exact(s).zip(b.chunks_exact(s));
        for ((to, (a, b)), w) in to.chunks_exact_mut(2 * s).zip(inputs).zip(&self.twiddles) {
            let (y0, y1) = to.split_at_mut(s);
            for q in 0..s {
                y0[q] = add(simd, a[q], b[q]);
                y1[q] = turn(simd, *w, sub(simd, a[q], b[q]));
            }
        }
    }

    #[inline(always)]
    fn three<S: Simd>(&self, simd: S, from: &[Complex<S>], to: &mut [Complex<S>]) {
        const SIN: f32 = 0.866_025_4; // sin(2π/3)
        let (a, rest) = from.split_at(from.len() / 3);
        let (b, c) = rest.split_at(rest.len() / 2);
        let s = self.stride;
        let inputs = a.chunks_exact(s).zip(b.chunks_exact(s)).zip(c.chunks_exact(s));
        let (twiddles, _) = self.twiddles.as_chunks::<2>();
        for ((to, ((a, b), c)), w) in to.chunks_exact_mut(3 * s).zip(inputs).zip(twiddles) {
            let (y0, rest) = to.split_at_mut(s);
            let (y1, y2) = rest.split_at_mut(s);
            for q in 0..s {
                let (sum, difference) = (add(simd, b[q], c[q]), sub(simd, b[q], c[q]));
                let middle = axpy(simd, a[q], -0.5, sum);
                let side = scale(simd, SIN, difference);
                y0[q] = add(simd, a[q], sum);
                y1[q] = turn(simd, w[0], minus_i(simd, middle, side));
                y2[q] = turn(simd, w[1], plus_i(simd, middle, side));
            }
        }
    }

    #[inline(always)]
    fn four<S: Simd>(&self, simd: S, from: &[Complex<S>], to: &mut [Complex<S>]) {
        let (low, high) = from.split_at(from.len() / 2);
        let (a, b) = low.split_at(low.len() / 2);
        let (c, d) = high.split_at(high.len() / 2);
        let s = self.stride;
        let inputs = a.chunks_exact(s).zip(b.chunks_exact(s)).zip(c.chunks_exact(s).zip(d.chunks_exact(s)));
        let (twiddles, _) = self.twiddles.as_chunks::<3>();
        for ((to, ((a, b), (c, d))), w) in to.chunks_exact_mut(4 * s).zip(inputs).zip(twiddles) {
            let (low, high) = to.split_at_mut(2 * s);
            let ((y0, y1), (y2, y3)) = (low.split_at_mut(s), high.split_at_mut(s));
            for q in 0..s {
                let (ac, a_c) = (add(simd, a[q], c[q]), sub(simd, a[q], c[q]));
                let (bd, b_d) = (add(simd, b[q], d[q]), sub(simd, b[q], d[q]));
                y0[q] = add(simd, ac, bd);
                y1[q] = turn(simd, w[0], minus_i(simd, a_c, b_d));
                y2[q] = turn(simd, w[1], sub(simd, ac, bd));
                y3[q] = turn(simd, w[2], plus_i(simd, a_c, b_d));
            }
        }
    }

    #[inline(always)]
    fn five<S: Simd>(&self, simd: S, from: &[Complex<S>], to: &mut [Complex<S>]) {
        const COS: [f32; 2] = [0.309_017, -0.809_017]; // cos(2π/5), cos(4π/5)
        const SIN: [f32; 2] = [0.951_056_5, 0.587_785_25]; // sin(2π/5), sin(4π/5)
        let n = from.len() / 5;
        let s = self.stride;
        let (twiddles, _) = self.twiddles.as_chunks::<4>();
        for ((p, to), w) in to.chunks_exact_mut(5 * s).enumerate().zip(twiddles) {
            let x: [&[Complex<S>]; 5] = std::array::from_fn(|l| &from[l * n + p * s..l * n + (p + 1) * s]);
            let (y0, rest) = to.split_at_mut(s);
            let (y1, rest) = rest.split_at_mut(s);
            let (y2, rest) = rest.split_at_mut(s);
            let (y3, y4) = rest.split_at_mut(s);
            for q in 0..s {
                let a = x[0][q];
                let (be, b_e) = (add(simd, x[1][q], x[4][q]), sub(simd, x[1][q], x[4][q]));
                let (cd, c_d) = (add(simd, x[2][q], x[3][q]), sub(simd, x[2][q], x[3][q]));
                let first = axpy(simd, axpy(simd, a, COS[0], be), COS[1], cd);
                let second = axpy(simd, axpy(simd, a, COS[1], be), COS[0], cd);
                let zero = [simd.splat_f32s(0.0); 2];
                let side1 = axpy(simd, axpy(simd, zero, SIN[0], b_e), SIN[1], c_d);
                let side2 = axpy(simd, axpy(simd, zero, SIN[1], b_e), -SIN[0], c_d);
                y0[q] = add(simd, a, add(simd, be, cd));
                y1[q] = turn(simd, w[0], minus_i(simd, first, side1));
                y2[q] = turn(simd, w[1], minus_i(simd, second, side2));
                y3[q] = turn(simd, w[2], plus_i(simd, second, side2));
                y4[q] = turn(simd, w[3], plus_i(simd, first, side1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    struct Run<'a>(&'a Fourier, &'a mut [f32], &'a mut [f32]);

    impl WithSimd for Run<'_> {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> usize {
            let (data, _) = S::as_mut_simd_f32s(self.1).0.as_chunks_mut::<2>();
            let (scratch, _) = S::as_mut_simd_f32s(self.2).0.as_chunks_mut::<2>();
            self.0.forward(simd, data, scratch);
            S::F32_LANES
        }
    }

    #[test]
    fn transforms_equal_the_sum_that_defines_them() {
        let lanes = crate::neighbours::panels::vector_width();
        for length in [1, 2, 3, 4, 5, 8, 15, 16, 60, 90, 128, 150, 400] {
            let mut data: Vec<f32> = (0..length * 2 * lanes).map(|i| (i as f32 * 0.71).sin()).collect();
            let before = data.clone();
            let mut scratch = data.clone();
            assert_eq!(Arch::new().dispatch(Run(&Fourier::new(length), &mut data, &mut scratch)), lanes);
            for lane in [0, lanes - 1] {
                for k in 0..length {
                    let (mut re, mut im) = (0.0, 0.0);
                    for n in 0..length {
                        let (sin, cos) = (-TAU * (k * n % length) as f64 / length as f64).sin_cos();
                        let [a, b] = [0, 1].map(|part| f64::from(before[(2 * n + part) * lanes + lane]));
                        (re, im) = (re + a * cos - b * sin, im + a * sin + b * cos);
                    }
                    let [a, b] = [0, 1].map(|part| f64::from(data[(2 * k + part) * lanes + lane]));
                    let error = (a - re).hypot(b - im);
                    assert!(error < 1e-6 * (length as f64) + 1e-6, "length {length}, k {k}: {error:e}");
                }
            }
        }
    }
}
