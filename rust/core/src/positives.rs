//! The scores of the positive pixels: the thresholds of an exact sweep.

use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::error::Error;
use crate::scores::Key;
use crate::sweep_image::{ScoredImage, Strip};

/// Keys that are kept before those that occur twice are thrown out.
const PENDING: usize = 1 << 22;

/// Collects the distinct scores of the positive pixels of many images, from any thread.
#[derive(Debug, Default)]
pub struct Positives<K> {
    collected: Mutex<Collected<K>>,
}

#[derive(Debug, Default)]
struct Collected<K> {
    /// Ascending and distinct.
    distinct: Vec<K>,
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
        if collected.length > collected.distinct.len().max(PENDING) {
            // Not by all threads: one that waits could take up another image, and wait for itself.
            collected.compact(|mut keys| {
                keys.sort_unstable();
                keys
            });
        }
        Ok(())
    }

    /// The distinct keys, ascending. Uses the rayon pool it is called in.
    pub fn finish(self) -> Vec<K> {
        let mut collected = self.collected.into_inner().unwrap_or_else(PoisonError::into_inner);
        collected.compact(sort);
        collected.distinct
    }

    fn lock(&self) -> MutexGuard<'_, Collected<K>> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Collected<K> {
    fn compact(&mut self, sort: impl FnOnce(Vec<K>) -> Vec<K>) {
        let mut keys = take(&mut self.distinct);
        keys.reserve_exact(self.length);
        for pending in take(&mut self.pending) {
            keys.extend(pending);
        }
        self.length = 0;
        let mut keys = sort(keys);
        keys.dedup();
        keys.shrink_to_fit();
        self.distinct = keys;
    }
}

/// Bits of the number of buckets that keys are sorted into.
const BUCKET_BITS: u32 = 11;

/// Sorts keys by all threads of the pool.
fn sort<K: Key>(mut keys: Vec<K>) -> Vec<K> {
    let (Some(&lowest), Some(&highest)) = (keys.iter().min(), keys.iter().max()) else {
        return keys;
    };
    if keys.len() < 1 << 16 {
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
            assert_eq!(sort(keys), expected);
        }
    }
}
