//! One image of a threshold sweep: its scores as keys, block by block, and its masks as bits.

use std::ops::Range;

use crate::error::{Argument, Error, Place};
use crate::mask::{BitMask, Rule, check_rule, find_nan};
use crate::scores::Key;
use crate::view::ImageView;

/// A score map and its ground truth.
#[derive(Debug, Clone, Copy)]
pub struct ScoredImage<'a> {
    /// The scores: u8, u16, f16, f32, or f64.
    pub scores: ImageView<'a>,
    /// The ground truth: positive where not zero.
    pub target: ImageView<'a>,
    /// Pixels that count nowhere: where not zero.
    pub ignore: Option<ImageView<'a>>,
}

impl<'a> ScoredImage<'a> {
    /// Checks shapes and types; `index` is the image's, for messages.
    pub(crate) fn check<K: Key>(&self, index: usize) -> Result<(), Error> {
        let (scores, target) = (self.scores.shape(), self.target.shape());
        let ignore = self.ignore.map_or(scores, |ignore| ignore.shape());
        if scores != target || scores != ignore {
            let other = if scores == target { ignore } else { target };
            return Err(Error::ShapesDiffer { image: index, preds: scores, target: other });
        }
        check_rule(Rule::NonZero, self.target.element(), Argument::Target)?;
        if !K::reads(self.scores.element()) {
            return Err(Error::ScoreType { image: index });
        }
        Ok(())
    }

    /// The same image, transposed if that makes the rows of the scores contiguous. Nothing that is
    /// counted changes by it.
    fn by_rows(self) -> Self {
        if !self.scores.is_column_major() {
            return self;
        }
        Self {
            scores: self.scores.transposed(),
            target: self.target.transposed(),
            ignore: self.ignore.map(|ignore| ignore.transposed()),
        }
    }

    /// Lines that strips are made of: rows, or columns if these are the contiguous ones.
    pub(crate) fn lines(self) -> usize {
        self.by_rows().scores.rows()
    }

    /// Cuts the lines into strips of about so many pixels. Where each needs `reach` lines to both
    /// sides as well, thin ones would cost more than they count.
    pub(crate) fn strips(self, pixels: usize, reach: u32) -> impl Iterator<Item = Range<usize>> {
        let lines = self.lines();
        let thick = lines / (2 * reach as usize).max(1);
        let parts = self.scores.pixels().div_ceil(pixels).min(thick).max(1);
        (0..parts).map(move |part| lines * part / parts..lines * (part + 1) / parts)
    }

    /// An error that names the first NaN that is not ignored, if there is any.
    pub(crate) fn find_nan(&self, index: usize) -> Option<Error> {
        let (row, column) = find_nan(&self.scores, self.ignore.as_ref())?;
        let place = Place { image: index, row, column };
        Some(Error::NanScore { argument: Argument::Scores, place })
    }
}

/// Keys of a block, which stay in the first cache.
pub(crate) const BLOCK: usize = 4096;

/// Some lines of an image, with its masks packed.
pub(crate) struct Strip<'a> {
    scores: ImageView<'a>,
    /// Positive and not ignored.
    pub positive: BitMask,
    pub ignored: Option<BitMask>,
}

impl<'a> Strip<'a> {
    /// The lines `lines` of an image.
    pub fn new(image: &ScoredImage<'a>, lines: Range<usize>) -> Self {
        let image = image.by_rows();
        let part = |view: ImageView<'a>| view.row_range(lines.start, lines.end);
        let ignored = image.ignore.map(|ignore| BitMask::pack(&part(ignore)));
        let mut positive = BitMask::pack(&part(image.target));
        if let Some(ignored) = &ignored {
            positive = positive.map_words(|row, index, word| word & !ignored.row(row)[index]);
        }
        Self { scores: part(image.scores), positive, ignored }
    }

    pub fn shape(&self) -> (usize, usize) {
        self.scores.shape()
    }

    /// Pixels that are not ignored.
    pub fn num_pixels(&self) -> u64 {
        self.scores.pixels() as u64 - self.ignored.as_ref().map_or(0, BitMask::count)
    }

    /// Adds the keys of the positive pixels to `keys`, row by row; tells whether any is NaN.
    pub fn read_positives<K: Key>(&self, keys: &mut Vec<K>) -> bool {
        let mut nan = false;
        keys.reserve(self.positive.count() as usize);
        for row in self.positive.row_range() {
            self.positive.for_each_run(row, |start, end| {
                let first = keys.len();
                keys.resize(first + end - start, K::BELOW);
                nan |= K::read_row(&self.scores, row, start, &mut keys[first..]);
            });
        }
        nan
    }

    /// Reads the keys of a run of pixels; tells whether any is NaN.
    pub fn read_run<K: Key>(&self, row: usize, start: usize, keys: &mut [K]) -> bool {
        K::read_row(&self.scores, row, start, keys)
    }

    /// Calls `work` with the keys of each block of the image, those of ignored pixels below all
    /// scores. Tells whether any score is NaN, and stops there.
    pub fn for_each_block<K: Key>(&self, mut work: impl FnMut(&[K])) -> bool {
        let (rows, columns) = self.scores.shape();
        if columns == 0 {
            return false;
        }
        let height = (BLOCK / columns).max(1);
        let width = columns.min(BLOCK);
        let mut keys = vec![K::BELOW; height.min(rows) * width];
        for first in (0..rows).step_by(height) {
            let rows = first..rows.min(first + height);
            for start in (0..columns).step_by(width) {
                let columns = start..columns.min(start + width);
                let keys = &mut keys[..rows.len() * columns.len()];
                if self.read_block(rows.clone(), columns, keys) {
                    return true;
                }
                work(keys);
            }
        }
        false
    }

    /// Reads a rectangle of the image, row after row; tells whether any score is NaN that is not
    /// ignored.
    fn read_block<K: Key>(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        keys: &mut [K],
    ) -> bool {
        let mut nan = false;
        if columns.len() == self.scores.columns() && self.scores.is_contiguous() {
            let start = rows.start * columns.len();
            nan = K::read_row(&self.scores.flattened(), 0, start, keys);
        } else {
            for (row, keys) in rows.clone().zip(keys.chunks_exact_mut(columns.len())) {
                nan |= K::read_row(&self.scores, row, columns.start, keys);
            }
        }
        let Some(ignored) = &self.ignored else { return nan };
        for (row, keys) in rows.zip(keys.chunks_exact_mut(columns.len())) {
            // A block starts at the first column, or at a multiple of its width.
            let words = &ignored.row(row)[columns.start / 64..];
            for (keys, &word) in keys.chunks_mut(64).zip(words) {
                let mut rest = word;
                while rest != 0 {
                    let pixel = rest.trailing_zeros() as usize;
                    if let Some(key) = keys.get_mut(pixel) {
                        *key = K::BELOW;
                    }
                    rest &= rest - 1;
                }
            }
        }
        let is_nan = |&key: &K| key != K::BELOW && (key < K::LOWEST || key > K::HIGHEST);
        nan && keys.iter().any(is_nan)
    }

    /// All keys of the image, row after row; nothing if any score is NaN.
    pub fn read_keys<K: Key>(&self, keys: &mut Vec<K>) -> bool {
        keys.clear();
        self.for_each_block(|block| keys.extend_from_slice(block))
    }
}
