//! Threshold sweeps.

use flawgauge::counts::{Counts, Increments};
use flawgauge::parallel::Control;
use flawgauge::regions::Connectivity;
use flawgauge::scores::Key;
use flawgauge::sweep::{SweepCounts, Thresholds, Wanted, collect, count, count_each};
use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::Element;
use numpy::{Element as NumPyElement, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::boundary::band_rule;
use crate::errors::{from_core, invalid_value};
use crate::images::{Batch, same_length};
use crate::jobs;

/// Distances in pixels, metric and edge of boundary bands.
type Boundary = (Vec<u32>, String, String);

/// What to count; the Python layer has checked it.
struct Request {
    bins: Option<u32>,
    wanted: Wanted,
    distances: Vec<u32>,
    per_image: bool,
}

/// Counts at all thresholds: one dict for all images together, or one for each.
///
/// `thresholds`: float32, or float64 if the scores are so, descending and distinct. `bins`: number
/// of the keys' high bits. `boundary`: the distances, one or one for each image, metric and edge.
#[pyfunction]
#[pyo3(signature = (
    scores, target, ignore=None, *, thresholds=None, bins=None, regions=false, connectivity=8,
    boundary=None, per_image=false
))]
#[expect(clippy::too_many_arguments, reason = "arguments of a Python function")]
pub fn sweep<'py>(
    py: Python<'py>,
    scores: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    ignore: Option<&Bound<'py, PyAny>>,
    thresholds: Option<&Bound<'py, PyAny>>,
    bins: Option<u32>,
    regions: bool,
    connectivity: u8,
    boundary: Option<Boundary>,
    per_image: bool,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let regions =
        regions.then_some(if connectivity == 4 { Connectivity::Four } else { Connectivity::Eight });
    let batch = Scored::borrow(py, scores, target, ignore)?;
    let (bands, distances) = match boundary {
        None => (None, Vec::new()),
        Some((distances, metric, edge)) => (Some(band_rule(py, &metric, &edge)?), distances),
    };
    if distances.len() > 1 && distances.len() != batch.images.len() {
        return Err(invalid_value(py, "want one distance for each image".to_owned()));
    }
    let request = Request { bins, wanted: Wanted { regions, bands }, distances, per_image };
    if batch.is_double() {
        request.run::<u64>(py, &batch, thresholds)
    } else {
        request.run::<u32>(py, &batch, thresholds)
    }
}

/// The distinct scores of the positive pixels, descending.
#[pyfunction]
#[pyo3(signature = (scores, target, ignore=None))]
pub fn positive_scores<'py>(
    py: Python<'py>,
    scores: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    ignore: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    fn run<'py, K: Score>(py: Python<'py>, batch: &Scored<'_>) -> PyResult<Bound<'py, PyAny>> {
        let found = jobs::run(py, batch.pixels, |control| collect::<K>(&batch.images, control))?;
        let keys = found.map_err(|error| from_core(py, &error, &batch.leading))?;
        let scores = keys.keys.iter().rev().map(|key| key.score()).collect();
        Ok(PyArray1::<K::Score>::from_vec(py, scores).into_any())
    }
    let batch = Scored::borrow(py, scores, target, ignore)?;
    if batch.is_double() { run::<u64>(py, &batch) } else { run::<u32>(py, &batch) }
}

/// Keys whose scores are elements of NumPy arrays.
trait Score: Key<Score: NumPyElement> {}
impl<K: Key<Score: NumPyElement>> Score for K {}

/// The images of a sweep.
pub struct Scored<'a> {
    pub images: Vec<ScoredImage<'a>>,
    pub leading: Vec<usize>,
    pub pixels: usize,
    /// Type of the scores.
    pub element: Element,
}

impl<'a> Scored<'a> {
    pub fn borrow(
        py: Python<'_>,
        scores: &'a Bound<'_, PyAny>,
        target: &'a Bound<'_, PyAny>,
        ignore: Option<&'a Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let scores = Batch::borrow(scores, "scores")?;
        let target = Batch::borrow(target, "target")?;
        let ignore = ignore.map(|ignore| Batch::borrow(ignore, "ignore")).transpose()?;
        same_length(py, &scores, &target)?;
        if let Some(ignore) = &ignore {
            same_length(py, &scores, ignore)?;
        }
        let images = (0..scores.images.len())
            .map(|index| ScoredImage {
                scores: scores.images[index],
                target: target.images[index],
                ignore: ignore.as_ref().map(|ignore| ignore.images[index]),
            })
            .collect();
        let (pixels, element) = (scores.pixels(), scores.element);
        Ok(Self { images, pixels, leading: scores.leading, element })
    }

