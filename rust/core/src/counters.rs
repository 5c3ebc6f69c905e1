//! Many counters in little memory.

/// Counters that take one byte each while their counts are small, so that most of them stay in a
/// cache.
#[derive(Debug)]
pub(crate) struct Counters {
    /// The counts modulo 256.
    low: Vec<u8>,
    /// Those that overflowed, once for each time.
    overflows: Vec<u32>,
    /// What was taken out of both.
    wide: Vec<u64>,
}

/// Overflows that are kept in any case.
const OVERFLOWS: usize = 4096;

impl Counters {
    /// All zero.
    pub fn new(length: usize) -> Self {
        Self { low: vec![0; length], overflows: Vec::new(), wide: Vec::new() }
    }

    /// Adds one to each of some counters.
    #[inline(always)]
    pub fn count(&mut self, indices: impl Iterator<Item = u32>) {
        let low = &mut self.low[..];
        // One after the other: vectors would have to be gathered, which takes longer.
        for index in indices {
            let low = &mut low[index as usize];
            *low = low.wrapping_add(1);
            if *low == 0 {
                self.overflows.push(index);
            }
        }
        if self.overflows.len() > self.low.len().max(OVERFLOWS) {
            self.widen();
        }
    }

    /// Adds to one counter.
    pub fn count_many(&mut self, index: usize, amount: usize) {
        self.wide.resize(self.low.len(), 0);
        self.wide[index] += amount as u64;
    }

    #[cold]
    fn widen(&mut self) {
        self.wide.resize(self.low.len(), 0);
        for (low, wide) in self.low.iter_mut().zip(&mut self.wide) {
            *wide += u64::from(std::mem::take(low));
        }
        for index in self.overflows.drain(..) {
            self.wide[index as usize] += 1 << u8::BITS;
        }
    }

    /// All counts.
    pub fn into_counts(mut self) -> Vec<u64> {
        self.widen();
        self.wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_a_byte() {
        let mut counters = Counters::new(3);
        counters.count((0..1000).map(|_| 1));
        counters.widen();
        counters.count((0..255).map(|_| 2));
        counters.count((0..500).map(|_| 2));
        counters.count_many(2, 13);
        assert_eq!(counters.into_counts(), [0, 1000, 768]);
    }

    #[test]
    fn overflows_do_not_pile_up() {
        let mut counters = Counters::new(2);
        for _ in 0..300 {
            counters.count((0..100_000).map(|index| u32::from(index % 3 == 0)));
            assert!(counters.overflows.len() <= OVERFLOWS);
        }
        assert_eq!(counters.into_counts(), [300 * 66_666, 300 * 33_334]);
    }
}
