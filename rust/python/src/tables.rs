//! Run tables: reading Severstal files and scoring them.

use std::path::PathBuf;

use flawgauge::rle::Overlaps;
use flawgauge_io::{
    ImageSize, Missing, Role, RunTable as Table, TableError, TableOptions, fingerprint, score,
    score_boundary,
};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::boundary::{band_rule, numbers};
use crate::counting::counts_array;
use crate::errors::{invalid_value, raise};
use crate::jobs;

/// A table of run-length encoded masks that was read from a file.
#[pyclass(frozen, module = "flawgauge._core")]
pub struct RunTable(Table);

#[pymethods]
impl RunTable {
    /// The columns that tell the layout.
    #[getter]
    fn layout(&self) -> &'static str {
        self.0.layout().name()
    }

    /// The path that was read.
    #[getter]
    fn path(&self) -> PathBuf {
        self.0.name().path.clone()
    }

    /// Number of rows below the header.
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// The image ids, sorted by their bytes.
    #[getter]
    fn image_ids(&self) -> Vec<&str> {
        self.0.images().iter().map(|image| &**image).collect()
    }
}

/// Reads a table; `progress(done_bytes, total_bytes)` is called now and then.
#[pyfunction]
#[pyo3(signature = (path, *, height, width, num_classes, merge_overlaps, role, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
pub fn read_run_table(
    py: Python<'_>,
    path: PathBuf,
    height: u32,
    width: u32,
    num_classes: u32,
    merge_overlaps: bool,
    role: &str,
    progress: Option<Py<PyAny>>,
) -> PyResult<RunTable> {
    let size = ImageSize::new(height, width).map_err(|error| from_table(py, &error))?;
    let role = match role {
        "truth" => Role::Truth,
        "predictions" => Role::Predictions,
        _ => return Err(invalid_value(py, format!("role is {role:?}"))),
    };
    let overlaps = if merge_overlaps { Overlaps::Merge } else { Overlaps::Error };
    let options = TableOptions { role, size, num_classes, overlaps };
    jobs::run_long(py, progress.as_ref(), |control| Table::read(&path, options, control))?
        .map(RunTable)
        .map_err(|error| from_table(py, &error))
}

/// The image ids, counts of each image and class, and what was left out.
type Scored<'py> = (Vec<String>, Bound<'py, PyArrayDyn<i64>>, Bound<'py, PyDict>);

/// Scores predictions: the image ids, sorted; counts tp, fp, fn, tn as an int64 array (N, C, 4);
/// and what was left out or missing.
#[pyfunction]
pub fn score_run_tables<'py>(
    py: Python<'py>,
    truth: &RunTable,
    predictions: &RunTable,
    images: Option<Vec<String>>,
    missing: &str,
) -> PyResult<Scored<'py>> {
    let missing = missing_rule(py, missing)?;
    let (truth, predictions) = (&truth.0, &predictions.0);
    let scores = jobs::run_long(py, None, |control| {
        score(truth, predictions, images.as_deref(), missing, control)
    })?
    .map_err(|error| from_table(py, &error))?;
    let counts = counts_array(py, &scores.counts, vec![scores.images.len(), scores.num_classes])?;
    let info = PyDict::new(py);
    info.set_item("left_out_truth_rows", scores.left_out_truth_rows)?;
    info.set_item("left_out_prediction_rows", scores.left_out_prediction_rows)?;
    info.set_item("missing_pairs", scores.missing_pairs)?;
    Ok((scores.images, counts, info))
}

/// Counts the boundary bands of the images and classes that `score_run_tables` scores: an int64
/// array (N, C, D, 3) of preds, target and both, in the same order.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "arguments of a Python function")]
pub fn score_boundary_of_run_tables<'py>(
    py: Python<'py>,
    truth: &RunTable,
    predictions: &RunTable,
    images: Option<Vec<String>>,
    missing: &str,
    distances: Vec<u32>,
    metric: &str,
    edge: &str,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let missing = missing_rule(py, missing)?;
    let band = band_rule(py, metric, edge)?;
    let (truth, predictions) = (&truth.0, &predictions.0);
    let cells = jobs::run_long(py, None, |control| {
        let bands = (band, &distances[..]);
        score_boundary(truth, predictions, images.as_deref(), missing, bands, control)
    })?
    .map_err(|error| from_table(py, &error))?;
    let num_classes = truth.num_classes() as usize;
    let shape = [cells.len() / num_classes, num_classes, distances.len(), 3];
    let counts: Vec<i64> = cells.iter().flatten().flat_map(numbers).collect();
    PyArray1::from_vec(py, counts).reshape(shape.to_vec())
}

fn missing_rule(py: Python<'_>, missing: &str) -> PyResult<Missing> {
    match missing {
        "error" => Ok(Missing::Error),
        "empty" => Ok(Missing::Empty),
        _ => {
            let message = format!("missing is {missing:?}, want \"error\" or \"empty\"");
            Err(invalid_value(py, message))
        }
    }
}

/// A name for the content of a ground truth, the same for both layouts and any order of rows.
#[pyfunction]
pub fn fingerprint_run_table(
    py: Python<'_>,
    truth: &RunTable,
    images: Option<Vec<String>>,
) -> PyResult<String> {
    let table = &truth.0;
    jobs::run_long(py, None, |_| fingerprint(table, images.as_deref()))?
        .map_err(|error| from_table(py, &error))
}

/// A table error as an exception of `flawgauge.errors`.
fn from_table(py: Python<'_>, error: &TableError) -> PyErr {
    let message = error.to_string();
    match error {
        TableError::File { .. } | TableError::Directory { .. } => raise(py, "FileError", message),
        TableError::Option { .. }
        | TableError::ImageTwice { .. }
        | TableError::DifferentOptions { .. } => invalid_value(py, message),
        TableError::Empty { .. }
        | TableError::Header { .. }
        | TableError::RowTooLong { .. }
        | TableError::Rows { .. }
        | TableError::NoImages { .. } => raise(py, "DataError", message),
        TableError::Cancelled => PyRuntimeError::new_err(message),
    }
}
