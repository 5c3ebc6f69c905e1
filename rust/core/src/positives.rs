//! The scores of the positive pixels: the thresholds of an exact sweep.

use std::mem::take;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::counts::Counts;
use crate::error::Error;
use crate::parallel::in_pool;
use crate::scores::Key;
use crate::sweep_image::{ScoredImage, Strip};

/// Keys that are kept before those that occur twice are put together.
const PENDING: usize = 1 << 22;

/// Keys, and how often each occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountedKeys<K> {
    /// Ascending and distinct.
    pub keys: Vec<K>,
    /// One for each key.
    pub counts: Counts,
}

/// Collects the distinct scores of the positive pixels of many images, from any thread.
#[derive(Debug, Default)]
pub struct Positives<K> {
    collected: Mutex<Collected<K>>,
}

#[derive(Debug, Default)]
struct Collected<K> {
    counted: CountedKeys<K>,
    /// In any order.
    pending: Vec<Vec<K>>,
    /// How many these are.
    length: usize,
}

impl<K: Key> Positives<K> {
    /// Nothing collected.
    pub fn new() -> Self {
        Self { collected: Mutex::default() }
    }

    /// Adds the positive pixels of an image.
    ///
    /// # Errors
    /// As [`crate::sweep::SweepCounter::add_image`], of NaN only at a positive pixel.
    pub fn add_image(&self, index: usize, image: &ScoredImage<'_>) -> Result<(), Error> {
        image.check::<K>(index)?;
        self.add_lines(index, image, 0..image.lines())
    }

    pub(crate) fn add_lines(
        &self,
        index: usize,
        image: &ScoredImage<'_>,
        lines: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        let strip = Strip::new(image, lines);
        let mut keys = Vec::new();
        if strip.read_positives(&mut keys) {
            return Err(image.find_nan(index).unwrap_or(Error::Changed));
        }
        let mut collected = self.lock();
        collected.length += keys.len();
        collected.pending.push(keys);
        if collected.length > collected.counted.keys.len().max(PENDING) {
            // Not by all threads: one that waits could take up another image, and wait for itself.
            collected.compact(|mut keys| {
                keys.sort_unstable();
                keys
            });
        }
        Ok(())
    }

    /// The distinct keys and how many positive pixels have them. Uses the rayon pool it is called
    /// in.
    pub fn finish(self) -> CountedKeys<K> {
        let mut collected = self.collected.into_inner().unwrap_or_else(PoisonError::into_inner);
        collected.compact(sort);
        collected.counted
    }

    fn lock(&self) -> MutexGuard<'_, Collected<K>> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Collected<K> {
    fn compact(&mut self, sort: impl FnOnce(Vec<K>) -> Vec<K>) {
        let mut keys = Vec::with_capacity(take(&mut self.length));
        take(&mut self.pending).into_iter().for_each(|pending| keys.extend(pending));
        let counted = CountedKeys::of_sorted(sort(keys));
        self.counted = match take(&mut self.counted) {
            nothing if nothing.keys.is_empty() => counted,
            before => before.merge(&counted),
        };
    }
}

impl<K: Key> CountedKeys<K> {
    /// Counts ascending keys.
    fn of_sorted(mut keys: Vec<K>) -> Self {
        let counts = if u32::try_from(keys.len()).is_ok() {
            Counts::Narrow(count_sorted(&mut keys))
        } else {
            Counts::Wide(count_sorted(&mut keys))
        };
        Self { keys, counts }
    }

