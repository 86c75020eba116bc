//! Named f32 tensors in the safetensors format: written so that the same values give the same bytes, read so
//! that everything is checked before memory is taken for values.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, View};

use crate::error::WeightsError;

/// Far longer than the header of any network of ours.
const LONGEST_HEADER: u64 = 1 << 20;

/// The one key of the header's metadata. A single one, because the format's library writes several in random
/// order, and the same weights are to give the same bytes.
const KEY: &str = "latentlab";

/// Where a tensor's values lie in a flat buffer, and what they are called.
#[derive(Debug)]
pub(crate) struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
}

struct TensorValues<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl View for TensorValues<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into()
    }

    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

/// The file that holds `tensors`, and `header` (JSON) in its own.
pub(crate) fn write<'a>(
    tensors: impl IntoIterator<Item = (&'a Tensor, &'a [f32])>,
    header: String,
) -> Result<Vec<u8>, WeightsError> {
    let mut views = Vec::new();
    for (Tensor { name, shape }, values) in tensors {
        check_finite(name, values.iter().copied())?;
        views.push((name, TensorValues { shape, values }));
    }
    let metadata = HashMap::from([(KEY.to_owned(), header)]);
    safetensors::serialize(views, Some(metadata)).map_err(format_error)
}

/// An open file: header parsed and consistent with the length, values not yet looked at.
pub(crate) struct TensorFile<'a> {
    tensors: SafeTensors<'a>,
    /// The JSON that was given to [`write`].
    pub header: String,
}

impl<'a> TensorFile<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        let (length, _) =
            bytes.split_first_chunk().ok_or_else(|| format_error(SafeTensorError::HeaderTooSmall))?;
        let length = u64::from_le_bytes(*length);
        if length > LONGEST_HEADER {
            return Err(WeightsError::Header { bytes: length, limit: LONGEST_HEADER });
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
        let header = metadata.metadata().as_ref().and_then(|map| map.get(KEY)).ok_or_else(|| {
            let allowed = "latentlab writes this key; weights of other programs are not read".into();
            WeightsError::Metadata { key: KEY, value: "nothing".into(), allowed }
        })?;
        let header = header.clone();
        Ok(Self { tensors: SafeTensors::deserialize(bytes).map_err(format_error)?, header })
    }

    /// The values of `expected`, one tensor after the other, once the file is known to hold exactly those.
    pub fn read(&self, expected: &[Tensor]) -> Result<Vec<f32>, WeightsError> {
        for Tensor { name, shape } in expected {
            let view = self
                .tensors
                .tensor(name)
                .map_err(|_| WeightsError::Missing { tensor: name.clone(), expected: shape.clone() })?;
            if view.dtype() != Dtype::F32 {
                let found = format!("{:?}", view.dtype());
                return Err(WeightsError::Type { tensor: name.clone(), found });
            }
            if view.shape() != shape {
                let (tensor, found, expected) = (name.clone(), view.shape().to_vec(), shape.clone());
                return Err(WeightsError::Shape { tensor, found, expected });
            }
        }
        let mut names = self.tensors.names();
        names.sort_unstable();
        let unknown = names.iter().find(|name| expected.iter().all(|tensor| tensor.name != **name));
        if let Some(name) = unknown {
            let (found, expected) = (names.len(), expected.len());
            return Err(WeightsError::Unexpected { tensor: (*name).to_owned(), found, expected });
        }
        let mut values = Vec::new();
        for Tensor { name, .. } in expected {
            let view = self.tensors.tensor(name).map_err(format_error)?;
            let start = values.len();
            let (chunks, _) = view.data().as_chunks();
            values.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            check_finite(name, values[start..].iter().copied())?;
        }
        Ok(values)
    }
}

fn check_finite(tensor: &str, mut values: impl Iterator<Item = f32> + Clone) -> Result<(), WeightsError> {
    match values.clone().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            let value = values.nth(index).unwrap_or(f32::NAN);
            Err(WeightsError::NotFinite { tensor: tensor.to_owned(), index, value })
        }
    }
}

fn format_error(error: SafeTensorError) -> WeightsError {
    let reason = match error {
        SafeTensorError::HeaderTooSmall => "it has fewer than 8 bytes".into(),
        SafeTensorError::InvalidHeaderLength => "it ends inside its header".into(),
        SafeTensorError::MetadataIncompleteBuffer => {
            "its length is not the one that its header promises".into()
        }
        other => other.to_string(),
    };
    WeightsError::Format(reason)
}
