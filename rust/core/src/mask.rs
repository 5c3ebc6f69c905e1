//! The bit mask: one bit a pixel in 64-bit words, each row padded to whole words.
//!
//! Packing is one pass over the elements. From then on everything is done 64 pixels at a time.

use std::ops::Range;

use crate::error::Error;
use crate::pack::PackTile;
use crate::pixel_test::{AtLeast, Equal, Half, Never, NonZero, Number};
use crate::simd::dispatch;
use crate::view::{Element, ImageView};

/// Which pixels are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Those that are not zero. Not for floating-point values.
    NonZero,
    /// Those whose value is at least the threshold, compared as real numbers.
    AtLeast(f64),
    /// Those whose value is this number. Not for floating-point values.
    Equals(i64),
}

/// A binary image. Bits of the padding are zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitMask {
    words: Vec<u64>,
    rows: usize,
    columns: usize,
}

impl BitMask {
    /// Packs an image; positive are the pixels that are not zero.
    ///
    /// # Example
    /// ```
    /// use flawgauge::{mask::BitMask, view::ImageView};
    /// let view = ImageView::of_bytes(&[0, 255, 1, 0, 0, 7], 2, 3).unwrap();
    /// assert_eq!(BitMask::pack(&view).row(1), [0b100]);
    /// ```
    pub fn pack(view: &ImageView<'_>) -> Self {
        Self::pack_by(view, Rule::NonZero).0
    }

    /// Packs an image by a rule, and tells whether it met a NaN; what that packs as is not
    /// specified.
    pub(crate) fn pack_by(view: &ImageView<'_>, rule: Rule) -> (Self, bool) {
        let (rows, columns) = view.shape();
        let stride = columns.div_ceil(64);
        let mut words = vec![0; rows * stride];
        let mut nan = false;
        for first_row in rows_with_pixels(rows, columns).step_by(64) {
            let tile = Tile::new(first_row..rows.min(first_row + 64), 0..columns);
            nan |= pack_tile(view, rule, tile, &mut words[first_row * stride..]);
        }
        (Self { words, rows, columns }, nan)
    }

    /// A mask of the same size, whose words `change(row, index, word)` gives. It must leave the
    /// padding zero.
    pub(crate) fn map_words(&self, change: impl Fn(usize, usize, u64) -> u64) -> Self {
        let mut words = Vec::with_capacity(self.words.len());
        for row in self.row_range() {
            let line = self.row(row).iter().enumerate();
            words.extend(line.map(|(index, &word)| change(row, index, word)));
        }
        Self { words, ..*self }
    }

    /// A mask without positive pixels.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { words: vec![0; rows * columns.div_ceil(64)], rows, columns }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, in pixels.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The rows that have pixels: none without columns, however many rows there are.
    pub(crate) fn row_range(&self) -> Range<usize> {
        rows_with_pixels(self.rows, self.columns)
    }

    /// The words of one row, pixel 0 in the lowest bit of the first.
    pub fn row(&self, row: usize) -> &[u64] {
        let stride = self.columns.div_ceil(64);
        &self.words[row * stride..(row + 1) * stride]
    }

    /// The words of one row, for change. Whoever writes to them keeps the padding zero.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u64] {
        let stride = self.columns.div_ceil(64);
        &mut self.words[row * stride..(row + 1) * stride]
    }

    /// The mask as bytes 0 and 1, row after row.
    pub fn unpack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.rows * self.columns);
        for row in self.row_range() {
            let words = self.row(row);
            bytes.extend(
                (0..self.columns).map(|column| (words[column / 64] >> (column % 64) & 1) as u8),
            );
        }
        bytes
    }

    /// Number of positive pixels.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Calls `found(start, end)` for each run of positive pixels of a row, from the left. A run
    /// over several words is reported in pieces that touch.
    pub fn for_each_run(&self, row: usize, mut found: impl FnMut(usize, usize)) {
        for (index, &word) in self.row(row).iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let start = rest.trailing_zeros();
                let length = (!(rest >> start)).trailing_zeros();
                let end = start + length;
                found(64 * index + start as usize, 64 * index + end as usize);
                rest = if end == 64 { 0 } else { rest >> end << end };
            }
        }
    }
}

fn rows_with_pixels(rows: usize, columns: usize) -> Range<usize> {
    0..if columns > 0 { rows } else { 0 }
}

/// A rectangle of an image: at most 64 rows.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

impl Tile {
    pub fn new(rows: Range<usize>, columns: Range<usize>) -> Self {
        debug_assert!(rows.len() <= 64);
        Self { rows, columns }
    }

    /// Words of one row.
    pub fn stride(&self) -> usize {
        self.columns.len().div_ceil(64)
    }
}

/// Packs a tile into `words`, row after row, and tells whether it met a NaN.
///
/// Every word of the tile is written. What a NaN packs as is not specified.
pub(crate) fn pack_tile(view: &ImageView<'_>, rule: Rule, tile: Tile, words: &mut [u64]) -> bool {
    let pitch = tile.stride();
    pack_tile_apart(view, rule, tile, words, pitch)
}

