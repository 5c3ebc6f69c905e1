//! A table of thresholds, and finding a key's place among them.
//!
//! The place of a key among K ascending thresholds is its *slot*: twice the number of thresholds
//! below it, and one more if it is equal to one. So slot `2 i + 1` means at threshold i, and slot
//! `2 i` between the thresholds `i - 1` and i.
//!
//! The thresholds are cut into parts of consecutive ones, so that a part and its counters stay in
//! a cache.

use rayon::prelude::*;

use crate::bins::{Binned, Bins, edges};
use crate::parallel::in_pool;
use crate::part::Part;
use crate::ranks::BLOCK_BITS;
use crate::scores::Key;
use crate::simd::WINDOW;
use crate::view::Element;

/// Thresholds of a part, about.
const PART: usize = 8192;

/// Most bits of the number of parts.
const PART_BITS: u32 = 15;

/// Most blocks of keys, and keys of them for each threshold, for which bits are worth their memory.
const MOST_BLOCKS: u64 = 1 << 11;
const SPARSE: u64 = 2048;

/// Most bits of a cell of the index.
const INDEX_BITS: u32 = 15;

/// Ascending thresholds.
#[derive(Debug)]
pub struct Table<K> {
    /// The thresholds, and a window of keys above all of them.
    keys: Vec<K>,
    count: usize,
    parts: Vec<Part<K>>,
    index: Index<K>,
    in_blocks: bool,
    /// What the bins are, if the thresholds are their lower edges.
    binned: Option<Binned>,
}

/// Which part a key belongs to.
#[derive(Debug)]
pub(crate) struct Index<K> {
    /// Below the lowest threshold.
    pub first: K,
    /// Bits of a cell of keys.
    shift: u32,
    /// The part of each cell.
    parts: Vec<u16>,
}

impl<K: Key> Index<K> {
    /// The cell of a key.
    #[inline(always)]
    pub fn cell(&self, key: K) -> u32 {
        key.cell(self.first, self.shift, self.parts.len() as u32 - 1)
    }

    /// The part whose thresholds the keys of a cell are compared with.
    #[inline(always)]
    pub fn part_of_cell(&self, cell: u32) -> usize {
        usize::from(self.parts[cell as usize])
    }

    /// The part whose thresholds a key is compared with.
    pub fn part(&self, key: K) -> usize {
        self.part_of_cell(self.cell(key))
    }
}

impl<K: Key> Table<K> {
    /// A table of ascending, distinct thresholds.
    ///
    /// # Panics
    /// If they are not ascending, or more than 2^31.
    pub fn new(keys: Vec<K>) -> Self {
        let mut table = Self::without_parts(keys);
        table.cut();
        table
    }

    /// The lower edges of the bins of elements whose keys agree in the `bits` highest bits, or in
    /// all bits if they have fewer. The keys of types of 8 and 16 bits are taken in that many bits.
    ///
    /// # Panics
    /// If there are more than 2^24 bins, or less than 2^8.
    pub fn of_bins(element: Element, bits: u32) -> Self {
        let (keys, binned) = edges(element, bits);
        let mut table = Self::without_parts(keys);
        if binned.bins.is_some() {
            // One part, so that every thread has its own counters.
            table.index.parts.push(0);
            table.parts.push(Part::whole(table.count));
        } else {
            table.cut();
        }
        table.binned = Some(binned);
        table
    }

    fn without_parts(mut keys: Vec<K>) -> Self {
        assert!(keys.is_sorted_by(|one, next| one < next), "want ascending thresholds");
        assert!(keys.len() <= 1 << 31, "want at most 2^31 thresholds");
        let count = keys.len();
        keys.reserve_exact(WINDOW);
        keys.resize(count + WINDOW, K::ABOVE);
        let index = Index { first: K::BELOW, shift: 0, parts: Vec::new() };
        Self { keys, count, parts: Vec::new(), index, in_blocks: false, binned: None }
    }

    /// How to find the bin of a key, if the thresholds are edges of such bins.
    #[inline(always)]
    pub(crate) fn bins(&self) -> Option<Bins> {
        self.binned.as_ref()?.bins
    }

    /// Whether the thresholds are edges of bins.
    pub(crate) fn is_binned(&self) -> bool {
        self.binned.is_some()
    }

    /// The type of the elements that the bins are for, if the thresholds are edges of bins.
    pub(crate) fn binned_element(&self) -> Option<Element> {
        self.binned.as_ref().map(|binned| binned.element)
    }

    /// Whether nothing can be between a threshold and the next higher one.
    pub(crate) fn is_single(&self, threshold: usize) -> bool {
        self.binned.as_ref().is_some_and(|binned| binned.single[threshold])
    }

    /// Number of thresholds.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no thresholds.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The thresholds, ascending.
    pub fn keys(&self) -> &[K] {
        &self.keys[..self.count]
    }

    /// The thresholds alone, ascending.
    pub(crate) fn into_keys(self) -> Vec<K> {
        let mut keys = self.keys;
        keys.truncate(self.count);
        keys
    }

    /// The thresholds from the first one of a part on, and a window above all.
    #[inline(always)]
    pub(crate) fn keys_from(&self, part: &Part<K>) -> &[K] {
        &self.keys[part.range.start..]
    }

