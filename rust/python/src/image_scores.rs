//! One score for each image.

use flawgauge::image_scores::{Method, ScoreMap, score_images};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

use crate::errors::{from_core, invalid_value};
use crate::images::{Batch, same_length};
use crate::jobs;

/// How an image is scored, from its name and its number.
pub fn method_of(py: Python<'_>, method: &str, number: usize) -> PyResult<Method> {
    match (method, number) {
        ("max", _) => Ok(Method::Max),
        ("top_k_mean", 1..) => Ok(Method::TopKMean(number)),
        ("mean_filter_max", 1..) if number % 2 == 1 => Ok(Method::MeanFilterMax(number)),
        _ => Err(invalid_value(py, format!("method is {method:?} of {number}"))),
    }
}

/// Scores each image: a float64 array of the leading shape. `number` is k, or the filter's side;
/// the Python layer has checked it.
#[pyfunction]
#[pyo3(signature = (scores, method, number, ignore=None))]
pub fn image_scores<'py>(
    py: Python<'py>,
    scores: &Bound<'py, PyAny>,
    method: &str,
    number: usize,
    ignore: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let method = method_of(py, method, number)?;
    let scores = Batch::borrow(scores, "scores")?;
    let ignore = ignore.map(|ignore| Batch::borrow(ignore, "ignore")).transpose()?;
    let ignored = |index: usize| ignore.as_ref().map(|ignore| ignore.images[index]);
    if let Some(ignore) = &ignore {
        same_length(py, &scores, ignore)?;
    }
    let mut maps = Vec::with_capacity(scores.images.len());
    for (index, &scores) in scores.images.iter().enumerate() {
        let ignore = ignored(index);
        if ignore.is_some_and(|ignore| ignore.shape() != scores.shape()) {
            return Err(invalid_value(py, "want ignore in the shapes of scores".to_owned()));
        }
        maps.push(ScoreMap { scores, ignore });
    }
    let scored = jobs::run(py, scores.pixels(), |control| score_images(&maps, method, control))?;
    let scored = scored.map_err(|error| from_core(py, &error, &scores.leading))?;
    PyArray1::from_vec(py, scored).reshape(scores.leading)
}
