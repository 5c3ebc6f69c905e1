//! Boundary bands at all thresholds: what of them is counted while images come, and their sizes.
//!
//! A pixel is in the band of the prediction at a threshold iff its score reaches it and the minimum
//! of its window does not ([`crate::window`]): so the sizes are differences of ordinary counts, of
//! the scores and of the minima, among all pixels and in the band of the ground truth.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::boundary::BandRule;
use crate::counts::{Counts, Increments};
use crate::erosion::band;
use crate::lists::{FEW, MANY};
use crate::scores::Key;
use crate::sweep_image::{ScoredImage, Strip};
use crate::tallies::{Grouping, Sorted, Tallies};
use crate::thresholds::Table;
use crate::window::{KeyImage, Windows};

/// Sizes of the bands at thresholds: the sum of all increments up to one is the size there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandCounts {
    /// Of the bands of the predictions.
    pub preds: Increments,
    /// Of their intersections with the bands of the ground truth.
    pub both: Increments,
    /// Pixels in the bands of the ground truth.
    pub target: u64,
}

/// Counters of the bands for a table of thresholds.
#[derive(Debug)]
pub(crate) struct BandTallies<K> {
    rule: BandRule,
    /// The minima of the windows of all pixels.
    minima: Tallies<K>,
    /// The scores and the minima in the bands of the ground truth.
    target_scores: Tallies<K>,
    target_minima: Tallies<K>,
    num_target: AtomicU64,
}

/// What a thread needs to count bands.
#[derive(Debug)]
pub(crate) struct BandWorkspace<K> {
    minima: Sorted<K>,
    target_scores: Sorted<K>,
    target_minima: Sorted<K>,
    /// Of the lines that are counted and of those around them.
    keys: Vec<K>,
    all_minima: Vec<K>,
    picked: Vec<K>,
    windows: Windows<K>,
}

impl<K: Key> BandTallies<K> {
    pub fn new(table: &Table<K>, rule: BandRule) -> Self {
        let tallies = || Tallies::new(table, Grouping::Buckets);
        Self {
            rule,
            minima: tallies(),
            target_scores: tallies(),
            target_minima: tallies(),
            num_target: AtomicU64::new(0),
        }
    }

    pub fn workspace(&self, table: &Table<K>) -> BandWorkspace<K> {
        BandWorkspace {
            minima: self.minima.sorted(table, MANY),
            target_scores: self.target_scores.sorted(table, FEW),
            target_minima: self.target_minima.sorted(table, FEW),
            keys: Vec::new(),
            all_minima: Vec::new(),
            picked: Vec::new(),
            windows: Windows::default(),
        }
    }

    /// Counts the bands in some lines of an image, and calls `pixels` with the keys there. Tells
    /// whether any score is NaN, also of the lines around them; then nothing is counted.
    pub fn add(
        &self,
        table: &Table<K>,
        image: &ScoredImage<'_>,
        lines: Range<usize>,
        distance: u32,
        work: &mut BandWorkspace<K>,
        pixels: impl FnOnce(&[K]),
    ) -> bool {
        let reach = distance as usize;
        let near =
            lines.start.saturating_sub(reach)..lines.end.saturating_add(reach).min(image.lines());
        let strip = Strip::new(image, near.clone());
        if strip.read_keys(&mut work.keys) {
            return true;
        }
        let (rows, columns) = strip.shape();
        if columns == 0 {
            // Nothing to count, however many rows there are.
            return false;
        }
        let counted = lines.start - near.start..lines.end - near.start;
        let (rule, ignored) = (self.rule, strip.ignored.as_ref());
        let whole = KeyImage { keys: &work.keys, rows, columns, ignored };
        let minima = &mut work.all_minima;
        work.windows.find_minima(&whole, rule, distance, counted.clone(), minima);
        let keys = &work.keys[counted.start * columns..counted.end * columns];
        pixels(keys);
        self.minima.count(table, minima, &mut work.minima);
        let target = band(&strip.positive, ignored, rule.metric, rule.edge, distance);
        let mut pick = |from: &[K], tallies: &Tallies<K>, sorted: &mut Sorted<K>| {
            work.picked.clear();
            for (index, row) in counted.clone().enumerate() {
                let from = &from[index * columns..][..columns];
                target.for_each_run(row, |start, end| {
                    work.picked.extend_from_slice(&from[start..end]);
                });
            }
            tallies.count(table, &work.picked, sorted);
            work.picked.len() as u64
        };
        pick(keys, &self.target_scores, &mut work.target_scores);
        let count = pick(minima, &self.target_minima, &mut work.target_minima);
        self.num_target.fetch_add(count, Ordering::Relaxed);
        false
    }

    /// Counts what a workspace has put off.
    pub fn flush(&self, table: &Table<K>, work: BandWorkspace<K>) {
        self.minima.flush(table, work.minima);
        self.target_scores.flush(table, work.target_scores);
        self.target_minima.flush(table, work.target_minima);
    }

    /// The increments of the bands: what enters them at a threshold less what leaves them.
    /// `pixels`: all pixels at each threshold, and between it and the next higher one; `limit`
    /// their number.
    pub fn finish(self, table: &Table<K>, pixels: [&Counts; 2], limit: u64) -> BandCounts {
        let mut preds = Increments::with_capacity(table.len(), limit);
        self.minima.for_each(table, |at, between| {
            let index = preds.len();
            let scores: u64 = pixels.iter().map(|counts| counts.get(index)).sum();
            preds.push(scores as i64 - (at + between) as i64);
        });
        let mut both = Increments::with_capacity(table.len(), limit);
        self.target_scores.for_each(table, |at, between| both.push((at + between) as i64));
        let mut index = 0;
        self.target_minima.for_each(table, |at, between| {
            both.subtract(index, (at + between) as i64);
            index += 1;
        });
        BandCounts { preds, both, target: self.num_target.into_inner() }
    }
}
