//! Run-length encoded masks: Severstal strings, COCO counts, and counting without decoding.
//!
//! Both formats walk the image column by column (down, then right), so a run may cross the end of
//! a column. Severstal writes `start length` pairs, the first pixel being 1. COCO writes the
//! lengths of alternating runs of zeros and ones, as a list or as a compressed string.

mod coco;
mod error;
mod severstal;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

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
/// runs are. The masks of a [`SeverstalReader`] share their memory, which is given back with the
/// last of them.
#[derive(Clone, Default)]
pub struct Runs {
    /// Nothing for an empty mask.
    shared: Option<Arc<Vec<[u32; 2]>>>,
    start: usize,
    end: usize,
}

impl PartialEq for Runs {
    fn eq(&self, other: &Self) -> bool {
        self.bounds() == other.bounds()
    }
}

impl Eq for Runs {}

impl Hash for Runs {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bounds().hash(state);
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Runs").field(&self.bounds()).finish()
    }
}

/// Reads many Severstal strings into one piece of memory: to allocate for each takes longer than
/// to read most of them.
///
/// # Example
/// ```
/// use flawgauge::rle::{Overlaps, SeverstalReader};
/// let mut reader = SeverstalReader::new(20, Overlaps::Error, 100);
/// let places = ["1 3", "10 2"].map(|text| reader.read(text.as_bytes()).unwrap());
/// let [first, second]: [_; 2] = reader.finish(places).try_into().unwrap();
/// assert_eq!((first.bounds(), second.bounds()), (&[[0, 3]][..], &[[9, 11]][..]));
/// ```
#[derive(Debug)]
pub struct SeverstalReader {
    bounds: Vec<[u32; 2]>,
    pixels: u32,
    overlaps: Overlaps,
}

impl SeverstalReader {
    /// A reader of masks of so many pixels, with room for the runs of about so many bytes of text.
    pub fn new(pixels: u32, overlaps: Overlaps, bytes: usize) -> Self {
        Self { bounds: Vec::with_capacity(bytes / 9), pixels, overlaps }
    }

    /// Reads a string as [`Runs::from_severstal`] does; returns where its runs are.
    ///
    /// # Errors
    /// [`RleError`], the first problem from the left.
    pub fn read(&mut self, text: &[u8]) -> Result<Range<usize>, RleError> {
        let start = self.bounds.len();
        if !severstal::append_clean(text, self.pixels, &mut self.bounds) {
            self.bounds.truncate(start);
            let runs = severstal::parse_careful(text, self.pixels, self.overlaps)?;
            append_unsorted(runs, &mut self.bounds);
        }
        Ok(start..self.bounds.len())
    }

    /// The runs at places that [`Self::read`] returned.
    ///
    /// # Panics
    /// If a place is another reader's.
    pub fn finish(mut self, places: impl IntoIterator<Item = Range<usize>>) -> Vec<Runs> {
        self.bounds.shrink_to_fit();
        let shared = Arc::new(self.bounds);
        let runs = |Range { start, end }: Range<usize>| {
            assert!(end <= shared.len(), "the place is another reader's");
            Runs { shared: (start < end).then(|| Arc::clone(&shared)), start, end }
        };
        places.into_iter().map(runs).collect()
    }
}

impl Runs {
    fn owned(bounds: Vec<[u32; 2]>) -> Self {
        let end = bounds.len();
        Self { shared: (end > 0).then(|| Arc::new(bounds)), start: 0, end }
    }

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
        let mut reader = SeverstalReader::new(pixels, overlaps, 0);
        reader.read(text)?;
        Ok(Self::owned(reader.bounds))
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
        Ok(Self::owned(bounds))
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
        for row in mask.row_range() {
            let offset = (row * mask.columns()) as u32;
            mask.for_each_run(row, |start, end| {
                push_run(&mut bounds, offset + start as u32, offset + end as u32);
            });
        }
        Self::owned(bounds)
    }

    /// First pixel of each run and the pixel after its last.
    pub fn bounds(&self) -> &[[u32; 2]] {
        self.shared.as_ref().map_or(&[], |shared| &shared[self.start..self.end])
    }

    /// Whether no pixel is positive.
    pub fn is_empty(&self) -> bool {
        self.shared.is_none()
    }

    /// Number of positive pixels.
    pub fn area(&self) -> u64 {
        self.bounds().iter().map(|[start, end]| u64::from(end - start)).sum()
    }

    /// Number of pixels positive in both masks.
    pub fn intersection(&self, other: &Self) -> u64 {
        let (a, b) = (self.bounds(), other.bounds());
        // Passes over both lists from the front and from the back until the two meet. A step waits
        // for the one before it, so two walks side by side take little longer than one.
        let (mut a_first, mut b_first) = (0, 0);
        let (mut a_last, mut b_last) = (a.len(), b.len());
        let mut total = 0;
        while a_first < a_last && b_first < b_last {
            let (x, y) = (a[a_first], b[b_first]);
            total += overlap(x, y);
            // Without a branch: which run ends first is as good as random.
            let a_passed = x[1] <= y[1];
            a_first += usize::from(a_passed);
            b_first += usize::from(!a_passed);
            if a_first == a_last || b_first == b_last {
                break;
            }
            let (x, y) = (a[a_last - 1], b[b_last - 1]);
            total += overlap(x, y);
            let a_passed = x[0] >= y[0];
            a_last -= usize::from(a_passed);
            b_last -= usize::from(!a_passed);
        }
        total
    }

    /// Writes a Severstal string.
    pub fn to_severstal(&self) -> String {
        let mut text = String::with_capacity(self.bounds().len() * 11);
        for [start, end] in self.bounds() {
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
        let mut counts = Vec::with_capacity(2 * self.bounds().len() + 1);
        let mut position = 0;
        for &[start, end] in self.bounds() {
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
        for &[start, end] in self.bounds() {
            image[start as usize..end as usize].fill(1);
        }
    }
}

/// Pixels that two runs share.
fn overlap(a: [u32; 2], b: [u32; 2]) -> u64 {
    u64::from(a[1].min(b[1]).saturating_sub(a[0].max(b[0])))
}

/// Confusion counts of two masks of `pixels` pixels, straight from their runs.
pub fn confusion(preds: &Runs, target: &Runs, pixels: u64) -> Confusion {
    Confusion::from_areas(preds.intersection(target), preds.area(), target.area(), pixels)
}

/// Adds runs in any order, uniting those that overlap or touch; nothing there is changed.
fn append_unsorted(mut runs: Vec<[u32; 2]>, bounds: &mut Vec<[u32; 2]>) {
    runs.sort_unstable();
    let mut united = Vec::with_capacity(runs.len());
    for [start, end] in runs {
        push_run(&mut united, start, end);
    }
    bounds.append(&mut united);
}

/// Adds a run that starts at or after the last one's start, uniting the two if they meet.
fn push_run(bounds: &mut Vec<[u32; 2]>, start: u32, end: u32) {
    match bounds.last_mut() {
        _ if start == end => {}
        Some(last) if last[1] >= start => last[1] = last[1].max(end),
        _ => bounds.push([start, end]),
    }
}
