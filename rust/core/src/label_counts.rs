//! Counting pairs of labels, run by run where neighbours are alike.

use crate::labels::JointCounts;
use crate::simd::{Kernel, Simd, dispatch};

/// A label that is not one of the classes.
pub(crate) const INVALID: u32 = u32::MAX;

/// The true label of a pixel that is ignored.
pub(crate) const IGNORED: u32 = u32::MAX - 1;

/// Counts pairs of labels.
pub(crate) trait Counter {
    /// Adds pixels; tells whether all labels are valid.
    fn add<L: Labels>(&mut self, labels: L) -> bool;

    /// The counts of all pixels.
    fn finish(self) -> JointCounts;
}

/// The labels of some pixels in both maps.
pub(crate) trait Labels: Copy {
    /// How a label is stored.
    type Stored: Copy + PartialEq;

    /// The predicted and the true labels, as many of each.
    fn maps(&self) -> (&[Self::Stored], &[Self::Stored]);

    /// The predicted label, or [`INVALID`], and the true one, or [`INVALID`] or [`IGNORED`].
    fn decode(self, preds: Self::Stored, target: Self::Stored) -> (u32, u32);
}

/// Labels that were read and checked before.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'a> {
    pub preds: &'a [u32],
    pub target: &'a [u32],
}

impl Labels for Checked<'_> {
    type Stored = u32;

    #[inline(always)]
    fn maps(&self) -> (&[u32], &[u32]) {
        (self.preds, self.target)
    }

    #[inline(always)]
    fn decode(self, preds: u32, target: u32) -> (u32, u32) {
        (preds, target)
    }
}

/// Labels of 8 bits, as they are in memory.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    pub preds: &'a [u8],
    pub target: &'a [u8],
    pub num_classes: u32,
    /// The true label of ignored pixels; more than 255 if there are none.
    pub ignore: u32,
}

impl Labels for Bytes<'_> {
    type Stored = u8;

    #[inline(always)]
    fn maps(&self) -> (&[u8], &[u8]) {
        (self.preds, self.target)
    }

    #[inline(always)]
    fn decode(self, preds: u8, target: u8) -> (u32, u32) {
        let class = |label: u32| if label < self.num_classes { label } else { INVALID };
        let (preds, target) = (u32::from(preds), u32::from(target));
        (class(preds), if target == self.ignore { IGNORED } else { class(target) })
    }
}

/// Bit i is set iff pixel `start + i` differs from the pixel before it in either map.
#[inline(always)]
fn changes<S: Simd, L: Labels>(simd: S, labels: &L, start: usize) -> u64 {
    let (preds, target) = labels.maps();
    let (preds, target) = (&preds[start - 1..start + 64], &target[start - 1..start + 64]);
    let mut flags = [0; 64];
    let pairs = preds[1..].iter().zip(&preds[..64]).zip(target[1..].iter().zip(&target[..64]));
    for (flag, ((preds, preds_before), (target, target_before))) in flags.iter_mut().zip(pairs) {
        *flag = u8::from((preds != preds_before) | (target != target_before));
    }
    simd.pack(&flags)
}

/// One count for each possible pair. The last entry counts the ignored pixels.
pub(crate) struct Table {
    counts: Vec<u32>,
    /// More tables, used in turn where labels change at every other pixel: adding to the same
    /// place again and again waits for memory. Empty until needed.
    others: [Vec<u32>; 3],
    num_classes: u32,
}

/// Changes within 64 pixels from which on they are counted one by one.
const MANY_CHANGES: u32 = 20;

/// Possible pairs from which on neighbours seldom add to the same place, so that one table is
/// enough, and several would leave the cache.
const MANY_PAIRS: usize = 1 << 10;

impl Table {
    pub fn new(num_classes: u32) -> Self {
        let pairs = (num_classes as usize) * (num_classes as usize);
        Self { counts: vec![0; pairs + 1], others: Default::default(), num_classes }
    }

    /// Places of the 64 pixels from `start` on; nothing if a label is invalid.
    #[inline(always)]
    fn places<L: Labels>(&self, labels: &L, start: usize) -> Option<[u32; 64]> {
        let (preds, target) = labels.maps();
        let pairs = preds[start..start + 64].iter().zip(&target[start..start + 64]);
        let last = self.num_classes * self.num_classes;
        let mut places = [0; 64];
        let mut invalid = false;
        for (place, (&preds, &target)) in places.iter_mut().zip(pairs) {
            let (preds, target) = labels.decode(preds, target);
            let is_ignored = target == IGNORED;
            invalid |= !is_ignored & ((preds == INVALID) | (target == INVALID));
            let code = target.wrapping_mul(self.num_classes).wrapping_add(preds);
            *place = if is_ignored { last } else { code.min(last) };
        }
        (!invalid).then_some(places)
    }

