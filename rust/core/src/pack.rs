//! Packing the pixels of a tile into bits, whatever their type and layout.

use crate::mask::Tile;
use crate::pixel_test::PixelTest;
use crate::simd::{Kernel, Simd};
use crate::view::{ImageView, MAX_STEP};

/// Packs a tile by a test of its pixels, its rows `pitch` words apart, and tells whether it met a
/// NaN.
pub(crate) struct PackTile<'a, 'b, T, const SIZE: usize> {
    pub view: &'a ImageView<'b>,
    pub test: T,
    pub tile: Tile,
    pub words: &'a mut [u64],
    pub pitch: usize,
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
                // Mostly 64 pixels in one piece: no need of what is done for any row.
                let pieces = transposed.row_slice(column, tile.rows.start, tile.rows.len());
                if let Some((elements, 1)) = pieces
                    && let Some(chunk) = elements.as_array()
                {
                    *word = test.pack(simd, chunk, &mut nan);
                    continue;
                }
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
    use super::transpose;

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
}