    /// The sum of two.
    fn merge(&self, other: &Self) -> Self {
        let total = self.counts.iter().sum::<u64>() + other.counts.iter().sum::<u64>();
        let capacity = self.keys.len() + other.keys.len();
        let mut keys = Vec::with_capacity(capacity);
        let mut counts = Counts::with_capacity(capacity, total);
        let (mut one, mut two) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let key = match (one.peek(), two.peek()) {
                (None, None) => break,
                (Some(&(key, _)), None) | (None, Some(&(key, _))) => key,
                (Some(&(key, _)), Some(&(other, _))) => key.min(other),
            };
            let count = |(_, count)| count;
            let each = [&mut one, &mut two]
                .map(|keys| keys.next_if(|&(next, _)| next == key).map_or(0, count));
            keys.push(key);
            counts.push(each[0] + each[1]);
        }
        Self { keys, counts }
    }

    fn iter(&self) -> impl Iterator<Item = (K, u64)> {
        self.keys.iter().copied().zip(self.counts.iter())
    }
}

/// Leaves ascending keys distinct and counts each.
fn count_sorted<K: Key, C: Copy + From<u8> + AddAssign>(keys: &mut Vec<K>) -> Vec<C> {
    let mut counts = vec![C::from(0); keys.len()];
    let mut last = 0;
    // Without a branch for each: whether the next one is equal cannot be foretold.
    for index in 0..keys.len() {
        let key = keys[index];
        last += usize::from(key != keys[last]);
        keys[last] = key;
        counts[last] += C::from(1);
    }
    let distinct = if keys.is_empty() { 0 } else { last + 1 };
    keys.truncate(distinct);
    counts.truncate(distinct);
    keys.shrink_to_fit();
    counts.shrink_to_fit();
    counts
}

/// Bits of the number of buckets that keys are sorted into.
const BUCKET_BITS: u32 = 11;

/// Sorts keys by all threads of the pool.
fn sort<K: Key>(mut keys: Vec<K>) -> Vec<K> {
    let (Some(&lowest), Some(&highest)) = (keys.iter().min(), keys.iter().max()) else {
        return keys;
    };
    if keys.len() < 1 << 13 || !in_pool() {
        keys.sort_unstable();
        return keys;
    }
    let span = highest.wide() - lowest.wide();
    let shift = (64 - span.leading_zeros()).saturating_sub(BUCKET_BITS);
    let bucket = |key: K| key.cell(lowest, shift, u32::MAX) as usize;
    let mut ends = vec![0; (1 << BUCKET_BITS) + 1];
    for &key in &keys {
        ends[bucket(key) + 1] += 1;
    }
    for index in 1..ends.len() {
        ends[index] += ends[index - 1];
    }
    let mut sorted = vec![K::BELOW; keys.len()];
    for key in keys {
        let end = &mut ends[bucket(key)];
        sorted[*end] = key;
        *end += 1;
    }
    let mut rest = &mut sorted[..];
    let mut buckets = Vec::new();
    let mut start = 0;
    for end in ends {
        let (bucket, others) = rest.split_at_mut(end - start);
        (rest, start) = (others, end);
        buckets.push(bucket);
    }
    buckets.into_par_iter().for_each(<[K]>::sort_unstable);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keys_in_parts() {
        let one = CountedKeys::of_sorted(vec![2_u32, 2, 3, 9]);
        let two = CountedKeys::of_sorted(vec![1_u32, 3, 3, 9, 10]);
        let sum = one.merge(&two);
        assert_eq!(sum, CountedKeys::of_sorted(vec![1, 2, 2, 3, 3, 3, 9, 9, 10]));
        assert_eq!(sum.keys, [1, 2, 3, 9, 10]);
        assert_eq!(sum.counts, Counts::Narrow(vec![1, 2, 3, 2, 1]));
        assert_eq!(CountedKeys::<u32>::of_sorted(vec![]), CountedKeys::default());
    }

    #[test]
    fn sorts_any_keys() {
        let mut state = 1_u64;
        let mut draw = |bits: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> (64 - bits)) as u32
        };
        for (count, bits) in [(0, 1), (1, 32), (100, 32), (100_000, 3), (200_000, 32)] {
            let keys: Vec<u32> = (0..count).map(|_| draw(bits)).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            assert_eq!(pool.install(|| sort(keys.clone())), expected);
            assert_eq!(sort(keys), expected);
        }
    }
}
