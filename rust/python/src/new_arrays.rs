//! New NumPy arrays that may be large.

use numpy::{Element, PyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A new array of zeros, in C order ("C") or in Fortran order ("F"); an error if there is no memory
/// for it, where the crate would panic.
pub fn zeros<'py, T: Element>(
    py: Python<'py>,
    shape: Vec<usize>,
    order: &str,
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    let shape = PyTuple::new(py, shape)?;
    let array = py.import("numpy")?.call_method1("zeros", (shape, T::get_dtype(py), order))?;
    Ok(array.cast_into::<PyArrayDyn<T>>()?)
}
