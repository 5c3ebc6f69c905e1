//! Counters for the thresholds of a table, shared by threads.
//!
//! Keys are first sorted into the parts of the table. When enough of a part have come together,
//! they are counted all at once, so that the part and its counters are fetched into the cache
//! once for many keys. A thread takes the counters of a part for itself while it counts; if
//! another thread has them, it makes new ones. In the end all counters of a part are added.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::counts::{self, Counts};
use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::thresholds::{Part, Table};

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

    #[inline(always)]
    pub fn counter(self, slot: usize) -> usize {
        match self {
            Self::Slots => slot,
            Self::Buckets => slot.div_ceil(2),
            Self::Thresholds => slot / 2,
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
    fn new(length: usize) -> Self {
        Self { narrow: vec![0; length], counted: 0, wide: Vec::new() }
    }

    /// The narrow counters, which now have room for `amount` more.
    fn make_room(&mut self, amount: usize) -> &mut [u32] {
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
pub(crate) struct Tallies {
    grouping: Grouping,
    /// Keys of a part that are counted at once.
    batch: usize,
    parts: Vec<Mutex<Vec<Counters>>>,
}

/// Keys on the way into the counters, of one thread.
#[derive(Debug)]
pub(crate) struct Waiting<K> {
    /// As many keys for each part as are counted at once.
    keys: Vec<K>,
    /// How many are there, of each part.
    lengths: Vec<u32>,
}

impl Tallies {
    pub fn new<K: Key>(table: &Table<K>, grouping: Grouping, batch: usize) -> Self {
        let parts = table.parts().iter().map(|_| Mutex::default()).collect();
        Self { grouping, batch, parts }
    }

    /// A place for keys of one thread.
    pub fn waiting<K: Key>(&self) -> Waiting<K> {
        let parts = if self.parts.len() > 1 { self.parts.len() } else { 0 };
        Waiting { keys: vec![K::BELOW; parts * self.batch], lengths: vec![0; parts] }
    }

    /// Counts keys, now or later.
    pub fn count<K: Key>(&self, table: &Table<K>, keys: &[K], waiting: &mut Waiting<K>) {
        match self.parts.len() {
            0 => {}
            1 => self.count_part(table, 0, keys),
            _ => dispatch(Sort { tallies: self, table, keys, waiting }),
        }
    }

    /// Counts all keys that were put off.
    pub fn flush<K: Key>(&self, table: &Table<K>, waiting: &Waiting<K>) {
        for (part, &length) in waiting.lengths.iter().enumerate() {
            let start = part * self.batch;
            self.count_part(table, part, &waiting.keys[start..start + length as usize]);
        }
    }

    /// Counts keys that belong to a part.
    fn count_part<K: Key>(&self, table: &Table<K>, index: usize, keys: &[K]) {
        if keys.is_empty() {
            return;
        }
        let part = &table.parts()[index];
        let free = lock(&self.parts[index]).pop();
        let length = self.grouping.len(part.range.len());
        let mut counters = free.unwrap_or_else(|| Counters::new(length));
        let out = counters.make_room(keys.len());
        dispatch(Count { table, part, keys, grouping: self.grouping, out });
        lock(&self.parts[index]).push(counters);
    }

    /// Calls `found(at, between)` with the totals at each threshold, and between it and the next
    /// higher one, in descending order.
    pub fn for_each<K: Key>(self, table: &Table<K>, found: impl FnMut(u64, u64)) {
        let totals = self.parts.into_iter().rev().map(|counters| {
            let counters = counters.into_inner().unwrap_or_else(PoisonError::into_inner);
            counters.into_iter().reduce(Counters::add)
        });
        counts::descending(table, self.grouping, totals, found);
    }

    /// The totals at each threshold, and between it and the next higher one; none of these if there
    /// can't be any. All are at most `limit`.
    pub fn finish<K: Key>(self, table: &Table<K>, limit: u64) -> (Counts, Option<Counts>) {
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
    tallies: &'a Tallies,
    table: &'a Table<K>,
    keys: &'a [K],
    waiting: &'a mut Waiting<K>,
}

impl<K: Key> Kernel for Sort<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { tallies, table, keys, waiting } = self;
        let batch = tallies.batch;
        let lowest = table.keys()[0];
        for &key in keys {
            let part = table.part_of(key);
            let length = waiting.lengths[part] as usize;
            waiting.keys[part * batch + length] = key;
            // What is below all thresholds is counted nowhere.
            let length = length + usize::from(key >= lowest);
            waiting.lengths[part] = length as u32;
            if length == batch {
                let start = part * batch;
                tallies.count_part(table, part, &waiting.keys[start..start + batch]);
                waiting.lengths[part] = 0;
            }
        }
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
    fn run<S: Simd>(self, _simd: S) {
        let Self { table, part, keys, grouping, out } = self;
        if let Some(bins) = table.bins() {
            for &key in keys {
                out[bins.bucket(key)] += 1;
            }
            return;
        }
        for &key in keys {
            out[grouping.counter(table.slot(part, key))] += 1;
        }
    }
}
