//! Threshold sweeps: what is counted at every threshold at once.
//!
//! A [`SweepCounter`] holds the counters for a table of thresholds; images are added to it from
//! any thread and in any order, and nothing of them is kept. For an exact sweep the thresholds
//! are the distinct scores of the positive pixels, which [`crate::positives::Positives`] collects
//! in the same way before. [`count`] does both for images in memory.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::boundary::BandRule;
use crate::counts::{Counts, Increments};
use crate::erosion::band;
use crate::error::Error;
use crate::lists::{FEW, MANY};
use crate::overlap::{OverlapTallies, Overlaps};
use crate::parallel::{Control, in_pool, join};
use crate::positives::CountedKeys;
use crate::regions::Connectivity;
use crate::scores::Key;
use crate::sweep_image::{ScoredImage, Strip};
use crate::tallies::{Grouping, Sorted, Tallies};
use crate::thresholds::Table;
use crate::window::{KeyImage, Windows};

pub use crate::sweep_batch::{Thresholds, collect, count, count_each};

/// What a sweep counts beside the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Overlaps of regions.
    pub regions: Option<Connectivity>,
    /// Boundary bands.
    pub bands: Option<BandRule>,
}

/// Counts at thresholds, in descending order of these.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepCounts<S> {
    /// The thresholds.
    pub thresholds: Vec<S>,
    /// Positive pixels with the score of the threshold.
    pub positives_at: Counts,
    /// Those between it and the next higher threshold, which are not equal to either; nothing if
    /// there are none at all.
    pub positives_between: Option<Counts>,
    /// Negative pixels with the score of the threshold.
    pub negatives_at: Counts,
    /// Those between it and the next higher threshold.
    pub negatives_between: Counts,
    /// All positive pixels.
    pub num_positives: u64,
    /// All negative pixels.
    pub num_negatives: u64,
    /// The overlaps of regions, if wanted.
    pub overlaps: Option<Overlaps>,
    /// The bands, if wanted.
    pub bands: Option<BandCounts>,
}

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

/// Counters for a table of thresholds, to which any thread can add images.
#[derive(Debug)]
pub struct SweepCounter<K> {
    table: Table<K>,
    pixels: Tallies<K>,
    positives: PositiveCounts<K>,
    overlaps: Option<OverlapTallies>,
    bands: Option<BandTallies<K>>,
    num_pixels: AtomicU64,
    num_positives: AtomicU64,
    idle: Mutex<Vec<Workspace<K>>>,
}

/// Pixels of an image that are counted before looking whether the job was cancelled.
const UNINTERRUPTED: usize = 1 << 22;

/// How many positive pixels there are at the thresholds.
#[derive(Debug)]
enum PositiveCounts<K> {
    /// Known before, in the order of the table: every positive pixel is at a threshold.
    Known(Counts),
    Counted(Tallies<K>),
}

#[derive(Debug)]
struct BandTallies<K> {
    rule: BandRule,
    /// The minima of the windows of all pixels.
    minima: Tallies<K>,
    /// The scores and the minima in the bands of the ground truth.
    target_scores: Tallies<K>,
    target_minima: Tallies<K>,
    num_target: AtomicU64,
}

/// What a thread needs to add images.
#[derive(Debug)]
struct Workspace<K> {
    pixels: Sorted<K>,
    /// If they are counted.
    positives: Option<Sorted<K>>,
    bands: Option<BandWorkspace<K>>,
    keys: Vec<K>,
}

#[derive(Debug)]
struct BandWorkspace<K> {
    minima: Sorted<K>,
    target_scores: Sorted<K>,
    target_minima: Sorted<K>,
    all_minima: Vec<K>,
    picked: Vec<K>,
    windows: Windows<K>,
}

impl<K: Key> SweepCounter<K> {
    /// Counters for the thresholds of a table.
    pub fn new(table: Table<K>, wanted: Wanted) -> Self {
        let all = if table.is_binned() { Grouping::Buckets } else { Grouping::Slots };
        let positives = PositiveCounts::Counted(Tallies::new(&table, all));
        Self::with_positives(table, positives, all, wanted)
    }

    /// Counters at the scores of the positive pixels. All of these were collected before, from the
    /// images that will be added.
    pub fn exact(positives: CountedKeys<K>, wanted: Wanted) -> Self {
        let (table, known) = (Table::new(positives.keys), PositiveCounts::Known(positives.counts));
        Self::with_positives(table, known, Grouping::Thresholds, wanted)
    }

    /// `few`: what is counted of positive pixels.
    fn with_positives(
        table: Table<K>,
        positives: PositiveCounts<K>,
        few: Grouping,
        wanted: Wanted,
    ) -> Self {
        let all = if table.is_binned() { Grouping::Buckets } else { Grouping::Slots };
        let tallies = |grouping| Tallies::new(&table, grouping);
        let pixels = tallies(all);
        let regions = wanted.regions;
        let overlaps = regions.map(|connectivity| OverlapTallies::new(&table, few, connectivity));
        let bands = wanted.bands.map(|rule| BandTallies {
            rule,
            minima: tallies(Grouping::Buckets),
            target_scores: tallies(Grouping::Buckets),
            target_minima: tallies(Grouping::Buckets),
            num_target: AtomicU64::new(0),
        });
        Self {
            table,
            pixels,
            positives,
            overlaps,
            bands,
            num_pixels: AtomicU64::new(0),
            num_positives: AtomicU64::new(0),
            idle: Mutex::default(),
        }
    }

