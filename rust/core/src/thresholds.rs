//! A table of thresholds, and finding a key's place among them.
//!
//! The place of a key among K ascending thresholds is its *slot*: twice the number of thresholds
//! below it, and one more if it is equal to one. So slot `2 i + 1` means at threshold i, and slot
//! `2 i` between the thresholds `i - 1` and i.
//!
//! The thresholds are cut into parts of consecutive ones, so that a part and its counters stay in
//! a cache. Each part is cut into cells of equal size, which hold a few thresholds each: the cell
//! of a key tells where to look, and one comparison with a window of thresholds finds the slot.

use std::ops::Range;

use crate::scores::Key;
use crate::view::Element;

/// Thresholds that a key is compared with at once.
pub(crate) const WINDOW: usize = 16;

/// Thresholds of a part, about.
const PART: usize = 8192;

/// Most cells of the index of parts.
const INDEX_BITS: u32 = 15;

/// Thresholds for each cell of a part, on average.
const CELL: usize = 4;

/// Ascending thresholds.
#[derive(Debug)]
pub struct Table<K> {
    /// The thresholds, and a window of keys above all of them.
    keys: Vec<K>,
    count: usize,
    parts: Vec<Part<K>>,
    /// First threshold of each cell of each part, and the end of the part.
    starts: Vec<u32>,
    /// Part of each cell of the index.
    index: Vec<u16>,
    /// Bits of a cell of the index.
    shift: u32,
    /// What the bins are, if the thresholds are their lower edges.
    binned: Option<Binned>,
}

/// Bins of a type of elements.
#[derive(Debug)]
struct Binned {
    element: Element,
    /// For each bin, whether it has room for a single score only.
    single: Vec<bool>,
    /// How to find a bin without searching, if that is possible.
    bins: Option<Bins>,
}

/// Bins of equal high bits of the keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bins {
    /// Low bits of a key.
    shift: u32,
    /// High bits of the lowest score.
    lowest: u64,
}

impl Bins {
    /// One more than the bin of a key; 0 for what is below all scores.
    #[inline(always)]
    pub fn bucket<K: Key>(self, key: K) -> usize {
        let bin = key.steps_above(K::BELOW, self.shift) + 1 - self.lowest;
        if key == K::BELOW { 0 } else { bin as usize }
    }
}

/// A range of thresholds.
#[derive(Debug, Clone)]
pub(crate) struct Part<K> {
    /// Its thresholds.
    pub range: Range<usize>,
    /// First threshold.
    first: K,
    /// Bits of a cell.
    shift: u32,
    /// Index of the last cell.
    last_cell: usize,
    /// Where its cells begin among all.
    cells: usize,
}

impl<K: Key> Table<K> {
    /// A table of ascending, distinct thresholds.
    ///
    /// # Panics
    /// If they are not ascending, or more than 2^31.
    pub fn new(mut keys: Vec<K>) -> Self {
        assert!(keys.is_sorted_by(|one, next| one < next), "want ascending thresholds");
        assert!(keys.len() <= 1 << 31, "want at most 2^31 thresholds");
        let count = keys.len();
        keys.reserve_exact(WINDOW);
        keys.resize(count + WINDOW, K::ABOVE);
        let mut table = Self {
            keys,
            count,
            parts: Vec::new(),
            starts: Vec::new(),
            index: Vec::new(),
            shift: 0,
            binned: None,
        };
        table.cut();
        table
    }

