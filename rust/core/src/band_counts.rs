//! Counting the pixels of two masks, and what erosion has left of them.

use std::ops::Range;

use crate::boundary::Bands;
use crate::erosion::Eroder;
use crate::plane::Layout;
use crate::simd::{Kernel, Simd, dispatch};

/// Counts the pixels of the masks that are *not* in their bands, and of their intersection those
/// that are not in both bands.
pub(crate) fn count_eroded(
    layout: &Layout,
    counted: &Range<usize>,
    preds: &Eroder,
    target: &Eroder,
) -> Bands {
    let mut total = Bands::default();
    let clip = |rows: &Range<usize>, other: &Range<usize>| {
        layout.span(&(rows.start.max(other.start)..rows.end.min(other.end)))
    };
    for rows in within(&preds.rows, counted) {
        let words = clip(rows, counted);
        let (eroded, mask) = (&preds.eroded[words.clone()], &preds.mask[words.clone()]);
        let [size, shared] = dispatch(CountEroded { eroded, mask, other: &target.mask[words] });
        total.preds += size;
        total.both += shared;
    }
    for rows in within(&target.rows, counted) {
        let words = clip(rows, counted);
        let (eroded, mask) = (&target.eroded[words.clone()], &target.mask[words.clone()]);
        let [size, shared] = dispatch(CountEroded { eroded, mask, other: &preds.mask[words] });
        total.target += size;
        total.both += shared;
        // What both have lost was counted twice.
        for other in within(&preds.rows, rows) {
            let rows = rows.start.max(other.start)..rows.end.min(other.end);
            let words = clip(&rows, counted);
            if words.is_empty() {
                continue;
            }
            total.both -= dispatch(CountTwice {
                eroded: [&preds.eroded[words.clone()], &target.eroded[words.clone()]],
                masks: [&preds.mask[words.clone()], &target.mask[words]],
            });
        }
    }
    total
}

/// Those of some sorted ranges that meet another one.
fn within<'a>(
    ranges: &'a [Range<usize>],
    other: &Range<usize>,
) -> impl Iterator<Item = &'a Range<usize>> {
    let first = ranges.partition_point(|range| range.end <= other.start);
    let end = ranges.partition_point(|range| range.start < other.end);
    ranges[first..end.max(first)].iter()
}

/// Counts two masks and their intersection.
pub(crate) struct CountMasks<'a> {
    pub preds: &'a [u64],
    pub target: &'a [u64],
}

impl Kernel for CountMasks<'_> {
    type Output = Bands;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> Bands {
        let mut counts = Bands::default();
        for (preds, target) in self.preds.iter().zip(self.target) {
            counts.preds += u64::from(preds.count_ones());
            counts.target += u64::from(target.count_ones());
            counts.both += u64::from((preds & target).count_ones());
        }
        counts
    }
}

/// Counts what is left of a mask, and how much of that is in another mask.
struct CountEroded<'a> {
    eroded: &'a [u64],
    mask: &'a [u64],
    other: &'a [u64],
}

impl Kernel for CountEroded<'_> {
    type Output = [u64; 2];

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> [u64; 2] {
        let mut counts = [0; 2];
        for ((eroded, mask), other) in self.eroded.iter().zip(self.mask).zip(self.other) {
            counts[0] += u64::from((eroded & mask).count_ones());
            counts[1] += u64::from((eroded & mask & other).count_ones());
        }
        counts
    }
}

/// Counts what is left of both masks at the same place.
struct CountTwice<'a> {
    eroded: [&'a [u64]; 2],
    masks: [&'a [u64]; 2],
}

impl Kernel for CountTwice<'_> {
    type Output = u64;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> u64 {
        let [first, second] = self.eroded.map(<[u64]>::iter);
        let [mask, other] = self.masks;
        first
            .zip(second)
            .zip(mask.iter().zip(other))
            .map(|((first, second), (mask, other))| {
                u64::from((first & second & mask & other).count_ones())
            })
            .sum()
    }
}
