//! Exact distance transforms: for each positive pixel the distance to the nearest background pixel.
//!
//! Two passes. Down the columns ([`crate::depth`]) each pixel gets the distance within its column.
//! Along the rows the nearest column is found, 64 pixels at a time: by trying the columns one step
//! away, two steps, and so on, until none further away can be nearer; and where that takes long, by
//! the lower envelope of the whole row ([`crate::envelope`]).

use crate::depth::{Depth, Depths, Wide, is_small_image};
use crate::envelope::{Chessboard, Combine, Envelope, Euclidean, Taxicab};
use crate::error::{Argument, Error};
use crate::mask::{BitMask, Rule, check_rule};
use crate::parallel::{Control, for_each_chunk, map_images};
use crate::simd::{Kernel, Simd, dispatch};
use crate::view::ImageView;

/// How the distance of two pixels follows from their rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The straight line.
    Euclidean,
    /// The larger of the two differences.
    Chessboard,
    /// The sum of the two differences.
    Taxicab,
}

/// What is outside of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Background.
    Background,
    /// Nothing: distances are to pixels of the image only.
    Ignore,
}

/// Which distances to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How distances are measured.
    pub metric: Metric,
    /// What is outside of the image.
    pub edge: Edge,
    /// Larger distances become this one, in pixels.
    pub max_distance: Option<u32>,
}

/// A type that distances are written in.
pub trait Distance: Copy + Send + Sync {
    /// An infinite distance, if the type has one.
    const INFINITE: Option<Self>;

    /// From a distance, or a squared one for [`Metric::Euclidean`].
    fn from_integer(distance: i64) -> Self;
}

impl Distance for i64 {
    const INFINITE: Option<Self> = None;

    #[inline(always)]
    fn from_integer(distance: i64) -> Self {
        distance
    }
}

/// The square root of what was computed: the distance for [`Metric::Euclidean`].
impl Distance for f64 {
    const INFINITE: Option<Self> = Some(f64::INFINITY);

    #[inline(always)]
    fn from_integer(distance: i64) -> Self {
        (distance as f64).sqrt()
    }
}

/// An image and the memory for its distances, row after row, all zero.
#[derive(Debug)]
pub struct Job<'a, T> {
    /// The mask: positive where not zero.
    pub mask: ImageView<'a>,
    /// The distances.
    pub distances: &'a mut [T],
}

/// Computes the distance of each positive pixel to the nearest background pixel; for
/// [`Metric::Euclidean`] squared if written as integers; as floats only for that. The background
/// keeps its zeros.
///
/// # Errors
/// A mask of floats, an image too large, a cancelled job; and a mask without any background if
/// distances are integers, the edge is ignored, and there is no largest distance.
///
/// # Panics
/// If the memory for the distances is not as large as the image.
///
/// # Example
/// ```
/// use flawgauge::distance::{Edge, Job, Metric, Options, transform};
/// use flawgauge::{parallel::Control, view::ImageView};
/// let mask = ImageView::of_bytes(&[0, 1, 1, 1, 1, 1], 2, 3).unwrap();
/// let mut distances = [0_i64; 6];
/// let options =
///     Options { metric: Metric::Euclidean, edge: Edge::Ignore, max_distance: None };
/// let jobs = vec![Job { mask, distances: &mut distances }];
/// transform(jobs, options, &Control::new()).unwrap();
/// assert_eq!(distances, [0, 1, 4, 1, 2, 5]);
/// ```
pub fn transform<T: Distance>(
    mut jobs: Vec<Job<'_, T>>,
    options: Options,
    control: &Control,
) -> Result<(), Error> {
    for job in &jobs {
        check_rule(Rule::NonZero, job.mask.element(), Argument::Mask)?;
        assert_eq!(job.distances.len(), job.mask.pixels());
    }
    let pixels = jobs.iter().map(|job| job.mask.pixels()).sum();
    let done = map_images(&mut jobs, pixels, |image, job, shared| {
        if control.cancelled() {
            return Err(Error::Cancelled);
        }
        let run = Run { options, shared, control };
        let (rows, columns) = job.mask.shape();
        match (options.metric, is_small_image(rows, columns)) {
            (Metric::Euclidean, true) => run.image::<u16, Euclidean, _>(image, job),
            (Metric::Euclidean, false) => run.image::<u32, Euclidean, _>(image, job),
            (Metric::Chessboard, true) => run.image::<u16, Chessboard, _>(image, job),
            (Metric::Chessboard, false) => run.image::<u32, Chessboard, _>(image, job),
            (Metric::Taxicab, true) => run.image::<u16, Taxicab, _>(image, job),
            (Metric::Taxicab, false) => run.image::<u32, Taxicab, _>(image, job),
        }
    });
    done.into_iter().collect()
}