    /// The lower edges of the bins of elements whose keys agree in the `bits` highest bits, or in
    /// all bits if they have fewer. The keys of types of 8 and 16 bits are taken in that many bits.
    ///
    /// # Panics
    /// If there are more than 2^24 bins, or less than 2^8.
    pub fn of_bins(element: Element, bits: u32) -> Self {
        assert!((8..=24).contains(&bits), "want 8 to 24 bits");
        let codes = Codes::<K>::of(element);
        let shift = codes.bits.saturating_sub(bits);
        let (lowest, highest) = (codes.lowest >> shift, codes.highest >> shift);
        let (mut keys, mut single) = (Vec::new(), Vec::new());
        for bin in lowest..=highest {
            let first = (bin << shift).max(codes.lowest);
            let last = (bin << shift | ((1 << shift) - 1)).min(codes.highest);
            keys.push((codes.key)(first));
            single.push(first == last);
        }
        let bins = (codes.bits == K::BITS).then_some(Bins { shift, lowest });
        let mut table = Self::new(keys);
        if bins.is_some() {
            // One part, so that every thread has its own counters.
            table.starts.clear();
            table.index = vec![0];
            table.parts.truncate(1);
            table.parts[0].range = 0..table.count;
        }
        table.binned = Some(Binned { element, single, bins });
        table
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

    /// The parts, in ascending order.
    pub(crate) fn parts(&self) -> &[Part<K>] {
        &self.parts
    }

    /// The part whose thresholds a key is compared with.
    #[inline(always)]
    pub(crate) fn part_of(&self, key: K) -> usize {
        let cell = key.steps_above(self.keys[0], self.shift) as usize;
        usize::from(self.index[cell.min(self.index.len() - 1)])
    }

    /// Cuts the thresholds into parts, at borders of the cells of the index.
    fn cut(&mut self) {
        let [first, .., last] = self.keys[..self.count] else {
            if self.count == 1 {
                self.index.push(0);
                self.add_part(0..1);
            }
            return;
        };
        let span = last.wide() - first.wide();
        self.shift = (64 - span.leading_zeros()).saturating_sub(INDEX_BITS);
        let cells = (span >> self.shift) as usize + 1;
        let mut start = 0;
        for cell in 0..cells {
            let border = first.wide() + ((cell as u64) << self.shift);
            // Enough thresholds below this cell, and some left for another part.
            let end =
                start + self.keys[start..self.count].partition_point(|key| key.wide() < border);
            if end - start >= PART {
                self.add_part(start..end);
                start = end;
            }
            self.index.push(self.parts.len() as u16);
        }
        self.add_part(start..self.count);
    }

    fn add_part(&mut self, range: Range<usize>) {
        let (first, last) = (self.keys[range.start], self.keys[range.end - 1]);
        let span = last.wide() - first.wide();
        // At least two cells, so that a cell has fewer bits than a key.
        let bits = (range.len() / CELL).max(2).ilog2();
        let shift = (64 - span.leading_zeros()).saturating_sub(bits);
        let last_cell = (span >> shift) as usize;
        let cells = self.starts.len();
        let mut next = range.start;
        for cell in 0..=last_cell as u64 {
            while self.keys[next].steps_above(first, shift) < cell {
                next += 1;
            }
            self.starts.push(next as u32);
        }
        self.starts.push(range.end as u32);
        self.parts.push(Part { range, first, shift, last_cell, cells });
    }

    /// The slot of a key among the thresholds of a part, counted from the first of them.
    #[inline(always)]
    pub(crate) fn slot(&self, part: &Part<K>, key: K) -> usize {
        if let Some(bins) = self.bins() {
            return 2 * bins.bucket(key);
        }
        let cell = (key.steps_above(part.first, part.shift) as usize).min(part.last_cell);
        let mut start = self.starts[part.cells + cell] as usize;
        let mut end = self.starts[part.cells + cell + 1] as usize;
        while end - start > WINDOW {
            let middle = start + (end - start) / 2;
            if self.keys[middle] <= key {
                start = middle;
            } else {
                end = middle;
            }
        }
        let mut found = 0;
        for &threshold in &self.keys[start..start + WINDOW] {
            found += u32::from(threshold <= key) + u32::from(threshold < key);
        }
        2 * (start - part.range.start) + found as usize
    }
}

/// The values of a type of elements, as ascending whole numbers.
struct Codes<K> {
    bits: u32,
    lowest: u64,
    highest: u64,
    /// The key of a value.
    key: fn(u64) -> K,
}

impl<K: Key> Codes<K> {
    fn of(element: Element) -> Self {
        match element {
            Element::U8 => Self { bits: 8, lowest: 0, highest: 255, key: K::of_integer },
            Element::U16 => Self { bits: 16, lowest: 0, highest: 65_535, key: K::of_integer },
            Element::F16 => {
                Self { bits: 16, lowest: 0x0400, highest: 0xFC00, key: K::of_half_code }
            }
            _ => Self {
                bits: K::BITS,
                lowest: K::LOWEST.wide(),
                highest: K::HIGHEST.wide(),
                key: K::narrow,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: Vec<u32>, probes: impl IntoIterator<Item = u32>) {
        let table = Table::new(keys.clone());
        for probe in probes {
            let below = keys.partition_point(|&key| key < probe);
            let upto = keys.partition_point(|&key| key <= probe);
            let part = &table.parts()[table.part_of(probe)];
            let slot = 2 * part.range.start + table.slot(part, probe);
            assert_eq!(slot, below + upto, "{probe} among {} thresholds", keys.len());
        }
    }

    #[test]
    fn finds_each_key() {
        let spread: Vec<u32> = (0..100_000).map(|index: u32| 1000 + index * 37).collect();
        check(spread.clone(), (0..4_000_000).step_by(11).chain([0, u32::MAX]));
        let dense: Vec<u32> = (5..100_005).collect();
        check(dense, 0..100_020);
        check(vec![7], [0, 6, 7, 8, u32::MAX]);
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
            let part = &table.parts()[table.part_of(probe)];
            let slot = 2 * part.range.start + table.slot(part, probe);
            let below = keys.partition_point(|&key| key < probe);
            assert_eq!(slot, below + keys.partition_point(|&key| key <= probe));
        }
    }
}
