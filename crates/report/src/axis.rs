//! Linear axes: from data to pixels, ticks at round values, and their labels.

use crate::canvas::{AXIS, Anchor, Canvas, GRID, Rect, Type};

/// Length of tick marks and their distance to the label, in pixels.
pub(crate) const TICK: f64 = 4.0;

/// A linear map from values to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub low: f64,
    pub high: f64,
    /// Pixel of `low`.
    pub from: f64,
    /// Pixel of `high`.
    pub to: f64,
}

impl Scale {
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }
}

/// The smallest and the largest finite value; `None` without any.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// `range` widened by `share` of its length on both sides; a range without length gets one around its value.
pub(crate) fn padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let length = high - low;
    let least = 1e-9 * low.abs().max(high.abs());
    if length > least {
        return (low - share * length, high + share * length);
    }
    let half = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
    (low - half, high + half)
}

/// Round values along an axis and how to write them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticks {
    pub values: Vec<f64>,
    pub labels: Vec<String>,
}

/// About `count` ticks at multiples of 1, 2 or 5 times a power of ten within [low, high].
pub(crate) fn ticks(low: f64, high: f64, count: usize) -> Ticks {
    let (step, exponent) = round_step((high - low) / count.max(1) as f64);
    at_multiples(low, high, step, exponent)
}

/// As [`ticks`], at whole numbers only.
pub(crate) fn whole_ticks(low: f64, high: f64, count: usize) -> Ticks {
    let (step, exponent) = round_step((high - low) / count.max(1) as f64);
    let (step, exponent) = if exponent < 0 { (1.0, 0) } else { (step, exponent) };
    at_multiples(low, high, step, exponent)
}

fn at_multiples(low: f64, high: f64, step: f64, exponent: i32) -> Ticks {
    let slack = 1e-6;
    let (first, last) = ((low / step - slack).ceil(), (high / step + slack).floor());
    let count = (last - first).clamp(0.0, 100.0) as usize;
    let values: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
    let largest = low.abs().max(high.abs());
    let labels = if exponent < -4 || largest >= 1e6 {
        values.iter().map(|value| scientific(*value, exponent)).collect()
    } else {
        values.iter().map(|value| decimal(*value, exponent.min(0).unsigned_abs() as usize)).collect()
    };
    Ticks { values, labels }
}

/// Whichever of 1, 2, 5 × 10ᵏ is nearest to `length` as a ratio, and k.
fn round_step(length: f64) -> (f64, i32) {
    let length = if length.is_finite() && length > 0.0 { length.clamp(1e-290, 1e290) } else { 1.0 };
    let exponent = length.log10().floor() as i32;
    let candidates = [(1.0, 0), (2.0, 0), (5.0, 0), (1.0, 1)];
    let ratio = |factor: f64, more: i32| {
        let step = factor * power_of_ten(exponent + more);
        (step / length).max(length / step)
    };
    let nearest = candidates.into_iter().min_by(|a, b| ratio(a.0, a.1).total_cmp(&ratio(b.0, b.1)));
    let (factor, more) = nearest.unwrap_or((1.0, 0));
    (factor * power_of_ten(exponent + more), exponent + more)
}

/// 10ᵏ, exact where a double can be: 0.1 is the literal, not 1 / 10 rounded twice.
fn power_of_ten(exponent: i32) -> f64 {
    if exponent < 0 { 1.0 / 10f64.powi(-exponent) } else { 10f64.powi(exponent) }
}

/// `count` with separators between thousands: 60,000.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `value` with fixed decimals and a typographic minus; never "−0".
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let Some(magnitude) = text.strip_prefix('-') else { return text };
    if magnitude.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return magnitude.to_string();
    }
    format!("−{magnitude}")
}

/// `value` as 2×10⁻⁵, with the digits that a step of 10^`exponent` needs.
fn scientific(value: f64, exponent: i32) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let magnitude = (value.abs() * (1.0 + 1e-12)).log10().floor() as i32;
    let decimals = (magnitude - exponent).max(0) as usize;
    let digits = decimal(value / power_of_ten(magnitude), decimals);
    let power: String = magnitude.to_string().chars().map(superscript).collect();
    format!("{digits}×10{power}")
}

fn superscript(letter: char) -> char {
    match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    }
}

/// The name of latent dimension `dim`, counted from 0, as people write it: `z₁` for 0.
///
/// ```
/// assert_eq!([0, 8, 9].map(report::latent_axis), ["z₁", "z₉", "z₁₀"]);
/// ```
pub fn latent_axis(dim: usize) -> String {
    let below = |digit: char| {
        digit.to_digit(10).and_then(|value| char::from_u32('₀' as u32 + value)).unwrap_or(digit)
    };
    format!("z{}", (dim + 1).to_string().chars().map(below).collect::<String>())
}

