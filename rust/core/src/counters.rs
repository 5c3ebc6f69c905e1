//! Many counters in little memory.

use crate::counts;

/// Counters that take one byte each while their counts are small, so that most of them stay in a
/// cache.
#[derive(Debug)]
pub(crate) struct Counters {
    /// The counts modulo 256.
    low: Vec<u8>,
    /// Multiples of 256.
    high: Vec<u32>,
    /// What has been counted since these were zero.
    counted: u64,
    /// What was taken out of them before they could overflow.
    wide: Vec<u64>,
}

/// Most that can be counted in `low` and `high`.
const MOST: u64 = 1 << 40;

impl Counters {
    /// All zero.
    pub fn new(length: usize) -> Self {
        Self { low: vec![0; length], high: vec![0; length], counted: 0, wide: Vec::new() }
    }

    /// Must be told how much will be counted.
    fn make_room(&mut self, amount: usize) {
        self.counted += amount as u64;
        if self.counted >= MOST {
            self.widen();
            self.counted = amount as u64;
        }
    }

    /// Adds one to each of some counters.
    #[inline(always)]
    pub fn count(&mut self, indices: impl Iterator<Item = u32>) {
        self.make_room(indices.size_hint().0);
        let (low, high) = (&mut self.low[..], &mut self.high[..]);
        // One after the other: vectors would have to be gathered, which takes longer.
        for index in indices {
            let low = &mut low[index as usize];
            *low = low.wrapping_add(1);
            if *low == 0 {
                high[index as usize] += 1;
            }
        }
    }

    /// Adds to one counter.
    pub fn count_many(&mut self, index: usize, amount: usize) {
        self.make_room(amount);
        let sum = u64::from(self.low[index]) + amount as u64;
        self.low[index] = sum as u8;
        self.high[index] += (sum >> 8) as u32;
    }

    fn widen(&mut self) {
        self.wide.resize(self.low.len(), 0);
        let (low, high) = (self.low.iter_mut(), self.high.iter_mut());
        for ((low, high), wide) in low.zip(high).zip(&mut self.wide) {
            *wide += u64::from(std::mem::take(high)) << 8 | u64::from(std::mem::take(low));
        }
    }

    /// The sums of two.
    pub fn add(mut self, other: Self) -> Self {
        self.widen();
        for (index, wide) in self.wide.iter_mut().enumerate() {
            *wide += counts::Counters::get(&other, index);
        }
        self.counted = 0;
        self
    }
}

impl counts::Counters for Counters {
    #[inline]
    fn get(&self, index: usize) -> u64 {
        let counted = u64::from(self.high[index]) << 8 | u64::from(self.low[index]);
        counted + self.wide.as_slice().get(index).unwrap_or(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counts::Counters as _;

    #[test]
    fn counts_beyond_a_byte_and_adds() {
        let mut one = Counters::new(3);
        one.count((0..1000).map(|_| 1));
        one.widen();
        one.count((0..255).map(|_| 2));
        let mut other = Counters::new(3);
        other.count((0..500).map(|_| 2));
        other.count_many(2, 13);
        let sum = one.add(other);
        assert_eq!([sum.get(0), sum.get(1), sum.get(2)], [0, 1000, 768]);
    }
}
