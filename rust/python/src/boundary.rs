//! Boundary bands and counts of them.

use flawgauge::boundary::{BandRule, Bands, count, count_classes};
use flawgauge::confusion::MaskPair;
use flawgauge::erosion::{Edge, Metric, band};
use flawgauge::labels::{Classes, LabelPair};
use flawgauge::mask::{BitMask, Rule};
use flawgauge::parallel::Control;
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

use crate::errors::{from_core, invalid_value};
use crate::images::Batch;
use crate::jobs;
use crate::new_arrays::zeros;

/// Counts the bands of each image at each distance: an int64 array of the leading shape, the
/// number of distances, and 3 (preds, target, both).
///
/// `distances` holds one list for each image, or a single one for all.
#[pyfunction]
#[pyo3(signature = (preds, target, distances, metric, edge, ignore=None, threshold=None))]
#[expect(clippy::too_many_arguments, reason = "arguments of a Python function")]
pub fn boundary<'py>(
    py: Python<'py>,
    preds: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    distances: Vec<Vec<u32>>,
    metric: &str,
    edge: &str,
    ignore: Option<&Bound<'py, PyAny>>,
    threshold: Option<f64>,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let preds = Batch::borrow(preds, "preds")?;
    let target = Batch::borrow(target, "target")?;
    let ignore = ignore.map(|ignore| Batch::borrow(ignore, "ignore")).transpose()?;
    let lists = each_distances(py, &distances, &preds, &target)?;
    let rule = threshold.map_or(Rule::NonZero, Rule::AtLeast);
    let band = band_rule(py, metric, edge)?;
    let pairs: Vec<_> = (0..preds.images.len())
        .map(|index| MaskPair {
            preds: preds.images[index],
            target: target.images[index],
            ignore: ignore.as_ref().map(|ignore| ignore.images[index]),
        })
        .collect();
    let counted =
        jobs::run(py, preds.pixels(), |control| count(&pairs, rule, band, &lists, control))?;
    let images = counted.map_err(|error| from_core(py, &error, &preds.leading))?;
    let numbers: Vec<i64> = images.iter().flatten().flat_map(numbers).collect();
    let mut shape = preds.leading;
    shape.extend([distances[0].len(), 3]);
    PyArray1::from_vec(py, numbers).reshape(shape)
}

/// Counts the bands of each class of each image: an int64 array of the leading shape, the number
/// of classes, the number of distances, and 3.
#[pyfunction]
#[pyo3(signature = (preds, target, distances, metric, edge, num_classes, ignore_index=None))]
#[expect(clippy::too_many_arguments, reason = "arguments of a Python function")]
pub fn boundary_labels<'py>(
    py: Python<'py>,
    preds: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    distances: Vec<Vec<u32>>,
    metric: &str,
    edge: &str,
    num_classes: u32,
    ignore_index: Option<i64>,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let preds = Batch::borrow(preds, "preds")?;
    let target = Batch::borrow(target, "target")?;
    let lists = each_distances(py, &distances, &preds, &target)?;
    let band = band_rule(py, metric, edge)?;
    let pairs: Vec<_> = preds
        .images
        .iter()
        .zip(&target.images)
        .map(|(&preds, &target)| LabelPair { preds, target })
        .collect();
    let classes = Classes { num_classes, ignore_index };
    let counted = jobs::run(py, preds.pixels(), |control| {
        count_classes(&pairs, classes, band, &lists, control)
    })?;
    let images = counted.map_err(|error| from_core(py, &error, &preds.leading))?;
    let mut shape = preds.leading;
    shape.extend([num_classes as usize, distances[0].len(), 3]);
    let array = zeros::<i64>(py, shape, "C")?;
    let cell = distances[0].len() * 3;
    let mut places = array.readwrite();
    for (image, present) in images.iter().enumerate() {
        for (class, bands) in present {
            let start = (image * num_classes as usize + *class as usize) * cell;
            let numbers: Vec<i64> = bands.iter().flat_map(numbers).collect();
            places.as_slice_mut()?[start..start + cell].copy_from_slice(&numbers);
        }
    }
    drop(places);
    Ok(array)
}

/// The inner boundary band of each image, as its bytes 0 and 1, row after row.
#[pyfunction]
pub fn boundary_bands<'py>(
    py: Python<'py>,
    masks: &Bound<'py, PyAny>,
    distances: Vec<u32>,
    metric: &str,
    edge: &str,
) -> PyResult<Vec<Bound<'py, PyArray1<u8>>>> {
    let masks = Batch::borrow(masks, "mask")?;
    let rule = band_rule(py, metric, edge)?;
    if distances.len() != masks.images.len() {
        return Err(invalid_value(py, "want one distance for each image".to_owned()));
    }
    let images = masks.images.iter().zip(&distances);
    let work = |control: &Control| {
        let mut bands = Vec::with_capacity(distances.len());
        for (image, &distance) in images {
            if control.cancelled() {
                break;
            }
            let mask = BitMask::pack(image);
            bands.push(band(&mask, None, rule.metric, rule.edge, distance).unpack());
        }
        bands
    };
    let bands = jobs::run(py, masks.pixels(), work)?;
    Ok(bands.into_iter().map(|bytes| PyArray1::from_vec(py, bytes)).collect())
}

/// Counts as numbers, in the order preds, target, both.
pub fn numbers(bands: &Bands) -> [i64; 3] {
    [bands.preds, bands.target, bands.both].map(|count| count as i64)
}

/// The metric and the edge by their names; the Python layer has checked them.
pub fn band_rule(py: Python<'_>, metric: &str, edge: &str) -> PyResult<BandRule> {
    let metric = match metric {
        "chessboard" => Metric::Chessboard,
        "taxicab" => Metric::Taxicab,
        "euclidean" => Metric::Euclidean,
        _ => return Err(invalid_value(py, format!("metric is {metric:?}"))),
    };
    let edge = match edge {
        "background" => Edge::Background,
        "ignore" => Edge::Ignore,
        _ => return Err(invalid_value(py, format!("edge is {edge:?}"))),
    };
    Ok(BandRule { metric, edge })
}

/// The distances of each image. The Python layer has checked them; here it keeps the indexing in
/// range.
fn each_distances<'a>(
    py: Python<'_>,
    distances: &'a [Vec<u32>],
    preds: &Batch<'_>,
    target: &Batch<'_>,
) -> PyResult<Vec<&'a [u32]>> {
    let images = preds.images.len();
    let ascending = |list: &Vec<u32>| {
        list.len() == distances[0].len() && list.windows(2).all(|pair| pair[0] < pair[1])
    };
    let fits = distances.len() == 1 || (distances.len() == images && images > 0);
    if target.images.len() != images || !fits || !distances.iter().all(ascending) {
        let message = "want as many images in preds as in target, and ascending distances";
        return Err(invalid_value(py, message.to_owned()));
    }
    Ok(distances.iter().map(Vec::as_slice).cycle().take(images).collect())
}
