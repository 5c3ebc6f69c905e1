//! Counting how often each of many numbers occurs, most of them small.

/// Counts of keys.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Counts of the keys that have a slot.
    slots: Vec<u64>,
    /// The other keys, each as often as it occurs.
    others: Vec<u64>,
}

impl Tally {
    /// Nothing counted.
    pub fn new(slots: usize) -> Self {
        Self { slots: vec![0; slots], others: Vec::new() }
    }

    /// Counts a key; `slot` must always be the same for a key, and differ between keys.
    #[inline(always)]
    pub fn add(&mut self, key: u64, slot: u64) {
        match usize::try_from(slot).ok().and_then(|slot| self.slots.get_mut(slot)) {
            Some(count) => *count += 1,
            None => self.others.push(key),
        }
    }

    /// The keys, ascending, and how often each occurs in all of `tallies`; `key` is the inverse of
    /// the slot.
    pub fn merge(tallies: Vec<Self>, key: impl Fn(u64) -> u64) -> Vec<(u64, u64)> {
        let mut slots = Vec::new();
        let mut others = Vec::new();
        for tally in tallies {
            slots.resize(tally.slots.len().max(slots.len()), 0);
            for (total, count) in slots.iter_mut().zip(&tally.slots) {
                *total += count;
            }
            others.extend(tally.others);
        }
        others.sort_unstable();
        let mut counts: Vec<_> = (0..)
            .zip(slots)
            .filter(|&(_, count)| count > 0)
            .map(|(slot, count)| (key(slot), count))
            .chain(others.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)))
            .collect();
        counts.sort_unstable();
        counts
    }
}
