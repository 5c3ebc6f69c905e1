//! Scoring files as a stream.

use std::path::PathBuf;

use flawgauge::image_scores::Method;
use flawgauge::parallel::Control;
use flawgauge::scores::Key;
use flawgauge::sweep::SweepCounts;
use flawgauge_io::images::{Limits, MaskRule};
use flawgauge_io::stream::{
    Boundary, Distance, ImageRow, Prediction, Predictions, Reading, RegionRow, Resize, RunLengths,
    Sample, Scan, ScanWanted, StreamError, SweepWanted, Truth, fingerprint, is_double, scan, sweep,
};
use numpy::{Element as NumPyElement, PyArray1, PyArrayMethods};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::boundary::{band_rule, numbers};
use crate::counting::counts_array;
use crate::errors::{invalid_value, raise};
use crate::image_files::{dtype_name, from_image};
use crate::image_scores::method_of;
use crate::jobs;
use crate::regions::connectivity_of;
use crate::rle::Payload;
use crate::sweep::to_dict;

/// Id, prediction, mask, size of the image, boxes. Without a mask and boxes there is no defect.
type SampleTuple =
    (String, PredictionOf, Option<PathBuf>, Option<(usize, usize)>, Option<Vec<[u32; 4]>>);

/// A file, or COCO run lengths: height, width and counts of masks that are united.
#[derive(FromPyObject)]
pub enum PredictionOf {
    File(PathBuf),
    Runs(Vec<(usize, usize, Payload)>),
}

/// Ratio of the diagonal or distances in pixels, metric and edge.
type BoundaryTuple = (Option<f64>, Vec<u32>, String, String);

/// Scores all samples; `progress(done, total)` counts files.
///
/// A sample is (id, prediction, mask or None, (height, width) or None, boxes or None). A prediction
/// is a path, or a list of COCO run lengths (height, width, counts) whose union is a mask, the
/// counts numbers or a compressed string.
///
/// `image_score` is a method of `image_scores` and its number; the maximum by default.
///
/// The dict has, by image: shapes, dtype, resized, num_positives, digests (of the masks),
/// image_scores, confusion and bands (None without a threshold); regions as `score_regions` returns
/// them; sweep as `sweep` does (None unless wanted); fingerprint.
#[pyfunction]
#[pyo3(signature = (
    samples, *, masks, map_key, mask_threshold, resize, max_pixels, connectivity, threshold,
    boundary, with_sweep, sweep_boundary, image_score=None, progress=None
))]
#[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
pub fn score_files<'py>(
    py: Python<'py>,
    samples: Vec<SampleTuple>,
    masks: bool,
    map_key: Option<String>,
    mask_threshold: Option<u64>,
    resize: Option<&str>,
    max_pixels: u64,
    connectivity: Option<u8>,
    threshold: Option<f64>,
    boundary: Option<BoundaryTuple>,
    with_sweep: bool,
    sweep_boundary: bool,
    image_score: Option<(String, usize)>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let resize = match resize {
        None => None,
        Some("bilinear") => Some(Resize::Bilinear),
        Some("nearest") => Some(Resize::Nearest),
        Some(other) => return Err(invalid_value(py, format!("resize is {other:?}"))),
    };
    let reading = Reading {
        predictions: if masks { Predictions::Masks } else { Predictions::Scores },
        map_key,
        mask_rule: mask_threshold.map_or(MaskRule::TwoValues, MaskRule::AtLeast),
        resize,
        limits: Limits { max_pixels },
    };
    let boundary = boundary.map(|boundary| boundary_of(py, boundary)).transpose()?;
    let wanted = ScanWanted {
        positives: with_sweep,
        regions: connectivity.map(|number| connectivity_of(py, number)).transpose()?,
        threshold,
        boundary,
        image_score: image_score
            .map_or(Ok(Method::Max), |(method, number)| method_of(py, &method, number))?,
    };
    let samples: Vec<Sample> = samples.into_iter().map(sample_of).collect();
    let job = Job { samples, reading, wanted, with_sweep, sweep_boundary };
    let double = match job.samples.first() {
        None => false,
        Some(first) => {
            py.detach(|| is_double(first, &job.reading)).map_err(|error| from_stream(py, &error))?
        }
    };
    if double {
        job.run::<u64>(py, progress.as_ref())
    } else {
        job.run::<u32>(py, progress.as_ref())
    }
}

/// The fingerprint of some masks, by their ids and the digests of `score_files`.
#[pyfunction]
pub fn fingerprint_masks(masks: Vec<(String, [u8; 32])>) -> String {
    fingerprint(masks.iter().map(|(id, digest)| (&**id, digest)))
}

fn sample_of((id, prediction, mask, size, boxes): SampleTuple) -> Sample {
    let truth = match (mask, boxes, size) {
        (Some(mask), ..) => Truth::File(mask),
        (None, Some(boxes), Some(size)) => Truth::Boxes(boxes, size),
        (None, _, size) => Truth::Empty(size),
    };
    let prediction = match prediction {
        PredictionOf::File(path) => Prediction::File(path),
        PredictionOf::Runs(masks) => {
            let run_lengths = |(height, width, counts): (_, _, Payload)| RunLengths {
                size: (height, width),
                counts: counts.into_counts(),
            };
            Prediction::Runs(masks.into_iter().map(run_lengths).collect())
        }
    };
    Sample { id, prediction, truth }
}

fn boundary_of(py: Python<'_>, (ratio, pixels, metric, edge): BoundaryTuple) -> PyResult<Boundary> {
    let distance = ratio.map_or(Distance::Pixels(pixels), Distance::Ratio);
    Ok(Boundary { rule: band_rule(py, &metric, &edge)?, distance })
}