    /// Adds a run of pixels that have the labels of its first.
    #[inline(always)]
    fn add_run<L: Labels>(&mut self, labels: &L, start: usize, end: usize) -> Option<()> {
        if start >= end {
            return Some(());
        }
        let (preds, target) = labels.maps();
        let (preds, target) = labels.decode(preds[start], target[start]);
        let place = match (preds, target) {
            (_, IGNORED) => self.num_classes * self.num_classes,
            (INVALID, _) | (_, INVALID) => return None,
            _ => target * self.num_classes + preds,
        };
        self.counts[place as usize] += (end - start) as u32;
        Some(())
    }

    /// Adds 64 pixels one by one.
    #[inline(always)]
    fn add_each<L: Labels>(&mut self, labels: &L, start: usize) -> Option<()> {
        let places = self.places(labels, start)?;
        let size = self.counts.len();
        let counts = self.counts.as_mut_slice();
        if size > MANY_PAIRS {
            for place in places {
                counts[place as usize] += 1;
            }
            return Some(());
        }
        let [second, third, fourth] = self.others.each_mut().map(|other| {
            other.resize(size, 0);
            other.as_mut_slice()
        });
        for &[a, b, c, d] in places.as_chunks::<4>().0 {
            counts[a as usize] += 1;
            second[b as usize] += 1;
            third[c as usize] += 1;
            fourth[d as usize] += 1;
        }
        Some(())
    }
}

impl Counter for Table {
    fn add<L: Labels>(&mut self, labels: L) -> bool {
        dispatch(AddToTable { table: self, labels }).is_some()
    }

    fn finish(self) -> JointCounts {
        let mut joint = JointCounts::default();
        let mut push = |code: usize| {
            let others = self.others.iter().filter_map(|other| other.get(code));
            let count: u64 =
                others.chain([&self.counts[code]]).map(|&count| u64::from(count)).sum();
            if count > 0 {
                joint.codes.push(code as u64);
                joint.counts.push(count);
            }
        };
        // Without the ignored pixels. Most pairs do not occur: look at many together.
        let pairs = self.counts.len() - 1;
        for start in (0..pairs).step_by(64) {
            let block = start..pairs.min(start + 64);
            let tables = self.others.iter().chain([&self.counts]);
            let mut any = tables.filter_map(|table| table.get(block.clone()));
            if any.any(|counts| counts.iter().fold(0, |bits, count| bits | count) != 0) {
                block.for_each(&mut push);
            }
        }
        joint
    }
}

struct AddToTable<'a, L> {
    table: &'a mut Table,
    labels: L,
}

impl<L: Labels> Kernel for AddToTable<'_, L> {
    type Output = Option<()>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<()> {
        let Self { table, labels } = self;
        let length = labels.maps().0.len();
        let mut run_start = 0;
        let mut start = 1;
        while start + 64 <= length {
            let mut changes = changes(simd, &labels, start);
            if changes.count_ones() >= MANY_CHANGES {
                table.add_run(&labels, run_start, start)?;
                table.add_each(&labels, start)?;
                run_start = start + 64;
            } else {
                while changes != 0 {
                    let change = start + changes.trailing_zeros() as usize;
                    changes &= changes - 1;
                    table.add_run(&labels, run_start, change)?;
                    run_start = change;
                }
            }
            start += 64;
        }
        // The run so far, then fewer than 64 pixels, one by one.
        let rest = start.min(length);
        table.add_run(&labels, run_start, rest)?;
        for pixel in rest.max(run_start)..length {
            table.add_run(&labels, pixel, pixel + 1)?;
        }
        Some(())
    }
}

/// A list of runs of equal pairs, for more classes than a table can hold.
pub(crate) struct List {
    pairs: Vec<(u64, u64)>,
    num_classes: u32,
}

impl List {
    pub fn new(num_classes: u32) -> Self {
        Self { pairs: Vec::new(), num_classes }
    }
}

impl Counter for List {
    fn add<L: Labels>(&mut self, labels: L) -> bool {
        let (preds, target) = labels.maps();
        for (&preds, &target) in preds.iter().zip(target) {
            let (preds, target) = labels.decode(preds, target);
            if target == IGNORED {
                continue;
            }
            if preds == INVALID || target == INVALID {
                return false;
            }
            let code = u64::from(target) * u64::from(self.num_classes) + u64::from(preds);
            match self.pairs.last_mut() {
                Some(last) if last.0 == code => last.1 += 1,
                _ => self.pairs.push((code, 1)),
            }
        }
        true
    }

    fn finish(self) -> JointCounts {
        JointCounts::from_pairs(self.pairs)
    }
}
