//! Counting keys where there are no thresholds near.
//!
//! Most negative pixels have low scores, and few positive ones have: there the thresholds are far
//! apart. So keys are first counted by small cells of equal size, which is cheap. The counts of
//! the cells without thresholds are exact: all their keys have the same slot. Only the keys of the
//! other cells need more.

use crate::counts::Counters as _;
use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::tallies::{Counters, GROUP};

/// Bits of the number of cells: their counters stay in a second-level cache.
const BITS: u32 = 17;

/// Counters of a cell, used in turns: neighbours are alike, and to count one where the one before
/// was counted takes longer.
const LANES: usize = 2;

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

impl<K: Key> Gaps<K> {
    /// Cells for ascending thresholds, at least one.
    pub fn new(thresholds: &[K]) -> Self {
        let (lowest, highest) = (thresholds[0].wide(), thresholds[thresholds.len() - 1].wide());
        let shift = (64 - (highest - lowest).leading_zeros()).saturating_sub(BITS);
        // The key of no score is that low.
        let origin = K::narrow(lowest - (1 << shift));
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
    pub fn counters(&self) -> Counters {
        Counters::new((self.last as usize + 1) * LANES)
    }

    #[inline(always)]
    fn cell(&self, key: K) -> u32 {
        key.cell(self.origin, self.shift, self.last)
    }

    #[inline(always)]
    fn is_occupied(&self, cell: usize) -> bool {
        self.occupied[cell / 64] >> (cell % 64) & 1 == 1
    }

    /// Counts keys; appends those to `rest` for which that was not enough.
    pub fn count(&self, keys: &[K], counters: &mut Counters, rest: &mut Vec<K>) {
        let first = rest.len();
        rest.resize(first + keys.len(), K::BELOW);
        let out = counters.make_room(keys.len());
        let kept = dispatch(CountCells { gaps: self, keys, out, rest: &mut rest[first..] });
        rest.truncate(first + kept);
    }

    /// A key of each cell that has no threshold but has been counted, and how often. Those below
    /// all thresholds are left out.
    pub fn counted<'a>(&'a self, counters: &'a Counters) -> impl Iterator<Item = (K, u64)> + 'a {
        (1..=self.last).filter_map(|cell| {
            let index = cell as usize;
            let count = (0..LANES).map(|lane| counters.get(LANES * index + lane)).sum();
            let key = if cell == self.last {
                K::HIGHEST
            } else {
                K::narrow(self.origin.wide() + (u64::from(cell) << self.shift))
            };
            (count > 0 && !self.is_occupied(index)).then_some((key, count))
        })
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
        let occupied = &gaps.occupied[..];
        let mut kept = 0;
        let mut cells = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            for (cell, &key) in cells.iter_mut().zip(keys) {
                *cell = gaps.cell(key);
            }
            for (at, (&cell, &key)) in cells.iter().zip(keys).enumerate() {
                let cell = cell as usize;
                out[LANES * cell + at % LANES] += 1;
                rest[kept] = key;
                kept += (occupied[cell / 64] >> (cell % 64) & 1) as usize;
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_counted_or_kept() {
        let thresholds: Vec<u32> =
            (0..1000).map(|index: u32| 1 << 25 | index * index * 17).collect();
        let gaps = Gaps::new(&thresholds);
        let keys: Vec<u32> = (0..2_000_000).map(|index: u32| (1 << 24) + index * 29).collect();
        let (mut counters, mut rest) = (gaps.counters(), Vec::new());
        gaps.count(&keys, &mut counters, &mut rest);
        assert!(rest.len() < keys.len() / 20);
        // The same numbers of keys between two thresholds.
        let mut expected = vec![0; thresholds.len() + 1];
        for key in keys {
            expected[thresholds.partition_point(|&threshold| threshold <= key)] += 1;
        }
        let mut found = vec![0; thresholds.len() + 1];
        let counted = gaps.counted(&counters).chain(rest.into_iter().map(|key| (key, 1)));
        for (key, count) in counted {
            found[thresholds.partition_point(|&threshold| threshold <= key)] += count;
        }
        assert_eq!(found[1..], expected[1..]);
    }
}