/// As [`pack_tile`], with the rows `pitch` words apart; what lies between them stays as it is.
pub(crate) fn pack_tile_apart(
    view: &ImageView<'_>,
    rule: Rule,
    tile: Tile,
    words: &mut [u64],
    pitch: usize,
) -> bool {
    macro_rules! run {
        ($size:expr, $test:expr) => {
            dispatch(PackTile::<_, { $size }> { view, test: $test, tile, words, pitch })
        };
    }
    macro_rules! at_least {
        ($number:ty, $threshold:expr) => {
            match (view.swapped(), <$number as Number>::least($threshold)) {
                (_, None) => run!(size_of::<$number>(), Never),
                (false, Some(bound)) => {
                    run!(size_of::<$number>(), AtLeast::<$number, false> { bound })
                }
                (true, Some(bound)) => {
                    run!(size_of::<$number>(), AtLeast::<$number, true> { bound })
                }
            }
        };
    }
    macro_rules! equals {
        ($number:ty, $value:expr) => {
            match <$number>::try_from($value) {
                Err(_) => run!(size_of::<$number>(), Never),
                Ok(value) => {
                    let value = if view.swapped() { value.swap_bytes() } else { value };
                    run!(size_of::<$number>(), Equal { bytes: value.to_ne_bytes() })
                }
            }
        };
    }
    match (rule, view.element()) {
        (Rule::Equals(value), Element::U8) => equals!(u8, value),
        (Rule::Equals(value), Element::I8) => equals!(i8, value),
        (Rule::Equals(value), Element::U16) => equals!(u16, value),
        (Rule::Equals(value), Element::I16) => equals!(i16, value),
        (Rule::Equals(value), Element::U32) => equals!(u32, value),
        (Rule::Equals(value), Element::I32) => equals!(i32, value),
        (Rule::Equals(value), Element::U64) => equals!(u64, value),
        (Rule::Equals(value), Element::I64) => equals!(i64, value),
        // Refused before.
        (Rule::Equals(_), Element::F16) => run!(2, Never),
        (Rule::Equals(_), Element::F32) => run!(4, Never),
        (Rule::Equals(_), Element::F64) => run!(8, Never),
        (Rule::NonZero, element) => match element.size() {
            1 => run!(1, NonZero),
            2 => run!(2, NonZero),
            4 => run!(4, NonZero),
            _ => run!(8, NonZero),
        },
        (Rule::AtLeast(threshold), Element::U8) => at_least!(u8, threshold),
        (Rule::AtLeast(threshold), Element::I8) => at_least!(i8, threshold),
        (Rule::AtLeast(threshold), Element::U16) => at_least!(u16, threshold),
        (Rule::AtLeast(threshold), Element::I16) => at_least!(i16, threshold),
        (Rule::AtLeast(threshold), Element::U32) => at_least!(u32, threshold),
        (Rule::AtLeast(threshold), Element::I32) => at_least!(i32, threshold),
        (Rule::AtLeast(threshold), Element::U64) => at_least!(u64, threshold),
        (Rule::AtLeast(threshold), Element::I64) => at_least!(i64, threshold),
        (Rule::AtLeast(threshold), Element::F16) => at_least!(Half, threshold),
        (Rule::AtLeast(threshold), Element::F32) => at_least!(f32, threshold),
        (Rule::AtLeast(threshold), Element::F64) => at_least!(f64, threshold),
    }
}

/// The first pixel of a float image that is NaN and not ignored, row by row.
pub(crate) fn find_nan(
    view: &ImageView<'_>,
    ignore: Option<&ImageView<'_>>,
) -> Option<(usize, usize)> {
    let is_nan = |row: usize, column: usize| match view.element() {
        Element::F16 => Half::read::<2>(view.at(row, column), view.swapped()).is_nan(),
        Element::F32 => f32::read::<4>(view.at(row, column), view.swapped()).is_nan(),
        Element::F64 => f64::read::<8>(view.at(row, column), view.swapped()).is_nan(),
        _ => false,
    };
    let columns = view.columns();
    let mut ignored = vec![0; columns.div_ceil(64)];
    rows_with_pixels(view.rows(), columns).find_map(|row| {
        let mut found = (0..columns).filter(|&column| is_nan(row, column)).peekable();
        found.peek()?;
        if let Some(ignore) = ignore {
            // There may be many: pixels without a value are often marked by NaN and ignored.
            let pixels = ignore.row_range(row, row + 1);
            pack_tile(&pixels, Rule::NonZero, Tile::new(0..1, 0..columns), &mut ignored);
        }
        let counts = |&column: &usize| ignored[column / 64] >> (column % 64) & 1 == 0;
        found.find(counts).map(|column| (row, column))
    })
}

/// Checks a rule against the type of an image's elements.
pub(crate) fn check_rule(
    rule: Rule,
    element: Element,
    argument: crate::error::Argument,
) -> Result<(), Error> {
    match rule {
        Rule::NonZero if element.is_float() => {
            Err(Error::FloatValues { argument, want: "a mask of integers, or a threshold" })
        }
        Rule::Equals(_) if element.is_float() => {
            Err(Error::FloatValues { argument, want: "integer labels" })
        }
        Rule::AtLeast(threshold) if threshold.is_nan() => Err(Error::NanThreshold),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_row() {
        let mut bytes = vec![0; 130];
        bytes[..3].fill(1);
        bytes[60..70].fill(9);
        bytes[128..].fill(1);
        let mask = BitMask::pack(&ImageView::of_bytes(&bytes, 1, 130).unwrap());
        let mut runs = Vec::new();
        mask.for_each_run(0, |start, end| runs.push((start, end)));
        assert_eq!(runs, [(0, 3), (60, 64), (64, 70), (128, 130)]);
        assert_eq!(mask.count(), 15);
    }
}