/// Four significant digits for a single number in a note: `111.8`, `0.1124`, `1.5×10⁻⁵`.
pub(crate) fn concise(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        let magnitude = size.log10().floor() as i32;
        return scientific(value, magnitude - 1);
    }
    let magnitude = if size == 0.0 { 0 } else { size.log10().floor() as i32 };
    decimal(value, (3 - magnitude).clamp(0, 6) as usize)
}

/// Grid lines, tick marks and labels of a horizontal axis at the bottom of `plot`.
pub(crate) fn draw_x(canvas: &mut Canvas, plot: Rect, scale: Scale, ticks: &Ticks) {
    for value in &ticks.values {
        let x = scale.at(*value);
        canvas.line((x, plot.y), (x, plot.bottom()), &format!("stroke=\"{GRID}\""));
    }
    for (value, label) in ticks.values.iter().zip(&ticks.labels) {
        let x = scale.at(*value);
        canvas.line((x, plot.bottom()), (x, plot.bottom() + TICK), &format!("stroke=\"{AXIS}\""));
        let at = (x, plot.bottom() + TICK + 9.0);
        canvas.text(at, Type::SMALL.anchored(Anchor::Middle), label);
    }
}

/// Grid lines of a vertical axis and, where `labelled`, its tick marks and labels left of `plot`.
pub(crate) fn draw_y(canvas: &mut Canvas, plot: Rect, scale: Scale, ticks: &Ticks, labelled: bool) {
    for value in &ticks.values {
        let y = scale.at(*value);
        canvas.line((plot.x, y), (plot.right(), y), &format!("stroke=\"{GRID}\""));
    }
    for (value, label) in ticks.values.iter().zip(&ticks.labels).filter(|_| labelled) {
        let y = scale.at(*value);
        canvas.line((plot.x - TICK, y), (plot.x, y), &format!("stroke=\"{AXIS}\""));
        canvas.text((plot.x - TICK - 3.0, y), Type::SMALL.anchored(Anchor::End), label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(18.0, 142.8, 6).labels, ["20", "40", "60", "80", "100", "120", "140"]);
        assert_eq!(ticks(0.0, 142.8, 4).labels, ["0", "50", "100"]);
        assert_eq!(ticks(-4.0, 4.0, 8).labels, ["−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"]);
        assert_eq!(ticks(0.1124, 0.21, 6).labels, ["0.12", "0.14", "0.16", "0.18", "0.20"]);
        assert_eq!(ticks(-0.31, 0.29, 6).labels, ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2"]);
        assert_eq!(ticks(0.0, 4e-5, 4).labels, ["0", "1×10⁻⁵", "2×10⁻⁵", "3×10⁻⁵", "4×10⁻⁵"]);
        assert_eq!(ticks(0.0, 1.5e7, 3).labels, ["0", "5×10⁶", "1.0×10⁷", "1.5×10⁷"]);
    }

    #[test]
    fn whole_ticks_are_whole() {
        assert_eq!(whole_ticks(1.0, 3.0, 8).labels, ["1", "2", "3"]);
        assert_eq!(whole_ticks(1.0, 1000.0, 5).labels, ["200", "400", "600", "800", "1000"]);
    }

    #[test]
    fn ticks_stay_few_and_finite_on_any_range() {
        for (low, high) in [(0.0, 1e-300), (1e9, 1e9 + 1e-6), (-1e300, 1e300), (5.0, 5.0), (0.0, f64::MAX)] {
            let ticks = ticks(low, high, 6);
            assert!(ticks.values.len() <= 101 && ticks.values.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn a_constant_gets_room() {
        assert_eq!(padded((0.0, 0.0), 0.05), (-1.0, 1.0));
        assert_eq!(padded((20.0, 20.0), 0.05), (18.0, 22.0));
        assert_eq!(padded((0.0, 10.0), 0.05), (-0.5, 10.5));
        assert_eq!(extent([f64::NAN, 2.0, -1.0, f64::INFINITY]), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::NAN]), None);
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            [7, 999, 1000, 60_000, 1_234_567].map(grouped),
            ["7", "999", "1,000", "60,000", "1,234,567"]
        );
    }

    #[test]
    fn single_numbers_have_four_digits() {
        for (value, text) in
            [(111.77, "111.8"), (0.11238, "0.1124"), (-5.0, "−5.000"), (0.0, "0.000"), (3.2e-5, "3.2×10⁻⁵")]
        {
            assert_eq!(concise(value), text);
        }
    }
}