struct Run<'a> {
    options: Options,
    shared: bool,
    control: &'a Control,
}

/// Rows that are written as one piece of work.
const ROWS: usize = 32;

impl Run<'_> {
    fn image<D: Depth, C: Steps<D::Wide>, T: Distance>(
        &self,
        image: usize,
        job: &mut Job<'_, T>,
    ) -> Result<(), Error> {
        let Self { options, shared, control } = *self;
        let (rows, columns) = job.mask.shape();
        if rows == 0 || columns == 0 {
            return Ok(());
        }
        let mut depths = Depths::<D>::new(rows, columns)?;
        let mask = BitMask::pack(&job.mask);
        let outside = options.edge == Edge::Background;
        if !outside && options.max_distance.is_none() && mask.count() == job.mask.pixels() as u64 {
            let infinite = T::INFINITE.ok_or(Error::NoBackground { image })?;
            job.distances.fill(infinite);
            return Ok(());
        }
        let padding = padding(columns);
        let last = depths.strips() - 1;
        depths.fill(if outside { D::ZERO } else { D::FAR }, shared, control, |row, strip| {
            mask.row(row)[strip] | if strip == last { padding } else { 0 }
        });
        let cap = options.max_distance.map(|distance| match options.metric {
            Metric::Euclidean => i64::from(distance) * i64::from(distance),
            _ => i64::from(distance),
        });
        for_each_chunk(shared, job.distances, ROWS * columns, |chunk, distances| {
            if !control.cancelled() {
                let (mask, depths, first) = (&mask, &depths, chunk * ROWS);
                let rows = Rows { mask, depths, outside, cap, first, columns, distances };
                dispatch(Along::<D, C, T> { rows, combine: std::marker::PhantomData });
            }
        });
        if control.cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// The bits of the last word of a row that are no pixels.
pub(crate) fn padding(columns: usize) -> u64 {
    if columns.is_multiple_of(64) { 0 } else { u64::MAX << (columns % 64) }
}

/// The same as [`Combine`] for vectors: `W` holds the depths as [`Steps::prepare`] makes them.
trait Steps<W>: Combine {
    /// A depth in the form that [`Steps::near`] takes.
    fn prepare(depth: W) -> W;

    /// A distance of `step` columns.
    fn step(step: usize) -> W;

    /// The distance of a pixel from a column, `step` as [`Steps::step`] makes it.
    fn near(step: W, prepared: W) -> W;
}

impl<W: Wide> Steps<W> for Euclidean {
    #[inline(always)]
    fn prepare(depth: W) -> W {
        depth * depth
    }

    #[inline(always)]
    fn step(step: usize) -> W {
        W::of(step) * W::of(step)
    }

    #[inline(always)]
    fn near(step: W, prepared: W) -> W {
        step + prepared
    }
}

impl<W: Wide> Steps<W> for Chessboard {
    #[inline(always)]
    fn prepare(depth: W) -> W {
        depth
    }

    #[inline(always)]
    fn step(step: usize) -> W {
        W::of(step)
    }

    #[inline(always)]
    fn near(step: W, prepared: W) -> W {
        step.max(prepared)
    }
}

impl<W: Wide> Steps<W> for Taxicab {
    #[inline(always)]
    fn prepare(depth: W) -> W {
        depth
    }

    #[inline(always)]
    fn step(step: usize) -> W {
        W::of(step)
    }

    #[inline(always)]
    fn near(step: W, prepared: W) -> W {
        step + prepared
    }
}

/// Steps to the sides that are tried before the envelope of the row is made, which costs about as
/// much as that many steps. A multiple of [`UNROLLED`], at most 64.
const MOST_STEPS: usize = 48;

/// Steps between two looks at whether more can help.
const UNROLLED: usize = 4;

/// Some rows of an image.
struct Rows<'a, D, T> {
    mask: &'a BitMask,
    depths: &'a Depths<D>,
    /// Whether what is outside of the image counts as background.
    outside: bool,
    cap: Option<i64>,
    first: usize,
    columns: usize,
    distances: &'a mut [T],
}

struct Along<'a, D, C, T> {
    rows: Rows<'a, D, T>,
    combine: std::marker::PhantomData<C>,
}

