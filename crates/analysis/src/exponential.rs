//! e^x in a form that compilers turn into vector instructions.

/// e^x for x ≤ 0, to 1e-15 of its value; 0 below −708, where the result is no normal number.
///
/// Plain additions and multiplications without branches: a loop over it runs on vectors, with the same bits on
/// every instruction set. x = k ln 2 + r with |r| ≤ ln 2 / 2, e^r by its Taylor series to r¹³ (error 4e-18).
#[inline(always)]
pub(crate) fn exp_of_negative(x: f64) -> f64 {
    // 1.5 · 2⁵²: adding it leaves the nearest whole number in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let clamped = if x > -708.0 { x } else { -708.0 };
    let rounded = clamped * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let r = clamped - k * LN_2_HIGH - k * LN_2_LOW;
    let mut sum = 1.0 / 6_227_020_800.0;
    for inverse in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + inverse;
    }
    let power = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    if x > -708.0 { sum * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::exp_of_negative;

    #[test]
    fn equals_the_exponential() {
        for i in 0..=70_800 {
            let x = f64::from(i) * -0.01 + 1e-4;
            let x = x.min(0.0);
            let (ours, theirs) = (exp_of_negative(x), x.exp());
            assert!((ours - theirs).abs() <= 1e-15 * theirs, "{x}: {ours} {theirs}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert_eq!(exp_of_negative(-709.0), 0.0);
        assert_eq!(exp_of_negative(f64::NEG_INFINITY), 0.0);
    }
}
