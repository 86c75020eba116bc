//! A data set as arrays, as the engine's reader reads it.

use std::path::PathBuf;

use latentlab::data::Dataset;
use latentlab::lab::data_place::DataFolders;
use latentlab::lab::{self, Lab};
use latentlab::train::{Override, data_spec};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::shaped;
use crate::failure::{raise, refused};
use crate::watch::watched;

/// The images (or rows) of a data set: a name, a path, or arrays in memory; `x`, and `labels`, `files` and `columns` where
/// they are known. Images are [n, height, width, channels] in [0, 1], rows in their own units.
#[pyfunction]
#[pyo3(signature = (data, *, settings = Vec::new(), split = "all", data_dir = None, events = None))]
pub fn load<'py>(
    py: Python<'py>,
    data: String,
    settings: Vec<String>,
    split: &str,
    data_dir: Option<PathBuf>,
    events: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    if !matches!(split, "all" | "train" | "valid" | "test") {
        return Err(refused(format!("split = {split:?}: must be train, valid, test or all")));
    }
    let settings: Result<Vec<Override>, _> = settings.iter().map(|setting| setting.parse()).collect();
    let settings = settings.map_err(raise)?;
    let part = split.to_owned();
    let set = watched(py, events, move |observer, _| {
        let folders = DataFolders { data_dir, ..DataFolders::default() };
        let lab = Lab::default().with_shared_observer(observer);
        let splits = folders.open(&data_spec(&data, &settings)?, &lab)?;
        Ok::<_, lab::Error>(match part.as_str() {
            "train" => splits.train,
            "valid" => splits.valid,
            "test" => splits.test,
            _ => splits.all()?,
        })
    })?;
    to_python(py, &set.map_err(raise)?)
}

fn to_python<'py>(py: Python<'py>, set: &Dataset) -> PyResult<Bound<'py, PyDict>> {
    let (shape, count) = (set.shape(), set.len());
    let mut values = vec![0.0; count * shape.values()];
    py.detach(|| values.chunks_exact_mut(shape.values()).enumerate().for_each(|(i, out)| set.image(i, out)));
    let sides = match set.columns() {
        Some(columns) => {
            columns.in_units(&mut values);
            vec![count, shape.values()]
        }
        None => vec![count, shape.height, shape.width, shape.channels],
    };
    let names =
        |name: &dyn Fn(usize) -> Option<String>| (0..count).map(name).collect::<Option<Vec<String>>>();
    let loaded = PyDict::new(py);
    loaded.set_item("x", shaped(py, values, &sides)?)?;
    loaded.set_item("labels", names(&|i| set.class(i).map(ToOwned::to_owned)))?;
    loaded.set_item("files", names(&|i| set.file_name(i).map(ToOwned::to_owned)))?;
    loaded.set_item("columns", set.columns().map(|columns| columns.names.clone()))?;
    Ok(loaded)
}
