//! Some consecutive thresholds of a table.
//!
//! Where they are far apart, they are cut into cells of equal size, which hold a few thresholds
//! each: the cell of a key tells where to look, and one comparison with a window of thresholds
//! finds the slot. Where they are close together, see [`crate::ranks`].

use std::ops::Range;

use crate::ranks::Ranks;
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
    finder: Finder<K>,
}

/// How slots are found.
#[derive(Debug, Clone)]
enum Finder<K> {
    /// There are no thresholds, or slots are found elsewhere.
    Nothing,
    Cells(Cells<K>),
    Ranks(Ranks<K>),
}

/// Cells of keys.
#[derive(Debug, Clone)]
struct Cells<K> {
    /// The first threshold.
    first: K,
    /// Bits of a cell.
    shift: u32,
    /// First threshold of each cell, counted from that of the part, and the end of the last one.
    starts: Vec<u32>,
    /// Whether no cell holds more thresholds than a window.
    fits: bool,
}

impl<K: Key> Part<K> {
    /// Some of the thresholds `keys`.
    pub fn new(keys: &[K], range: Range<usize>) -> Self {
        let thresholds = &keys[range.clone()];
        let finder = match thresholds {
            [] => Finder::Nothing,
            [first, ..] => Finder::Cells(Cells::new(*first, thresholds)),
        };
        Self { range, finder }
    }

    /// Those of the block of keys that begins at `first`.
    pub fn of_block(keys: &[K], range: Range<usize>, first: K) -> Self {
        let finder = match &keys[range.clone()] {
            [] => Finder::Nothing,
            thresholds => Finder::Ranks(Ranks::new(first, thresholds)),
        };
        Self { range, finder }
    }

    /// All of so many thresholds, whose slots are found in another way.
    pub fn whole(count: usize) -> Self {
        Self { range: 0..count, finder: Finder::Nothing }
    }

    /// The bits of its thresholds, if they are close together.
    #[inline(always)]
    pub fn ranks(&self) -> Option<&Ranks<K>> {
        if let Finder::Ranks(ranks) = &self.finder { Some(ranks) } else { None }
    }

    /// Finds the slots of keys, counted from the first threshold of the part; `keys` are the
    /// thresholds from there on.
    #[inline(always)]
    pub fn find_slots<S: Simd>(&self, simd: S, thresholds: &[K], keys: &[K], slots: &mut [u32]) {
        match &self.finder {
            Finder::Nothing => slots.fill(0),
            Finder::Ranks(ranks) => {
                slots.iter_mut().zip(keys).for_each(|(slot, &key)| *slot = ranks.slot(key));
            }
            Finder::Cells(cells) => cells.find_slots(simd, thresholds, keys, slots),
        }
    }
}

impl<K: Key> Cells<K> {
    fn new(first: K, thresholds: &[K]) -> Self {
        let last = thresholds[thresholds.len() - 1];
        let span = 64 - (last.wide() - first.wide()).leading_zeros();
        // At least two cells, so that a cell has fewer bits than a key.
        let least = (thresholds.len() / CELL).max(2).ilog2();
        let mut cells = Self { first, shift: 0, starts: Vec::new(), fits: false };
        for bits in least..=least + HALVINGS {
            cells.shift = span.saturating_sub(bits);
            cells.starts.clear();
            cells.find_starts(thresholds, last);
            cells.fits = cells.starts.is_sorted_by(|start, end| end - start <= WINDOW as u32);
            if cells.fits || cells.shift == 0 {
                break;
            }
        }
        cells
    }

    fn find_starts(&mut self, thresholds: &[K], last: K) {
        let mut next = 0;
        for cell in 0..=last.cell(self.first, self.shift, u32::MAX) {
            let below = |key: &&K| key.cell(self.first, self.shift, u32::MAX) < cell;
            next += thresholds[next..].iter().take_while(below).count();
            self.starts.push(next as u32);
        }
        self.starts.push(thresholds.len() as u32);
    }

    #[inline(always)]
    fn find_slots<S: Simd>(&self, simd: S, thresholds: &[K], keys: &[K], slots: &mut [u32]) {
        let (first, shift, last) = (self.first, self.shift, self.starts.len() as u32 - 2);
        let starts = &self.starts[..];
        for (slot, &key) in slots.iter_mut().zip(keys) {
            *slot = key.cell(first, shift, last);
        }
        if self.fits {
            for (slot, &key) in slots.iter_mut().zip(keys) {
                let start = starts[*slot as usize];
                *slot = place(simd, thresholds, start, key);
            }
        } else {
            for (slot, &key) in slots.iter_mut().zip(keys) {
                let start = self.approach(thresholds, *slot as usize, key);
                *slot = place(simd, thresholds, start, key);
            }
        }
    }

    /// The start of the window for a key in a cell.
    #[inline(always)]
    fn approach(&self, thresholds: &[K], cell: usize, key: K) -> u32 {
        let (mut start, mut end) = (self.starts[cell], self.starts[cell + 1]);
        while end - start > WINDOW as u32 {
            let middle = start + (end - start) / 2;
            if thresholds[middle as usize] <= key {
                start = middle;
            } else {
                end = middle;
            }
        }
        start
    }
}

/// The slot of a key that is among a window of thresholds or next to them.
#[inline(always)]
fn place<S: Simd, K: Key>(simd: S, thresholds: &[K], start: u32, key: K) -> u32 {
    // There is always a window of keys: above the last threshold are as many more.
    let window = thresholds[start as usize..].first_chunk();
    2 * start + window.map_or(0, |window| K::place(simd, window, key))
}
