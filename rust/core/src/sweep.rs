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

use crate::band_tallies::{BandTallies, BandWorkspace};
use crate::boundary::BandRule;
use crate::counts::Counts;
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

pub use crate::band_tallies::BandCounts;
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

/// What a thread needs to add images.
#[derive(Debug)]
struct Workspace<K> {
    pixels: Sorted<K>,
    /// If they are counted.
    positives: Option<Sorted<K>>,
    bands: Option<BandWorkspace<K>>,
    keys: Vec<K>,
}

/// How pixels of any score are counted.
fn all_of<K: Key>(table: &Table<K>) -> Grouping {
    if table.is_binned() { Grouping::Buckets } else { Grouping::Slots }
}

impl<K: Key> SweepCounter<K> {
    /// Counters for the thresholds of a table.
    pub fn new(table: Table<K>, wanted: Wanted) -> Self {
        let all = all_of(&table);
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
        let pixels = Tallies::new(&table, all_of(&table));
        let regions = wanted.regions;
        let overlaps = regions.map(|connectivity| OverlapTallies::new(&table, few, connectivity));
        let bands = wanted.bands.map(|rule| BandTallies::new(&table, rule));
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
    /// ignored, too many regions, or a cancelled job. Only a part of the image has been counted then,
    /// so the counts are of no use any more.
    pub fn add_image(
        &self,
        index: usize,
        image: &ScoredImage<'_>,
        distance: u32,
        control: &Control,
    ) -> Result<(), Error> {
        self.check(index, image)?;
        for lines in image.strips(UNINTERRUPTED, self.reach(distance)) {
            if control.cancelled() {
                return Err(Error::Cancelled);
            }
            self.add_lines(index, image, lines, distance)?;
        }
        self.add_regions(index, image, control)
    }

    pub(crate) fn check(&self, index: usize, image: &ScoredImage<'_>) -> Result<(), Error> {
        image.check::<K>(index)?;
        let binned = self.table.binned_element();
        if binned.is_some_and(|element| element != image.scores.element()) {
            return Err(Error::ScoreType { image: index });
        }
        Ok(())
    }

    /// How many lines around a strip are needed to count it.
    pub(crate) fn reach(&self, distance: u32) -> u32 {
        if self.bands.is_some() { distance } else { 0 }
    }

    /// Counts the overlaps of an image's regions, if wanted.
    pub(crate) fn add_regions(
        &self,
        index: usize,
        image: &ScoredImage<'_>,
        control: &Control,
    ) -> Result<(), Error> {
        let Some(overlaps) = &self.overlaps else { return Ok(()) };
        let strip = Strip::new(image, 0..image.lines());
        if overlaps.add(&self.table, &strip, control)? {
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
        let Workspace { pixels, positives, bands, keys } = &mut workspace;
        let strip = Strip::new(image, lines.clone());
        let count = |keys: &[K]| self.pixels.count(&self.table, keys, pixels);
        let nan = match self.bands.as_ref().zip(bands.as_mut()) {
            None => strip.for_each_block(count),
            Some((bands, work)) => bands.add(&self.table, image, lines, distance, work, count),
        };
        keys.clear();
        let counted = self.counted_positives().zip(positives.as_mut());
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
            bands: self.bands.as_ref().map(|bands| bands.workspace(&self.table)),
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
            bands.flush(&self.table, work);
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
        let ((mut negatives_at, mut negatives_between), (overlaps, positives)) = join(
            || pixels.finish(&table, num_pixels),
            || {
                let overlaps = overlaps.map(|overlaps| overlaps.finish(&table));
                (overlaps, positives.finish(&table, num_positives, num_pixels))
            },
        );
        let (positives_at, positives_between) = positives?;
        // Not yet without the positives.
        let all = [&negatives_at, &negatives_between];
        let bands = bands.map(|bands| bands.finish(&table, all, num_pixels));
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
    /// At the thresholds and between them, nothing if none can be there.
    fn finish(
        self,
        table: &Table<K>,
        num_positives: u64,
        limit: u64,
    ) -> Result<(Counts, Option<Counts>), Error> {
        match self {
            Self::Counted(tallies) => {
                let (at, between) = tallies.finish(table, limit);
                Ok((at, Some(between)))
            }
            Self::Known(counts) if counts.iter().sum::<u64>() != num_positives => {
                Err(Error::Changed)
            }
            Self::Known(counts) => Ok((counts.reversed(limit), None)),
        }
    }
}
