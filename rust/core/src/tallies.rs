//! Counters for the thresholds of a table, shared by threads.
//!
//! Each thread sorts its keys into the parts of the table and hands them over, a few at a time.
//! When enough of a part have come together, they are counted all at once, so that the part and its counters are fetched into the cache
//! once for many keys. A thread takes the counters of a part for itself while it counts; if
//! another thread has them, it makes new ones. In the end all counters of a part are added.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::counts::{self, Counts};
use crate::gaps::{CellCounters, Gaps};
use crate::part::Part;
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

    /// Replaces slots by their counters.
    #[inline(always)]
    pub fn find(self, slots: &mut [u32]) {
        // Without a branch for each.
        let (more, shift) = (u32::from(self == Self::Buckets), u32::from(self != Self::Slots));
        for slot in slots {
            *slot = (*slot + more) >> shift;
        }
    }
}

/// Counters of one part.
#[derive(Debug)]
pub(crate) struct Counters {
    narrow: Vec<u32>,
    /// What has been counted in `narrow` since it was zero.
    counted: u64,
    /// What was taken out of `narrow` before it could overflow.
    wide: Vec<u64>,
}

impl Counters {
    pub fn new(length: usize) -> Self {
        Self { narrow: vec![0; length], counted: 0, wide: Vec::new() }
    }

    /// The narrow counters, which now have room for `amount` more.
    pub fn make_room(&mut self, amount: usize) -> &mut [u32] {
        self.counted += amount as u64;
        if self.counted > u64::from(u32::MAX) {
            self.wide.resize(self.narrow.len(), 0);
            for (wide, narrow) in self.wide.iter_mut().zip(&mut self.narrow) {
                *wide += u64::from(std::mem::take(narrow));
            }
            self.counted = amount as u64;
        }
        &mut self.narrow
    }

    /// Adds to one counter.
    fn add_to(&mut self, index: usize, amount: u64) {
        if self.counted.saturating_add(amount) <= u64::from(u32::MAX) {
            self.counted += amount;
            self.narrow[index] += amount as u32;
        } else {
            self.wide.resize(self.narrow.len(), 0);
            self.wide[index] += amount;
        }
    }

    fn add(mut self, other: Self) -> Self {
        self.make_room(other.counted as usize);
        for (total, count) in self.narrow.iter_mut().zip(&other.narrow) {
            *total += count;
        }
        if self.wide.len() < other.wide.len() {
            self.wide.resize(other.wide.len(), 0);
        }
        for (total, count) in self.wide.iter_mut().zip(&other.wide) {
            *total += count;
        }
        self
    }
}

impl counts::Counters for Counters {
    fn get(&self, index: usize) -> u64 {
        u64::from(self.narrow[index]) + self.wide.as_slice().get(index).unwrap_or(&0)
    }
}

/// Counters of one kind for all parts of a table.
#[derive(Debug)]
pub(crate) struct Tallies<K> {
    grouping: Grouping,
    /// Keys of a part that are counted at once.
    batch: usize,
    parts: Vec<PartTallies<K>>,
    /// Memory for keys that is not in use.
    spare: Mutex<Vec<Vec<K>>>,
    /// Whether keys are first counted by cells, and these counts of threads that are done.
    by_cells: bool,
    cells: Mutex<Option<CellCounters<K>>>,
}

#[derive(Debug)]
struct PartTallies<K> {
    /// Keys that will be counted together.
    waiting: Mutex<Vec<K>>,
    /// Counters that no thread is using.
    counters: Mutex<Vec<Counters>>,
}

/// Keys that a single thread puts into the parts that they belong to.
#[derive(Debug)]
pub(crate) struct Sorted<K> {
    keys: Vec<K>,
    /// Where the next key of each part goes.
    ends: Vec<u32>,
    cells: Option<CellCounters<K>>,
}

/// Keys that wait to be counted, of all pixels, and of the few in defects.
const MANY: usize = 1 << 22;
const FEW: usize = 1 << 19;

/// Keys of a part and a lane that a thread sorts before it hands them over.
const STAGE: usize = 256;

