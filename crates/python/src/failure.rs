//! How failures reach Python: the user's mistakes as `ValueError`, those of the machine as `Fault`.

use latentlab::program::Failure;
use pyo3::create_exception;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    latentlab._native,
    Fault,
    PyRuntimeError,
    "The machine, the disk or the network did not do its part."
);

/// The exception of a failure: its message, and below it what to do about it.
pub fn raised(failure: &Failure) -> PyErr {
    let mut text = failure.message().to_owned();
    if let Some(hint) = failure.advice() {
        text += &format!("\nhint: {hint}");
    }
    if failure.is_mistake() { PyValueError::new_err(text) } else { Fault::new_err(text) }
}

/// The exception of any error that the program has a message for.
pub fn raise(error: impl Into<Failure>) -> PyErr {
    raised(&error.into())
}

/// What was asked for cannot be.
pub fn refused(message: impl Into<String>) -> PyErr {
    PyValueError::new_err(message.into())
}

/// What was asked for cannot be, and what to ask for instead.
pub fn refused_with(message: &str, hint: &str) -> PyErr {
    PyValueError::new_err(format!("{message}\nhint: {hint}"))
}

/// A fault of the program itself.
pub fn internal(panic: &(dyn std::any::Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    let address = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
    Fault::new_err(format!(
        "internal error: {text}\nhint: this is a fault of latentlab; please report it: {address}"
    ))
}

/// A damaged file makes some readers panic, which is caught and told as an error: nothing of it goes to stderr.
pub fn silence_guarded_panics() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !latentlab::data::is_guarded() {
            hook(panic);
        }
    }));
}
