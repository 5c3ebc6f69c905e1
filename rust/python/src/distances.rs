//! Distance transforms, and distances between contours.

use flawgauge::confusion::MaskPair;
use flawgauge::distance::{Distance, Edge, Job, Metric, Options, transform};
use flawgauge::mask::Rule;
use flawgauge::surface::{Spacing, measure};
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors::{from_core, invalid_value};
use crate::images::{Batch, same_length};
use crate::jobs;
use crate::new_arrays::zeros;

/// Distances to the nearest background pixel: an array in the shape of `mask`, or a list of them.
///
/// With `root` Euclidean distances as float64, else int64: squared Euclidean ones, or others.
#[pyfunction]
#[pyo3(signature = (mask, metric, edge, max_distance=None, root=false))]
pub fn distance_transform<'py>(
    py: Python<'py>,
    mask: &Bound<'py, PyAny>,
    metric: &str,
    edge: &str,
    max_distance: Option<u32>,
    root: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let metric = match metric {
        "euclidean" => Metric::Euclidean,
        "chessboard" => Metric::Chessboard,
        "taxicab" => Metric::Taxicab,
        _ => return Err(invalid_value(py, format!("metric is {metric:?}"))),
    };
    let edge = match edge {
        "background" => Edge::Background,
        "ignore" => Edge::Ignore,
        _ => return Err(invalid_value(py, format!("edge is {edge:?}"))),
    };
    let options = Options { metric, edge, max_distance };
    if root {
        transform_to::<f64>(py, mask, options)
    } else {
        transform_to::<i64>(py, mask, options)
    }
}

fn transform_to<'py, T: Distance + Element>(
    py: Python<'py>,
    mask: &Bound<'py, PyAny>,
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    let batch = Batch::borrow(mask, "mask")?;
    let is_list = mask.is_instance_of::<PyList>();
    let shapes: Vec<Vec<usize>> = if is_list {
        batch.images.iter().map(|image| vec![image.rows(), image.columns()]).collect()
    } else {
        vec![mask.getattr("shape")?.extract()?]
    };
    let arrays =
        shapes.into_iter().map(|shape| zeros::<T>(py, shape, "C")).collect::<PyResult<Vec<_>>>()?;
    // The arrays are new: nobody else can have borrowed them.
    let mut writable: Vec<_> = arrays.iter().map(|array| array.readwrite()).collect();
    let mut jobs = Vec::with_capacity(batch.images.len());
    let mut images = batch.images.iter();
    for array in &mut writable {
        let mut rest = array.as_slice_mut()?;
        let count = if is_list { 1 } else { batch.images.len() };
        for &mask in images.by_ref().take(count) {
            let (distances, others) = rest.split_at_mut(mask.pixels());
            rest = others;
            jobs.push(Job { mask, distances });
        }
    }
    let done = jobs::run_in_pool(py, batch.pixels(), |control| transform(jobs, options, control))?;
    done.map_err(|error| from_core(py, &error, &batch.leading))?;
    drop(writable);
    if is_list {
        Ok(PyList::new(py, arrays)?.into_any())
    } else {
        Ok(arrays.into_iter().next().map_or_else(|| py.None().into_bound(py), Bound::into_any))
    }
}

/// A list of integers.
type Numbers<'py> = Bound<'py, PyArray1<i64>>;

/// Distances between the contours of each pair.
///
/// Returns four int64 arrays. Place 2 i belongs to image i and the distances of the prediction's
/// contour from the true one, place 2 i + 1 to those back. Places, keys and counts: of each place,
/// ascending, the distances (squared in pixels; or with `squares`, those of the row and the column
/// spacing, rows times 2^32 plus columns) and their counts. Unmatched: for each place the number of
/// pixels without a distance.
#[pyfunction]
#[pyo3(signature = (preds, target, ignore=None, threshold=None, squares=None))]
pub fn surface_distances<'py>(
    py: Python<'py>,
    preds: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    ignore: Option<&Bound<'py, PyAny>>,
    threshold: Option<f64>,
    squares: Option<(f64, f64)>,
) -> PyResult<[Numbers<'py>; 4]> {
    let preds = Batch::borrow(preds, "preds")?;
    let target = Batch::borrow(target, "target")?;
    let ignore = ignore.map(|ignore| Batch::borrow(ignore, "ignore")).transpose()?;
    same_length(py, &preds, &target)?;
    let rule = threshold.map_or(Rule::NonZero, Rule::AtLeast);
    let spacing =
        squares.map_or(Spacing::Even, |(rows, columns)| Spacing::Squares { rows, columns });
    let pairs: Vec<_> = (0..preds.images.len())
        .map(|index| MaskPair {
            preds: preds.images[index],
            target: target.images[index],
            ignore: ignore.as_ref().map(|ignore| ignore.images[index]),
        })
        .collect();
    let measured =
        jobs::run_in_pool(py, preds.pixels(), |control| measure(&pairs, rule, spacing, control))?;
    let images = measured.map_err(|error| from_core(py, &error, &preds.leading))?;
    let [mut places, mut keys, mut counts, mut unmatched] = [const { Vec::new() }; 4];
    for (place, distances) in (0..).zip(images.iter().flatten()) {
        for &(key, count) in &distances.counts {
            places.push(place);
            keys.push(key as i64);
            counts.push(count as i64);
        }
        unmatched.push(distances.unmatched as i64);
    }
    Ok([places, keys, counts, unmatched].map(|numbers| PyArray1::from_vec(py, numbers)))
}