/// Neighbours go different ways, since they are alike: a key that goes where the one before it went
/// would have to wait for that.
const LANES: usize = 2;

/// Keys that each step is done for before the next step.
pub(crate) const GROUP: usize = 128;

impl<K: Key> Tallies<K> {
    /// Counters for a table, of all pixels or of the few in defects.
    pub fn new(table: &Table<K>, grouping: Grouping, all: bool) -> Self {
        let waiting = if all { MANY } else { FEW };
        let empty = |_: &_| PartTallies { waiting: Mutex::default(), counters: Mutex::default() };
        let parts: Vec<_> = table.parts().iter().map(empty).collect();
        let batch = (waiting / parts.len().max(1)).clamp(4 * STAGE, 1 << 15);
        let (spare, cells) = Default::default();
        Self { grouping, batch, parts, spare, by_cells: all, cells }
    }

    /// A place for keys of one thread.
    pub fn sorted(&self, table: &Table<K>) -> Sorted<K> {
        let stages = if self.parts.len() > 1 { self.parts.len() * LANES } else { 0 };
        let ends = (0..stages).map(|stage| (stage * STAGE) as u32).collect();
        let gaps = table.gaps().filter(|_| self.by_cells);
        let cells = gaps.map(Gaps::counters);
        Sorted { keys: vec![K::BELOW; stages * STAGE], ends, cells }
    }

    /// Counts keys, now or later.
    pub fn count(&self, table: &Table<K>, keys: &[K], sorted: &mut Sorted<K>) {
        let Sorted { keys: stages, ends, cells } = sorted;
        let rest = match (table.gaps(), cells) {
            (Some(gaps), Some(cells)) => gaps.count(keys, cells),
            _ => keys,
        };
        match self.parts.len() {
            0 => {}
            1 => self.count_part(table, 0, rest),
            _ => dispatch(Sort { tallies: self, table, keys: rest, stages, ends }),
        }
    }

    /// Counts all keys that were put off, of a thread.
    pub fn flush(&self, table: &Table<K>, sorted: Sorted<K>) {
        if let Some(counters) = sorted.cells {
            let mut cells = lock(&self.cells);
            *cells = Some(match cells.take() {
                None => counters,
                Some(others) => others.add(counters),
            });
        }
        for (stage, &end) in sorted.ends.iter().enumerate() {
            self.hand_over(table, stage / LANES, &sorted.keys[stage * STAGE..end as usize]);
        }
    }

    /// Lets keys of a part wait, or counts those that wait there.
    fn hand_over(&self, table: &Table<K>, index: usize, keys: &[K]) {
        let mut waiting = lock(&self.parts[index].waiting);
        let mut full = Vec::new();
        if waiting.len() + keys.len() > waiting.capacity() {
            full = lock(&self.spare).pop().unwrap_or_else(|| Vec::with_capacity(self.batch));
            std::mem::swap(&mut full, &mut waiting);
        }
        waiting.extend_from_slice(keys);
        drop(waiting);
        if full.capacity() > 0 {
            self.count_part(table, index, &full);
            full.clear();
            lock(&self.spare).push(full);
        }
    }

    /// Counts keys that belong to a part.
    fn count_part(&self, table: &Table<K>, index: usize, keys: &[K]) {
        if keys.is_empty() {
            return;
        }
        self.with_counters(table, index, |counters| {
            let (part, out) = (&table.parts()[index], counters.make_room(keys.len()));
            dispatch(Count { table, part, keys, grouping: self.grouping, out });
        });
    }

    /// Lets `work` have counters of a part for itself.
    fn with_counters(&self, table: &Table<K>, index: usize, work: impl FnOnce(&mut Counters)) {
        let free = lock(&self.parts[index].counters).pop();
        let length = self.grouping.len(table.parts()[index].range.len());
        let mut counters = free.unwrap_or_else(|| Counters::new(length));
        work(&mut counters);
        lock(&self.parts[index].counters).push(counters);
    }

