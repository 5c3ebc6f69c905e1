//! Exact distance transforms: for each positive pixel the distance to the nearest background pixel.
//!
//! Two passes. Down the columns (`depth`) each pixel gets the distance within its column.
//! Along the rows the nearest column is found: 64 pixels at a time by trying the columns next to them
//! (`steps`), and where that takes long, by the lower envelope of the whole row (`envelope`).

use crate::depth::{Depth, Depths, is_small_image};
use crate::envelope::{Chessboard, Column, Combine, Envelope, Euclidean, Length, Taxicab};
use crate::error::{Argument, Error};
use crate::mask::{BitMask, Rule, check_rule};
use crate::parallel::{Control, for_each_chunk, map_images};
use crate::simd::{Kernel, Simd, dispatch};
use crate::steps::{MOST_STEPS, Steps, clip_to_sides, larger, smaller, step_aside};
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
    fn image<D: Depth, C: Steps, T: Distance>(
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
        let cap = options.max_distance.map(|distance| match options.metric {
            Metric::Euclidean => i64::from(distance) * i64::from(distance),
            _ => i64::from(distance),
        });
        if !outside && mask.count() == job.mask.pixels() as u64 {
            let farthest = cap.map(T::from_integer).or(T::INFINITE);
            job.distances.fill(farthest.ok_or(Error::NoBackground { image })?);
            return Ok(());
        }
        let padding = padding(columns);
        let last = depths.strips() - 1;
        depths.fill(if outside { D::ZERO } else { D::FAR }, shared, control, |row, strip| {
            mask.row(row)[strip] | if strip == last { padding } else { 0 }
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

impl<D: Depth, C: Steps, T: Distance> Kernel for Along<'_, D, C, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Rows { mask, depths, outside, cap, first, columns, distances } = self.rows;
        let strips = depths.strips();
        // One strip more on each side, so that steps need not look where the image ends.
        let mut line = vec![[C::prepare(255); 64]; strips + 2];
        let mut envelope = Envelope::new();
        let mut exact = vec![D::Length::MAX; columns];
        let small_cap = cap.map_or(u16::MAX, |cap| u16::try_from(cap).unwrap_or(u16::MAX));
        let cap = cap.unwrap_or(i64::MAX);
        // Neighbouring rows are alike: after one with long distances, steps are not tried.
        let mut is_far = false;
        for (row, distances) in (first..).zip(distances.chunks_exact_mut(columns)) {
            let words = mask.row(row);
            if words.iter().all(|&word| word == 0) {
                continue;
            }
            let mut has_exact = is_far;
            if is_far {
                solve_row::<D, C>(depths, row, outside, &mut envelope, &mut exact);
                let mut longest = D::Length::ZERO;
                for &distance in &exact {
                    longest = larger(longest, distance);
                }
                is_far = smaller(longest.into(), cap) > i64::from(C::prepare(MOST_STEPS / 2));
            } else {
                for (strip, line) in line[1..].iter_mut().take(strips).enumerate() {
                    for (prepared, depth) in line.iter_mut().zip(depths.at(row, strip)) {
                        *prepared = C::prepare(depth.clipped());
                    }
                }
            }
            for (strip, (&word, distances)) in
                words.iter().zip(distances.chunks_mut(64)).enumerate()
            {
                if word == 0 {
                    continue;
                }
                if !has_exact {
                    let mut near = line[strip + 1];
                    near[distances.len()..].fill(0);
                    if outside {
                        clip_to_sides::<C>(&mut near, 64 * strip, columns);
                    }
                    for near in &mut near {
                        *near = smaller(*near, small_cap);
                    }
                    if step_aside::<C>(&mut near, line.as_flattened(), 64 * (strip + 1)) {
                        for (distance, &near) in distances.iter_mut().zip(&near) {
                            *distance = T::from_integer(i64::from(near));
                        }
                        continue;
                    }
                    solve_row::<D, C>(depths, row, outside, &mut envelope, &mut exact);
                    (has_exact, is_far) = (true, true);
                }
                for (distance, &exact) in distances.iter_mut().zip(&exact[64 * strip..]) {
                    *distance = T::from_integer(smaller(exact.into(), cap));
                }
            }
        }
    }
}

/// Computes the distances of a whole row.
#[inline(always)]
fn solve_row<D: Depth, C: Combine>(
    depths: &Depths<D>,
    row: usize,
    outside: bool,
    envelope: &mut Envelope<D::Length>,
    exact: &mut [D::Length],
) {
    let end = D::Length::of(exact.len());
    let side = |place| Column { place, depth: D::Length::ZERO };
    envelope.clear();
    if outside {
        envelope.push::<C>(side(D::Length::ZERO - D::Length::ONE), end);
    }
    push_row::<D, C>(depths, row, exact.len(), envelope);
    if outside {
        envelope.push::<C>(side(end), end);
    }
    envelope.write::<C>(exact);
}

/// Adds the columns of a row to an envelope.
#[inline(always)]
pub(crate) fn push_row<D: Depth, C: Combine>(
    depths: &Depths<D>,
    row: usize,
    columns: usize,
    envelope: &mut Envelope<D::Length>,
) {
    let end = D::Length::of(columns);
    for first in (0..columns).step_by(64) {
        let lanes = depths.at(row, first / 64);
        for (place, &depth) in (first..columns.min(first + 64)).zip(lanes) {
            if depth < D::FAR {
                let column = Column { place: D::Length::of(place), depth: depth.length() };
                envelope.push::<C>(column, end);
            }
        }
    }
}
