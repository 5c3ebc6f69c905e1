//! Overlaps of regions with the predictions, at every threshold.
//!
//! A region of n pixels, c of which reach a threshold, has an overlap of c / n there; the sum over
//! regions is counted in units of 2^-40, as the floor for each region, so that merging stays exact.
//! A pixel's share is what the floor grows by when it is added, in descending order of scores.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::counts::descending;
use crate::error::Error;
use crate::parallel::Control;
use crate::part::Part;
use crate::regions::{Connectivity, label_until};
use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::sweep_image::Strip;
use crate::tallies::{GROUP, Grouping};
use crate::thresholds::Table;

/// The overlap of a region that is predicted as a whole.
pub const WHOLE: u64 = 1 << 40;

/// Most regions of a sweep: so many whole ones still fit 64 bits.
pub const MOST_REGIONS: u64 = 1 << 23;

/// Overlaps of the regions, in descending order of the thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlaps {
    /// What the pixels with the score of the threshold add, in units of 2^-40 regions.
    pub at: Vec<u64>,
    /// The same of those between it and the next higher threshold; nothing if all are zero.
    pub between: Option<Vec<u64>>,
    /// Regions of all images.
    pub num_regions: u64,
}

/// Overlaps at the thresholds of a table, to which any thread can add images.
#[derive(Debug)]
pub(crate) struct OverlapTallies {
    connectivity: Connectivity,
    grouping: Grouping,
    /// Those of all parts, one after the other.
    counters: Vec<AtomicU64>,
    num_regions: AtomicU64,
}

impl OverlapTallies {
    pub fn new<K: Key>(table: &Table<K>, grouping: Grouping, connectivity: Connectivity) -> Self {
        let length = match table.parts() {
            [.., last] => Self::range(grouping, table.parts().len() - 1, last).end,
            [] => 0,
        };
        let counters = (0..length).map(|_| AtomicU64::new(0)).collect();
        Self { connectivity, grouping, counters, num_regions: AtomicU64::new(0) }
    }

    /// The counters of a part.
    fn range<K>(grouping: Grouping, index: usize, part: &Part<K>) -> Range<usize> {
        let start = grouping.start(index, part);
        start..start + grouping.len(part.range.len())
    }

    /// Adds the regions of a whole image; tells whether any of their scores is NaN.
    pub fn add<K: Key>(
        &self,
        table: &Table<K>,
        strip: &Strip<'_>,
        control: &Control,
    ) -> Result<bool, Error> {
        let found = label_until(&strip.positive, self.connectivity, control)?;
        let count = found.regions.len() as u64;
        let before = self.num_regions.fetch_add(count, Ordering::Relaxed);
        if before.saturating_add(count) > MOST_REGIONS {
            return Err(Error::TooManyRegions { most: MOST_REGIONS });
        }
        let mut ends = Vec::with_capacity(found.regions.len());
        let mut total = 0;
        for region in &found.regions {
            ends.push(total);
            total += region.area as usize;
        }
        // The keys of each region together; where one begins moves to its end on the way.
        let mut keys = vec![K::BELOW; total];
        let mut nan = false;
        for run in &found.runs {
            let end = &mut ends[run.label as usize];
            let keys = &mut keys[*end..*end + run.pixels() as usize];
            nan |= strip.read_run(run.row as usize, run.start as usize, keys);
            *end += keys.len();
        }
        if nan || table.is_empty() {
            return Ok(nan);
        }
        let mut rest = &mut keys[..];
        for region in &found.regions {
            if control.cancelled() {
                return Err(Error::Cancelled);
            }
            let (keys, others) = rest.split_at_mut(region.area as usize);
            rest = others;
            keys.sort_unstable();
            self.add_region(table, keys);
        }
        Ok(false)
    }

