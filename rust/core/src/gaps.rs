//! Counting keys where there are no thresholds near.
//!
//! Most negative pixels have low scores, and few positive ones have: there the thresholds are far
//! apart. So keys are first counted by small cells of equal size, which is cheap. The counts of
//! the cells without thresholds are exact: all their keys have the same slot. Only the keys of the
//! other cells need more.

use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::tallies::GROUP;

/// Bits of the number of cells: their counters stay in a second-level cache.
const BITS: u32 = 18;

/// Cells of keys.
#[derive(Debug)]
pub(crate) struct Gaps<K> {
    /// One cell below the lowest threshold.
    origin: K,
    /// Bits of a cell.
    shift: u32,
    /// The cell of all keys above the thresholds.
    last: u32,
    /// One bit a cell: whether it has a threshold.
    occupied: Vec<u64>,
}

/// Counters of the cells, of one thread.
#[derive(Debug)]
pub(crate) struct CellCounters<K> {
    /// With [`OCCUPIED`] set in the cells that have thresholds.
    narrow: Vec<u32>,
    /// How many keys were counted in them since they were zero, and how many of these were kept.
    counted: usize,
    kept: usize,
    /// What was taken out of `narrow` before it could overflow.
    wide: Vec<u64>,
    /// Keys for which counting by cells was not enough.
    rest: Vec<K>,
}

/// A bit of a counter.
const OCCUPIED: u32 = 1 << 31;

impl<K: Key> Gaps<K> {
    /// Cells for ascending thresholds, at least one.
    pub fn new(thresholds: &[K]) -> Self {
        let (lowest, highest) = (thresholds[0].wide(), thresholds[thresholds.len() - 1].wide());
        let shift = (64 - (highest - lowest).leading_zeros()).saturating_sub(BITS);
        // One cell below the first threshold; no score is so low that there is no room for it.
        let origin = K::narrow(lowest.saturating_sub(1 << shift));
        let last = K::narrow(highest).cell(origin, shift, u32::MAX) + 1;
        let mut gaps = Self { origin, shift, last, occupied: Vec::new() };
        gaps.occupied = vec![0; last as usize / 64 + 1];
        for &threshold in thresholds {
            let cell = gaps.cell(threshold) as usize;
            gaps.occupied[cell / 64] |= 1 << (cell % 64);
        }
        gaps
    }

    /// Counters for the cells.
    pub fn counters(&self) -> CellCounters<K> {
        let marked = |cell| if self.is_occupied(cell) { OCCUPIED } else { 0 };
        let narrow = (0..=self.last as usize).map(marked).collect();
        CellCounters { narrow, counted: 0, kept: 0, wide: Vec::new(), rest: Vec::new() }
    }

    #[inline(always)]
    fn cell(&self, key: K) -> u32 {
        key.cell(self.origin, self.shift, self.last)
    }

    fn is_occupied(&self, cell: usize) -> bool {
        self.occupied[cell / 64] >> (cell % 64) & 1 == 1
    }

    /// Counts keys, and returns those for which that was not enough.
    pub fn count<'a>(&self, keys: &'a [K], counters: &'a mut CellCounters<K>) -> &'a [K] {
        // It does not pay where most keys are kept.
        if counters.counted > 1 << 16 && counters.kept > counters.counted / 4 * 3 {
            return keys;
        }
        if counters.counted + keys.len() >= OCCUPIED as usize {
            counters.widen();
        }
        if counters.rest.len() < keys.len() {
            counters.rest.resize(keys.len(), K::BELOW);
        }
        let (out, rest) = (&mut counters.narrow[..], &mut counters.rest[..]);
        let kept = dispatch(CountCells { gaps: self, keys, out, rest });
        counters.counted += keys.len();
        counters.kept += kept;
        &counters.rest[..kept]
    }

