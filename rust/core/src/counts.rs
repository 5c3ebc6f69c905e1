//! Counts by threshold, in the descending order of the thresholds and as narrow as they can be.

use std::mem::take;

use crate::scores::Key;
use crate::tallies::Grouping;
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

    /// The counts from the last to the first; none is larger than `limit`.
    pub(crate) fn reversed(self, limit: u64) -> Self {
        match self {
            // In place: there can be millions.
            Self::Narrow(mut counts) if u32::try_from(limit).is_ok() => {
                counts.reverse();
                Self::Narrow(counts)
            }
            Self::Narrow(counts) => Self::Wide(counts.into_iter().rev().map(u64::from).collect()),
            Self::Wide(counts) => {
                let mut reversed = Self::with_capacity(counts.len(), limit);
                counts.into_iter().rev().for_each(|count| reversed.push(count));
                reversed
            }
        }
    }

    /// The counts in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        (0..self.len()).map(|index| self.get(index))
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

    /// Takes others with the same limit away; nothing if any of them is larger.
    pub(crate) fn subtract(&mut self, others: &Self) -> Option<()> {
        match (self, others) {
            (Self::Narrow(counts), Self::Narrow(others)) => {
                counts.iter_mut().zip(others).try_for_each(|(count, other)| {
                    *count = count.checked_sub(*other)?;
                    Some(())
                })
            }
            (Self::Wide(counts), Self::Wide(others)) => {
                counts.iter_mut().zip(others).try_for_each(|(count, other)| {
                    *count = count.checked_sub(*other)?;
                    Some(())
                })
            }
            _ => unreachable!("counts with the same limit are of the same width"),
        }
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::Narrow(Vec::new())
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

    /// How many thresholds there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(increments) => increments.len(),
            Self::Wide(increments) => increments.len(),
        }
    }

    /// Whether there are no thresholds.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of the increments.
    pub fn get(&self, index: usize) -> i64 {
        match self {
            Self::Narrow(increments) => i64::from(increments[index]),
            Self::Wide(increments) => increments[index],
        }
    }

    pub(crate) fn push(&mut self, increment: i64) {
        match self {
            Self::Narrow(increments) => increments.push(increment as i32),
            Self::Wide(increments) => increments.push(increment),
        }
    }

    /// Takes away from one of the increments.
    pub(crate) fn subtract(&mut self, index: usize, amount: i64) {
        match self {
            Self::Narrow(increments) => increments[index] -= amount as i32,
            Self::Wide(increments) => increments[index] -= amount,
        }
    }
}

/// Calls `found(at, between)` with the counts at each threshold, and between it and the next
/// higher one, in descending order. `counters` are those of each part, from the last to the first.
pub(crate) fn descending<K: Key>(
    table: &Table<K>,
    grouping: Grouping,
    counters: impl Iterator<Item = Option<impl AsRef<[u64]>>>,
    mut found: impl FnMut(u64, u64),
) {
    // Counted in a part, but above the last threshold of the one below it.
    let mut above = 0;
    for (part, counters) in table.parts().iter().rev().zip(counters) {
        let get = |index| counters.as_ref().map_or(0, |counters| counters.as_ref()[index]);
        for threshold in (0..part.range.len()).rev() {
            match grouping {
                Grouping::Slots => {
                    found(get(2 * threshold + 1), get(2 * threshold + 2) + take(&mut above));
                }
                Grouping::Thresholds => found(get(threshold), 0),
                Grouping::Buckets if table.is_single(part.range.start + threshold) => {
                    found(get(threshold + 1) + take(&mut above), 0);
                }
                Grouping::Buckets => found(0, get(threshold + 1) + take(&mut above)),
            }
        }
        if grouping != Grouping::Thresholds {
            above += get(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversed_counts_are_as_wide_as_the_limit() {
        let (narrow, wide) = (u64::from(u32::MAX), 1 << 32);
        for counts in [Counts::Narrow(vec![1, 2, u32::MAX]), Counts::Wide(vec![1, 2, narrow])] {
            assert_eq!(counts.clone().reversed(narrow), Counts::Narrow(vec![u32::MAX, 2, 1]));
            assert_eq!(counts.reversed(wide), Counts::Wide(vec![narrow, 2, 1]));
        }
        assert_eq!(Counts::Wide(vec![3, wide]).reversed(wide), Counts::Wide(vec![wide, 3]));
    }

    #[test]
    fn more_than_there_is_cannot_be_taken_away() {
        for limit in [9, 1 << 32] {
            let counts = |values: [u64; 2]| {
                let mut counts = Counts::with_capacity(2, limit);
                values.into_iter().for_each(|value| counts.push(value));
                counts
            };
            let mut left = counts([5, 7]);
            assert_eq!(left.subtract(&counts([5, 3])), Some(()));
            assert_eq!(left, counts([0, 4]));
            assert_eq!(left.subtract(&counts([0, 5])), None);
        }
    }
}
