//! Thresholds of a block of keys, one bit a key.
//!
//! Where thresholds lie close together, a key's place among them is found by counting bits: those
//! of the word that it belongs to, and all before that word, which are counted once.

use crate::scores::Key;

/// Bits of the number of keys of a block.
pub(crate) const BLOCK_BITS: u32 = 16;

/// Words of a block.
const WORDS: usize = 1 << (BLOCK_BITS - 6);

/// The thresholds among 2^16 consecutive keys.
#[derive(Debug, Clone)]
pub(crate) struct Ranks<K> {
    first: K,
    /// Which of 64 keys are thresholds, the lowest in the lowest bit.
    bits: Box<[u64; WORDS]>,
    /// Thresholds in the words before each word.
    before: Box<[u16; WORDS]>,
}

impl<K: Key> Ranks<K> {
    /// For thresholds that lie in the block that begins at the key `first`.
    pub fn new(first: K, thresholds: &[K]) -> Self {
        let (mut bits, mut before) = (Box::new([0_u64; WORDS]), Box::new([0; WORDS]));
        for threshold in thresholds {
            let offset = (threshold.wide() - first.wide()) as usize;
            bits[offset / 64] |= 1 << (offset % 64);
        }
        let mut count = 0;
        for (before, bits) in before.iter_mut().zip(bits.iter()) {
            // At most 2^16 less the 64 of the last word.
            *before = count as u16;
            count += bits.count_ones();
        }
        Self { first, bits, before }
    }

    /// The slot of a key of the block; one below it is taken for its first key, which must be no
    /// threshold then.
    #[inline(always)]
    pub fn slot(&self, key: K) -> u32 {
        self.slot_of_offset(key.cell(self.first, 0, u32::from(u16::MAX)) as u16)
    }

    /// The slot of the key that lies so far from the first one.
    #[inline(always)]
    pub fn slot_of_offset(&self, offset: u16) -> u32 {
        let word = usize::from(offset / 64);
        // The thresholds up to the key, that of the key itself in the highest bit.
        let upto = self.bits[word] << (63 - offset % 64);
        2 * (u32::from(self.before[word]) + upto.count_ones()) - (upto >> 63) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_thresholds_below_and_up_to_a_key() {
        let first = 1_u32 << 30;
        let thresholds: Vec<u32> = (0..1 << BLOCK_BITS)
            .filter(|offset| offset % 7 == 1 || (500..700).contains(offset) || *offset == 65_535)
            .map(|offset| first + offset)
            .collect();
        let ranks = Ranks::new(first, &thresholds);
        let keys: Vec<u32> = (first..first + (1 << BLOCK_BITS)).chain([0, first - 1]).collect();
        for key in keys {
            let below = thresholds.partition_point(|&threshold| threshold < key);
            let upto = thresholds.partition_point(|&threshold| threshold <= key);
            assert_eq!(ranks.slot(key) as usize, below + upto);
        }
    }
}
