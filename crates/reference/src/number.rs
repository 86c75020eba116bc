//! The numbers that a device takes and gives.

/// f32 or f64.
pub trait Number: Copy + Default + Send + Sync + 'static {
    /// Rounded to this type.
    fn from_f64(value: f64) -> Self;
    /// Widened.
    fn to_f64(self) -> f64;
}

impl Number for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self
    }
}

pub(crate) fn widen<T: Number>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

pub(crate) fn narrow<T: Number>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::from_f64(*value)).collect()
}

pub(crate) fn write<T: Number>(values: &[f64], out: &mut [T]) {
    assert_eq!(values.len(), out.len(), "values of the result");
    std::iter::zip(values, out).for_each(|(value, out)| *out = T::from_f64(*value));
}