    /// The parts, in ascending order.
    pub(crate) fn parts(&self) -> &[Part<K>] {
        &self.parts
    }

    /// Whether the parts are blocks of keys, one after the other.
    pub(crate) fn is_in_blocks(&self) -> bool {
        self.in_blocks
    }

    /// Which part a key belongs to.
    pub(crate) fn index(&self) -> &Index<K> {
        &self.index
    }

    /// Cuts the thresholds into parts, at borders of the cells of the index.
    fn cut(&mut self) {
        let (Some(lowest), Some(highest)) = (self.keys().first(), self.keys().last()) else {
            return;
        };
        let first = lowest.wide().saturating_sub(1);
        let span = highest.wide() - first;
        self.index.first = K::narrow(first);
        let blocks = (span >> BLOCK_BITS) + 1;
        if blocks < MOST_BLOCKS && blocks << BLOCK_BITS <= SPARSE * self.count as u64 {
            self.cut_blocks(blocks);
        } else {
            self.cut_evenly(span);
        }
    }

    /// A part for each block of keys.
    fn cut_blocks(&mut self, blocks: u64) {
        let first = self.index.first.wide();
        self.in_blocks = true;
        self.index.shift = BLOCK_BITS;
        let border = |block| first + (block << BLOCK_BITS);
        let mut ranges = Vec::new();
        let mut start = 0;
        // One more for what is above all of them.
        for block in 0..=blocks {
            let rest = &self.keys[start..self.count];
            let end = start + rest.partition_point(|key| key.wide() < border(block + 1));
            ranges.push((block, start..end));
            self.index.parts.push(block as u16);
            start = end;
        }
        let part = |(block, range)| Part::of_block(&self.keys, range, K::narrow(border(block)));
        self.parts = if in_pool() {
            ranges.into_par_iter().map(part).collect()
        } else {
            ranges.into_iter().map(part).collect()
        };
    }

    /// Parts of about as many thresholds each.
    fn cut_evenly(&mut self, span: u64) {
        if self.count <= PART {
            self.index.parts.push(0);
            self.parts.push(Part::new(&self.keys, 0..self.count));
            return;
        }
        let first = self.index.first.wide();
        let shift = (64 - span.leading_zeros()).saturating_sub(INDEX_BITS);
        let least = PART.max(self.count >> PART_BITS);
        let mut start = 0;
        for cell in 0..=span >> shift {
            let border = first + (cell << shift);
            let rest = &self.keys[start..self.count];
            let end = start + rest.partition_point(|key| key.wide() < border);
            if end - start >= least {
                self.parts.push(Part::new(&self.keys, start..end));
                start = end;
            }
            self.index.parts.push(self.parts.len() as u16);
        }
        self.parts.push(Part::new(&self.keys, start..self.count));
        self.index.shift = shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Portable;

    fn slot<K: Key>(table: &Table<K>, part: &Part<K>, probe: K) -> usize {
        let mut slots = [0];
        part.find_slots(Portable, table.keys_from(part), &[probe], &mut slots);
        slots[0] as usize
    }

    fn check(keys: Vec<u32>, probes: impl IntoIterator<Item = u32>) {
        let table = Table::new(keys.clone());
        for probe in probes {
            let below = keys.partition_point(|&key| key < probe);
            let upto = keys.partition_point(|&key| key <= probe);
            let part = &table.parts()[table.index().part(probe)];
            let slot = 2 * part.range.start + slot(&table, part, probe);
            assert_eq!(slot, below + upto, "{probe} among {} thresholds", keys.len());
        }
    }

    #[test]
    fn finds_each_key() {
        let spread: Vec<u32> = (0..100_000).map(|index: u32| 1000 + index * 37).collect();
        check(spread.clone(), (0..4_000_000).step_by(11).chain([0, u32::HIGHEST]));
        let dense: Vec<u32> = (5..100_005).collect();
        check(dense, 0..100_020);
        check(vec![7], [0, 6, 7, 8, u32::HIGHEST]);
        check(vec![7, u32::HIGHEST], [0, 6, 7, 8, u32::HIGHEST]);
        // Many thresholds in one cell of the index, and one far away.
        let mut skewed: Vec<u32> = (1 << 30..(1 << 30) + 60_000).collect();
        skewed.push(u32::HIGHEST);
        skewed.insert(0, u32::LOWEST);
        let near = (1_u32 << 30) - 10..(1 << 30) + 60_010;
        check(skewed, near.chain([0, u32::LOWEST, u32::HIGHEST]));
        // Each octave has as many: cells of very different filling.
        let octaves: Vec<u32> = (0..20_u32)
            .flat_map(|octave| (0..1000).map(move |step| (1 << octave << 10) + step))
            .collect();
        check(octaves, (0..1 << 30).step_by(1001));
    }

    #[test]
    fn finds_wide_keys() {
        let keys: Vec<u64> = (0..50_000_u64).map(|index| (index * index) << 20).collect();
        let table = Table::new(keys.clone());
        for probe in (0..1_u64 << 53).step_by(1 << 38) {
            let part = &table.parts()[table.index().part(probe)];
            let slot = 2 * part.range.start + slot(&table, part, probe);
            let below = keys.partition_point(|&key| key < probe);
            assert_eq!(slot, below + keys.partition_point(|&key| key <= probe));
        }
    }
}