    /// Counts an image; `index` is its place in the batch, for messages. `distance` is that of the
    /// bands.
    ///
    /// # Errors
    /// Shapes that differ, elements that are not for this type of keys, a NaN score that is not
    /// ignored, or a cancelled job. Other images may still be added, but a part of this one has been
    /// counted.
    pub fn add_image(
        &self,
        index: usize,
        image: &ScoredImage<'_>,
        distance: u32,
        control: &Control,
    ) -> Result<(), Error> {
        self.check(index, image)?;
        let lines = image.lines();
        let parts = image.scores.pixels().div_ceil(UNINTERRUPTED).max(1);
        for part in 0..parts {
            if control.cancelled() {
                return Err(Error::Cancelled);
            }
            let lines = lines * part / parts..lines * (part + 1) / parts;
            self.add_lines(index, image, lines, distance)?;
        }
        self.add_regions(index, image)
    }

    pub(crate) fn check(&self, index: usize, image: &ScoredImage<'_>) -> Result<(), Error> {
        image.check::<K>(index)?;
        let binned = self.table.binned_element();
        if binned.is_some_and(|element| element != image.scores.element()) {
            return Err(Error::ScoreType { image: index });
        }
        Ok(())
    }

    /// Counts the overlaps of an image's regions, if wanted.
    pub(crate) fn add_regions(&self, index: usize, image: &ScoredImage<'_>) -> Result<(), Error> {
        let Some(overlaps) = &self.overlaps else { return Ok(()) };
        let strip = Strip::new(image, 0..image.lines());
        if overlaps.add(&self.table, &strip)? {
            return Err(image.find_nan(index).unwrap_or(Error::Changed));
        }
        Ok(())
    }

    /// Counts the pixels of some lines of an image.
    pub(crate) fn add_lines(
        &self,
        index: usize,
        image: &ScoredImage<'_>,
        lines: Range<usize>,
        distance: u32,
    ) -> Result<(), Error> {
        let mut workspace = self.workspace();
        let strip = Strip::new(image, lines.clone());
        let nan = if self.bands.is_none() {
            strip.for_each_block(|keys| {
                self.pixels.count(&self.table, keys, &mut workspace.pixels);
            })
        } else {
            self.add_bands(image, lines, distance, &mut workspace)
        };
        let keys = &mut workspace.keys;
        keys.clear();
        let counted = self.counted_positives().zip(workspace.positives.as_mut());
        if nan || counted.is_some() && strip.read_positives(keys) {
            return Err(image.find_nan(index).unwrap_or(Error::Changed));
        }
        if let Some((tallies, sorted)) = counted {
            tallies.count(&self.table, keys, sorted);
        }
        self.num_pixels.fetch_add(strip.num_pixels(), Ordering::Relaxed);
        self.num_positives.fetch_add(strip.positive.count(), Ordering::Relaxed);
        self.give_back(workspace);
        Ok(())
    }

    /// Counts the pixels of some lines and the bands there; tells whether any score is NaN.
    fn add_bands(
        &self,
        image: &ScoredImage<'_>,
        lines: Range<usize>,
        distance: u32,
        workspace: &mut Workspace<K>,
    ) -> bool {
        let (Some(bands), Some(work)) = (&self.bands, &mut workspace.bands) else { return false };
        let reach = distance as usize;
        let near =
            lines.start.saturating_sub(reach)..lines.end.saturating_add(reach).min(image.lines());
        let strip = Strip::new(image, near.clone());
        let keys = &mut workspace.keys;
        if strip.read_keys(keys) {
            return true;
        }
        let (rows, columns) = strip.shape();
        let counted = lines.start - near.start..lines.end - near.start;
        let ignored = strip.ignored.as_ref();
        let whole = KeyImage { keys, rows, columns, ignored };
        let minima = &mut work.all_minima;
        work.windows.find_minima(&whole, bands.rule, distance, counted.clone(), minima);
        let keys = &keys[counted.start * columns..counted.end * columns];
        self.pixels.count(&self.table, keys, &mut workspace.pixels);
        bands.minima.count(&self.table, minima, &mut work.minima);
        let rule = bands.rule;
        let target = band(&strip.positive, ignored, rule.metric, rule.edge, distance);
        let mut pick = |from: &[K], tallies: &Tallies<K>, sorted: &mut Sorted<K>| {
            work.picked.clear();
            for (index, row) in counted.clone().enumerate() {
                let from = &from[index * columns..][..columns];
                target.for_each_run(row, |start, end| {
                    work.picked.extend_from_slice(&from[start..end]);
                });
            }
            tallies.count(&self.table, &work.picked, sorted);
            work.picked.len() as u64
        };
        pick(keys, &bands.target_scores, &mut work.target_scores);
        let count = pick(minima, &bands.target_minima, &mut work.target_minima);
        bands.num_target.fetch_add(count, Ordering::Relaxed);
        false
    }

