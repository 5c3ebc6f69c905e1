//! Counts by threshold, in the descending order of the thresholds and as narrow as they can be.

use crate::scores::Key;
use crate::tallies::{Counters, Tallies};
use crate::thresholds::Table;

/// Whole numbers, one for each threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// All fit 32 bits.
    Narrow(Vec<u32>),
    /// At least one might not.
    Wide(Vec<u64>),
}

/// Signed whole numbers, one for each threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Increments {
    /// All fit 32 bits.
    Narrow(Vec<i32>),
    /// At least one might not.
    Wide(Vec<i64>),
}

impl Counts {
    /// Room for so many counts, none larger than `limit`.
    pub(crate) fn with_capacity(length: usize, limit: u64) -> Self {
        if u32::try_from(limit).is_ok() {
            Self::Narrow(Vec::with_capacity(length))
        } else {
            Self::Wide(Vec::with_capacity(length))
        }
    }

    /// Adds a count, not larger than the limit.
    pub(crate) fn push(&mut self, count: u64) {
        match self {
            Self::Narrow(counts) => counts.push(count as u32),
            Self::Wide(counts) => counts.push(count),
        }
    }

    /// One of the counts.
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Self::Narrow(counts) => u64::from(counts[index]),
            Self::Wide(counts) => counts[index],
        }
    }

    /// How many thresholds there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(counts) => counts.len(),
            Self::Wide(counts) => counts.len(),
        }
    }

    /// Whether there are no thresholds.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn all_zero(&self) -> bool {
        match self {
            Self::Narrow(counts) => counts.iter().all(|&count| count == 0),
            Self::Wide(counts) => counts.iter().all(|&count| count == 0),
        }
    }

    /// Takes others with the same limit away, none larger than these.
    pub(crate) fn subtract(&mut self, others: &Self) {
        match (self, others) {
            (Self::Narrow(counts), Self::Narrow(others)) => {
                counts.iter_mut().zip(others).for_each(|(count, other)| *count -= other);
            }
            (Self::Wide(counts), Self::Wide(others)) => {
                counts.iter_mut().zip(others).for_each(|(count, other)| *count -= other);
            }
            _ => unreachable!("counts with the same limit are of the same width"),
        }
    }
}

impl Increments {
    /// Room for so many increments, of a magnitude of at most `limit`.
    pub(crate) fn with_capacity(length: usize, limit: u64) -> Self {
        if i32::try_from(limit).is_ok() {
            Self::Narrow(Vec::with_capacity(length))
        } else {
            Self::Wide(Vec::with_capacity(length))
        }
    }

    pub(crate) fn push(&mut self, increment: i64) {
        match self {
            Self::Narrow(increments) => increments.push(increment as i32),
            Self::Wide(increments) => increments.push(increment),
        }
    }
}

/// The counts at each threshold, and between it and the next higher one.
pub(crate) fn at_and_between<K: Key>(
    table: &Table<K>,
    tallies: Tallies,
    limit: u64,
) -> (Counts, Counts) {
    let mut at = Counts::with_capacity(table.len(), limit);
    let mut between = Counts::with_capacity(table.len(), limit);
    let mut above = 0;
    for (part, counters) in table.parts().iter().rev().zip(tallies.totals()) {
        let get = |slot| counters.as_ref().map_or(0, |counters: &Counters| counters.get(slot));
        for threshold in (0..part.range.len()).rev() {
            at.push(get(2 * threshold + 1));
            between.push(get(2 * threshold + 2) + std::mem::take(&mut above));
        }
        above = get(0);
    }
    (at, between)
}

/// The counts at each threshold, where there are none between.
pub(crate) fn at_only<K: Key>(table: &Table<K>, tallies: Tallies, limit: u64) -> Counts {
    let mut at = Counts::with_capacity(table.len(), limit);
    for (part, counters) in table.parts().iter().rev().zip(tallies.totals()) {
        for threshold in (0..part.range.len()).rev() {
            at.push(counters.as_ref().map_or(0, |counters| counters.get(threshold)));
        }
    }
    at
}

/// The counts in each bucket: at a threshold or between it and the next higher one.
pub(crate) fn in_buckets<K: Key>(table: &Table<K>, tallies: Tallies, mut push: impl FnMut(u64)) {
    let mut above = 0;
    for (part, counters) in table.parts().iter().rev().zip(tallies.totals()) {
        let get = |bucket| counters.as_ref().map_or(0, |counters: &Counters| counters.get(bucket));
        for threshold in (0..part.range.len()).rev() {
            push(get(threshold + 1) + std::mem::take(&mut above));
        }
        above = get(0);
    }
}