    /// Whether the scores have double precision, and so wide keys.
    pub fn is_double(&self) -> bool {
        self.element == Element::F64
    }
}

impl Request {
    fn run<'py, K: Score>(
        &self,
        py: Python<'py>,
        batch: &Scored<'_>,
        thresholds: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let thresholds = self.thresholds::<K>(py, batch.element, thresholds)?;
        let work = |control: &Control| self.count(&batch.images, &thresholds, control);
        let counted = jobs::run(py, batch.pixels, work)?;
        let counted = counted.map_err(|error| from_core(py, &error, &batch.leading))?;
        counted.into_iter().map(|counts| to_dict(py, counts)).collect()
    }

    fn count<K: Score>(
        &self,
        images: &[ScoredImage<'_>],
        thresholds: &Thresholds<K>,
        control: &Control,
    ) -> Result<Vec<SweepCounts<K::Score>>, flawgauge::Error> {
        let Self { wanted, distances, .. } = self;
        if self.per_image {
            count_each(images, thresholds, *wanted, distances, control)
        } else {
            Ok(vec![count(images, thresholds, *wanted, distances, control)?])
        }
    }

    /// The thresholds as keys.
    fn thresholds<K: Score>(
        &self,
        py: Python<'_>,
        element: Element,
        thresholds: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Thresholds<K>> {
        if let Some(bits) = self.bins {
            if !(8..=24).contains(&bits) {
                return Err(invalid_value(py, format!("bins is {bits}, want 8 to 24 bits")));
            }
            return Ok(Thresholds::Bins(element, bits));
        }
        let Some(thresholds) = thresholds else { return Ok(Thresholds::Exact) };
        let array = thresholds.extract::<PyReadonlyArray1<'_, K::Score>>()?;
        let keys: Vec<K> = array.as_array().iter().rev().map(|&score| K::of(score)).collect();
        let valid = |key: &K| (K::LOWEST..=K::HIGHEST).contains(key);
        if !keys.is_sorted_by(|one, next| one < next) || !keys.iter().all(valid) {
            return Err(invalid_value(py, "want descending, distinct thresholds".to_owned()));
        }
        Ok(Thresholds::Given(keys))
    }
}

/// Counts as a dict of arrays and numbers; None for what was not wanted.
pub fn to_dict<S: NumPyElement>(
    py: Python<'_>,
    counts: SweepCounts<S>,
) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("thresholds", PyArray1::from_vec(py, counts.thresholds))?;
    dict.set_item("positives_at", array(py, counts.positives_at))?;
    dict.set_item("positives_between", counts.positives_between.map(|between| array(py, between)))?;
    dict.set_item("negatives_at", array(py, counts.negatives_at))?;
    dict.set_item("negatives_between", array(py, counts.negatives_between))?;
    dict.set_item("num_positives", counts.num_positives)?;
    dict.set_item("num_negatives", counts.num_negatives)?;
    let (at, between, num_regions) = match counts.overlaps {
        None => (None, None, None),
        Some(overlaps) => (
            Some(PyArray1::from_vec(py, overlaps.at)),
            overlaps.between.map(|between| PyArray1::from_vec(py, between)),
            Some(overlaps.num_regions),
        ),
    };
    dict.set_item("overlap_at", at)?;
    dict.set_item("overlap_between", between)?;
    dict.set_item("num_regions", num_regions)?;
    let (preds, both, target) = match counts.bands {
        None => (None, None, None),
        Some(bands) => (
            Some(signed_array(py, bands.preds)),
            Some(signed_array(py, bands.both)),
            Some(bands.target),
        ),
    };
    dict.set_item("band_preds", preds)?;
    dict.set_item("band_both", both)?;
    dict.set_item("band_target", target)?;
    Ok(dict)
}

fn array(py: Python<'_>, counts: Counts) -> Bound<'_, PyAny> {
    match counts {
        Counts::Narrow(counts) => PyArray1::from_vec(py, counts).into_any(),
        Counts::Wide(counts) => PyArray1::from_vec(py, counts).into_any(),
    }
}

fn signed_array(py: Python<'_>, increments: Increments) -> Bound<'_, PyAny> {
    match increments {
        Increments::Narrow(increments) => PyArray1::from_vec(py, increments).into_any(),
        Increments::Wide(increments) => PyArray1::from_vec(py, increments).into_any(),
    }
}