    /// The counters of the positive pixels, if these are counted.
    fn counted_positives(&self) -> Option<&Tallies<K>> {
        match &self.positives {
            PositiveCounts::Known(_) => None,
            PositiveCounts::Counted(tallies) => Some(tallies),
        }
    }

    fn workspace(&self) -> Workspace<K> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Workspace {
            pixels: self.pixels.sorted(&self.table, MANY),
            positives: self.counted_positives().map(|tallies| tallies.sorted(&self.table, FEW)),
            bands: self.bands.as_ref().map(|bands| BandWorkspace {
                minima: bands.minima.sorted(&self.table, MANY),
                target_scores: bands.target_scores.sorted(&self.table, FEW),
                target_minima: bands.target_minima.sorted(&self.table, FEW),
                all_minima: Vec::new(),
                picked: Vec::new(),
                windows: Windows::default(),
            }),
            keys: Vec::new(),
        })
    }

    fn give_back(&self, workspace: Workspace<K>) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
    }

    /// Counts what a workspace has put off.
    fn flush(&self, workspace: Workspace<K>) {
        self.pixels.flush(&self.table, workspace.pixels);
        if let Some((tallies, sorted)) = self.counted_positives().zip(workspace.positives) {
            tallies.flush(&self.table, sorted);
        }
        if let (Some(bands), Some(work)) = (&self.bands, workspace.bands) {
            bands.minima.flush(&self.table, work.minima);
            bands.target_scores.flush(&self.table, work.target_scores);
            bands.target_minima.flush(&self.table, work.target_minima);
        }
    }

    /// The counts of all images that were added.
    ///
    /// # Errors
    /// [`Error::Changed`] if these do not have the positive pixels that were known before.
    pub fn finish(mut self) -> Result<SweepCounts<K::Score>, Error> {
        let idle = std::mem::take(&mut self.idle);
        let idle = idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        if in_pool() {
            idle.into_par_iter().for_each(|workspace| self.flush(workspace));
        } else {
            idle.into_iter().for_each(|workspace| self.flush(workspace));
        }
        let Self { table, pixels, positives, overlaps, bands, num_pixels, num_positives, .. } =
            self;
        let (num_pixels, num_positives) = (num_pixels.into_inner(), num_positives.into_inner());
        let ((mut negatives_at, between), (overlaps, positives)) = join(
            || pixels.finish(&table, num_pixels),
            || {
                let overlaps = overlaps.map(|overlaps| overlaps.finish(&table));
                (overlaps, positives.finish(&table, num_positives, num_pixels))
            },
        );
        let (positives_at, positives_between) = positives?;
        let bands = bands
            .map(|bands| bands.finish(&table, [Some(&negatives_at), between.as_ref()], num_pixels));
        let mut negatives_between = between.unwrap_or_default();
        negatives_at.subtract(&positives_at).ok_or(Error::Changed)?;
        if let Some(positives) = &positives_between {
            negatives_between.subtract(positives).ok_or(Error::Changed)?;
        }
        Ok(SweepCounts {
            thresholds: descending_scores(table.into_keys()),
            positives_at,
            positives_between: positives_between.filter(|between| !between.all_zero()),
            negatives_at,
            negatives_between,
            num_positives,
            num_negatives: num_pixels - num_positives,
            overlaps,
            bands,
        })
    }
}

/// The scores of ascending keys in descending order, in the memory of the keys.
fn descending_scores<K: Key>(mut keys: Vec<K>) -> Vec<K::Score> {
    keys.reverse();
    keys.into_iter().map(Key::score).collect()
}

impl<K: Key> PositiveCounts<K> {
    /// As [`Tallies::finish`].
    fn finish(
        self,
        table: &Table<K>,
        num_positives: u64,
        limit: u64,
    ) -> Result<(Counts, Option<Counts>), Error> {
        match self {
            Self::Counted(tallies) => Ok(tallies.finish(table, limit)),
            Self::Known(counts) if counts.iter().sum::<u64>() != num_positives => {
                Err(Error::Changed)
            }
            Self::Known(counts) => Ok((counts.reversed(limit), None)),
        }
    }
}

impl<K: Key> BandTallies<K> {
    /// The increments of the bands: what enters them at a threshold less what leaves them.
    fn finish(self, table: &Table<K>, pixels: [Option<&Counts>; 2], limit: u64) -> BandCounts {
        let mut preds = Increments::with_capacity(table.len(), limit);
        self.minima.for_each(table, |at, between| {
            let index = preds.len();
            let scores: u64 = pixels.iter().flatten().map(|counts| counts.get(index)).sum();
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