/// What is to be counted of which files.
struct Job {
    samples: Vec<Sample>,
    reading: Reading,
    wanted: ScanWanted,
    with_sweep: bool,
    sweep_boundary: bool,
}

impl Job {
    fn run<'py, K: Key<Score: NumPyElement + Into<f64>>>(
        &self,
        py: Python<'py>,
        progress: Option<&Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let counted = jobs::run_long(py, progress, |control| self.count::<K>(control))?;
        let (scan, sweep) = counted.map_err(|error| from_stream(py, &error))?;
        let dict = PyDict::new(py);
        set_images(py, &dict, &scan.images)?;
        dict.set_item("regions", regions_of(py, &scan.regions)?)?;
        dict.set_item("fingerprint", scan.fingerprint)?;
        dict.set_item("sweep", sweep.map(|counts| to_dict(py, counts)).transpose()?)?;
        Ok(dict)
    }

    #[expect(clippy::type_complexity, reason = "two results that are used at once")]
    fn count<K: Key<Score: Into<f64>>>(
        &self,
        control: &Control,
    ) -> Result<(Scan<K>, Option<SweepCounts<K::Score>>), StreamError> {
        let Self { samples, reading, wanted, .. } = self;
        let passes = if self.with_sweep { 2 } else { 1 };
        control.expect(passes * samples.len() as u64);
        let mut scan = scan::<K>(samples, reading, wanted, control)?;
        if !self.with_sweep {
            return Ok((scan, None));
        }
        let positives = std::mem::take(&mut scan.positives);
        let boundary = wanted.boundary.clone().filter(|_| self.sweep_boundary);
        let counted = SweepWanted { regions: wanted.regions, boundary };
        let sweep = sweep(samples, reading, positives, &counted, control)?;
        Ok((scan, Some(sweep)))
    }
}

fn set_images(py: Python<'_>, dict: &Bound<'_, PyDict>, images: &[ImageRow]) -> PyResult<()> {
    let count = images.len();
    let integers = |values: Vec<i64>| PyArray1::from_vec(py, values);
    let shapes = images.iter().flat_map(|row| [row.shape.0 as i64, row.shape.1 as i64]).collect();
    dict.set_item("shapes", integers(shapes).reshape([count, 2])?)?;
    let dtypes: Vec<_> = images.iter().map(|row| dtype_name(row.element)).collect();
    dict.set_item("dtypes", dtypes)?;
    let resized = images.iter().map(|row| row.resized).collect();
    dict.set_item("resized", PyArray1::from_vec(py, resized))?;
    let positives = images.iter().map(|row| row.num_positives as i64).collect();
    dict.set_item("num_positives", integers(positives))?;
    let digests: Vec<_> = images.iter().map(|row| PyBytes::new(py, &row.digest)).collect();
    dict.set_item("digests", digests)?;
    let scores = images.iter().map(|row| row.score).collect();
    dict.set_item("image_scores", PyArray1::from_vec(py, scores))?;
    let confusion: Option<Vec<_>> = images.iter().map(|row| row.confusion).collect();
    let confusion = confusion.filter(|counts| !counts.is_empty());
    let confusion = confusion.map(|counts| counts_array(py, &counts, vec![count])).transpose()?;
    dict.set_item("confusion", confusion)?;
    let bands: Option<Vec<_>> = images.iter().map(|row| row.bands.as_ref()).collect();
    let bands = bands.filter(|bands| !bands.is_empty());
    let Some(bands) = bands else {
        dict.set_item("bands", py.None())?;
        return dict.set_item("distances", py.None());
    };
    let distances: Vec<i64> =
        bands.iter().flat_map(|(distances, _)| distances).map(|&d| d.into()).collect();
    let each = distances.len() / count;
    dict.set_item("distances", integers(distances).reshape([count, each])?)?;
    let counts = bands.iter().flat_map(|(_, bands)| bands).flat_map(numbers).collect();
    dict.set_item("bands", integers(counts).reshape([count, each, 3])?)
}

/// Rows of all regions, their highest scores, their predicted pixels.
type Regions<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>);

fn regions_of<'py>(py: Python<'py>, regions: &[RegionRow]) -> PyResult<Regions<'py>> {
    let numbers =
        regions.iter().flat_map(|row| crate::regions::region_numbers(row.image, &row.region));
    let table = PyArray1::from_vec(py, numbers.collect()).reshape([regions.len(), 8])?;
    let highest = regions.iter().map(|row| row.highest).collect();
    let predicted = regions.iter().map(|row| row.predicted as i64).collect();
    Ok((table.into_any(), PyArray1::from_vec(py, highest), PyArray1::from_vec(py, predicted)))
}

/// An error about files that are scored as an exception of `flawgauge.errors`.
fn from_stream(py: Python<'_>, error: &StreamError) -> PyErr {
    let message = error.to_string();
    match error {
        StreamError::Image(error) => from_image(py, error),
        StreamError::Cancelled => PyRuntimeError::new_err(message),
        StreamError::Sizes { .. }
        | StreamError::NoPixels { .. }
        | StreamError::Types { .. }
        | StreamError::TooLarge { .. }
        | StreamError::NoSize { .. }
        | StreamError::Runs { .. }
        | StreamError::RunSizes { .. }
        | StreamError::Resized { .. }
        | StreamError::Box { .. }
        | StreamError::FewPixels { .. }
        | StreamError::NoScore { .. }
        | StreamError::Changed
        | StreamError::Kernel { .. } => raise(py, "DataError", message),
    }
}
