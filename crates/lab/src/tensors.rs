//! Numbers as they lie in safetensors files.

use std::borrow::Cow;

use safetensors::tensor::{Dtype, TensorView, View};

/// Numbers of single or double precision, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    dtype: Dtype,
    shape: [usize; 1],
    bytes: Vec<u8>,
}

impl Tensor {
    pub(crate) fn doubles(values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { dtype: Dtype::F64, shape: [values.len()], bytes }
    }

    pub(crate) fn singles(values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { dtype: Dtype::F32, shape: [values.len()], bytes }
    }

    /// That of a file; `None` of numbers of another type.
    pub(crate) fn of(view: &TensorView<'_>) -> Option<Self> {
        let width = match view.dtype() {
            Dtype::F64 => size_of::<f64>(),
            Dtype::F32 => size_of::<f32>(),
            _ => return None,
        };
        let bytes = view.data().to_vec();
        Some(Self { dtype: view.dtype(), shape: [bytes.len() / width], bytes })
    }

    /// Its numbers, if they are of double precision.
    pub(crate) fn as_doubles(&self) -> Option<Vec<f64>> {
        let values = self.bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight));
        (self.dtype == Dtype::F64).then(|| values.collect())
    }

    /// Its numbers, if they are of single precision.
    pub(crate) fn as_singles(&self) -> Option<Vec<f32>> {
        let values = self.bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four));
        (self.dtype == Dtype::F32).then(|| values.collect())
    }
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
