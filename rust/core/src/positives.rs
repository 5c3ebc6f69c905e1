//! The scores of the positive pixels: the thresholds of an exact sweep.

use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
            collected.compact();
        }
        Ok(())
    }

    /// The distinct keys, ascending. Uses the rayon pool it is called in.
    pub fn finish(self) -> Vec<K> {
        let mut collected = self.collected.into_inner().unwrap_or_else(PoisonError::into_inner);
        collected.compact();
        collected.distinct
    }

    fn lock(&self) -> MutexGuard<'_, Collected<K>> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Collected<K> {
    fn compact(&mut self) {
        let mut keys = take(&mut self.distinct);
        keys.reserve_exact(self.length);
        for pending in take(&mut self.pending) {
            keys.extend(pending);
        }
        self.length = 0;
        // Not by all threads: one that waits here could take up another image and wait for itself.
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        self.distinct = keys;
    }
}
