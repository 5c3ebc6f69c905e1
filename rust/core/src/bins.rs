//! Bins of scores: those whose keys agree in their high bits.

use crate::scores::Key;
use crate::view::Element;

/// Bins of a type of elements.
#[derive(Debug)]
pub(crate) struct Binned {
    pub element: Element,
    /// For each bin, whether it has room for a single score only.
    pub single: Vec<bool>,
    /// How to find a bin without searching, if that is possible.
    pub bins: Option<Bins>,
}

/// Bins of equal high bits of the keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bins {
    /// Low bits of a key.
    shift: u32,
    /// High bits of the lowest score.
    lowest: u32,
}

impl Bins {
    /// One more than the bin of a key; 0 for what is below all scores.
    #[inline(always)]
    pub fn bucket<K: Key>(self, key: K) -> u32 {
        // Means nothing if the key is below all scores, but is computed all the same.
        let bin = (key.cell(K::BELOW, self.shift, u32::MAX) + 1).wrapping_sub(self.lowest);
        if key == K::BELOW { 0 } else { bin }
    }

    /// [`Bins::bucket`] for each key.
    #[inline(always)]
    pub fn find<K: Key>(self, keys: &[K], buckets: &mut [u32]) {
        for (bucket, &key) in buckets.iter_mut().zip(keys) {
            *bucket = self.bucket(key);
        }
    }
}

/// The lower edges of all bins, ascending, and what the bins are.
pub(crate) fn edges<K: Key>(element: Element, bits: u32) -> (Vec<K>, Binned) {
    assert!((8..=24).contains(&bits), "want 8 to 24 bits");
    let codes = Codes::<K>::of(element);
    let shift = codes.bits.saturating_sub(bits);
    let (lowest, highest) = (codes.lowest >> shift, codes.highest >> shift);
    let (mut keys, mut single) = (Vec::new(), Vec::new());
    for bin in lowest..=highest {
        let first = (bin << shift).max(codes.lowest);
        let last = (bin << shift | ((1 << shift) - 1)).min(codes.highest);
        keys.push((codes.key)(first));
        single.push(first == last);
    }
    let bins = (codes.bits == K::BITS).then_some(Bins { shift, lowest: lowest as u32 });
    (keys, Binned { element, single, bins })
}

/// The values of a type of elements, as ascending whole numbers.
struct Codes<K> {
    bits: u32,
    lowest: u64,
    highest: u64,
    /// The key of a value.
    key: fn(u64) -> K,
}

impl<K: Key> Codes<K> {
    fn of(element: Element) -> Self {
        match element {
            Element::U8 => Self { bits: 8, lowest: 0, highest: 255, key: K::of_integer },
            Element::U16 => Self { bits: 16, lowest: 0, highest: 65_535, key: K::of_integer },
            Element::F16 => {
                Self { bits: 16, lowest: 0x0400, highest: 0xFC00, key: K::of_half_code }
            }
            _ => Self {
                bits: K::BITS,
                lowest: K::LOWEST.wide(),
                highest: K::HIGHEST.wide(),
                key: K::narrow,
            },
        }
    }
}
