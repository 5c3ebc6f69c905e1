//! Distances between the contours of two masks.
//!
//! For each pixel of one contour the nearest pixel of the other one is found from the distances
//! down the columns (`depth`), looking along the row as far as something nearer can be.

use crate::confusion::MaskPair;
use crate::contour::contour;
use crate::depth::{Depth, Depths, Wide, is_small_image};
use crate::distance::push_row;
use crate::envelope::{Envelope, Euclidean, Length};
use crate::error::{Argument, Error, Place};
use crate::mask::{BitMask, Rule, check_rule, find_nan};
use crate::parallel::{Control, for_each_chunk, map_images};
use crate::simd::{Kernel, Simd, dispatch};
use crate::tally::Tally;

/// How far apart the pixels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spacing {
    /// The same in both directions.
    Even,
    /// Squares of the distances of neighbouring rows and of neighbouring columns.
    Squares {
        /// Between rows.
        rows: f64,
        /// Between columns.
        columns: f64,
    },
}

/// Distances of the pixels of one contour from another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distances {
    /// Keys, ascending, and how many pixels have each: the squared distance in pixels for
    /// [`Spacing::Even`], else the rows between times 2^32 plus the columns between.
    pub counts: Vec<(u64, u64)>,
    /// Number of pixels without a distance: those of a contour where the other one is empty.
    pub unmatched: u64,
}

/// Measures each pair: the distances of the prediction's contour from the true one, and back.
///
/// With [`Spacing::Squares`] the nearest pixel is the one with the least
/// `rows^2 * squares.rows + columns^2 * squares.columns` in double precision, each product and the
/// sum rounded; of several the one with the fewest rows between.
///
/// # Errors
/// Shapes that differ, a rule that does not go with the element type, a NaN score on a pixel that
/// is not ignored, an image too large, or a cancelled job.
///
/// # Example
/// ```
/// use flawgauge::surface::{Spacing, measure};
/// use flawgauge::{confusion::MaskPair, mask::Rule, parallel::Control, view::ImageView};
/// let preds = ImageView::of_bytes(&[1, 1, 0, 0], 2, 2).unwrap();
/// let target = ImageView::of_bytes(&[1, 0, 0, 0], 2, 2).unwrap();
/// let pair = MaskPair { preds, target, ignore: None };
/// let found = measure(&[pair], Rule::NonZero, Spacing::Even, &Control::new()).unwrap();
/// let [there, back] = &found[0];
/// assert_eq!((&there.counts, &back.counts), (&vec![(0, 1), (1, 1)], &vec![(0, 1)]));
/// ```
pub fn measure(
    pairs: &[MaskPair<'_>],
    rule: Rule,
    spacing: Spacing,
    control: &Control,
) -> Result<Vec<[Distances; 2]>, Error> {
    for (image, pair) in pairs.iter().enumerate() {
        check_pair(pair, rule, image)?;
    }
    let pixels = pairs.iter().map(|pair| pair.preds.pixels()).sum();
    let mut pairs = pairs.to_vec();
    let measured = map_images(&mut pairs, pixels, |image, pair, shared| {
        if control.cancelled() {
            return Err(Error::Cancelled);
        }
        let run = Run { rule, spacing, shared, control };
        if is_small_image(pair.preds.rows(), pair.preds.columns()) {
            run.pair::<u16>(image, pair)
        } else {
            run.pair::<u32>(image, pair)
        }
    });
    measured.into_iter().collect()
}

fn check_pair(pair: &MaskPair<'_>, rule: Rule, image: usize) -> Result<(), Error> {
    let shape = pair.preds.shape();
    for other in [Some(&pair.target), pair.ignore.as_ref()].into_iter().flatten() {
        if other.shape() != shape {
            return Err(Error::ShapesDiffer { image, preds: shape, target: other.shape() });
        }
    }
    check_rule(rule, pair.preds.element(), Argument::Preds)?;
    check_rule(Rule::NonZero, pair.target.element(), Argument::Target)
}

struct Run<'a> {
    rule: Rule,
    spacing: Spacing,
    shared: bool,
    control: &'a Control,
}

/// Rows that are searched as one piece of work if an image is shared.
const ROWS: usize = 64;

