//! Where a prediction comes from.

use std::path::PathBuf;

use flawgauge::rle::{RleError, Runs};
use flawgauge::view::Element;

use super::error::StreamError;
use crate::images::error::shown_path;
use crate::images::{Image, Limits};

/// The prediction of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prediction {
    /// A file, a map of scores or a mask.
    File(PathBuf),
    /// The union of masks that are written as run lengths. Of none, an empty mask of the ground
    /// truth's size.
    Runs(Vec<RunLengths>),
}

/// A mask as COCO writes it: lengths of runs of zeros and ones in turn, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLengths {
    /// Rows and columns.
    pub size: (usize, usize),
    /// The lengths.
    pub counts: Counts,
}

/// Lengths of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// As numbers.
    Numbers(Vec<i64>),
    /// As a compressed string.
    Text(Vec<u8>),
}

impl Prediction {
    /// What messages call the prediction of the sample with this id.
    pub(crate) fn name(&self, id: &str) -> String {
        match self {
            Self::File(path) => shown_path(path),
            Self::Runs(_) => format!("the run lengths of {id}"),
        }
    }
}

/// The union of masks, one byte a pixel, in the memory of `spare`. Nothing if there are none.
///
/// # Errors
/// [`StreamError`] that names `id`: for masks of different or too large sizes, and for run lengths
/// that are no mask of their size.
pub(crate) fn unite(
    masks: &[RunLengths],
    id: &str,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Option<Image>, StreamError> {
    let Some(first) = masks.first() else { return Ok(None) };
    let size = first.size;
    // Positions in runs are numbers of 32 bits.
    let limits = Limits { max_pixels: limits.max_pixels.min(u32::MAX.into()) };
    let mut bytes = blank(id, size, limits, spare)?;
    for (index, mask) in masks.iter().enumerate() {
        if mask.size != size {
            let (id, found) = (id.to_owned(), mask.size);
            return Err(StreamError::RunSizes { id, index, found, first: size });
        }
        let runs = mask.decode().map_err(|problem| {
            let id = id.to_owned();
            StreamError::Runs { id, index, problem }
        })?;
        fill(&runs, &mut bytes, size);
    }
    Ok(Some(Image::rows(size, Element::U8, bytes)))
}

/// Zeros for an image of this size.
pub(crate) fn blank(
    id: &str,
    (rows, columns): (usize, usize),
    limits: Limits,
    mut spare: Vec<u8>,
) -> Result<Vec<u8>, StreamError> {
    match rows.checked_mul(columns) {
        Some(pixels) if pixels as u64 <= limits.max_pixels => {
            spare.clear();
            spare.resize(pixels, 0);
            Ok(spare)
        }
        _ => {
            let (id, size) = (id.to_owned(), (rows, columns));
            Err(StreamError::TooLarge { id, size, limit: limits.max_pixels })
        }
    }
}

impl RunLengths {
    /// The runs of a mask of fewer than 2^32 pixels.
    fn decode(&self) -> Result<Runs, RleError> {
        let pixels = (self.size.0 * self.size.1) as u32;
        match &self.counts {
            Counts::Numbers(counts) => Runs::from_coco_counts(counts, pixels),
            Counts::Text(text) => Runs::from_coco_string(text, pixels),
        }
    }
}

/// Sets the pixels of runs, which go down the columns, in an image that lies row by row.
fn fill(runs: &Runs, bytes: &mut [u8], (rows, columns): (usize, usize)) {
    for &[start, end] in runs.bounds() {
        let (mut start, end) = (start as usize, end as usize);
        while start < end {
            let (column, row) = (start / rows, start % rows);
            let length = (rows - row).min(end - start);
            let pixels = bytes[row * columns + column..].iter_mut().step_by(columns);
            pixels.take(length).for_each(|pixel| *pixel = 1);
            start += length;
        }
    }
}
