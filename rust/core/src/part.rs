//! Some consecutive thresholds of a table.
//!
//! They are cut into cells of equal size, which hold a few thresholds each: the cell of a key tells
//! where to look, and one comparison with a window of thresholds finds the slot.

use std::ops::Range;

use crate::scores::Key;
use crate::simd::{Simd, WINDOW};

/// Thresholds of a cell, on average.
const CELL: usize = 4;

/// How often the cells are halved if any holds more thresholds than a window.
const HALVINGS: u32 = 3;

/// A range of thresholds.
#[derive(Debug, Clone)]
pub(crate) struct Part<K> {
    /// Its thresholds.
    pub range: Range<usize>,
    /// The first threshold.
    first: K,
    /// Bits of a cell.
    shift: u32,
    /// First threshold of each cell, counted from that of the part, and the end of the last one.
    starts: Vec<u32>,
    /// Whether no cell holds more thresholds than a window.
    pub fits: bool,
}

impl<K: Key> Part<K> {
    /// Some of the thresholds `keys`, at least one.
    pub fn new(keys: &[K], range: Range<usize>) -> Self {
        let thresholds = &keys[range.clone()];
        let (first, last) = (thresholds[0], thresholds[thresholds.len() - 1]);
        let span = 64 - (last.wide() - first.wide()).leading_zeros();
        // At least two cells, so that a cell has fewer bits than a key.
        let least = (thresholds.len() / CELL).max(2).ilog2();
        let mut part = Self { range, first, shift: 0, starts: Vec::new(), fits: false };
        for bits in least..=least + HALVINGS {
            part.shift = span.saturating_sub(bits);
            part.starts.clear();
            part.find_starts(thresholds, last);
            part.fits = part.starts.is_sorted_by(|start, end| end - start <= WINDOW as u32);
            if part.fits || part.shift == 0 {
                break;
            }
        }
        part
    }

    /// All of so many thresholds, without cells: their slots are found in another way.
    pub fn whole(count: usize) -> Self {
        Self { range: 0..count, first: K::BELOW, shift: 0, starts: Vec::new(), fits: true }
    }

    fn find_starts(&mut self, thresholds: &[K], last: K) {
        let mut next = 0;
        for cell in 0..=last.steps_above(self.first, self.shift) {
            let below = |key: &&K| key.steps_above(self.first, self.shift) < cell;
            next += thresholds[next..].iter().take_while(below).count();
            self.starts.push(next as u32);
        }
        self.starts.push(thresholds.len() as u32);
    }

    #[inline(always)]
    fn cell(&self, key: K) -> usize {
        (key.steps_above(self.first, self.shift) as usize).min(self.starts.len() - 2)
    }

    /// The slot of a key, counted from the first threshold of the part; `keys` are the thresholds
    /// from there on. Only where all [`Part::fits`].
    #[inline(always)]
    pub fn slot_nearby<S: Simd>(&self, simd: S, keys: &[K], key: K) -> usize {
        let start = self.starts[self.cell(key)] as usize;
        place(simd, keys, start, key)
    }

    /// The same for any part.
    #[inline(always)]
    pub fn slot<S: Simd>(&self, simd: S, keys: &[K], key: K) -> usize {
        let cell = self.cell(key);
        let (mut start, mut end) = (self.starts[cell] as usize, self.starts[cell + 1] as usize);
        while end - start > WINDOW {
            let middle = start + (end - start) / 2;
            if keys[middle] <= key {
                start = middle;
            } else {
                end = middle;
            }
        }
        place(simd, keys, start, key)
    }
}

/// The slot of a key that is among a window of thresholds or next to them.
#[inline(always)]
fn place<S: Simd, K: Key>(simd: S, keys: &[K], start: usize, key: K) -> usize {
    // There is always a window of keys: above the last threshold are as many more.
    let window = keys[start..].first_chunk();
    2 * start + window.map_or(0, |window| K::place(simd, window, key))
}
