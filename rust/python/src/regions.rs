//! Regions of masks.

use flawgauge::region_scores::score_regions as score;
use flawgauge::regions::{Connectivity, Region, Regions, label_images};
use flawgauge::scores::Key;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::prelude::*;

use crate::errors::{from_core, invalid_value};
use crate::images::Batch;
use crate::jobs;
use crate::sweep::Scored;

/// The runs of an image: rows (row, start, end, label).
type Runs<'py> = Bound<'py, PyArray2<u32>>;

/// Finds the regions of each image.
///
/// Returns for each image its runs of positive pixels, a uint32 array of rows (row, start, end,
/// label from 0); and for all regions, image after image, an int64 array of rows (image, area, top,
/// left, bottom, right, sum of rows, sum of columns).
#[pyfunction]
pub fn label_regions<'py>(
    py: Python<'py>,
    mask: &Bound<'py, PyAny>,
    connectivity: u8,
) -> PyResult<(Vec<Runs<'py>>, Bound<'py, PyArray2<i64>>)> {
    let masks = Batch::borrow(mask, "mask")?;
    let connectivity = connectivity_of(py, connectivity)?;
    let found = jobs::run(py, masks.pixels(), |control| {
        label_images(&masks.images, connectivity, control)
    })?;
    let images = found.map_err(|error| from_core(py, &error, &masks.leading))?;
    let runs = images.iter().map(|found| runs_array(py, found)).collect::<PyResult<_>>()?;
    Ok((runs, region_table(py, &images)?))
}

/// The connectivity by its number of neighbours; the Python layer has checked it.
pub fn connectivity_of(py: Python<'_>, neighbours: u8) -> PyResult<Connectivity> {
    match neighbours {
        4 => Ok(Connectivity::Four),
        8 => Ok(Connectivity::Eight),
        _ => Err(invalid_value(py, format!("connectivity is {neighbours}, want 4 or 8"))),
    }
}

fn runs_array<'py>(py: Python<'py>, found: &Regions) -> PyResult<Runs<'py>> {
    let numbers: Vec<u32> =
        found.runs.iter().flat_map(|run| [run.row, run.start, run.end, run.label]).collect();
    PyArray1::from_vec(py, numbers).reshape([found.runs.len(), 4])
}

/// A row of the table of regions.
pub fn region_numbers(image: usize, region: &Region) -> [i64; 8] {
    let [top, left, bottom, right] =
        [region.top, region.left, region.bottom, region.right].map(i64::from);
    let (area, rows, columns) =
        (region.area as i64, region.row_sum as i64, region.column_sum as i64);
    [image as i64, area, top, left, bottom, right, rows, columns]
}

fn region_table<'py>(py: Python<'py>, images: &[Regions]) -> PyResult<Bound<'py, PyArray2<i64>>> {
    let mut numbers = Vec::new();
    for (image, found) in images.iter().enumerate() {
        for region in &found.regions {
            numbers.extend(region_numbers(image, region));
        }
    }
    let count = numbers.len() / 8;
    PyArray1::from_vec(py, numbers).reshape([count, 8])
}

/// Finds the regions of each image of the ground truth, and their scores.
///
/// Returns rows for all regions as [`label_regions`] does, their highest scores, and how many of
/// their pixels have a score of at least the threshold.
#[pyfunction]
#[pyo3(signature = (scores, target, ignore=None, *, connectivity=8, threshold=None))]
pub fn score_regions<'py>(
    py: Python<'py>,
    scores: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    ignore: Option<&Bound<'py, PyAny>>,
    connectivity: u8,
    threshold: Option<f64>,
) -> PyResult<RegionScores<'py>> {
    let batch = Scored::borrow(py, scores, target, ignore)?;
    let connectivity = connectivity_of(py, connectivity)?;
    if batch.is_double() {
        scored::<u64>(py, &batch, connectivity, threshold)
    } else {
        scored::<u32>(py, &batch, connectivity, threshold)
    }
}

/// The table of regions, highest scores, numbers of predicted pixels.
type RegionScores<'py> =
    (Bound<'py, PyArray2<i64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>);

fn scored<'py, K: Key<Score: Into<f64>>>(
    py: Python<'py>,
    batch: &Scored<'_>,
    connectivity: Connectivity,
    threshold: Option<f64>,
) -> PyResult<RegionScores<'py>> {
    let found = jobs::run(py, batch.pixels, |control| {
        score::<K>(&batch.images, connectivity, threshold, control)
    })?;
    let images = found.map_err(|error| from_core(py, &error, &batch.leading))?;
    let highest = images.iter().flat_map(|image| &image.highest).map(|key| key.score().into());
    let predicted = images.iter().flat_map(|image| &image.predicted).map(|&count| count as i64);
    let (highest, predicted) = (highest.collect(), predicted.collect());
    let regions: Vec<Regions> = images.into_iter().map(|image| image.regions).collect();
    let table = region_table(py, &regions)?;
    Ok((table, PyArray1::from_vec(py, highest), PyArray1::from_vec(py, predicted)))
}

/// Writes the labels of runs, plus 1, into an image of zeros.
#[pyfunction]
pub fn paint_regions(
    py: Python<'_>,
    runs: PyReadonlyArray2<'_, u32>,
    mut image: PyReadwriteArray2<'_, i32>,
) -> PyResult<()> {
    let width = image.as_array().ncols();
    let pixels = image.as_slice_mut()?;
    for &[row, start, end, label] in runs.as_slice()?.as_chunks::<4>().0 {
        let first = row as usize * width;
        let inside = pixels.get_mut(first + start as usize..first + end as usize);
        inside
            .ok_or_else(|| invalid_value(py, "runs leave the image".to_owned()))?
            .fill(label as i32 + 1);
    }
    Ok(())
}
