//! Contours: the pixels of a mask next to a pixel outside of it.

use crate::mask::BitMask;

/// The contour of a mask: its pixels that have a background pixel above, below, to the left or to
/// the right. What is outside of the image counts as background.
///
/// That is the mask without its erosion by the 3 x 3 cross. Pixels of `ignore` are on no contour
/// and are no background either.
///
/// # Panics
/// If `ignore` has another size.
pub fn contour(mask: &BitMask, ignore: Option<&BitMask>) -> BitMask {
    if let Some(ignore) = ignore {
        assert_eq!((mask.rows(), mask.columns()), (ignore.rows(), ignore.columns()));
        let filled = mask.map_words(|row, index, word| word | ignore.row(row)[index]);
        edge(&filled).map_words(|row, index, word| word & !ignore.row(row)[index])
    } else {
        edge(mask)
    }
}

fn edge(mask: &BitMask) -> BitMask {
    mask.map_words(|row, index, word| {
        if word == 0 {
            return 0;
        }
        let neighbour = |row: usize, index: usize| mask.row(row).get(index).copied().unwrap_or(0);
        let above = if row > 0 { neighbour(row - 1, index) } else { 0 };
        let below = if row + 1 < mask.rows() { neighbour(row + 1, index) } else { 0 };
        let before = if index > 0 { neighbour(row, index - 1) } else { 0 };
        let left = word << 1 | before >> 63;
        let right = word >> 1 | neighbour(row, index + 1) << 63;
        word & !(above & below & left & right)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ImageView;

    #[test]
    fn only_the_middle_of_a_square_is_inside() {
        let bytes = [1; 9];
        let mask = BitMask::pack(&ImageView::of_bytes(&bytes, 3, 3).unwrap());
        let found = contour(&mask, None);
        assert_eq!((found.row(0), found.row(1)), (&[0b111][..], &[0b101][..]));
        // The pixels above count nowhere: the square goes on for all that is known.
        let top = BitMask::pack(&ImageView::of_bytes(&[1, 1, 1, 0, 0, 0, 0, 0, 0], 3, 3).unwrap());
        let found = contour(&mask, Some(&top));
        assert_eq!([found.row(0)[0], found.row(1)[0], found.row(2)[0]], [0, 0b101, 0b111]);
    }
}
