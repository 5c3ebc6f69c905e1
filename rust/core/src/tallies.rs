//! Counters for the thresholds of a table, shared by threads.
//!
//! Each thread sorts its keys into the parts of the table. When enough of a part have come
//! together, they are counted all at once, so that the part and its counters are fetched into the
//! cache once for many keys. A thread takes the counters of a part for itself while it counts; if
//! another thread has them, it makes new ones. In the end all counters of a part are added.

use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::counters::Counters;
use crate::counts::{self, Counts};
use crate::lists::Lists;
use crate::part::Part;
use crate::ranks::{BLOCK_BITS, Ranks};
use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::thresholds::Table;

/// Which of a part's slots share a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// None.
    Slots,
    /// Those at a threshold with those between it and the next higher one. The only grouping for
    /// bins.
    Buckets,
    /// The same, for keys that are never between thresholds: but here the first counter is that
    /// of the first threshold.
    Thresholds,
}

impl Grouping {
    /// Counters for so many thresholds.
    pub fn len(self, thresholds: usize) -> usize {
        match self {
            Self::Slots => 2 * thresholds + 1,
            Self::Buckets | Self::Thresholds => thresholds + 1,
        }
    }

    /// Where the counters of a part begin if those of all parts lie one after the other. For
    /// thresholds, the last counter of a part, which nothing is ever counted in, is the first one
    /// of the next.
    pub fn start<K>(self, index: usize, part: &Part<K>) -> usize {
        match self {
            Self::Slots => 2 * part.range.start + index,
            Self::Buckets => part.range.start + index,
            Self::Thresholds => part.range.start,
        }
    }

    /// The counter of a slot.
    #[inline(always)]
    pub fn counter(self, slot: u32) -> u32 {
        // Without a branch for each.
        (slot + u32::from(self == Self::Buckets)) >> u32::from(self != Self::Slots)
    }

    /// Replaces slots by their counters.
    #[inline(always)]
    pub fn find(self, slots: &mut [u32]) {
        slots.iter_mut().for_each(|slot| *slot = self.counter(*slot));
    }
}

/// Counters of one kind for all parts of a table.
#[derive(Debug)]
pub(crate) struct Tallies<K> {
    grouping: Grouping,
    /// For each part, the counters that no thread is using.
    parts: Vec<Mutex<Vec<Counters>>>,
    key: PhantomData<K>,
}

/// Keys that a single thread puts into the parts that they belong to.
#[derive(Debug)]
pub(crate) enum Sorted<K> {
    /// There is one part at most.
    Nothing,
    Keys(Lists<K>),
    /// The parts are blocks of keys: so far from the first of the block.
    Offsets(Lists<u16>),
}

/// Keys that each step is done for before the next step.
pub(crate) const GROUP: usize = 128;

impl<K: Key> Tallies<K> {
    /// Counters for a table.
    pub fn new(table: &Table<K>, grouping: Grouping) -> Self {
        let parts = table.parts().iter().map(|_| Mutex::default()).collect();
        Self { grouping, parts, key: PhantomData }
    }

    /// A place for keys of one thread, with room for so many of each part.
    pub fn sorted(&self, table: &Table<K>, room: usize) -> Sorted<K> {
        match self.parts.len() {
            0 | 1 => Sorted::Nothing,
            count if table.is_in_blocks() => Sorted::Offsets(Lists::new(count, room)),
            count => Sorted::Keys(Lists::new(count, room)),
        }
    }

    /// Counts keys, now or later.
    pub fn count(&self, table: &Table<K>, keys: &[K], sorted: &mut Sorted<K>) {
        match sorted {
            Sorted::Nothing if self.parts.is_empty() => {}
            Sorted::Nothing => self.count_keys(table, 0, keys),
            Sorted::Keys(lists) => dispatch(SortKeys { tallies: self, table, keys, lists }),
            Sorted::Offsets(lists) => dispatch(SortOffsets { tallies: self, table, keys, lists }),
        }
    }

    /// Counts all keys of a thread that were put off.
    pub fn flush(&self, table: &Table<K>, sorted: Sorted<K>) {
        match sorted {
            Sorted::Nothing => {}
            Sorted::Keys(lists) => {
                lists.rest().for_each(|(part, keys)| self.count_keys(table, part, keys));
            }
            Sorted::Offsets(lists) => {
                lists.rest().for_each(|(part, offsets)| self.count_offsets(table, part, offsets));
            }
        }
    }

    /// Counts keys that belong to a part.
    #[inline(never)]
    fn count_keys(&self, table: &Table<K>, index: usize, keys: &[K]) {
        let (part, grouping) = (&table.parts()[index], self.grouping);
        self.with_counters(table, index, |out| {
            dispatch(CountKeys { table, part, keys, grouping, out });
        });
    }