    /// Adds a region with these keys, ascending.
    fn add_region<K: Key>(&self, table: &Table<K>, keys: &[K]) {
        let mut shares = Shares::new(keys.len() as u64);
        let mut rest = keys;
        while let Some(&key) = rest.last() {
            let index = table.index().part(key);
            let start = rest.partition_point(|&key| table.index().part(key) < index);
            let keys = &rest[start..];
            rest = &rest[..start];
            let (part, grouping) = (&table.parts()[index], self.grouping);
            let out = &self.counters[Self::range(grouping, index, part)];
            dispatch(Add { table, part, keys, grouping, shares: &mut shares, out });
        }
    }

    pub fn finish<K: Key>(self, table: &Table<K>) -> Overlaps {
        let Self { grouping, counters, num_regions, .. } = self;
        let num_regions = num_regions.into_inner();
        // In the same memory: there can be millions.
        let mut counters: Vec<u64> = counters.into_iter().map(AtomicU64::into_inner).collect();
        if grouping == Grouping::Thresholds {
            counters.truncate(table.len());
            counters.reverse();
            return Overlaps { at: counters, between: None, num_regions };
        }
        let (mut at, mut between) = (Vec::with_capacity(table.len()), Vec::new());
        let parts = table.parts().iter().enumerate().rev();
        let parts = parts.map(|(index, part)| &counters[Self::range(grouping, index, part)]);
        descending(table, grouping, parts.map(Some), |at_count, between_count| {
            at.push(at_count);
            between.push(between_count);
        });
        let between = Some(between).filter(|between| between.iter().any(|&share| share != 0));
        Overlaps { at, between, num_regions }
    }
}

/// The shares of a region's pixels, one after the other.
struct Shares {
    pixels: u64,
    quotient: u64,
    remainder: u64,
    carried: u64,
}

impl Shares {
    fn new(pixels: u64) -> Self {
        let divisor = pixels.max(1);
        Self { pixels, quotient: WHOLE / divisor, remainder: WHOLE % divisor, carried: 0 }
    }

    /// The difference of floor(c 2^40 / n) and the same of c - 1, for c from 1 to n.
    #[inline(always)]
    fn next(&mut self) -> u64 {
        self.carried += self.remainder;
        let more = u64::from(self.carried >= self.pixels);
        self.carried -= more * self.pixels;
        self.quotient + more
    }
}

/// Adds the shares of pixels that belong to a part, from the highest key to the lowest.
struct Add<'a, K> {
    table: &'a Table<K>,
    part: &'a Part<K>,
    keys: &'a [K],
    grouping: Grouping,
    shares: &'a mut Shares,
    out: &'a [AtomicU64],
}

impl<K: Key> Kernel for Add<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { table, part, keys, grouping, shares, out } = self;
        let thresholds = table.keys_from(part);
        let mut slots = [0; GROUP];
        for keys in keys.rchunks(GROUP) {
            let slots = &mut slots[..keys.len()];
            match table.bins() {
                Some(bins) => bins.find(keys, slots),
                None => {
                    part.find_slots(simd, thresholds, keys, slots);
                    grouping.find(slots);
                }
            }
            for &mut counter in slots.iter_mut().rev() {
                out[counter as usize].fetch_add(shares.next(), Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep_image::ScoredImage;
    use crate::view::ImageView;

    #[test]
    fn a_cancelled_job_ends_within_an_image() {
        let pixels = ImageView::of_bytes(&[7; 12], 3, 4).unwrap();
        let image = ScoredImage { scores: pixels, target: pixels, ignore: None };
        let table = Table::new(vec![u32::of(7.0)]);
        let tallies = OverlapTallies::new(&table, Grouping::Slots, Connectivity::Four);
        let control = Control::new();
        control.cancel();
        let added = tallies.add(&table, &Strip::new(&image, 0..3), &control);
        assert_eq!(added, Err(Error::Cancelled));
    }

    #[test]
    fn shares_add_up_to_the_floors() {
        for pixels in (1..200).chain([1 << 20, WHOLE - 1, WHOLE, WHOLE + 1]) {
            let mut shares = Shares::new(pixels);
            let mut total = 0;
            for count in 1..=pixels.min(1000) {
                total += shares.next();
                let floor = u128::from(count) * u128::from(WHOLE) / u128::from(pixels);
                assert_eq!(u128::from(total), floor);
            }
        }
    }
}