impl Run<'_> {
    fn pair<D: Depth>(&self, image: usize, pair: &MaskPair<'_>) -> Result<[Distances; 2], Error> {
        let (rows, columns) = pair.preds.shape();
        if rows == 0 || columns == 0 {
            return Ok(Default::default());
        }
        let mut depths = Depths::<D>::new(rows, columns)?;
        let (preds, nan) = BitMask::pack_by(&pair.preds, self.rule);
        if nan && let Some((row, column)) = find_nan(&pair.preds, pair.ignore.as_ref()) {
            return Err(Error::NanScore {
                argument: Argument::Preds,
                place: Place { image, row, column },
            });
        }
        let ignore = pair.ignore.as_ref().map(BitMask::pack);
        let preds = contour(&preds, ignore.as_ref());
        let target = contour(&BitMask::pack(&pair.target), ignore.as_ref());
        let there = self.direction(&preds, &target, &mut depths);
        let back = self.direction(&target, &preds, &mut depths);
        if self.control.cancelled() { Err(Error::Cancelled) } else { Ok([there, back]) }
    }

    /// The distances of the pixels of `from` to the nearest ones of `to`.
    fn direction<D: Depth>(
        &self,
        from: &BitMask,
        to: &BitMask,
        depths: &mut Depths<D>,
    ) -> Distances {
        let Self { spacing, shared, control, .. } = *self;
        let pixels = from.count();
        if pixels == 0 || to.count() == 0 {
            return Distances { counts: Vec::new(), unmatched: pixels };
        }
        depths.fill(D::FAR, shared, control, |row, strip| !to.row(row)[strip]);
        let size = if shared { ROWS } else { from.rows() };
        let mut tallies = vec![Tally::new(SLOTS * SLOTS); from.rows().div_ceil(size)];
        for_each_chunk(shared, &mut tallies, 1, |part, tally| {
            for row in size * part..from.rows().min(size * (part + 1)) {
                if control.cancelled() {
                    return;
                }
                if from.row(row).iter().all(|&word| word == 0) {
                    continue;
                }
                let search = Search { contour: from, depths: &*depths, row, tally: &mut tally[0] };
                match spacing {
                    Spacing::Even => dispatch(EvenSearch(search)),
                    Spacing::Squares { rows, columns } => search.uneven(rows, columns),
                }
            }
        });
        let key = |slot| match spacing {
            Spacing::Even => slot,
            Spacing::Squares { .. } => pair_key(slot / SLOTS as u64, slot % SLOTS as u64),
        };
        Distances { counts: Tally::merge(tallies, key), unmatched: 0 }
    }
}

/// Differences of rows and of columns below this are counted in a table.
const SLOTS: usize = 64;

fn pair_key(rows: u64, columns: u64) -> u64 {
    rows << 32 | columns
}

/// One row of a contour, to be searched.
struct Search<'a, D> {
    contour: &'a BitMask,
    /// Distances down the columns to the other contour.
    depths: &'a Depths<D>,
    row: usize,
    tally: &'a mut Tally,
}

impl<D: Depth> Search<'_, D> {
    /// Searches pixel by pixel.
    fn uneven(self, row_square: f64, column_square: f64) {
        let Self { contour, depths, row, tally } = self;
        let mut sites = Vec::new();
        contour.for_each_run(row, |start, end| {
            for column in start..end {
                let mut nearest =
                    Nearest { row_square, column_square, least: f64::INFINITY, at: (0, 0) };
                nearest.search(depths, row, contour.columns(), column, &mut sites);
                let (down, along) = nearest.at;
                let slots = SLOTS as u64;
                let is_near = down < slots && along < slots;
                let slot = if is_near { down * slots + along } else { u64::MAX };
                tally.add(pair_key(down, along), slot);
            }
        });
    }
}

/// Steps to both sides that are looked at one by one.
const NEAR_STEPS: usize = 32;

/// The nearest pixel so far, where rows and columns are spaced differently.
struct Nearest {
    row_square: f64,
    column_square: f64,
    /// Its squared distance.
    least: f64,
    /// The rows and the columns between.
    at: (u64, u64),
}

