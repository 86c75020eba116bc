//! The variables of a `.weights.h5` file, by their paths: `layers/conv2d_1/vars/0`.

use std::cell::Cell;

use hdf5_pure::{AttrValue, File, Group};

use crate::assembly::dims;
use crate::error::ExchangeError;

/// Values of a whole model; none that is imported has more.
const MOST_VALUES: usize = 1 << 29;
/// Groups inside groups.
const DEEPEST: usize = 64;
/// Groups and variables of a file.
const MOST_ENTRIES: usize = 1 << 16;

/// The variables of a file.
pub struct Variables {
    file: File,
    /// Values that may still be read.
    left: Cell<usize>,
}

/// A variable of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVariable {
    /// `layers/dense/vars/0`
    pub path: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl Variables {
    /// Opens the file.
    ///
    /// # Errors
    /// If it is no HDF5 file.
    pub fn open(bytes: Vec<u8>) -> Result<Self, ExchangeError> {
        let file = File::from_bytes(bytes)
            .map_err(|error| ExchangeError::read(format!("its weights are no HDF5 file: {error}")))?;
        Ok(Self { file, left: Cell::new(MOST_VALUES) })
    }

    /// The values of a variable, if it is there.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn get(&self, path: &str) -> Result<Option<Vec<f32>>, ExchangeError> {
        let Ok(set) = self.file.dataset(path) else { return Ok(None) };
        let damaged = |error: String| ExchangeError::read(format!("{path}: cannot be read: {error}"));
        let shape = set.shape().map_err(|error| damaged(error.to_string()))?;
        let shape: Vec<usize> = shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
        let count = shape.iter().try_fold(1usize, |n, m| n.checked_mul(*m));
        let left = count.and_then(|count| self.left.get().checked_sub(count)).ok_or_else(|| {
            damaged(format!("{} are more values than the {MOST_VALUES} allowed of a model", dims(&shape)))
        })?;
        self.left.set(left);
        let values = set.read_f32().map_err(|error| damaged(error.to_string()))?;
        if Some(values.len()) != count {
            return Err(damaged(format!("it has {} values for {}", values.len(), dims(&shape))));
        }
        Ok(Some(values))
    }

    /// What the layer at `path` is called, where the file says it.
    pub fn layer_name(&self, path: &str) -> Option<String> {
        let attributes = self.file.group(&format!("{path}/vars")).ok()?.attrs().ok()?;
        match attributes.get("name")? {
            AttrValue::String(name)
            | AttrValue::VarLenString(name)
            | AttrValue::AsciiString(name)
            | AttrValue::VarLenAsciiString(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// All variables of layers, in the order of their paths; those of the optimizer left out.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn list(&self) -> Result<Vec<StoredVariable>, ExchangeError> {
        let mut found = Vec::new();
        walk(&self.file.root(), "", 0, &mut found)?;
        Ok(found)
    }
}

fn walk(
    group: &Group,
    path: &str,
    depth: usize,
    found: &mut Vec<StoredVariable>,
) -> Result<(), ExchangeError> {
    let damaged = |what: String| ExchangeError::read(format!("its group \"{path}\" cannot be read: {what}"));
    if depth > DEEPEST || found.len() > MOST_ENTRIES {
        return Err(damaged("there are too many groups".into()));
    }
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    for name in group.datasets().map_err(|error| damaged(error.to_string()))? {
        let set = group.dataset(&name).map_err(|error| damaged(error.to_string()))?;
        let shape = set.shape().map_err(|error| damaged(error.to_string()))?;
        let shape = shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
        found.push(StoredVariable { path: at(&name), shape });
    }
    for name in group.groups().map_err(|error| damaged(error.to_string()))? {
        if path.is_empty() && name == "optimizer" {
            continue;
        }
        let inner = group.group(&name).map_err(|error| damaged(error.to_string()))?;
        walk(&inner, &at(&name), depth + 1, found)?;
    }
    Ok(())
}
