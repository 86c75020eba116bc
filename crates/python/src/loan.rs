//! Memory of NumPy's arrays, used as it lies.

#![expect(unsafe_code, reason = "an array's memory is read through its pointer")]

use std::collections::HashMap;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use latentlab::data::Lender;
use numpy::npyffi::_PyArray_GET_ITEM_DATA;
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// Lends the bytes of `array`, which must be C-contiguous: none is copied. As long as a loan lives, NumPy refuses to write
/// to the array.
pub fn lender(array: &Bound<'_, PyUntypedArray>) -> Lender {
    debug_assert!(array.is_c_contiguous());
    let array = Arc::new(array.clone().unbind());
    Arc::new(move || Arc::new(Loan::new(Arc::clone(&array))))
}

/// The memory of an array that is alive and not written to.
struct Loan {
    array: Arc<Py<PyUntypedArray>>,
    start: *const u8,
    length: usize,
}

/// Arrays that are lent, by their address: how often, and whether they could be written to before.
static LENT: Mutex<Option<HashMap<usize, (usize, bool)>>> = Mutex::new(None);

fn with_lent<T>(use_it: impl FnOnce(&mut HashMap<usize, (usize, bool)>) -> T) -> T {
    use_it(LENT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

// SAFETY: the memory behind `start` belongs to `array`, which is held and so neither freed nor moved (NumPy refuses to resize
// an array that is referred to); it is only read. What may still write to it is code that goes around NumPy's flag
// `writeable`: another array that shares the memory, or C. That is the bound: such a write during a training is a data race,
// as it is for every library that reads an array while the interpreter is released; it changes bytes of pixels, which may
// hold any value.
unsafe impl Send for Loan {}
// SAFETY: as above; `&Loan` gives nothing but reads.
unsafe impl Sync for Loan {}

impl Loan {
    fn new(array: Arc<Py<PyUntypedArray>>) -> Self {
        Python::attach(|py| {
            let bound = array.bind(py);
            let is_first = with_lent(|lent| {
                let entry = lent.entry(bound.as_ptr() as usize).or_insert((0, false));
                entry.0 += 1;
                entry.0 == 1
            });
            if is_first {
                let was_writeable = writeable(bound).unwrap_or(false);
                with_lent(|lent| lent.insert(bound.as_ptr() as usize, (1, was_writeable)));
                set_writeable(bound, false);
            }
            // SAFETY: the pointer is that of a live array, whose fields NumPy has set.
            let start =
                unsafe { (*_PyArray_GET_ITEM_DATA(bound.as_array_ptr())).data }.cast::<u8>().cast_const();
            let length = bound.len() * bound.dtype().itemsize();
            Self { array: Arc::clone(&array), start, length }
        })
    }
}

fn writeable(array: &Bound<'_, PyUntypedArray>) -> PyResult<bool> {
    array.getattr("flags")?.getattr("writeable")?.extract()
}

/// Sets NumPy's flag; an array that must not be written to stays so.
fn set_writeable(array: &Bound<'_, PyUntypedArray>, is_writeable: bool) {
    let _ = array.getattr("flags").and_then(|flags| flags.setattr("writeable", is_writeable));
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: `length` bytes lie from `start` on, one behind the other, for the array is C-contiguous; it is alive and not
        // written to, see above. A byte needs no alignment.
        unsafe { slice::from_raw_parts(self.start, self.length) }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // Once the interpreter has ended, nobody is left to write to the array.
        let _ = Python::try_attach(|py| {
            let bound = self.array.bind(py);
            let key = bound.as_ptr() as usize;
            let was_writeable = with_lent(|lent| {
                let (count, was_writeable) = lent.get_mut(&key)?;
                *count -= 1;
                let (is_last, was_writeable) = (*count == 0, *was_writeable);
                is_last.then(|| lent.remove(&key)).map(|_| was_writeable)
            });
            if was_writeable == Some(true) {
                set_writeable(bound, true);
            }
        });
    }
}
