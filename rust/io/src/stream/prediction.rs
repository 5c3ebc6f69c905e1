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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { max_pixels: 4000 };

    fn masks() -> impl Strategy<Value = ((usize, usize), Vec<Vec<bool>>)> {
        (1..30_usize, 1..30_usize).prop_flat_map(|(rows, columns)| {
            let mask = prop::collection::vec(prop::bool::weighted(0.3), rows * columns);
            (Just((rows, columns)), prop::collection::vec(mask, 1..4))
        })
    }

    proptest! {
        #[test]
        fn masks_are_united((size, masks) in masks(), as_text: bool) {
            // Column by column.
            let runs: Vec<RunLengths> = masks.iter().map(|mask| {
                let mut counts = vec![0];
                let mut last = false;
                for &pixel in mask {
                    if pixel != last {
                        counts.push(0);
                        last = pixel;
                    }
                    *counts.last_mut().unwrap() += 1;
                }
                let pixels = mask.len() as u32;
                let text = |counts: &[i64]| {
                    let runs = Runs::from_coco_counts(counts, pixels).unwrap();
                    Counts::Text(runs.to_coco_string(pixels).into_bytes())
                };
                let counts = if as_text { text(&counts) } else { Counts::Numbers(counts) };
                RunLengths { size, counts }
            }).collect();
            // Memory that was used before.
            let image = unite(&runs, "a", LIMITS, vec![7; 99]).unwrap().unwrap();
            prop_assert_eq!(image.shape(), size);
            let bytes = image.into_bytes();
            for row in 0..size.0 {
                for column in 0..size.1 {
                    let any = masks.iter().any(|mask| mask[column * size.0 + row]);
                    prop_assert_eq!(bytes[row * size.1 + column], u8::from(any));
                }
            }
        }

        #[test]
        fn any_text_and_any_numbers(
            size in (0..70_usize, 0..70_usize),
            text in prop::collection::vec(any::<u8>(), 0..40),
            valid in prop::collection::vec(48..112_u8, 0..40),
            numbers in prop::collection::vec(prop_oneof![0..40_i64, any::<i64>()], 0..40),
        ) {
            for counts in [Counts::Text(text), Counts::Text(valid), Counts::Numbers(numbers)] {
                let read = unite(&[RunLengths { size, counts }], "a", LIMITS, Vec::new());
                if let Err(error) = read {
                    prop_assert!(error.to_string().starts_with("a: "));
                }
            }
        }
    }

    #[test]
    fn sizes_beyond_the_limit_take_no_memory() {
        let sizes = [(usize::MAX, 2), (1 << 20, 1 << 12), (4001, 1)];
        for size in sizes {
            let runs = RunLengths { size, counts: Counts::Numbers(vec![1]) };
            let error = unite(&[runs], "a", LIMITS, Vec::new()).unwrap_err();
            assert!(error.to_string().contains("larger than the limit of 4000"), "{error}");
        }
    }
}
