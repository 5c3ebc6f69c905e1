//! Bit planes: masks with filling between their rows, so that all rows shift as one line of bits.

use std::ops::Range;

use crate::mask::BitMask;
use crate::simd::{Kernel, Simd, dispatch};

/// Where the pixels of an image lie in a plane.
///
/// A plane is a line of words: some words of filling, `above` rows of filling, the rows, `above`
/// rows of filling, and filling again. Each row is followed by at least as many bits of filling
/// as a pixel reaches sideways, so that neither it nor the next row sees the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    /// Rows of the image.
    pub rows: usize,
    /// Columns of the image.
    pub columns: usize,
    /// Words that hold pixels, of each row.
    pub words: usize,
    /// Words from a row to the next.
    pub stride: usize,
    /// Rows of filling above, and below.
    pub above: usize,
    /// Words of filling before everything, and after.
    pub lead: usize,
}

impl Layout {
    /// A layout for reaching so many pixels to all sides; beyond the image there are rows of
    /// filling only if `open`.
    pub fn new(rows: usize, columns: usize, reach: usize, open: bool) -> Self {
        let words = columns.div_ceil(64);
        let sideways = reach.min(columns);
        let free = 64 * words - columns;
        let stride = words + sideways.saturating_sub(free).div_ceil(64);
        let above = if open { reach.min(rows) } else { 0 };
        // The window of a pixel starts one reach before it and spans two.
        let lead = (2 * sideways).div_ceil(64) + 4;
        Self { rows, columns, words, stride, above, lead }
    }

    /// Words of a plane.
    pub fn len(&self) -> usize {
        2 * self.lead + (self.rows + 2 * self.above) * self.stride
    }

    /// The first word of a row; rows of filling are above row 0 and from the last row on.
    pub fn start(&self, row: isize) -> usize {
        self.lead + (self.above as isize + row) as usize * self.stride
    }

    /// The words of several rows, with the filling after each.
    pub fn span(&self, rows: &Range<usize>) -> Range<usize> {
        self.start(rows.start as isize)..self.start(rows.end as isize)
    }

    /// The bits of a row's last word that are pixels.
    fn last_bits(&self) -> u64 {
        u64::MAX >> (64 * self.words - self.columns)
    }

    /// Sets all filling to ones, or to zeros.
    pub fn fill(&self, plane: &mut [u64], ones: bool) {
        let (first, end) = (self.start(0), self.start(self.rows as isize));
        let filling = if ones { u64::MAX } else { 0 };
        plane[..first].fill(filling);
        plane[end..].fill(filling);
        if ones {
            self.open_rows(&mut plane[first..end]);
        } else if self.words > 0 {
            for row in plane[first..end].chunks_exact_mut(self.stride) {
                row[self.words - 1] &= self.last_bits();
                fill_gap(&mut row[self.words..], 0);
            }
        }
    }

    /// Sets the filling after each of several whole rows to ones.
    pub fn open_rows(&self, rows: &mut [u64]) {
        if self.words == 0 {
            return;
        }
        for row in rows.chunks_exact_mut(self.stride) {
            row[self.words - 1] |= !self.last_bits();
            fill_gap(&mut row[self.words..], u64::MAX);
        }
    }

    /// Finds the ranges of neighbouring rows that have any pixel set, and adds them to `found`.
    pub fn find_rows(&self, plane: &[u64], rows: Range<usize>, found: &mut Vec<Range<usize>>) {
        if self.words > 0 {
            dispatch(FindRows { layout: self, plane, rows, found });
        }
    }

    /// The rows whose windows of `radius` rows to both sides lie within `rows`, or in the filling
    /// beyond the image if there is any; and the words of all rows of these windows.
    pub fn windows(
        &self,
        rows: &Range<usize>,
        radius: usize,
        open: bool,
    ) -> Option<(Range<usize>, Range<usize>)> {
        let (mut first, mut end) = (rows.start as isize, rows.end as isize);
        let radius = radius as isize;
        if open && rows.start == 0 {
            first -= radius;
        }
        if open && rows.end == self.rows {
            end += radius;
        }
        let out = first + radius..end - radius;
        (!out.is_empty())
            .then(|| (self.start(first)..self.start(end), out.start as usize..out.end as usize))
    }

    /// Copies a mask of this shape into a plane, with zeros in the filling.
    pub fn load(&self, mask: &BitMask, plane: &mut Vec<u64>) {
        plane.clear();
        plane.resize(self.len(), 0);
        for row in 0..self.rows {
            let start = self.start(row as isize);
            plane[start..start + self.words].copy_from_slice(mask.row(row));
        }
    }
}

/// Fills a gap, which is mostly a single word: to call `memset` for it would take longer.
fn fill_gap(gap: &mut [u64], filling: u64) {
    match gap {
        [] => {}
        [word] => *word = filling,
        words => words.fill(filling),
    }
}

struct FindRows<'a> {
    layout: &'a Layout,
    plane: &'a [u64],
    rows: Range<usize>,
    found: &'a mut Vec<Range<usize>>,
}

impl Kernel for FindRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { layout, plane, rows, found } = self;
        let last_bits = layout.last_bits();
        let plane = &plane[layout.span(&rows)];
        for (row, words) in rows.zip(plane.chunks_exact(layout.stride)) {
            let (others, last) = words[..layout.words].split_at(layout.words - 1);
            let any = others.iter().fold(last[0] & last_bits, |any, word| any | word);
            if any == 0 {
                continue;
            }
            match found.last_mut() {
                Some(range) if range.end == row => range.end = row + 1,
                _ => found.push(row..row + 1),
            }
        }
    }
}

/// Makes a plane as long as a layout wants; its words may be anything.
pub(crate) fn resize(plane: &mut Vec<u64>, length: usize) {
    plane.resize(length, 0);
}
