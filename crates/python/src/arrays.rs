//! NumPy's arrays on their way in and out.

use std::sync::Arc;

use latentlab::data::{Lender, MemoryArray};
use numpy::{
    Element, IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray2, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::failure::{raise, refused, refused_with};
use crate::loan::lender;

/// An array of NumPy's, of anything that NumPy makes one of.
pub fn asarray<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let array = value.py().import("numpy")?.call_method1("asarray", (value,))?;
    Ok(array.cast_into::<PyUntypedArray>()?)
}

/// The array itself where its values lie row after row, else a copy in which they do.
pub fn contiguous<'py>(array: Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyUntypedArray>> {
    if array.is_c_contiguous() {
        return Ok(array);
    }
    let copy = array.py().import("numpy")?.call_method1("ascontiguousarray", (array,))?;
    Ok(copy.cast_into::<PyUntypedArray>()?)
}

/// An array as a reader of data takes it, in the memory where it lies.
pub fn memory_array(array: &Bound<'_, PyUntypedArray>) -> PyResult<MemoryArray> {
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if !matches!(kind.as_str(), "b" | "i" | "u" | "f") {
        let text = format!("an array of dtype {}: must be numbers", array.getattr("dtype")?);
        return Err(refused_with(&text, "array.astype(float) makes numbers of what stands for them"));
    }
    let descriptor: String = array.getattr("dtype")?.getattr("str")?.extract()?;
    let (shape, lender) = (array.shape().to_vec(), lender(array));
    let made = array.py().detach(|| MemoryArray::new(&descriptor, &shape, lender));
    made.map_err(raise)
}

/// Names or numbers, copied: one per row.
pub fn label_array(labels: &Bound<'_, PyAny>) -> PyResult<MemoryArray> {
    let mut array = asarray(labels)?;
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if kind == "O" {
        array = array.call_method1("astype", ("str",))?.cast_into::<PyUntypedArray>()?;
    }
    let descriptor: String = array.getattr("dtype")?.getattr("str")?.extract()?;
    let bytes: Arc<Vec<u8>> = Arc::new(array.call_method0("tobytes")?.extract()?);
    let lender: Lender = Arc::new(move || Arc::clone(&bytes) as _);
    MemoryArray::new(&descriptor, array.shape(), lender).map_err(raise)
}

/// A table of numbers, as f32 row after row; a copy where it is not so already.
pub fn table<'py>(value: &Bound<'py, PyAny>, name: &str) -> PyResult<PyReadonlyArray2<'py, f32>> {
    let options = PyDict::new(value.py());
    options.set_item("dtype", "float32")?;
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method("ascontiguousarray", (value,), Some(&options))?;
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    let refuse = |_| refused(format!("{name} has shape {shape:?}: must be [rows, columns]"));
    array.extract::<PyReadonlyArray2<'py, f32>>().map_err(refuse)
}

/// `values` as an array of `shape`.
pub fn shaped<'py, T: Element>(
    py: Python<'py>,
    values: Vec<T>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyAny>> {
    Ok(values.into_pyarray(py).reshape(shape.to_vec())?.into_any())
}

/// `values` as an array of one dimension.
pub fn flat<T: Element>(py: Python<'_>, values: Vec<T>) -> Bound<'_, PyArray1<T>> {
    values.into_pyarray(py)
}
