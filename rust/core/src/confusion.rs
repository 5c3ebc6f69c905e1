//! True and false positives and negatives of two masks.

use std::ops::{Add, AddAssign, Range};

use crate::error::{Argument, Error, Place};
use crate::mask::{Rule, Tile, check_rule, find_nan, pack_tile};
use crate::parallel::{Control, TASK, map_tasks};
use crate::simd::{Kernel, Simd, dispatch};
use crate::view::ImageView;

/// Counts of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Predicted positive, and positive.
    pub tp: u64,
    /// Predicted positive, but negative.
    pub fp: u64,
    /// Predicted negative, but positive.
    pub fn_: u64,
    /// Predicted negative, and negative.
    pub tn: u64,
}

impl Confusion {
    /// Counts from the sizes of two masks and of their intersection, out of `pixels` pixels.
    pub fn from_areas(both: u64, preds: u64, target: u64, pixels: u64) -> Self {
        let (fp, fn_) = (preds - both, target - both);
        Self { tp: both, fp, fn_, tn: pixels - both - fp - fn_ }
    }
}

impl Add for Confusion {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            tp: self.tp + other.tp,
            fp: self.fp + other.fp,
            fn_: self.fn_ + other.fn_,
            tn: self.tn + other.tn,
        }
    }
}

impl AddAssign for Confusion {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A prediction and its ground truth.
#[derive(Debug, Clone, Copy)]
pub struct MaskPair<'a> {
    /// The predicted mask or score map.
    pub preds: ImageView<'a>,
    /// The ground truth: positive where not zero.
    pub target: ImageView<'a>,
    /// Pixels that count nowhere: where not zero.
    pub ignore: Option<ImageView<'a>>,
}

impl<'a> MaskPair<'a> {
    /// The same pair, laid out as is best for reading: forwards if all run backwards, transposed if
    /// that makes the rows contiguous, and as a single row if there are no gaps. Counts do not
    /// change by it.
    fn normalised(self) -> Self {
        let pair = self.forwards().transposed().forwards().transposed().by_rows();
        let contiguous = |view: &ImageView<'_>| view.is_contiguous();
        if contiguous(&pair.preds)
            && contiguous(&pair.target)
            && pair.ignore.as_ref().is_none_or(contiguous)
        {
            pair.map(|view| view.flattened())
        } else {
            pair
        }
    }

    /// The same pair, mirrored if that makes the columns of all images run forwards.
    fn forwards(self) -> Self {
        let backwards = |view: &ImageView<'_>| view.column_stride() < 0;
        if backwards(&self.preds)
            && backwards(&self.target)
            && self.ignore.as_ref().is_none_or(backwards)
        {
            self.map(|view| view.mirrored())
        } else {
            self
        }
    }

    fn transposed(self) -> Self {
        self.map(|view| view.transposed())
    }

    /// The same pair, transposed if that makes the rows contiguous.
    pub(crate) fn by_rows(self) -> Self {
        if self.preds.is_column_major() && self.target.is_column_major() {
            self.transposed()
        } else {
            self
        }
    }