    /// A key of each cell that has no threshold but has been counted, and how often. Those below
    /// all thresholds are left out.
    pub fn counted<'a>(
        &'a self,
        counters: &'a CellCounters<K>,
    ) -> impl Iterator<Item = (K, u64)> + 'a {
        (1..=self.last).filter_map(|cell| {
            let count = counters.get(cell as usize);
            let key = if cell == self.last {
                K::HIGHEST
            } else {
                K::narrow(self.origin.wide() + (u64::from(cell) << self.shift))
            };
            (count > 0 && !self.is_occupied(cell as usize)).then_some((key, count))
        })
    }
}

impl<K> CellCounters<K> {
    fn widen(&mut self) {
        self.wide.resize(self.narrow.len(), 0);
        for (wide, narrow) in self.wide.iter_mut().zip(&mut self.narrow) {
            *wide += u64::from(*narrow & !OCCUPIED);
            *narrow &= OCCUPIED;
        }
        (self.counted, self.kept) = (0, 0);
    }

    /// Adds those of another thread.
    pub fn add(mut self, mut other: Self) -> Self {
        if self.counted + other.counted >= OCCUPIED as usize || !other.wide.is_empty() {
            self.widen();
            other.widen();
            for (total, count) in self.wide.iter_mut().zip(&other.wide) {
                *total += count;
            }
        } else {
            self.counted += other.counted;
            for (total, count) in self.narrow.iter_mut().zip(&other.narrow) {
                *total += count & !OCCUPIED;
            }
        }
        self
    }

    fn get(&self, cell: usize) -> u64 {
        u64::from(self.narrow[cell] & !OCCUPIED) + self.wide.get(cell).unwrap_or(&0)
    }
}

struct CountCells<'a, K> {
    gaps: &'a Gaps<K>,
    keys: &'a [K],
    out: &'a mut [u32],
    rest: &'a mut [K],
}

impl<K: Key> Kernel for CountCells<'_, K> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> usize {
        let Self { gaps, keys, out, rest } = self;
        let mut kept = 0;
        let mut cells = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            for (cell, &key) in cells.iter_mut().zip(keys) {
                *cell = gaps.cell(key);
            }
            for (&cell, &key) in cells.iter().zip(keys) {
                let counter = &mut out[cell as usize];
                let count = *counter;
                *counter = count + 1;
                rest[kept] = key;
                kept += (count >> 31) as usize;
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested() -> (Vec<u32>, Vec<u32>) {
        let thresholds = (0..1000).map(|index: u32| 1 << 25 | (index * index * 17)).collect();
        (thresholds, (0..2_000_000).map(|index: u32| (1 << 24) + index * 29).collect())
    }

    /// How many keys are above each threshold and not above the next.
    fn between(thresholds: &[u32], counted: impl Iterator<Item = (u32, u64)>) -> Vec<u64> {
        let mut found = vec![0; thresholds.len() + 1];
        for (key, count) in counted {
            found[thresholds.partition_point(|&threshold| threshold <= key)] += count;
        }
        found.split_off(1)
    }

    #[test]
    fn every_key_is_counted_or_kept() {
        let (thresholds, keys) = tested();
        let gaps = Gaps::new(&thresholds);
        let mut counters = gaps.counters();
        let rest = gaps.count(&keys, &mut counters).to_vec();
        assert!(rest.len() < keys.len() / 20);
        let found = gaps.counted(&counters).chain(rest.into_iter().map(|key| (key, 1)));
        let expected = between(&thresholds, keys.iter().map(|&key| (key, 1)));
        assert_eq!(between(&thresholds, found), expected);
    }

    #[test]
    fn counters_grow_wide_and_add_up() {
        let (thresholds, keys) = tested();
        let gaps = Gaps::new(&thresholds);
        let counters = [false, true, true].map(|widen| {
            let mut counters = gaps.counters();
            gaps.count(&keys, &mut counters);
            if widen {
                counters.widen();
                gaps.count(&keys, &mut counters);
            }
            counters
        });
        let once: Vec<_> =
            gaps.counted(&counters[0]).map(|(key, count)| (key, 5 * count)).collect();
        let all = counters.into_iter().reduce(CellCounters::add).unwrap();
        assert_eq!(gaps.counted(&all).collect::<Vec<_>>(), once);
    }
}
