//! Run-length encoded masks.

use flawgauge::confusion::Confusion;
use flawgauge::mask::BitMask;
use flawgauge::rle::{self, Overlaps, RleError, Runs};
use flawgauge_io::stream::Counts;
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};

use crate::counting::counts_array;
use crate::errors::invalid_value;
use crate::images::Batch;
use crate::jobs;
use crate::new_arrays::zeros;

/// What an encoded mask consists of.
#[derive(FromPyObject)]
pub enum Payload {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
    Counts(Vec<i64>),
}

impl Payload {
    /// A copy for the stream over files.
    pub fn into_counts(self) -> Counts {
        match self {
            Self::Text(text) => Counts::Text(text.as_bytes().to_vec()),
            Self::Bytes(text) => Counts::Text(text.to_vec()),
            Self::Counts(counts) => Counts::Numbers(counts),
        }
    }
}

/// An encoded mask: whether it is COCO's format, the code, height and width in pixels.
#[derive(FromPyObject)]
pub struct Encoded(bool, Payload, u32, u32);

impl Encoded {
    fn pixels(&self) -> Option<u32> {
        self.2.checked_mul(self.3)
    }

    fn decode(&self, overlaps: Overlaps) -> Result<Runs, RleError> {
        let pixels = self.pixels().unwrap_or(u32::MAX);
        match (self.0, &self.1) {
            (_, Payload::Counts(counts)) => Runs::from_coco_counts(counts, pixels),
            (true, Payload::Text(text)) => Runs::from_coco_string(text.as_bytes(), pixels),
            (true, Payload::Bytes(text)) => Runs::from_coco_string(text, pixels),
            (false, Payload::Text(text)) => Runs::from_severstal(text.as_bytes(), pixels, overlaps),
            (false, Payload::Bytes(text)) => Runs::from_severstal(text, pixels, overlaps),
        }
    }
}

fn overlaps(merge: bool) -> Overlaps {
    if merge { Overlaps::Merge } else { Overlaps::Error }
}

/// Decodes a mask to a boolean array in Fortran order.
#[pyfunction]
pub fn rle_decode<'py>(
    py: Python<'py>,
    encoded: Encoded,
    merge: bool,
) -> PyResult<Bound<'py, PyArrayDyn<bool>>> {
    let runs = encoded
        .decode(overlaps(merge))
        .map_err(|error| invalid_value(py, format!("rle: {error}")))?;
    let mask = zeros::<bool>(py, vec![encoded.2 as usize, encoded.3 as usize], "F")?;
    // The array is new: nobody else can have borrowed it.
    let mut writable = mask.readwrite();
    let pixels = writable.as_slice_mut()?;
    for &[start, end] in runs.bounds() {
        pixels[start as usize..end as usize].fill(true);
    }
    drop(writable);
    Ok(mask)
}

/// Encodes one mask as a Severstal string.
#[pyfunction]
pub fn rle_encode_severstal(py: Python<'_>, mask: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(encode(py, mask)?.to_severstal())
}

/// Encodes one mask as COCO counts: the list, or the compressed string.
#[pyfunction]
pub fn rle_encode_coco<'py>(
    py: Python<'py>,
    mask: &Bound<'py, PyAny>,
    compressed: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let runs = encode(py, mask)?;
    let pixels = Batch::borrow(mask, "mask")?.pixels() as u32;
    if compressed {
        Ok(runs.to_coco_string(pixels).into_pyobject(py)?.into_any())
    } else {
        Ok(runs.to_coco_counts(pixels).into_pyobject(py)?.into_any())
    }
}

fn encode(py: Python<'_>, mask: &Bound<'_, PyAny>) -> PyResult<Runs> {
    let batch = Batch::borrow(mask, "mask")?;
    if u32::try_from(batch.pixels()).is_err() {
        let message = format!("mask has {} pixels, want less than 2^32", batch.pixels());
        return Err(invalid_value(py, message));
    }
    // The formats walk down the columns.
    let view = batch.images[0].transposed();
    Ok(py.detach(|| Runs::from_transposed_mask(&BitMask::pack(&view))))
}

/// Counts tp, fp, fn and tn for each pair of encoded masks: an int64 array (N, 4).
#[pyfunction]
pub fn confusion_from_rle<'py>(
    py: Python<'py>,
    preds: Vec<Encoded>,
    target: Vec<Encoded>,
    merge: bool,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let counted = jobs::run(py, 0, |_| {
        preds
            .iter()
            .zip(&target)
            .enumerate()
            .map(|(index, (preds, target))| {
                count_pair(preds, target, overlaps(merge))
                    .map_err(|(name, error)| format!("{name}[{index}]: {error}"))
            })
            .collect::<Result<Vec<_>, String>>()
    })?;
    let counts = counted.map_err(|message| invalid_value(py, message))?;
    let leading = vec![counts.len()];
    counts_array(py, &counts, leading)
}

fn count_pair(
    preds: &Encoded,
    target: &Encoded,
    overlaps: Overlaps,
) -> Result<Confusion, (&'static str, RleError)> {
    let pixels = target.pixels().map_or(u64::from(u32::MAX), u64::from);
    let preds = preds.decode(overlaps).map_err(|error| ("preds", error))?;
    let target = target.decode(Overlaps::Error).map_err(|error| ("target", error))?;
    Ok(rle::confusion(&preds, &target, pixels))
}
