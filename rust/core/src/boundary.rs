//! Sizes of the boundary bands of two masks and of their intersection.

use std::cell::RefCell;
use std::ops::{Add, AddAssign, Range};

use crate::band_counts::{CountMasks, count_eroded};
use crate::confusion::{MaskPair, check_pair};
use crate::erosion::{Edge, Eroder, Metric, Scratch};
use crate::error::{Argument, Error, Place};
use crate::labels::{Classes, LabelPair, count as count_labels};
use crate::mask::{Rule, Tile, find_nan, pack_tile_apart};
use crate::parallel::{Control, TASK, map_tasks, num_threads};
use crate::plane::{Layout, resize};
use crate::rle::Runs;
use crate::simd::dispatch;
use crate::view::ImageView;

/// Pixels in the inner boundary bands of two masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bands {
    /// In the band of the prediction.
    pub preds: u64,
    /// In the band of the ground truth.
    pub target: u64,
    /// In both.
    pub both: u64,
}

impl Add for Bands {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            preds: self.preds + other.preds,
            target: self.target + other.target,
            both: self.both + other.both,
        }
    }
}

impl AddAssign for Bands {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Which pixels of a mask its band holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandRule {
    /// How distances are measured.
    pub metric: Metric,
    /// What lies outside of the image.
    pub edge: Edge,
}

/// Counts the bands of each pair of a batch, for each of the distances that its image has.
///
/// `distances` has a list for each pair, in ascending order. Uses the rayon pool it is called in;
/// the result is the same for any number of threads.
///
/// # Errors
/// As [`crate::confusion::count`].
///
/// # Panics
/// If there are not as many lists of distances as pairs.
///
/// # Example
/// ```
/// use flawgauge::boundary::{BandRule, count};
/// use flawgauge::erosion::{Edge, Metric};
/// use flawgauge::{confusion::MaskPair, mask::Rule, parallel::Control, view::ImageView};
/// let target = ImageView::of_bytes(&[1; 9], 3, 3).unwrap();
/// let preds = ImageView::of_bytes(&[0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 3).unwrap();
/// let pair = MaskPair { preds, target, ignore: None };
/// let rule = BandRule { metric: Metric::Chessboard, edge: Edge::Background };
/// let bands = count(&[pair], Rule::NonZero, rule, &[&[1, 2]], &Control::new()).unwrap();
/// assert_eq!((bands[0][0].preds, bands[0][0].target, bands[0][0].both), (1, 8, 0));
/// assert_eq!((bands[0][1].preds, bands[0][1].target, bands[0][1].both), (1, 9, 1));
/// ```
pub fn count(
    pairs: &[MaskPair<'_>],
    rule: Rule,
    band: BandRule,
    distances: &[&[u32]],
    control: &Control,
) -> Result<Vec<Vec<Bands>>, Error> {
    assert_eq!(pairs.len(), distances.len(), "want distances for each image");
    for (image, pair) in pairs.iter().enumerate() {
        check_pair(pair, rule, image)?;
    }
    let mut strips = Vec::with_capacity(pairs.len());
    for (image, pair) in pairs.iter().enumerate() {
        let pair = pair.by_rows();
        for rows in cut(pair.preds.shape(), distances[image], pairs.len()) {
            strips.push((image, pair, rows));
        }
    }
    let counted = map_tasks(
        &strips,
        // A strip is one task, however large it is.
        |(_, pair, rows)| (rows.len() * pair.preds.columns()).min(TASK),
        control,
        |_, (image, pair, rows), _, _| {
            let distances = distances[*image];
            let (bands, nan) = with_workspace(|workspace| {
                workspace.count_views(pair, rule, band, rows.clone(), distances)
            });
            let whole = &pairs[*image];
            if nan && let Some((row, column)) = find_nan(&whole.preds, whole.ignore.as_ref()) {
                return Err(Error::NanScore {
                    argument: Argument::Preds,
                    place: Place { image: *image, row, column },
                });
            }
            Ok((*image, bands))
        },
    )?;
    let mut totals: Vec<_> =
        distances.iter().map(|distances| vec![Bands::default(); distances.len()]).collect();
    for (_, (image, bands)) in counted {
        for (total, bands) in totals[image].iter_mut().zip(bands) {
            *total += bands;
        }
    }
    Ok(totals)
}

/// The bands of one class of an image, for each of the image's distances.
pub type ClassBands = (u32, Vec<Bands>);

/// Counts the bands of each class of each pair of label maps; a class is taken as a mask. Only
/// classes that occur in an image are listed, in ascending order.
///
/// # Errors
/// As [`crate::labels::count`].
///
/// # Panics
/// If there are not as many lists of distances as pairs.
pub fn count_classes(
    pairs: &[LabelPair<'_>],
    classes: Classes,
    band: BandRule,
    distances: &[&[u32]],
    control: &Control,
) -> Result<Vec<Vec<ClassBands>>, Error> {
    assert_eq!(pairs.len(), distances.len(), "want distances for each image");
    let joint = count_labels(pairs, classes, control)?;
    let mut cells = Vec::new();
    for (image, joint) in joint.iter().enumerate() {
        let labels = u64::from(classes.num_classes);
        let mut present: Vec<u64> =
            joint.codes.iter().flat_map(|code| [code / labels, code % labels]).collect();
        present.sort_unstable();
        present.dedup();
        cells.extend(present.into_iter().map(|class| (image, class as u32)));
    }
    let counted = map_tasks(
        &cells,
        |(image, _)| pairs[*image].preds.pixels().min(TASK),
        control,
        |_, &(image, class), _, _| {
            let pair = &pairs[image];
            let ignored = classes.ignore_index.map(Rule::Equals);
            let masks = MaskPair {
                preds: pair.preds,
                target: pair.target,
                ignore: ignored.map(|_| pair.target),
            }
            .by_rows();
            let rule = Rule::Equals(i64::from(class));
            let rules = [rule, rule, ignored.unwrap_or(Rule::NonZero)];
            let rows = 0..masks.preds.rows();
            let (bands, _) = with_workspace(|workspace| {
                workspace.count_masks(&masks, rules, band, rows, distances[image])
            });
            Ok((image, class, bands))
        },
    )?;
    let mut images = vec![Vec::new(); pairs.len()];
    for (_, (image, class, bands)) in counted {
        images[image].push((class, bands));
    }
    Ok(images)
}

/// Counts the bands of two run-length encoded masks of `height` x `width` pixels. Their pixels
/// are numbered column by column; so they are decoded as if columns were rows, and nothing is
/// ever turned around.
pub fn count_runs(
    preds: &Runs,
    target: &Runs,
    (height, width): (u32, u32),
    band: BandRule,
    distances: &[u32],
) -> Vec<Bands> {
    let height = height as usize;
    let columns = |runs: &Runs| {
        let (first, last) = (runs.bounds().first()?, runs.bounds().last()?);
        Some(first[0] as usize / height..(last[1] as usize - 1) / height + 1)
    };
    let union = match (columns(preds), columns(target)) {
        (None, None) => return vec![Bands::default(); distances.len()],
        (Some(one), None) | (None, Some(one)) => one,
        (Some(one), Some(other)) => one.start.min(other.start)..one.end.max(other.end),
    };
    // One empty column beyond the defects erodes them as all the others would.
    let kept = union.start.saturating_sub(1)..(union.end + 1).min(width as usize);
    let reach = distances.last().map_or(0, |&distance| distance as usize);
    let layout = Layout::new(kept.len(), height, reach, band.edge == Edge::Ignore);
    with_workspace(|workspace| {
        for (runs, eroder) in [(preds, &mut workspace.preds), (target, &mut workspace.target)] {
            eroder.mask.clear();
            eroder.mask.resize(layout.len(), 0);
            for &[start, end] in runs.bounds() {
                set_run(&layout, kept.start, start as usize..end as usize, &mut eroder.mask);
            }
        }
        workspace.count_planes(layout, band, None, 0..layout.rows, distances)
    })
}

/// Sets a run of pixels, numbered row by row from the first pixel of row `-above`.
fn set_run(layout: &Layout, above: usize, run: Range<usize>, plane: &mut [u64]) {
    let columns = layout.columns;
    let mut position = run.start;
    while position < run.end {
        let (row, column) = (position / columns, position % columns);
        let end = columns.min(column + run.end - position);
        let start = layout.start((row - above) as isize);
        set_bits(&mut plane[start..start + layout.words], column..end);
        position += end - column;
    }
}

/// Sets a range of bits that is not empty.
fn set_bits(words: &mut [u64], bits: Range<usize>) {
    let (first, last) = (bits.start / 64, (bits.end - 1) / 64);
    let low = u64::MAX << (bits.start % 64);
    let high = u64::MAX >> (63 - (bits.end - 1) % 64);
    if first == last {
        words[first] |= low & high;
    } else {
        words[first] |= low;
        words[first + 1..last].fill(u64::MAX);
        words[last] |= high;
    }
}

/// Pixels of a strip when there are images enough for all threads: its planes fill about half of
/// a second-level cache of 1 MiB.
const STRIP: usize = 1 << 20;

/// Cuts an image into strips of rows. Each strip needs the rows around it as well, so thin ones
/// cost more.
fn cut(
    (rows, columns): (usize, usize),
    distances: &[u32],
    images: usize,
) -> impl Iterator<Item = Range<usize>> + use<> {
    let reach = distances.last().map_or(0, |&distance| distance as usize).min(rows);
    let pixels = if images < 4 * num_threads() { TASK } else { STRIP };
    let height = (pixels / columns.max(1)).max(8 * reach).max(64);
    // Of about equal height; an image without pixels needs none.
    let parts = if columns == 0 { 0 } else { (rows / height).max(1) };
    (0..parts).map(move |part| rows * part / parts..rows * (part + 1) / parts)
}

thread_local! {
    /// Planes of the last task, since getting new memory would take longer than eroding.
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Words of all planes together that a thread keeps.
const KEPT: usize = 1 << 20;

fn with_workspace<T>(work: impl FnOnce(&mut Workspace) -> T) -> T {
    WORKSPACE.with_borrow_mut(|workspace| {
        let result = work(workspace);
        if workspace.target.mask.capacity() > KEPT / 8 {
            *workspace = Workspace::default();
        }
        result
    })
}

#[derive(Default)]
struct Workspace {
    preds: Eroder,
    target: Eroder,
    ignored: Vec<u64>,
    scratch: Scratch,
}

impl Workspace {
    /// Counts the bands in some rows of a pair, and tells whether any score of a pixel that is not
    /// ignored is NaN.
    fn count_views(
        &mut self,
        pair: &MaskPair<'_>,
        rule: Rule,
        band: BandRule,
        rows: Range<usize>,
        distances: &[u32],
    ) -> (Vec<Bands>, bool) {
        self.count_masks(pair, [rule, Rule::NonZero, Rule::NonZero], band, rows, distances)
    }

    /// The same with the rules of the predictions, the ground truth and the ignored pixels.
    fn count_masks(
        &mut self,
        pair: &MaskPair<'_>,
        rules: [Rule; 3],
        band: BandRule,
        rows: Range<usize>,
        distances: &[u32],
    ) -> (Vec<Bands>, bool) {
        let reach = distances.last().map_or(0, |&distance| distance as usize);
        let near =
            rows.start.saturating_sub(reach)..rows.end.saturating_add(reach).min(pair.preds.rows());
        let layout =
            Layout::new(near.len(), pair.preds.columns(), reach, band.edge == Edge::Ignore);
        if layout.words == 0 || near.is_empty() {
            return (vec![Bands::default(); distances.len()], false);
        }
        let strip = pair.map(|view| view.row_range(near.start, near.end));
        // A NaN among the ignored pixels does no harm, so the careful search may find none.
        let nan = pack_plane(&strip.preds, rules[0], &layout, &mut self.preds.mask)
            && find_nan(&strip.preds, strip.ignore.as_ref()).is_some();
        pack_plane(&strip.target, rules[1], &layout, &mut self.target.mask);
        let has_ignored = strip.ignore.is_some();
        if let Some(ignore) = &strip.ignore {
            pack_plane(ignore, rules[2], &layout, &mut self.ignored);
        }
        let ignored = std::mem::take(&mut self.ignored);
        let counted = rows.start - near.start..rows.end - near.start;
        let kept = has_ignored.then_some(&ignored[..]);
        let bands = self.count_planes(layout, band, kept, counted, distances);
        self.ignored = ignored;
        (bands, nan)
    }

    /// Counts the bands in some rows of the two masks that were put in place.
    fn count_planes(
        &mut self,
        layout: Layout,
        band: BandRule,
        ignored: Option<&[u64]>,
        counted: Range<usize>,
        distances: &[u32],
    ) -> Vec<Bands> {
        let Self { preds, target, scratch, .. } = self;
        scratch.prepare(&layout, band.edge);
        preds.begin(layout, band.metric, band.edge, ignored);
        target.begin(layout, band.metric, band.edge, ignored);
        let words = layout.span(&counted);
        let whole =
            dispatch(CountMasks { preds: &preds.mask[words.clone()], target: &target.mask[words] });
        distances
            .iter()
            .map(|&distance| {
                preds.erode_to(distance, scratch);
                target.erode_to(distance, scratch);
                let inner = count_eroded(&layout, &counted, preds, target);
                Bands {
                    preds: whole.preds - inner.preds,
                    target: whole.target - inner.target,
                    both: whole.both - inner.both,
                }
            })
            .collect()
    }
}

/// Packs an image into a plane, with zeros in the filling, and tells whether it met a NaN.
fn pack_plane(view: &ImageView<'_>, rule: Rule, layout: &Layout, plane: &mut Vec<u64>) -> bool {
    resize(plane, layout.len());
    layout.fill(plane, false);
    let mut nan = false;
    for first in (0..layout.rows).step_by(64) {
        let rows = first..layout.rows.min(first + 64);
        let words = &mut plane[layout.span(&rows)];
        let tile = Tile::new(rows, 0..layout.columns);
        nan |= pack_tile_apart(view, rule, tile, words, layout.stride);
    }
    nan
}