impl<D: Depth, C: Steps<D::Wide>, T: Distance> Kernel for Along<'_, D, C, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Rows { mask, depths, outside, cap, first, columns, distances } = self.rows;
        let strips = depths.strips();
        // One strip more on each side, so that steps need not look where the image ends.
        let mut line = vec![[C::prepare(D::FAR.widen()); 64]; strips + 2];
        let mut envelope = Envelope::default();
        let mut exact = Vec::new();
        for (row, distances) in (first..).zip(distances.chunks_exact_mut(columns)) {
            let words = mask.row(row);
            if words.iter().all(|&word| word == 0) {
                continue;
            }
            for (strip, line) in line[1..].iter_mut().take(strips).enumerate() {
                *line = depths.at(row, strip).map(|depth| C::prepare(depth.widen()));
            }
            exact.clear();
            for (strip, (&word, distances)) in
                words.iter().zip(distances.chunks_mut(64)).enumerate()
            {
                if word == 0 {
                    continue;
                }
                let mut near = line[strip + 1];
                near[distances.len()..].fill(D::Wide::ZERO);
                if outside {
                    clip_to_sides::<D::Wide, C>(&mut near, 64 * strip, columns);
                }
                if let Some(cap) = cap.and_then(|cap| usize::try_from(cap).ok()) {
                    // A cap beyond the image changes nothing, and need not fit the type.
                    let cap = D::Wide::of(cap.min(D::FAR.widen().signed().pow(2) as usize));
                    near = near.map(|distance| distance.min(cap));
                }
                if step_aside::<D::Wide, C>(&mut near, line.as_flattened(), 64 * (strip + 1)) {
                    for (distance, near) in distances.iter_mut().zip(near) {
                        *distance = T::from_integer(near.signed());
                    }
                    continue;
                }
                if exact.is_empty() {
                    exact.resize(columns, i64::MAX);
                    solve_row::<D, C>(depths, row, outside, &mut envelope, &mut exact);
                }
                let exact = &exact[64 * strip..];
                for (distance, &exact) in distances.iter_mut().zip(exact) {
                    *distance = T::from_integer(exact.min(cap.unwrap_or(i64::MAX)));
                }
            }
        }
    }
}

/// Takes the columns to the left and to the right of the image into account.
#[inline(always)]
fn clip_to_sides<W: Wide, C: Steps<W>>(near: &mut [W; 64], first: usize, columns: usize) {
    for (column, near) in (first..columns).zip(near) {
        let step = (column + 1).min(columns - column);
        *near = (*near).min(C::near(C::step(step), W::ZERO));
    }
}

/// Tries the columns next to 64 pixels, then those two steps away, and so on; tells whether the
/// distances are final. `line[start]` belongs to the first pixel.
#[inline(always)]
fn step_aside<W: Wide, C: Steps<W>>(near: &mut [W; 64], line: &[W], start: usize) -> bool {
    let mut best = *near;
    let mut done = 0;
    let finished = loop {
        let largest = best.iter().fold(W::ZERO, |largest, &distance| largest.max(distance));
        if C::step(done + 1) >= largest {
            break true;
        }
        if done == MOST_STEPS {
            break false;
        }
        for step in done + 1..=done + UNROLLED {
            let along = C::step(step);
            let (left, right) = (&line[start - step..][..64], &line[start + step..][..64]);
            for ((best, &left), &right) in best.iter_mut().zip(left).zip(right) {
                *best = (*best).min(C::near(along, left.min(right)));
            }
        }
        done += UNROLLED;
    };
    *near = best;
    finished
}

/// Computes the distances of a whole row.
#[inline(always)]
fn solve_row<D: Depth, C: Combine>(
    depths: &Depths<D>,
    row: usize,
    outside: bool,
    envelope: &mut Envelope,
    exact: &mut [i64],
) {
    let columns = exact.len() as i64;
    envelope.clear();
    if outside {
        envelope.push::<C>(-1, 0, columns);
    }
    push_row::<D, C>(depths, row, exact.len(), envelope);
    if outside {
        envelope.push::<C>(columns, 0, columns);
    }
    envelope.write::<C>(exact);
}

/// Adds the columns of a row to an envelope.
#[inline(always)]
pub(crate) fn push_row<D: Depth, C: Combine>(
    depths: &Depths<D>,
    row: usize,
    columns: usize,
    envelope: &mut Envelope,
) {
    for first in (0..columns).step_by(64) {
        let lanes = depths.at(row, first / 64);
        for (column, &depth) in (first..columns.min(first + 64)).zip(lanes) {
            if depth < D::FAR {
                envelope.push::<C>(column as i64, depth.widen().signed(), columns as i64);
            }
        }
    }
}