impl Nearest {
    /// Searches column by column, and where nothing is near, only those columns that have pixels:
    /// else a pixel that is far from all would look at the whole row. `sites` are these columns,
    /// the same for all pixels of a row; empty as long as they are not known.
    #[inline(always)]
    fn search<D: Depth>(
        &mut self,
        depths: &Depths<D>,
        row: usize,
        columns: usize,
        column: usize,
        sites: &mut Vec<usize>,
    ) {
        let depth = |column: usize| depths.at(row, column / 64)[column % 64];
        let mut step = 0;
        while step < NEAR_STEPS && self.is_within(step) {
            let (left, right) = (column.checked_sub(step), column + step);
            for other in left.into_iter().chain((right < columns).then_some(right)) {
                self.look(step, depth(other));
            }
            step += 1;
        }
        if !self.is_within(step) {
            return;
        }
        if sites.is_empty() {
            sites.extend((0..columns).filter(|&column| depth(column) < D::FAR));
        }
        let left = sites.partition_point(|site| site + step <= column);
        let right = sites.partition_point(|&site| site < column + step);
        let steps = |&site: &usize| (site.abs_diff(column), site);
        for (step, site) in sites[..left].iter().rev().map(steps) {
            if !self.is_within(step) {
                break;
            }
            self.look(step, depth(site));
        }
        for (step, site) in sites[right..].iter().map(steps) {
            if !self.is_within(step) {
                break;
            }
            self.look(step, depth(site));
        }
    }

    /// The squared distance of so many columns.
    fn along(&self, step: usize) -> f64 {
        (step * step) as f64 * self.column_square
    }

    /// Whether a pixel so many columns away could be as near.
    fn is_within(&self, step: usize) -> bool {
        self.along(step) <= self.least
    }

    /// Looks at the nearest pixel of a column.
    #[inline(always)]
    fn look<D: Depth>(&mut self, step: usize, depth: D) {
        if depth < D::FAR {
            let down = depth.widen().signed() as u64;
            let distance = (down * down) as f64 * self.row_square + self.along(step);
            if (distance, down) < (self.least, self.at.0) {
                (self.least, self.at) = (distance, (down, step as u64));
            }
        }
    }
}

/// Strips looked at in a row, for each strip of it, before the envelope of the row is made, which
/// costs about as much.
const MOST_LOOKS: usize = 32;

struct EvenSearch<'a, D>(Search<'a, D>);

impl<D: Depth> Kernel for EvenSearch<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Search { contour, depths, row, tally } = self.0;
        let strips = depths.strips();
        let mut looks = 0;
        let mut exact = Vec::new();
        for (home, &word) in contour.row(row).iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let lane = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let column = 64 * home + lane;
                let square = if depths.at(row, home)[lane] == D::ZERO {
                    0
                } else if looks <= MOST_LOOKS * strips {
                    nearest(depths, row, column, &mut looks)
                } else {
                    if exact.is_empty() {
                        let mut envelope = Envelope::new();
                        exact.resize(contour.columns(), D::Length::MAX);
                        push_row::<D, Euclidean>(depths, row, exact.len(), &mut envelope);
                        envelope.write::<Euclidean>(&mut exact);
                    }
                    exact[column].into() as u64
                };
                tally.add(square, square);
            }
        }
    }
}

/// The least squared distance from a pixel; adds the number of strips that were looked at.
#[inline(always)]
fn nearest<D: Depth>(depths: &Depths<D>, row: usize, column: usize, looks: &mut usize) -> u64 {
    let home = column / 64;
    let mut best = look(depths, row, home, column);
    let (mut left, mut right) = (home, home + 1);
    *looks += 1;
    loop {
        // The gaps to the nearest columns of the strips that come next.
        let left_gap = D::Wide::of(column + 1 - 64 * left);
        let right_gap = D::Wide::of(64 * right - column);
        let go_left = left > 0 && left_gap * left_gap < best;
        let go_right = right < depths.strips() && right_gap * right_gap < best;
        if go_left {
            left -= 1;
            best = best.min(look(depths, row, left, column));
        }
        if go_right {
            best = best.min(look(depths, row, right, column));
            right += 1;
        }
        if !go_left && !go_right {
            return best.signed() as u64;
        }
        *looks += 2;
    }
}

/// The least squared distance from a pixel to those nearest in the columns of a strip.
#[inline(always)]
fn look<D: Depth>(depths: &Depths<D>, row: usize, strip: usize, column: usize) -> D::Wide {
    let place = D::Wide::of(column);
    let mut squares = [D::Wide::ZERO; 64];
    for (lane, (square, depth)) in squares.iter_mut().zip(depths.at(row, strip)).enumerate() {
        let depth = depth.widen();
        *square = depth * depth + D::Wide::of(64 * strip + lane).square_between(place);
    }
    let mut best = D::FAR.widen() * D::FAR.widen();
    for &square in &squares {
        best = if square < best { square } else { best };
    }
    best
}