    pub(crate) fn map(self, change: impl Fn(ImageView<'a>) -> ImageView<'a>) -> Self {
        Self {
            preds: change(self.preds),
            target: change(self.target),
            ignore: self.ignore.map(change),
        }
    }
}

/// Counts each pair of a batch.
///
/// Uses the rayon pool it is called in; a batch for which [`crate::parallel::is_small`] holds is
/// counted on the calling thread. The result is the same for any number of threads.
///
/// # Errors
/// Shapes that differ, a rule that does not go with the element type, a NaN score on a pixel that
/// is not ignored, or a cancelled job.
///
/// # Example
/// ```
/// use flawgauge::confusion::{MaskPair, count};
/// use flawgauge::{mask::Rule, parallel::Control, view::ImageView};
/// let preds = ImageView::of_bytes(&[1, 1, 0, 0], 2, 2).unwrap();
/// let target = ImageView::of_bytes(&[1, 0, 0, 0], 2, 2).unwrap();
/// let pair = MaskPair { preds, target, ignore: None };
/// let counts = count(&[pair], Rule::NonZero, &Control::new()).unwrap()[0];
/// assert_eq!((counts.tp, counts.fp, counts.fn_, counts.tn), (1, 1, 0, 2));
/// ```
pub fn count(
    pairs: &[MaskPair<'_>],
    rule: Rule,
    control: &Control,
) -> Result<Vec<Confusion>, Error> {
    for (image, pair) in pairs.iter().enumerate() {
        check_pair(pair, rule, image)?;
    }
    let tasks = map_tasks(
        pairs,
        |pair| pair.preds.pixels(),
        control,
        |image, pair, part, parts| count_part(pair, rule, image, part, parts),
    )?;
    let mut counts = vec![Confusion::default(); pairs.len()];
    for (image, part) in tasks {
        counts[image] += part;
    }
    Ok(counts)
}

/// Counts images that lie side by side in memory, pixel by pixel, as in a batch in Fortran order.
///
/// Each row of a pair is one image; the pairs hold different pixels of the same images. Where
/// [`count`] would touch a cache line for every pixel, this reads 64 images at once.
///
/// # Errors
/// As [`count`], except for NaN scores: they are told by `None` in place of the counts, since
/// their place in the image is not known here.
pub fn count_interleaved(
    pieces: &[MaskPair<'_>],
    rule: Rule,
    control: &Control,
) -> Result<Option<Vec<Confusion>>, Error> {
    for pair in pieces {
        check_pair(pair, rule, 0)?;
    }
    let Some(first) = pieces.first() else { return Ok(Some(Vec::new())) };
    let images = first.preds.rows();
    // The counts of a group take less memory than its masks.
    let together = (TASK / first.preds.pixels().max(1))
        .max(PIXELS_OF_COUNTS.div_ceil(first.preds.columns().max(1)));
    let groups: Vec<_> = pieces.chunks(together).collect();
    let parts = map_tasks(
        &groups,
        |group| group.iter().map(|pair| pair.preds.pixels()).sum(),
        control,
        |_, group, part, _| {
            // A single piece larger than a task is not cut: its first part does it all. The others
            // take no memory, for there may be many images.
            if part > 0 {
                return Ok((Vec::new(), false));
            }
            let mut totals = vec![Confusion::default(); images];
            let mut nan = false;
            for pair in *group {
                nan |= count_each_row(pair, rule, &mut totals);
            }
            Ok((totals, nan))
        },
    )?;
    let mut totals = vec![Confusion::default(); images];
    for (_, (part, nan)) in parts {
        if nan {
            return Ok(None);
        }
        for (total, counts) in totals.iter_mut().zip(part) {
            *total += counts;
        }
    }
    Ok(Some(totals))
}

/// Pixels of each image that are counted by a task at least: counts take as much room as 32 of them.
const PIXELS_OF_COUNTS: usize = 64;

pub(crate) fn check_pair(pair: &MaskPair<'_>, rule: Rule, image: usize) -> Result<(), Error> {
    let shape = pair.preds.shape();
    for other in [Some(&pair.target), pair.ignore.as_ref()].into_iter().flatten() {
        if other.shape() != shape {
            return Err(Error::ShapesDiffer { image, preds: shape, target: other.shape() });
        }
    }
    check_rule(rule, pair.preds.element(), Argument::Preds)?;
    check_rule(Rule::NonZero, pair.target.element(), Argument::Target)
}

/// Counts one of `parts` about equal parts of a pair.
fn count_part(
    pair: &MaskPair<'_>,
    rule: Rule,
    image: usize,
    part: usize,
    parts: usize,
) -> Result<Confusion, Error> {
    let rows = pair.preds.rows();
    let range = rows * part / parts..rows * (part + 1) / parts;
    if range.is_empty() || pair.preds.columns() == 0 {
        return Ok(Confusion::default());
    }
    let strip = pair.map(|view| view.row_range(range.start, range.end));
    let (counts, nan) = count_strip(strip.normalised(), rule);
    // A NaN among the ignored pixels does no harm, so the careful search may find none.
    if nan && let Some((row, column)) = find_nan(&strip.preds, strip.ignore.as_ref()) {
        let place = Place { image, row: range.start + row, column };
        return Err(Error::NanScore { argument: Argument::Preds, place });
    }
    Ok(counts)
}

/// Counts a pair tile by tile, and tells whether any score is NaN.
fn count_strip(pair: MaskPair<'_>, rule: Rule) -> (Confusion, bool) {
    let mut total = Confusion::default();
    let nan = for_each_tile(&pair, |tile, bits| {
        let nan = pack_pair(&pair, rule, tile, bits);
        let words = tile.rows.len() * tile.stride();
        let pixels = tile.rows.len() * tile.columns.len();
        total += bits.count(0..words, pixels);
        nan
    });
    (total, nan)
}

/// Counts each row of a pair by itself and adds to `totals`.
fn count_each_row(pair: &MaskPair<'_>, rule: Rule, totals: &mut [Confusion]) -> bool {
    for_each_tile(pair, |tile, bits| {
        let nan = pack_pair(pair, rule, tile, bits);
        for (index, row) in tile.rows.clone().enumerate() {
            let words = index * tile.stride()..(index + 1) * tile.stride();
            totals[row] += bits.count(words, tile.columns.len());
        }
        nan
    })
}

/// Words of a tile: the three buffers of this size stay in the first-level cache.
const TILE_WORDS: usize = 1024;

/// The bits of one tile of a pair; no words for `ignore` if nothing is ignored.
struct Bits {
    preds: Vec<u64>,
    target: Vec<u64>,
    ignore: Vec<u64>,
}

impl Bits {
    /// Counts a part of the words, which holds so many pixels.
    fn count(&self, words: Range<usize>, pixels: usize) -> Confusion {
        let ignore = if self.ignore.is_empty() { &[] } else { &self.ignore[words.clone()] };
        let ignored: u64 = ignore.iter().map(|word| u64::from(word.count_ones())).sum();
        let (preds, target) = (&self.preds[words.clone()], &self.target[words]);
        let [both, preds, target] = dispatch(CountBits { preds, target });
        Confusion::from_areas(both, preds, target, pixels as u64 - ignored)
    }
}

/// Calls `work` for each tile of a pair; tells whether any call said true.
fn for_each_tile(pair: &MaskPair<'_>, mut work: impl FnMut(&Tile, &mut Bits) -> bool) -> bool {
    let (rows, columns) = pair.preds.shape();
    if columns == 0 {
        return false;
    }
    let by_columns = pair.preds.is_column_major() || pair.target.is_column_major();
    // Long rows suit the memory; packing by columns needs 64 rows at a time.
    let tile_rows = if by_columns { 64 } else { TILE_WORDS / columns.div_ceil(64) }.clamp(1, 64);
    let tile_columns = 64 * (TILE_WORDS / tile_rows);
    let words = rows.min(tile_rows) * columns.min(tile_columns).div_ceil(64);
    let mut bits = Bits {
        preds: vec![0; words],
        target: vec![0; words],
        ignore: vec![0; if pair.ignore.is_some() { words } else { 0 }],
    };
    let mut any = false;
    for first_row in (0..rows).step_by(tile_rows) {
        let tile_rows = first_row..rows.min(first_row + tile_rows);
        for first_column in (0..columns).step_by(tile_columns) {
            let tile_columns = first_column..columns.min(first_column + tile_columns);
            any |= work(&Tile::new(tile_rows.clone(), tile_columns), &mut bits);
        }
    }
    any
}

/// Packs a tile; the ignored pixels become negative in both masks. Tells whether a score is NaN.
fn pack_pair(pair: &MaskPair<'_>, rule: Rule, tile: &Tile, bits: &mut Bits) -> bool {
    let words = tile.rows.len() * tile.stride();
    let (preds, target) = (&mut bits.preds[..words], &mut bits.target[..words]);
    let nan = pack_tile(&pair.preds, rule, tile.clone(), preds);
    pack_tile(&pair.target, Rule::NonZero, tile.clone(), target);
    if let Some(ignore) = &pair.ignore {
        let ignored = &mut bits.ignore[..words];
        pack_tile(ignore, Rule::NonZero, tile.clone(), ignored);
        for ((preds, target), ignored) in preds.iter_mut().zip(target).zip(&*ignored) {
            *preds &= !ignored;
            *target &= !ignored;
        }
    }
    nan
}

/// Sizes of the intersection and of the two masks.
struct CountBits<'a> {
    preds: &'a [u64],
    target: &'a [u64],
}

impl Kernel for CountBits<'_> {
    type Output = [u64; 3];

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> [u64; 3] {
        let mut counts = [0; 3];
        for (preds, target) in self.preds.iter().zip(self.target) {
            counts[0] += u64::from((preds & target).count_ones());
            counts[1] += u64::from(preds.count_ones());
            counts[2] += u64::from(target.count_ones());
        }
        counts
    }
}
