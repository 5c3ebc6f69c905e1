//! Image files: masks, label maps and score maps as arrays.

use std::path::PathBuf;

use flawgauge::view::Element;
use flawgauge_io::images::{
    Image, ImageError, Limits, MaskRule, Problem, read_labels as labels, read_mask as mask,
    read_scores as scores, read_size,
};
use numpy::{PyArray1, PyArrayDescr};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{invalid_value, raise};

/// Reads label ids as they are stored.
#[pyfunction]
#[pyo3(signature = (path, key, max_pixels))]
pub fn read_labels<'py>(
    py: Python<'py>,
    path: PathBuf,
    key: Option<&str>,
    max_pixels: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let limits = Limits { max_pixels };
    let image = py.detach(|| labels(&path, key, limits));
    to_array(py, image.map_err(|error| from_image(py, &error))?, None)
}

/// Reads a mask as booleans; without a threshold it may hold zero and one other value.
#[pyfunction]
#[pyo3(signature = (path, key, threshold, max_pixels))]
pub fn read_mask<'py>(
    py: Python<'py>,
    path: PathBuf,
    key: Option<&str>,
    threshold: Option<u64>,
    max_pixels: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let (rule, limits) = (mask_rule(threshold), Limits { max_pixels });
    let image = py.detach(|| mask(&path, key, rule, limits));
    to_array(py, image.map_err(|error| from_image(py, &error))?, Some("bool"))
}

/// Reads scores: uint8, uint16, float16, 32 or 64.
#[pyfunction]
#[pyo3(signature = (path, key, max_pixels))]
pub fn read_scores<'py>(
    py: Python<'py>,
    path: PathBuf,
    key: Option<&str>,
    max_pixels: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let limits = Limits { max_pixels };
    let image = py.detach(|| scores(&path, key, limits));
    to_array(py, image.map_err(|error| from_image(py, &error))?, None)
}

/// Height and width of an image by its header.
#[pyfunction]
#[pyo3(signature = (path, key, max_pixels))]
pub fn read_image_size(
    py: Python<'_>,
    path: PathBuf,
    key: Option<&str>,
    max_pixels: u64,
) -> PyResult<(usize, usize)> {
    let limits = Limits { max_pixels };
    let size = py.detach(|| read_size(&path, key, limits));
    size.map_err(|error| from_image(py, &error))
}

/// When a mask's pixel is positive.
fn mask_rule(threshold: Option<u64>) -> MaskRule {
    threshold.map_or(MaskRule::TwoValues, MaskRule::AtLeast)
}

/// An image as an array of its own memory.
fn to_array<'py>(
    py: Python<'py>,
    image: Image,
    dtype: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let (shape, order) = (image.shape(), if image.is_column_major() { "F" } else { "C" });
    let dtype = PyArrayDescr::new(py, dtype.unwrap_or(dtype_name(image.element())))?;
    let bytes = PyArray1::from_vec(py, image.into_bytes());
    let values = bytes.call_method1("view", (dtype,))?;
    let keywords = PyDict::new(py);
    keywords.set_item("order", order)?;
    values.call_method("reshape", (shape,), Some(&keywords))
}

/// What NumPy calls a type.
pub fn dtype_name(element: Element) -> &'static str {
    match element {
        Element::U8 => "uint8",
        Element::I8 => "int8",
        Element::U16 => "uint16",
        Element::I16 => "int16",
        Element::U32 => "uint32",
        Element::I32 => "int32",
        Element::U64 => "uint64",
        Element::I64 => "int64",
        Element::F16 => "float16",
        Element::F32 => "float32",
        Element::F64 => "float64",
    }
}

/// An error about an image file as an exception of `flawgauge.errors`.
pub fn from_image(py: Python<'_>, error: &ImageError) -> PyErr {
    let message = error.to_string();
    match error.problem {
        Problem::Key(_) => invalid_value(py, message),
        _ if error.problem.is_about_access() => raise(py, "FileError", message),
        _ => raise(py, "DataError", message),
    }
}
