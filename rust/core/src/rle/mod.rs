//! Run-length encoded masks: Severstal strings, COCO counts, and counting without decoding.
//!
//! Both formats walk the image column by column (down, then right), so a run may cross the end of
//! a column. Severstal writes `start length` pairs, the first pixel being 1. COCO writes the
//! lengths of alternating runs of zeros and ones, as a list or as a compressed string.

mod coco;
mod error;
mod severstal;

pub use error::RleError;

use crate::confusion::Confusion;
use crate::mask::BitMask;

/// What to do with runs that are out of order or overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlaps {
    /// Refuse them.
    Error,
    /// Take their union.
    Merge,
}

/// The runs of positive pixels of a mask: sorted, disjoint, not touching.
///
/// Pixels are numbered from 0, column by column. Two masks of the same shape are equal iff their
/// runs are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Runs {
    bounds: Vec<[u32; 2]>,
}

impl Runs {
    /// Reads a Severstal string: white space between values, empty for an empty mask.
    ///
    /// # Errors
    /// [`RleError`], the first problem from the left.
    ///
    /// # Example
    /// ```
    /// use flawgauge::rle::{Overlaps, Runs};
    /// let runs = Runs::from_severstal(b"1 3 10 2", 20, Overlaps::Error).unwrap();
    /// assert_eq!(runs.bounds(), [[0, 3], [9, 11]]);
    /// assert_eq!(runs.area(), 5);
    /// ```
    pub fn from_severstal(text: &[u8], pixels: u32, overlaps: Overlaps) -> Result<Self, RleError> {
        if let Some(bounds) = severstal::parse_clean(text, pixels) {
            return Ok(Self { bounds });
        }
        severstal::parse_careful(text, pixels, overlaps).map(Self::from_unsorted)
    }

    /// Reads COCO counts: lengths of runs of zeros and ones in turn, zeros first.
    ///
    /// # Errors
    /// A negative count, or counts that do not sum to `pixels`.
    pub fn from_coco_counts(counts: &[i64], pixels: u32) -> Result<Self, RleError> {
        if let Some(index) = counts.iter().position(|&count| count < 0) {
            return Err(RleError::NegativeCount { position: index + 1, count: counts[index] });
        }
        let sum: u128 = counts.iter().map(|&count| count.unsigned_abs() as u128).sum();
        if sum != u128::from(pixels) {
            return Err(RleError::WrongSum { sum, pixels });
        }
        let mut bounds = Vec::with_capacity(counts.len() / 2);
        let mut position = 0_u32;
        for (index, &count) in counts.iter().enumerate() {
            // The sum was checked: no prefix exceeds `pixels`.
            let end = position + count as u32;
            if index % 2 == 1 {
                push_run(&mut bounds, position, end);
            }
            position = end;
        }
        Ok(Self { bounds })
    }

    /// Reads a compressed COCO string: five bits a byte, every count after the third as the
    /// difference from the count two before.
    ///
    /// # Errors
    /// A byte out of range, a string that ends within a number, or counts that are negative or do
    /// not sum to `pixels`.
    pub fn from_coco_string(text: &[u8], pixels: u32) -> Result<Self, RleError> {
        Self::from_coco_counts(&coco::decompress(text)?, pixels)
    }

    /// The runs of a bit mask whose rows are the *columns* of the image.
    pub fn from_transposed_mask(mask: &BitMask) -> Self {
        let mut bounds = Vec::new();
        // However many rows there are, without columns there is nothing to walk through.
        for row in 0..if mask.columns() > 0 { mask.rows() } else { 0 } {
            let offset = (row * mask.columns()) as u32;
            mask.for_each_run(row, |start, end| {
                push_run(&mut bounds, offset + start as u32, offset + end as u32);
            });
        }
        Self { bounds }
    }

    /// Sorts runs and unites those that overlap or touch.
    fn from_unsorted(mut runs: Vec<[u32; 2]>) -> Self {
        runs.sort_unstable();
        let mut bounds: Vec<[u32; 2]> = Vec::with_capacity(runs.len());
        for [start, end] in runs {
            push_run(&mut bounds, start, end);
        }
        Self { bounds }
    }

    /// First pixel of each run and the pixel after its last.
    pub fn bounds(&self) -> &[[u32; 2]] {
        &self.bounds
    }

    /// Whether no pixel is positive.
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// Number of positive pixels.
    pub fn area(&self) -> u64 {
        self.bounds.iter().map(|[start, end]| u64::from(end - start)).sum()
    }

    /// Number of pixels positive in both masks.
    pub fn intersection(&self, other: &Self) -> u64 {
        let (mut first, mut second) = (0, 0);
        let mut total = 0;
        while let (Some(&[a_start, a_end]), Some(&[b_start, b_end])) =
            (self.bounds.get(first), other.bounds.get(second))
        {
            total += u64::from(a_end.min(b_end).saturating_sub(a_start.max(b_start)));
            // Without a branch: which run ends first is as good as random.
            let first_ends = a_end <= b_end;
            first += usize::from(first_ends);
            second += usize::from(!first_ends);
        }
        total
    }

    /// Writes a Severstal string.
    pub fn to_severstal(&self) -> String {
        let mut text = String::with_capacity(self.bounds.len() * 11);
        for [start, end] in &self.bounds {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&(start + 1).to_string());
            text.push(' ');
            text.push_str(&(end - start).to_string());
        }
        text
    }

    /// Writes COCO counts for an image of `pixels` pixels.
    pub fn to_coco_counts(&self, pixels: u32) -> Vec<i64> {
        let mut counts = Vec::with_capacity(2 * self.bounds.len() + 1);
        let mut position = 0;
        for &[start, end] in &self.bounds {
            counts.push(i64::from(start - position));
            counts.push(i64::from(end - start));
            position = end;
        }
        // Trailing zeros are left out when there are none; an empty image keeps one count.
        if position < pixels || counts.is_empty() {
            counts.push(i64::from(pixels - position));
        }
        counts
    }

    /// Writes a compressed COCO string for an image of `pixels` pixels.
    pub fn to_coco_string(&self, pixels: u32) -> String {
        coco::compress(&self.to_coco_counts(pixels))
    }

    /// Sets the positive pixels of `image`, column by column, to 1.
    ///
    /// # Panics
    /// If `image` is shorter than the mask.
    pub fn fill(&self, image: &mut [u8]) {
        for &[start, end] in &self.bounds {
            image[start as usize..end as usize].fill(1);
        }
    }
}

/// Confusion counts of two masks of `pixels` pixels, straight from their runs.
pub fn confusion(preds: &Runs, target: &Runs, pixels: u64) -> Confusion {
    Confusion::from_areas(preds.intersection(target), preds.area(), target.area(), pixels)
}

/// Adds a run that starts at or after the last one's start, uniting the two if they meet.
fn push_run(bounds: &mut Vec<[u32; 2]>, start: u32, end: u32) {
    match bounds.last_mut() {
        _ if start == end => {}
        Some(last) if last[1] >= start => last[1] = last[1].max(end),
        _ => bounds.push([start, end]),
    }
}