    /// Counts what still waits.
    fn settle(&mut self, table: &Table<K>) {
        for index in 0..self.parts.len() {
            let waiting = std::mem::take(&mut *lock(&self.parts[index].waiting));
            self.count_part(table, index, &waiting);
        }
        lock(&self.spare).clear();
        let cells = lock(&self.cells).take();
        let (Some(gaps), Some(cells)) = (table.gaps(), cells) else { return };
        let mut counted = gaps.counted(&cells).peekable();
        while let Some(&(key, _)) = counted.peek() {
            let index = table.index().part(key);
            let (mut keys, mut counts) = (Vec::new(), Vec::new());
            while let Some((key, count)) =
                counted.next_if(|&(key, _)| table.index().part(key) == index)
            {
                keys.push(key);
                counts.push(count);
            }
            self.with_counters(table, index, |counters| {
                let part = &table.parts()[index];
                let mut slots = vec![0; keys.len()];
                dispatch(FindSlots { table, part, keys: &keys, slots: &mut slots });
                self.grouping.find(&mut slots);
                for (&counter, count) in slots.iter().zip(counts) {
                    counters.add_to(counter as usize, count);
                }
            });
        }
    }

    /// Calls `found(at, between)` with the totals at each threshold, and between it and the next
    /// higher one, in descending order.
    pub fn for_each(mut self, table: &Table<K>, found: impl FnMut(u64, u64)) {
        self.settle(table);
        let totals = self.parts.into_iter().rev().map(|part| {
            let counters = part.counters.into_inner().unwrap_or_else(PoisonError::into_inner);
            counters.into_iter().reduce(Counters::add)
        });
        counts::descending(table, self.grouping, totals, found);
    }

    /// The totals at each threshold, and between it and the next higher one; none of these if there
    /// can't be any. All are at most `limit`.
    pub fn finish(self, table: &Table<K>, limit: u64) -> (Counts, Option<Counts>) {
        let mut at = Counts::with_capacity(table.len(), limit);
        if self.grouping == Grouping::Thresholds {
            self.for_each(table, |count, _| at.push(count));
            return (at, None);
        }
        let mut between = Counts::with_capacity(table.len(), limit);
        self.for_each(table, |at_count, between_count| {
            at.push(at_count);
            between.push(between_count);
        });
        (at, Some(between))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sorts keys into the parts of a table.
struct Sort<'a, K> {
    tallies: &'a Tallies<K>,
    table: &'a Table<K>,
    keys: &'a [K],
    stages: &'a mut [K],
    ends: &'a mut [u32],
}

impl<K: Key> Kernel for Sort<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { tallies, table, keys, stages, ends } = self;
        let index = table.index();
        let mut cells = [0; GROUP];
        for keys in keys.chunks(GROUP) {
            for (cell, &key) in cells.iter_mut().zip(keys) {
                *cell = index.cell(key);
            }
            for (at, (&cell, &key)) in cells.iter().zip(keys).enumerate() {
                let part = index.part_of_cell(cell);
                let stage = LANES * part + at % LANES;
                let end = ends[stage] as usize;
                stages[end] = key;
                // What is below all thresholds is counted nowhere.
                let end = end + usize::from(key >= index.lowest);
                ends[stage] = end as u32;
                if end % STAGE == STAGE - 1 {
                    let start = stage * STAGE;
                    tallies.hand_over(table, part, &stages[start..end]);
                    ends[stage] = start as u32;
                }
            }
        }
    }
}

/// Finds the slots of keys that belong to a part.
struct FindSlots<'a, K> {
    table: &'a Table<K>,
    part: &'a Part<K>,
    keys: &'a [K],
    slots: &'a mut [u32],
}

impl<K: Key> Kernel for FindSlots<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let thresholds = self.table.keys_from(self.part);
        self.part.find_slots(simd, thresholds, self.keys, self.slots);
    }
}

/// Counts keys that belong to a part.
struct Count<'a, K> {
    table: &'a Table<K>,
    part: &'a Part<K>,
    keys: &'a [K],
    grouping: Grouping,
    out: &'a mut [u32],
}

impl<K: Key> Kernel for Count<'_, K> {
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
            for &mut counter in counters {
                out[counter as usize] += 1;
            }
        }
    }
}