    /// Counts keys that belong to a block.
    #[inline(never)]
    fn count_offsets(&self, table: &Table<K>, index: usize, offsets: &[u16]) {
        self.with_counters(table, index, |out| match table.parts()[index].ranks() {
            Some(ranks) => dispatch(CountOffsets { ranks, offsets, grouping: self.grouping, out }),
            None => out.count_many(0, offsets.len()),
        });
    }

    /// Lets `work` have counters of a part for itself.
    fn with_counters(&self, table: &Table<K>, index: usize, work: impl FnOnce(&mut Counters)) {
        let free = lock(&self.parts[index]).pop();
        let length = self.grouping.len(table.parts()[index].range.len());
        let mut counters = free.unwrap_or_else(|| Counters::new(length));
        work(&mut counters);
        lock(&self.parts[index]).push(counters);
    }

    /// Calls `found(at, between)` with the totals at each threshold, and between it and the next
    /// higher one, in descending order.
    pub fn for_each(self, table: &Table<K>, found: impl FnMut(u64, u64)) {
        let totals = self.parts.into_iter().rev().map(|counters| {
            let counters = counters.into_inner().unwrap_or_else(PoisonError::into_inner);
            counters.into_iter().map(Counters::into_counts).reduce(|mut sums, counts| {
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                sums
            })
        });
        counts::descending(table, self.grouping, totals, found);
    }

    /// The totals at each threshold, and between it and the next higher one; all are at most
    /// `limit`.
    pub fn finish(self, table: &Table<K>, limit: u64) -> (Counts, Counts) {
        let mut at = Counts::with_capacity(table.len(), limit);
        let mut between = Counts::with_capacity(table.len(), limit);
        self.for_each(table, |at_count, between_count| {
            at.push(at_count);
            between.push(between_count);
        });
        (at, between)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sorts keys into the parts of a table.
struct SortKeys<'a, K> {
    tallies: &'a Tallies<K>,
    table: &'a Table<K>,
    keys: &'a [K],
    lists: &'a mut Lists<K>,
}

impl<K: Key> Kernel for SortKeys<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { tallies, table, keys, lists } = self;
        let index = table.index();
        let mut cells = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            for (cell, &key) in cells.iter_mut().zip(keys) {
                *cell = index.cell(key);
            }
            let parts = cells.iter().map(|&cell| index.part_of_cell(cell));
            lists.add(parts.zip(keys.iter().copied()), |part, keys| {
                tallies.count_keys(table, part, keys);
            });
        }
    }
}

/// Sorts keys into blocks.
struct SortOffsets<'a, K> {
    tallies: &'a Tallies<K>,
    table: &'a Table<K>,
    keys: &'a [K],
    lists: &'a mut Lists<u16>,
}

impl<K: Key> Kernel for SortOffsets<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { tallies, table, keys, lists } = self;
        let first = table.index().first;
        // What is above all blocks is taken for the first key of the last one, which is empty.
        let last = (table.parts().len() as u32 - 1) << BLOCK_BITS;
        let mut offsets = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            let offsets = &mut offsets[..keys.len()];
            for (offset, &key) in offsets.iter_mut().zip(keys) {
                *offset = key.cell(first, 0, last);
            }
            let places = offsets.iter().map(|&at| ((at >> BLOCK_BITS) as usize, at as u16));
            lists.add(places, |part, offsets| tallies.count_offsets(table, part, offsets));
        }
    }
}

/// Counts keys that belong to a part.
struct CountKeys<'a, K> {
    table: &'a Table<K>,
    part: &'a Part<K>,
    keys: &'a [K],
    grouping: Grouping,
    out: &'a mut Counters,
}

impl<K: Key> Kernel for CountKeys<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { table, part, keys, grouping, out } = self;
        let thresholds = table.keys_from(part);
        let mut counters = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            let counters = &mut counters[..keys.len()];
            if let Some(bins) = table.bins() {
                bins.find(keys, counters);
            } else {
                part.find_slots(simd, thresholds, keys, counters);
                grouping.find(counters);
            }
            out.count(counters.iter().copied());
        }
    }
}

/// Counts keys that belong to a block.
struct CountOffsets<'a, K> {
    ranks: &'a Ranks<K>,
    offsets: &'a [u16],
    grouping: Grouping,
    out: &'a mut Counters,
}

impl<K: Key> Kernel for CountOffsets<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { ranks, offsets, grouping, out } = self;
        let slots = offsets.iter().map(|&offset| ranks.slot_of_offset(offset));
        match grouping {
            Grouping::Slots => out.count(slots),
            other => out.count(slots.map(|slot| other.counter(slot))),
        }
    }
}
