//! Pixels of fewer than eight bits.

/// Writes one byte for each pixel of a row whose pixels of 1, 2 or 4 bits start at the highest bits.
pub(crate) fn unpack_row(packed: &[u8], bits: usize, row: &mut [u8]) {
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    for (pixels, &byte) in row.chunks_mut(per_byte).zip(packed) {
        for (index, pixel) in pixels.iter_mut().enumerate() {
            *pixel = byte >> (8 - bits * (index + 1)) & mask;
        }
    }
}

/// Bytes of a row of pixels of so many bits.
pub(crate) fn packed_length(columns: usize, bits: usize) -> usize {
    // Whole bytes first, so that nothing overflows.
    columns / 8 * bits + (columns % 8 * bits).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unpacked_from_the_highest_bits() {
        let mut row = [9; 5];
        unpack_row(&[0b1010_0110], 1, &mut row);
        assert_eq!(row, [1, 0, 1, 0, 0]);
        unpack_row(&[0b00_01_10_11, 0b11_00_00_00], 2, &mut row);
        assert_eq!(row, [0, 1, 2, 3, 3]);
        unpack_row(&[0x1f, 0x2e, 0x30], 4, &mut row);
        assert_eq!(row, [1, 15, 2, 14, 3]);
    }

    #[test]
    fn rows_are_whole_bytes() {
        assert_eq!([0, 1, 8, 9].map(|columns| packed_length(columns, 1)), [0, 1, 1, 2]);
        assert_eq!([1, 2, 3, 9].map(|columns| packed_length(columns, 4)), [1, 1, 2, 5]);
        assert_eq!(packed_length(13, 8), 13);
    }
}
