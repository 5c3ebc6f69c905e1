//! The bit mask: one bit a pixel in 64-bit words, each row padded to whole words.
//!
//! Packing is one pass over the elements. From then on everything is done 64 pixels at a time.

use crate::error::Error;
use crate::pixel_test::{AtLeast, Equal, Half, Never, NonZero, Number, PixelTest};
use crate::simd::{Kernel, Simd, dispatch};
use crate::view::{Element, ImageView, MAX_STEP};

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
        for first_row in (0..if columns > 0 { rows } else { 0 }).step_by(64) {
            let tile = Tile::new(first_row..rows.min(first_row + 64), 0..columns);
            nan |= pack_tile(view, rule, tile, &mut words[first_row * stride..]);
        }
        (Self { words, rows, columns }, nan)
    }

    /// A mask of the same size, whose words `change(row, index, word)` gives. It must leave the
    /// padding zero.
    pub(crate) fn map_words(&self, change: impl Fn(usize, usize, u64) -> u64) -> Self {
        let mut words = Vec::with_capacity(self.words.len());
        for row in 0..self.rows {
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
        for row in 0..if self.columns > 0 { self.rows } else { 0 } {
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

/// A rectangle of an image: at most 64 rows.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    pub rows: std::ops::Range<usize>,
    pub columns: std::ops::Range<usize>,
}

impl Tile {
    pub fn new(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Self {
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
    let ignored = |row: usize, column: usize| {
        ignore.is_some_and(|ignore| {
            let pixel = ignore.row_range(row, row + 1);
            let mut word = [0];
            pack_tile(&pixel, Rule::NonZero, Tile::new(0..1, column..column + 1), &mut word);
            word[0] != 0
        })
    };
    let is_nan = |row: usize, column: usize| match view.element() {
        Element::F16 => Half::read::<2>(view.at(row, column), view.swapped()).is_nan(),
        Element::F32 => f32::read::<4>(view.at(row, column), view.swapped()).is_nan(),
        Element::F64 => f64::read::<8>(view.at(row, column), view.swapped()).is_nan(),
        _ => false,
    };
    (0..view.rows())
        .flat_map(|row| (0..view.columns()).map(move |column| (row, column)))
        .find(|&(row, column)| is_nan(row, column) && !ignored(row, column))
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

struct PackTile<'a, 'b, T, const SIZE: usize> {
    view: &'a ImageView<'b>,
    test: T,
    tile: Tile,
    words: &'a mut [u64],
    pitch: usize,
}

impl<T: PixelTest<SIZE>, const SIZE: usize> Kernel for PackTile<'_, '_, T, SIZE> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> bool {
        if self.view.is_column_major() && self.tile.rows.len() > 1 {
            self.pack_columns(simd)
        } else {
            self.pack_rows(simd)
        }
    }
}

impl<T: PixelTest<SIZE>, const SIZE: usize> PackTile<'_, '_, T, SIZE> {
    #[inline(always)]
    fn pack_rows<S: Simd>(self, simd: S) -> bool {
        let Self { view, test, tile, words, pitch } = self;
        let mut nan = false;
        for (row, words) in tile.rows.clone().zip(words.chunks_mut(pitch)) {
            let words = &mut words[..tile.stride()];
            pack_line(simd, view, test, row, &tile.columns, words, &mut nan);
        }
        nan
    }

    /// For an image whose columns are the contiguous axis: packs 64 x 64 pixels column by column,
    /// then transposes the bits.
    #[inline(always)]
    fn pack_columns<S: Simd>(self, simd: S) -> bool {
        let Self { view, test, tile, words, pitch } = self;
        let (transposed, stride) = (view.transposed(), tile.stride());
        let mut nan = false;
        for block in 0..stride {
            let mut square = [0; 64];
            let first = tile.columns.start + 64 * block;
            let columns = first..tile.columns.end.min(first + 64);
            for (word, column) in square.iter_mut().zip(columns) {
                let word = std::slice::from_mut(word);
                pack_line(simd, &transposed, test, column, &tile.rows, word, &mut nan);
            }
            transpose(&mut square);
            for (row, &word) in square[..tile.rows.len()].iter().enumerate() {
                words[row * pitch + block] = word;
            }
        }
        nan
    }
}

/// Packs a part of one row.
#[inline(always)]
fn pack_line<S: Simd, T: PixelTest<SIZE>, const SIZE: usize>(
    simd: S,
    view: &ImageView<'_>,
    test: T,
    row: usize,
    columns: &std::ops::Range<usize>,
    words: &mut [u64],
    nan: &mut bool,
) {
    if view.column_stride() < 0 {
        // Pack it in the order of the memory, then turn the bits round.
        let mirrored = view.columns() - columns.end..view.columns() - columns.start;
        pack_forward(simd, &view.mirrored(), test, row, &mirrored, words, nan);
        reverse_line(words, columns.len());
    } else {
        pack_forward(simd, view, test, row, columns, words, nan);
    }
}

/// Turns the first `length` bits of a line round; the others are zero before and after.
#[inline(always)]
fn reverse_line(words: &mut [u64], length: usize) {
    words.reverse();
    let padding = 64 * words.len() - length;
    let mut carried = 0;
    // The padding is now at the low end: shift it out, from the last word to the first.
    for word in words.iter_mut().rev() {
        let bits = word.reverse_bits();
        *word = bits >> padding | carried;
        carried = if padding == 0 { 0 } else { bits << (64 - padding) };
    }
}

/// Packs a part of one row whose columns do not run backwards.
#[inline(always)]
fn pack_forward<S: Simd, T: PixelTest<SIZE>, const SIZE: usize>(
    simd: S,
    view: &ImageView<'_>,
    test: T,
    row: usize,
    columns: &std::ops::Range<usize>,
    words: &mut [u64],
    nan: &mut bool,
) {
    match view.row_slice::<SIZE>(row, columns.start, columns.len()) {
        Some((elements, 1)) => {
            let (chunks, rest) = elements.as_chunks::<64>();
            for (word, chunk) in words.iter_mut().zip(chunks) {
                *word = test.pack(simd, chunk, nan);
            }
            if let Some(word) = words.get_mut(chunks.len()) {
                *word = pack_part(simd, test, rest, nan);
            }
        }
        Some((elements, step)) => pack_stepped(simd, test, elements, step, words, nan),
        None => {
            let mut buffer = [[0; SIZE]; 64];
            for (index, word) in words.iter_mut().enumerate() {
                let start = columns.start + 64 * index;
                let buffer = &mut buffer[..64.min(columns.end - start)];
                view.gather_row(row, start, buffer);
                *word = pack_part(simd, test, buffer, nan);
            }
        }
    }
}

/// Packs every `step`-th element: packs all of them, then keeps the bits wanted, which is faster
/// than gathering elements one by one.
#[inline(always)]
fn pack_stepped<S: Simd, T: PixelTest<SIZE>, const SIZE: usize>(
    simd: S,
    test: T,
    elements: &[[u8; SIZE]],
    step: usize,
    words: &mut [u64],
    nan: &mut bool,
) {
    let wanted = &WANTED[step];
    let (groups, rest) =
        (elements.chunks_exact(64 * step), elements.chunks_exact(64 * step).remainder());
    let mut words = words.iter_mut();
    for (group, word) in groups.zip(&mut words) {
        *word = 0;
        let mut filled = 0;
        for (chunk, &(wanted, count)) in group.as_chunks::<64>().0.iter().zip(wanted) {
            *word |= simd.compress(test.pack(simd, chunk, nan), wanted) << filled;
            filled += count;
        }
    }
    let Some(word) = words.next() else { return };
    *word = 0;
    let mut filled = 0;
    for (chunk, &(wanted, count)) in rest.chunks(64).zip(wanted) {
        *word |= simd.compress(pack_part(simd, test, chunk, nan), wanted) << filled;
        filled += count;
    }
}

/// For a step between the pixels, the bits to keep of each packed word and how many they are:
/// 64 pixels are in `step` words.
const WANTED: [[(u64, u32); MAX_STEP]; MAX_STEP + 1] = {
    let mut wanted = [[(0, 0); MAX_STEP]; MAX_STEP + 1];
    let mut step = 1;
    while step <= MAX_STEP {
        let mut position = 0;
        while position < 64 * step {
            let (bits, count) = wanted[step][position / 64];
            wanted[step][position / 64] = (bits | 1 << (position % 64), count + 1);
            position += step;
        }
        step += 1;
    }
    wanted
};

/// Packs fewer than 64 elements, or 64.
#[inline(always)]
fn pack_part<S: Simd, T: PixelTest<SIZE>, const SIZE: usize>(
    simd: S,
    test: T,
    elements: &[[u8; SIZE]],
    nan: &mut bool,
) -> u64 {
    if elements.is_empty() {
        return 0;
    }
    let mut buffer = [[0; SIZE]; 64];
    buffer[..elements.len()].copy_from_slice(elements);
    test.pack(simd, &buffer, nan) & (u64::MAX >> (64 - elements.len()))
}

/// Transposes 64 x 64 bits: exchanges blocks of 32 x 32 bits, then of 16 x 16, and so on.
#[inline(always)]
fn transpose(square: &mut [u64; 64]) {
    let mut size = 32;
    let mut mask = u64::MAX >> 32;
    while size > 0 {
        for pair in square.chunks_exact_mut(2 * size) {
            let (upper, lower) = pair.split_at_mut(size);
            for (above, below) in upper.iter_mut().zip(lower) {
                let exchanged = ((*above >> size) ^ *below) & mask;
                *below ^= exchanged;
                *above ^= exchanged << size;
            }
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_moves_each_bit() {
        let mut square = [0; 64];
        for (row, word) in square.iter_mut().enumerate() {
            *word = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        let before = square;
        transpose(&mut square);
        for (row, after) in square.iter().enumerate() {
            for (column, before) in before.iter().enumerate() {
                assert_eq!(after >> column & 1, before >> row & 1);
            }
        }
    }

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
