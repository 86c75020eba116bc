//! Box–Muller in single precision from exactly rounded operations only, so every machine gives the same
//! bits and the compiler can vectorise the loop. Errors against f64: |ln| ≤ 2e-7 relative to the larger of
//! 1 and the value, |sin|, |cos| ≤ 2e-7 (tested below).

use crate::philox::LANES;

/// Turns word pairs into pairs of independent normals: `words[2i], words[2i + 1]` → `out[2i], out[2i + 1]`.
pub(crate) fn box_muller(words: &[u32; 4 * LANES], out: &mut [f32; 4 * LANES]) {
    const PAIRS: usize = 2 * LANES;
    let first: [u32; PAIRS] = std::array::from_fn(|i| words[2 * i]);
    let second: [u32; PAIRS] = std::array::from_fn(|i| words[2 * i + 1]);
    let (mut a, mut b) = ([0.0; PAIRS], [0.0; PAIRS]);
    for i in 0..PAIRS {
        (a[i], b[i]) = pair(first[i], second[i]);
    }
    for i in 0..PAIRS {
        out[2 * i] = a[i];
        out[2 * i + 1] = b[i];
    }
}

#[inline(always)]
pub(crate) fn pair(first: u32, second: u32) -> (f32, f32) {
    const STEP: f32 = 1.0 / 16_777_216.0;
    let u = ((first >> 8) + 1) as f32 * STEP; // (0, 1]
    let turn = (second >> 8) as f32 * STEP; // [0, 1)
    let radius = (-2.0 * ln(u)).max(0.0).sqrt();
    let (sin, cos) = sin_cos_turn(turn);
    (radius * cos, radius * sin)
}

/// Natural logarithm of a positive normal number (polynomial of Cephes `logf`).
#[inline(always)]
fn ln(x: f32) -> f32 {
    // x = m · 2^e with m in [√½, √2)
    let bits = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (bits as i32) >> 23;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let z = m * m;
    let mut p = 7.037_683_6e-2_f32;
    for c in [
        -1.151_461_e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p * m + c;
    }
    let e = exponent as f32;
    let tail = p * m * z + e * -2.121_944_4e-4 - 0.5 * z;
    m + tail + e * 0.693_359_4
}

/// (sin 2πt, cos 2πt) for t in [0, 1): exact reduction to ±⅛ turn, then the polynomials of Cephes.
#[inline(always)]
fn sin_cos_turn(turn: f32) -> (f32, f32) {
    let quadrant = (turn * 4.0 + 0.5) as u32;
    let angle = (turn - quadrant as f32 * 0.25) * std::f32::consts::TAU;
    let z = angle * angle;
    let sin = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * angle + angle;
    let cos = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let (s, c) = if quadrant & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let s = if quadrant & 2 == 0 { s } else { -s };
    let c = if (quadrant + 1) & 2 == 0 { c } else { -c };
    (s, c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_sine_stay_within_their_bounds() {
        let (mut worst_ln, mut worst_trig) = (0.0f64, 0.0f64);
        for i in (0..16_777_216u32).step_by(37).chain([0, 1, 2, 16_777_215]) {
            let u = (i + 1) as f32 / 16_777_216.0;
            let exact = f64::from(u).ln();
            worst_ln = worst_ln.max((f64::from(ln(u)) - exact).abs() / exact.abs().max(1.0));
            let turn = i as f32 / 16_777_216.0;
            let (sin, cos) = sin_cos_turn(turn);
            let (s, c) = (f64::from(turn) * std::f64::consts::TAU).sin_cos();
            worst_trig = worst_trig.max((f64::from(sin) - s).abs()).max((f64::from(cos) - c).abs());
        }
        assert!(worst_ln <= 2e-7 && worst_trig <= 2e-7, "ln {worst_ln:e}, sin/cos {worst_trig:e}");
    }
}
