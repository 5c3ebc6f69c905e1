//! One score for each image, from the scores of its pixels.
//!
//! Sums are made in double precision in an order that only the image decides, so that the results
//! are the same whatever the threads and the memory's layout.

use crate::error::{Argument, Error, Place};
use crate::mask::{BitMask, find_nan};
use crate::parallel::{Control, TASK, map_tasks};
use crate::scores::Key;
use crate::simd::{Kernel, Simd, dispatch};
use crate::steps::larger;
use crate::view::{Element, ImageView};

/// How an image's score comes from its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The highest score.
    #[default]
    Max,
    /// The mean of so many highest scores.
    TopKMean(usize),
    /// The highest mean of a square of pixels with this odd side, zeros outside of the image.
    MeanFilterMax(usize),
}

/// A score map.
#[derive(Debug, Clone, Copy)]
pub struct ScoreMap<'a> {
    /// The scores: u8, u16, f16, f32 or f64.
    pub scores: ImageView<'a>,
    /// Pixels that do not count, where not zero. A mean filter takes them for zeros.
    pub ignore: Option<ImageView<'a>>,
}

/// The score of each image; NaN for one without pixels that count.
///
/// # Errors
/// A score that is NaN, a type that is no score, fewer pixels than a mean wants, a cancelled job.
///
/// # Panics
/// If the shapes of scores and ignored pixels differ; if there is nothing to average.
///
/// # Example
/// ```
/// use flawgauge::image_scores::{Method, ScoreMap, score_images};
/// use flawgauge::{parallel::Control, view::ImageView};
/// let map = ScoreMap { scores: ImageView::of_bytes(&[1, 5, 2, 8], 2, 2).unwrap(), ignore: None };
/// let scores = score_images(&[map], Method::TopKMean(2), &Control::new());
/// assert_eq!(scores.unwrap(), [6.5]);
/// ```
pub fn score_images(
    maps: &[ScoreMap<'_>],
    method: Method,
    control: &Control,
) -> Result<Vec<f64>, Error> {
    // One task an image.
    let pixels = |map: &ScoreMap<'_>| map.scores.pixels().min(TASK);
    let scored = map_tasks(maps, pixels, control, |index, map, _, _| {
        if map.scores.element() == Element::F64 {
            score_image::<u64>(index, map, method, control)
        } else {
            score_image::<u32>(index, map, method, control)
        }
    })?;
    Ok(scored.into_iter().map(|(_, score)| score).collect())
}

/// The score of one image whose scores have keys of this type; NaN without pixels that count.
///
/// # Errors
/// As [`score_images`]; messages call the image `index`.
///
/// # Panics
/// As [`score_images`].
pub fn score_image<K: Key<Score: Into<f64>>>(
    index: usize,
    map: &ScoreMap<'_>,
    method: Method,
    control: &Control,
) -> Result<f64, Error> {
    if !K::reads(map.scores.element()) {
        return Err(Error::ScoreType { image: index });
    }
    let ignored = map.ignore.map(|ignore| BitMask::pack(&ignore));
    let rows = Rows { scores: map.scores, ignored, control };
    let pixels = rows.count();
    if pixels == 0 {
        return Ok(f64::NAN);
    }
    let score = match method {
        Method::Max => rows.max::<K>(),
        Method::TopKMean(k) if k > pixels => {
            return Err(Error::FewPixels { image: index, pixels, k });
        }
        Method::TopKMean(k) => rows.top_mean::<K>(k),
        Method::MeanFilterMax(size) => rows.filter_max::<K>(size),
    };
    if control.cancelled() {
        return Err(Error::Cancelled);
    }
    score.ok_or_else(|| match find_nan(&map.scores, map.ignore.as_ref()) {
        Some((row, column)) => Error::NanScore {
            argument: Argument::Scores,
            place: Place { image: index, row, column },
        },
        None => Error::Changed,
    })
}

/// The rows of a score map that has pixels. Nothing is computed if a score is NaN, or if the job was
/// cancelled.
struct Rows<'a> {
    scores: ImageView<'a>,
    ignored: Option<BitMask>,
    control: &'a Control,
}

