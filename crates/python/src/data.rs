//! [`Data`]: arrays under a name, for everything that takes a path.

use latentlab::data::{DataDirs, DataSpec, Kind, MemoryArray, MemorySet, open_whole};
use numpy::PyUntypedArrayMethods;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::arrays::{asarray, contiguous, label_array, memory_array};
use crate::failure::{refused, refused_with};

/// Arrays under a name, so that everything that takes a path takes them.
///
/// ``path`` names them as long as this object lives; the same arrays have the same path in every process.
#[pyclass(frozen, module = "latentlab._native")]
pub struct Data {
    set: MemorySet,
    shape: Vec<usize>,
}

#[pymethods]
impl Data {
    #[new]
    #[pyo3(signature = (array, *, labels = None, columns = None, kind = None, name = "array", valid = None, test = None))]
    fn new(
        array: &Bound<'_, PyAny>,
        labels: Option<&Bound<'_, PyAny>>,
        columns: Option<Vec<String>>,
        kind: Option<&str>,
        name: &str,
        valid: Option<&Bound<'_, PyAny>>,
        test: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let kind = match kind {
            None => None,
            Some("images") => Some(Kind::Images),
            Some("table") => Some(Kind::Table),
            Some(other) => return Err(refused(format!("kind = {other:?}: must be images or table"))),
        };
        if kind == Some(Kind::Table) && (valid.is_some() || test.is_some()) {
            return Err(refused_with(
                "valid, test: a table is split by rows",
                "settings such as data.valid={ fraction = 0.2 } say how; data.test takes the path of other Data",
            ));
        }
        let py = array.py();
        let (shape, mut arrays) = part("", array, labels)?;
        if let Some(columns) = columns {
            let names = label_array(&columns.into_pyobject(py)?)?;
            arrays.push(("columns".into(), names));
        }
        for (suffix, part_of) in [("_val", valid), ("_test", test)] {
            let Some(given) = part_of else { continue };
            let (images, labels) = match given.cast::<PyTuple>() {
                Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, Some(pair.get_item(1)?)),
                _ => (given.clone(), None),
            };
            arrays.extend(part(suffix, &images, labels.as_ref())?.1);
        }
        let set = py.detach(|| MemorySet::new(name, arrays, kind));
        Ok(Self { set, shape })
    }

    /// What names the arrays wherever a path is taken.
    #[getter]
    fn path(&self) -> String {
        self.set.path().display().to_string()
    }

    /// Shape of the array.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.shape)
    }

    /// Whether training uses the array's memory as it lies: images of uint8, or of float32 in [0, 1], in C order.
    #[getter]
    fn borrowed(&self, py: Python<'_>) -> bool {
        let spec = DataSpec {
            path: Some(self.set.path().to_owned()),
            kind: Some(Kind::Images),
            ..DataSpec::default()
        };
        py.detach(|| open_whole(&spec, &DataDirs::default()).is_ok_and(|images| images.is_shared()))
    }

    fn __repr__(&self) -> String {
        let sides: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        format!("Data({:?}, shape=({}))", self.path(), sides.join(", "))
    }
}

type NamedArrays = Vec<(String, MemoryArray)>;

/// The shape of one part's array, and the array with its labels under the names that an `.npz` file has for them.
fn part(
    suffix: &str,
    array: &Bound<'_, PyAny>,
    labels: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Vec<usize>, NamedArrays)> {
    let array = contiguous(asarray(array)?)?;
    let mut arrays = vec![(format!("x{suffix}"), memory_array(&array)?)];
    if let Some(labels) = labels {
        arrays.push((format!("y{suffix}"), label_array(labels)?));
    }
    Ok((array.shape().to_vec(), arrays))
}
