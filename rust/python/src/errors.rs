//! Core errors as the exceptions of `flawgauge.errors`.

use flawgauge::Error;
use flawgauge::error::Place;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// An instance of a class of `flawgauge.errors`.
pub fn raise(py: Python<'_>, class: &str, message: String) -> PyErr {
    let made = py
        .import("flawgauge.errors")
        .and_then(|module| module.getattr(class))
        .and_then(|class| Ok(class.cast_into::<PyType>()?));
    match made {
        Ok(class) => PyErr::from_type(class, message),
        Err(error) => error,
    }
}

/// Invalid values in an argument.
pub fn invalid_value(py: Python<'_>, message: String) -> PyErr {
    raise(py, "InputValueError", message)
}

/// A core error; `leading` is the shape of the batch's leading axes.
pub fn from_core(py: Python<'_>, error: &Error, leading: &[usize]) -> PyErr {
    match error {
        Error::FloatValues { .. } | Error::ScoreType { .. } => {
            raise(py, "InputTypeError", error.to_string())
        }
        Error::Cancelled | Error::Changed => PyRuntimeError::new_err(error.to_string()),
        Error::NanScore { place, .. } | Error::LabelOutOfRange { place, .. } => {
            let text = error.to_string().replace(&place.to_string(), &describe(*place, leading));
            invalid_value(py, text)
        }
        _ => invalid_value(py, error.to_string()),
    }
}

/// Names the image of a batch with several leading axes by its index on each.
fn describe(place: Place, leading: &[usize]) -> String {
    if leading.len() < 2 {
        return place.to_string();
    }
    let mut rest = place.image;
    let mut index = Vec::with_capacity(leading.len());
    for &length in leading.iter().rev() {
        index.push((rest % length).to_string());
        rest /= length;
    }
    index.reverse();
    format!("image ({}), row {}, column {}", index.join(", "), place.row, place.column)
}
