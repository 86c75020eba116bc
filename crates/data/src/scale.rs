//! Which values of an image are black and which are white: 0 and 255, 0 and 1, −1 and 1, 12 bits in 16, …

use crate::error::DataError;
use crate::error::array_problem::ArrayProblem;

/// How far floats may lie outside of a range by rounding, relative to its width.
const TOLERANCE: f64 = 1e-3;
/// Whole numbers up to here, over a whole set, are no bytes but a few levels: digits of scikit-learn, masks of classes.
const FEW_LEVELS: f64 = 16.0;

/// What the values of a set are like: all that a [`Scale`] is chosen from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Whether all are whole numbers.
    pub(crate) whole: bool,
}

impl Extent {
    pub(crate) fn new() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY, whole: true }
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.whole &= value.fract() == 0.0;
    }

    pub(crate) fn merge(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max), whole: self.whole && other.whole }
    }
}

/// The values that become 0 (black) and 1 (white).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Scale {
    /// Bytes.
    pub(crate) const BYTES: Self = Self { low: 0.0, high: 255.0 };
    /// Intensities.
    pub(crate) const UNIT: Self = Self { low: 0.0, high: 1.0 };

    /// The scale that `extent` speaks of, and what is to be said of it where that is not the usual one. Integers wider
    /// than a byte are taken for the least number of bits, of those that cameras and scanners have, that holds them.
    ///
    /// # Errors
    /// [`ArrayProblem::Range`] where no usual scale holds the values.
    pub(crate) fn of(extent: Extent, is_float: bool) -> Result<(Self, Option<String>), ArrayProblem> {
        let Extent { min, max, whole } = extent;
        let said = |high: f64, what: &str| {
            let scale = Self { low: 0.0, high };
            (scale, Some(format!("values are {what}: {high} is white (data.range = [0, {high}])")))
        };
        let within = |low: f64, high: f64| {
            let slack = TOLERANCE * (high - low);
            min >= low - slack && max <= high + slack
        };
        let refused = Err(ArrayProblem::Range { min, max });
        if is_float && within(0.0, 1.0) {
            return Ok((Self::UNIT, None));
        }
        if is_float && within(-1.0, 1.0) {
            let note = "values lie in [−1, 1]: −1 is black, 1 is white (data.range = [-1, 1])".to_owned();
            return Ok((Self { low: -1.0, high: 1.0 }, Some(note)));
        }
        if min < 0.0 && !(is_float && within(0.0, 255.0)) {
            return refused;
        }
        match max {
            _ if max <= 1.0 => Ok(said(1.0, "0 and 1")),
            _ if max <= FEW_LEVELS && whole => Ok(said(max, &format!("whole numbers up to {max}"))),
            _ if is_float && max <= FEW_LEVELS => refused,
            _ if within(0.0, 255.0) => match is_float {
                true => Ok(said(255.0, "floats from 0 to 255")),
                false => Ok((Self::BYTES, None)),
            },
            _ if !whole => refused,
            _ => match [10, 12, 14, 16].into_iter().find(|bits| max <= f64::from((1u32 << bits) - 1)) {
                Some(16) => Ok((Self { low: 0.0, high: 65_535.0 }, None)),
                Some(bits) => Ok(said(f64::from((1u32 << bits) - 1), &format!("of {bits} bits"))),
                None => refused,
            },
        }
    }

    /// `value` in [0, 1].
    pub(crate) fn intensity(self, value: f64) -> f32 {
        (((value - self.low) / (self.high - self.low)) as f32).clamp(0.0, 1.0)
    }

    /// Whether values on this scale are the bytes of an image as they are.
    pub(crate) fn is_bytes(self) -> bool {
        self == Self::BYTES
    }

    /// As a recipe says it.
    pub(crate) fn range(self) -> [f64; 2] {
        [self.low, self.high]
    }

    /// From what a recipe says.
    pub(crate) fn from_range([low, high]: [f64; 2]) -> Self {
        Self { low, high }
    }
}

/// Refuses a range that is none.
pub(crate) fn check_range(range: [f64; 2]) -> Result<(), DataError> {
    let [low, high] = range;
    if low.is_finite() && high.is_finite() && low != high {
        return Ok(());
    }
    let allowed = "must be two different numbers: the value that is black and the one that is white";
    Err(DataError::field("range", format!("[{low}, {high}]"), allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_say_on_which_scale_they_are() {
        let range = |min: f64, max: f64, whole: bool, float: bool| {
            Scale::of(Extent { min, max, whole }, float).map(|(scale, note)| (scale.range(), note.is_some()))
        };
        for (found, expected) in [
            (range(0.0, 255.0, true, false), ([0.0, 255.0], false)),
            (range(3.0, 90.0, true, false), ([0.0, 255.0], false)),
            (range(0.0, 1.0, true, false), ([0.0, 1.0], true)),
            (range(0.0, 0.0, true, false), ([0.0, 1.0], true)),
            (range(0.0, 10.0, true, false), ([0.0, 10.0], true)),
            (range(0.0, 16.0, true, true), ([0.0, 16.0], true)),
            (range(0.0, 1000.0, true, false), ([0.0, 1023.0], true)),
            (range(20.0, 4095.0, true, false), ([0.0, 4095.0], true)),
            (range(0.0, 9000.0, true, false), ([0.0, 16_383.0], true)),
            (range(0.0, 40_000.0, true, false), ([0.0, 65_535.0], false)),
            (range(0.0, 1.0, false, true), ([0.0, 1.0], false)),
            (range(-1e-7, 1.0 + 1e-6, false, true), ([0.0, 1.0], false)),
            (range(-1.0, 0.98, false, true), ([-1.0, 1.0], true)),
            (range(0.0, 254.6, false, true), ([0.0, 255.0], true)),
        ] {
            assert_eq!(found, Ok(expected));
        }
        for refused in [
            range(-3.0, 255.0, true, false),
            range(0.0, 70_000.0, true, false),
            range(-3.0, 3.0, false, true),
            range(0.0, 1.5, false, true),
            range(0.0, 900.5, false, true),
        ] {
            assert!(matches!(refused, Err(ArrayProblem::Range { .. })), "{refused:?}");
        }
        assert_eq!(Scale { low: -1.0, high: 1.0 }.intensity(0.0), 0.5);
        assert_eq!(Scale { low: 10.0, high: 0.0 }.intensity(0.0), 1.0, "a range may run backwards");
        assert_eq!(Scale::UNIT.intensity(1.0000001), 1.0);
    }
}