impl Rows<'_> {
    /// Pixels that count.
    fn count(&self) -> usize {
        let ignored = self.ignored.as_ref().map_or(0, BitMask::count);
        self.scores.pixels() - ignored as usize
    }

    /// Reads the keys of a row; those of ignored pixels are below all scores.
    fn read<K: Key>(&self, row: usize, keys: &mut [K]) -> Option<()> {
        // A row of a mean filter can take milliseconds.
        if self.control.cancelled() {
            return None;
        }
        let nan = K::read_row(&self.scores, row, 0, keys);
        self.fill_ignored(row, keys, K::BELOW);
        let is_nan = |&key: &K| key != K::BELOW && (key < K::LOWEST || key > K::HIGHEST);
        (!nan || !keys.iter().any(is_nan)).then_some(())
    }

    fn fill_ignored<T: Copy>(&self, row: usize, values: &mut [T], filling: T) {
        if let Some(ignored) = &self.ignored {
            ignored.for_each_run(row, |start, end| values[start..end].fill(filling));
        }
    }

    fn max<K: Key<Score: Into<f64>>>(&self) -> Option<f64> {
        let mut keys = vec![K::BELOW; self.scores.columns()];
        let mut max = K::BELOW;
        for row in 0..self.scores.rows() {
            self.read(row, &mut keys)?;
            max = larger(max, dispatch(Largest { keys: &keys }));
        }
        Some(max.score().into())
    }

    fn top_mean<K: Key<Score: Into<f64>>>(&self, k: usize) -> Option<f64> {
        let mut keys = vec![K::BELOW; self.scores.pixels()];
        for (row, keys) in keys.chunks_exact_mut(self.scores.columns()).enumerate() {
            self.read(row, keys)?;
        }
        let descending = |one: &K, other: &K| other.cmp(one);
        keys.select_nth_unstable_by(k - 1, descending);
        let top = &mut keys[..k];
        top.sort_unstable_by(descending);
        let sum = top.iter().fold(0.0, |sum, key| sum + key.score().into());
        Some(sum / k as f64)
    }

    fn filter_max<K: Key<Score: Into<f64>>>(&self, size: usize) -> Option<f64> {
        let (rows, columns) = self.scores.shape();
        // Beyond the image there are but zeros, which change no sum.
        let (down, across) = ((size / 2).min(rows - 1), (size / 2).min(columns - 1));
        let mut keys = vec![K::BELOW; columns];
        let mut line = vec![0.0; columns + 2 * across];
        // The sums along as many rows as a square has.
        let height = 2 * down + 1;
        let mut across_sums = vec![0.0; height * columns];
        let mut sums = vec![0.0; columns];
        let mut best = Best::default();
        let mut read = 0;
        for row in 0..rows {
            let window = row.saturating_sub(down)..rows.min(row + down + 1);
            while read < window.end {
                self.read(read, &mut keys)?;
                let values = &mut line[across..][..columns];
                for (value, key) in values.iter_mut().zip(&keys) {
                    *value = key.score().into();
                }
                self.fill_ignored(read, values, 0.0);
                let out = &mut across_sums[read % height * columns..][..columns];
                dispatch(Sum { source: &line, starts: 0..2 * across + 1, out });
                read += 1;
            }
            let starts = window.map(|row| row % height * columns);
            dispatch(Sum { source: &across_sums, starts, out: &mut sums });
            // A sum that does not count is no larger than any other.
            self.fill_ignored(row, &mut sums, f64::NEG_INFINITY);
            dispatch(FindBest { sums: &sums, best: &mut best });
        }
        Some(best.largest() / (size * size) as f64)
    }
}

/// The largest of some keys.
struct Largest<'a, K> {
    keys: &'a [K],
}

impl<K: Key> Kernel for Largest<'_, K> {
    type Output = K;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> K {
        let mut largest = K::BELOW;
        for &key in self.keys {
            largest = larger(largest, key);
        }
        largest
    }
}

/// Numbers that are summed at a time, so that the sums stay in registers.
const LANES: usize = 32;

/// Sums of equally long pieces of a line that begin at `starts`, in this order.
struct Sum<'a, I> {
    source: &'a [f64],
    starts: I,
    out: &'a mut [f64],
}

impl<I: Iterator<Item = usize> + Clone> Kernel for Sum<'_, I> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, starts, out } = self;
        let (blocks, rest) = out.as_chunks_mut::<LANES>();
        let first = LANES * blocks.len();
        for (index, out) in blocks.iter_mut().enumerate() {
            let mut sums = [0.0; LANES];
            for start in starts.clone() {
                let Some(piece) = source[start + LANES * index..].first_chunk::<LANES>() else {
                    continue;
                };
                for (sum, value) in sums.iter_mut().zip(piece) {
                    *sum += value;
                }
            }
            *out = sums;
        }
        rest.fill(0.0);
        for start in starts {
            for (sum, value) in rest.iter_mut().zip(&source[start + first..]) {
                *sum += value;
            }
        }
    }
}

/// The largest sum so far; NaN if any was, which infinities of both signs make.
struct Best {
    largest: [f64; 16],
    nan: bool,
}

impl Default for Best {
    fn default() -> Self {
        Self { largest: [f64::NEG_INFINITY; 16], nan: false }
    }
}

impl Best {
    fn largest(&self) -> f64 {
        if self.nan {
            f64::NAN
        } else {
            self.largest.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b))
        }
    }
}

/// Looks for larger sums.
struct FindBest<'a> {
    sums: &'a [f64],
    best: &'a mut Best,
}

impl Kernel for FindBest<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Best { largest, nan } = self.best;
        for sums in self.sums.chunks(16) {
            for (largest, &sum) in largest.iter_mut().zip(sums) {
                *nan |= sum.is_nan();
                *largest = larger(sum, *largest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_job_ends_within_an_image() {
        let map = ScoreMap { scores: ImageView::of_bytes(&[3; 12], 3, 4).unwrap(), ignore: None };
        let control = Control::new();
        control.cancel();
        for method in [Method::Max, Method::TopKMean(2), Method::MeanFilterMax(3)] {
            assert_eq!(score_image::<u32>(0, &map, method, &control), Err(Error::Cancelled));
        }
    }
}
