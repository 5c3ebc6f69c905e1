//! Windowed minima of score keys: erosion of the masks of all thresholds at once.
//!
//! Let m(p) be the smallest key in the neighbourhood of pixel p. The pixels with m >= t are those
//! that [`crate::erosion::erode`] leaves of the mask of keys >= t, for every t; so p lies in that
//! mask's inner band iff m(p) < t <= key of p.
//!
//! Along a row, a window is four overlapping windows of a quarter of its length. Squares then go
//! down the columns with suffix minima of one block of rows and prefix minima of the next (van
//! Herk; Gil and Werman). Disks and diamonds are made of rows: from their thin ends inwards, all
//! rows of a block of the image are widened a little further, and lower those that see them.

use std::ops::Range;

use crate::boundary::BandRule;
use crate::erosion::{Edge, Metric};
use crate::line::next_steps;
use crate::mask::BitMask;
use crate::simd::{Kernel, Simd, dispatch};
use crate::steps::smaller;

/// A number that orders scores.
pub trait Key: Copy + PartialOrd + Default + Send + Sync {
    /// Below every score: what erodes all masks.
    const BELOW: Self;
    /// Not below any score: what erodes none.
    const ABOVE: Self;
}

impl Key for u32 {
    const BELOW: Self = 0;
    const ABOVE: Self = Self::MAX;
}

impl Key for u64 {
    const BELOW: Self = 0;
    const ABOVE: Self = Self::MAX;
}

/// The keys of an image's pixels.
#[derive(Debug, Clone, Copy)]
pub struct KeyImage<'a, K> {
    /// Row after row.
    pub keys: &'a [K],
    /// Number of rows.
    pub rows: usize,
    /// Pixels of a row.
    pub columns: usize,
    /// Pixels that are taken for what the edge says of the outside, whatever their keys.
    pub ignored: Option<&'a BitMask>,
}

/// The smallest key among the pixels that are at most `distance` away, for each pixel.
///
/// Outside of the image, and where pixels are ignored, [`Edge::Background`] takes [`Key::BELOW`]
/// and [`Edge::Ignore`] looks away; ignored pixels themselves get [`Key::BELOW`].
///
/// # Panics
/// If there are not `rows * columns` keys, or the ignored mask has another shape.
///
/// # Example
/// ```
/// use flawgauge::boundary::BandRule;
/// use flawgauge::erosion::{Edge, Metric};
/// use flawgauge::window::{KeyImage, window_minimum};
/// let image = KeyImage { keys: &[9_u32, 8, 7, 3, 6], rows: 1, columns: 5, ignored: None };
/// let rule = BandRule { metric: Metric::Chessboard, edge: Edge::Ignore };
/// assert_eq!(window_minimum(&image, rule, 1), [8, 7, 3, 3, 3]);
/// ```
pub fn window_minimum<K: Key>(image: &KeyImage<'_, K>, rule: BandRule, distance: u32) -> Vec<K> {
    let mut minima = Vec::new();
    Windows::default().find_minima(image, rule, distance, 0..image.rows, &mut minima);
    minima
}

/// Memory to work in, for one image after the other.
#[derive(Debug, Default)]
pub struct Windows<K> {
    /// Some rows of the image, with the minima along them.
    blocks: [Vec<K>; 2],
    /// A row with filling to both sides, small enough for the first cache.
    lines: [Vec<K>; 2],
    /// A row of the minima of several rows, or of filling.
    row: Vec<K>,
}

impl<K: Key> Windows<K> {
    /// Does as [`window_minimum`], for some rows of the image only, which replace what was in
    /// `minima`.
    ///
    /// To cut an image into strips, give as image the rows of the strip and as many rows around
    /// it as the distance says, as far as there are any.
    ///
    /// # Panics
    /// As [`window_minimum`]; if the image does not have the rows.
    pub fn find_minima(
        &mut self,
        image: &KeyImage<'_, K>,
        rule: BandRule,
        distance: u32,
        rows: Range<usize>,
        minima: &mut Vec<K>,
    ) {
        let &KeyImage { keys, columns, ignored, .. } = image;
        assert_eq!(Some(keys.len()), image.rows.checked_mul(columns), "want a key for each pixel");
        assert!(rows.start <= rows.end && rows.end <= image.rows, "want rows of the image");
        if let Some(ignored) = ignored {
            assert_eq!((ignored.rows(), ignored.columns()), (image.rows, columns));
        }
        minima.resize(rows.len() * columns, K::BELOW);
        if minima.is_empty() {
            return;
        }
        let reach = distance as usize;
        let open = rule.edge == Edge::Ignore;
        if !open && 2 * reach >= image.rows.min(columns) {
            // No pixel is that far from the outside.
            minima.fill(K::BELOW);
            return;
        }
        let source = Source { image, filling: if open { K::ABOVE } else { K::BELOW } };
        let shape = Shape { metric: rule.metric, reach, across: columns - 1 };
        let down = reach.min(image.rows - 1);
        // The rows of the neighbourhood that are as wide as the image, or all rows of a square.
        let whole = match shape.metric {
            Metric::Chessboard => Some(down),
            _ if shape.half_width(0) < shape.across => None,
            _ => (0..=down).rev().find(|&dy| shape.half_width(dy) == shape.across),
        };
        if let Some(down) = whole {
            let across = shape.half_width(0);
            let (rows, out) = (rows.clone(), &mut *minima);
            dispatch(Square { source, across, down, rows, out, windows: self });
        } else {
            minima.fill(K::ABOVE);
        }
        let first = whole.map_or(0, |whole| whole + 1);
        if first <= down {
            let (rows, depths, out) = (rows.clone(), first..down + 1, &mut *minima);
            dispatch(Disk { source, shape, depths, rows, out, windows: self });
        }
        if let Some(ignored) = ignored {
            for (row, minima) in rows.zip(minima.chunks_exact_mut(columns)) {
                ignored.for_each_run(row, |start, end| minima[start..end].fill(K::BELOW));
            }
        }
    }
}

/// The pixels of a neighbourhood.
#[derive(Clone, Copy)]
struct Shape {
    metric: Metric,
    /// The largest distance.
    reach: usize,
    /// As wide as any image needs it, to one side.
    across: usize,
}

impl Shape {
    /// How far the neighbourhood goes to each side, so many rows from its centre; at most `reach`.
    fn half_width(self, dy: usize) -> usize {
        let reach = self.reach as u64;
        let width = match self.metric {
            Metric::Chessboard => reach,
            Metric::Taxicab => reach - dy as u64,
            Metric::Euclidean => (reach.pow(2) - (dy as u64).pow(2)).isqrt(),
        };
        usize::try_from(width).map_or(self.across, |width| width.min(self.across))
    }
}

/// The image's rows, and those beyond it.
#[derive(Clone, Copy)]
struct Source<'a, K> {
    image: &'a KeyImage<'a, K>,
    filling: K,
}

impl<K: Key> Source<'_, K> {
    fn has(&self, row: isize) -> bool {
        0 <= row && row < self.image.rows as isize
    }

    /// Copies one of the image's rows.
    #[inline(always)]
    fn copy(&self, row: usize, out: &mut [K]) {
        let KeyImage { keys, columns, ignored, .. } = *self.image;
        out.copy_from_slice(&keys[row * columns..][..columns]);
        if let Some(ignored) = ignored {
            ignored.for_each_run(row, |start, end| out[start..end].fill(self.filling));
        }
    }

    /// The minima along a row, which may be beyond the image.
    #[inline(always)]
    fn flatten(&self, row: isize, radius: usize, out: &mut [K], lines: &mut [Vec<K>; 2]) {
        if !self.has(row) {
            out.fill(self.filling);
        } else if radius == 0 {
            self.copy(row as usize, out);
        } else {
            self.copy(row as usize, self.open_line(out.len(), radius, lines));
            slide(lines, radius, out);
        }
    }

    /// Replaces each key of a row by the smallest one at most `radius` away, which is not zero.
    #[inline(always)]
    fn widen(&self, row: &mut [K], radius: usize, lines: &mut [Vec<K>; 2]) {
        self.open_line(row.len(), radius, lines).copy_from_slice(row);
        slide(lines, radius, row);
    }

    /// Makes the first line ready for a row, with filling to both sides.
    #[inline(always)]
    fn open_line<'a>(
        &self,
        columns: usize,
        radius: usize,
        lines: &'a mut [Vec<K>; 2],
    ) -> &'a mut [K] {
        let line = resized(&mut lines[0], columns + 2 * radius);
        line[..radius].fill(self.filling);
        line[radius + columns..].fill(self.filling);
        &mut line[radius..][..columns]
    }
}

/// Moves a window over the first line: the smallest of `2 * radius + 1` keys for each of `out`.
#[inline(always)]
fn slide<K: Key>(lines: &mut [Vec<K>; 2], radius: usize, out: &mut [K]) {
    let width = 2 * radius + 1;
    let mut length = out.len() + 2 * radius;
    let [first, second] = lines;
    let (mut from, mut to) = (resized(first, length), resized(second, length));
    let mut window = 1;
    loop {
        let steps = next_steps(window, width);
        window += steps[2];
        if window >= width {
            smallest_of_four(from, steps, out);
            return;
        }
        length -= steps[2];
        smallest_of_four(from, steps, &mut to[..length]);
        std::mem::swap(&mut from, &mut to);
    }
}

/// Makes room for so many keys, which may be anything.
fn resized<K: Key>(buffer: &mut Vec<K>, length: usize) -> &mut [K] {
    if buffer.len() < length {
        buffer.resize(length, K::BELOW);
    }
    &mut buffer[..length]
}

/// The smallest of each key and those the three steps further on.
#[inline(always)]
fn smallest_of_four<K: Key>(line: &[K], steps: [usize; 3], out: &mut [K]) {
    let count = out.len();
    let [second, third, fourth] = steps.map(|step| &line[step..][..count]);
    let pairs = line[..count].iter().zip(second).zip(third.iter().zip(fourth));
    for (out, ((&first, &second), (&third, &fourth))) in out.iter_mut().zip(pairs) {
        *out = smaller(smaller(first, second), smaller(third, fourth));
    }
}

/// Lowers the keys of a row to those of two others.
#[inline(always)]
fn lower<K: Key>(row: &mut [K], first: &[K], second: &[K]) {
    for (key, (&first, &second)) in row.iter_mut().zip(first.iter().zip(second)) {
        *key = smaller(*key, smaller(first, second));
    }
}

/// Minima over rectangles of `2 * down + 1` rows of `2 * across + 1` pixels.
struct Square<'a, K> {
    source: Source<'a, K>,
    across: usize,
    down: usize,
    rows: Range<usize>,
    /// A row for each one of `rows`.
    out: &'a mut [K],
    windows: &'a mut Windows<K>,
}

impl<K: Key> Kernel for Square<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, across, down, rows, out, windows } = self;
        let Windows { blocks: [first, second], lines, row: prefix } = windows;
        let columns = source.image.columns;
        let height = 2 * down + 1;
        let (mut current, mut next) =
            (resized(first, height * columns), resized(second, height * columns));
        let prefix = resized(prefix, columns);
        let mut top = rows.start as isize - down as isize;
        for (row, flat) in (top..).zip(current.chunks_exact_mut(columns)) {
            source.flatten(row, across, flat, lines);
        }
        for out in out.chunks_mut(height * columns) {
            // From the last row of a block upwards: the minima of all rows from each on.
            for row in (1..height).rev() {
                let (above, below) = current.split_at_mut(row * columns);
                let below = &below[..columns];
                lower(&mut above[(row - 1) * columns..], below, below);
            }
            top += height as isize;
            prefix.fill(K::ABOVE);
            let rows = current.chunks_exact(columns).zip(out.chunks_exact_mut(columns));
            for (index, (suffix, out)) in rows.enumerate() {
                if index == 0 {
                    out.copy_from_slice(suffix);
                    continue;
                }
                let flat = &mut next[(index - 1) * columns..][..columns];
                source.flatten(top + index as isize - 1, across, flat, lines);
                let keys = prefix.iter_mut().zip(&*flat).zip(suffix);
                for (out, ((prefix, &flat), &suffix)) in out.iter_mut().zip(keys) {
                    *prefix = smaller(*prefix, flat);
                    *out = smaller(*prefix, suffix);
                }
            }
            if out.len() == height * columns {
                let last = &mut next[(height - 1) * columns..];
                source.flatten(top + height as isize - 1, across, last, lines);
                std::mem::swap(&mut current, &mut next);
            }
        }
    }
}

/// Bytes of a block of rows that stays in the second cache.
const BLOCK: usize = 1 << 19;

/// Lowers keys to the minima over those rows of a neighbourhood that are `depths` away from its
/// centre.
struct Disk<'a, K> {
    source: Source<'a, K>,
    shape: Shape,
    depths: Range<usize>,
    rows: Range<usize>,
    /// A row for each one of `rows`.
    out: &'a mut [K],
    windows: &'a mut Windows<K>,
}

impl<K: Key> Kernel for Disk<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, shape, depths, rows, out, windows } = self;
        let Windows { blocks: [block, _], lines, row: outside } = windows;
        let columns = source.image.columns;
        let outside = resized(outside, columns);
        outside.fill(source.filling);
        let down = depths.end - 1;
        let height = (BLOCK / size_of::<K>() / columns).max(2 * down).max(1);
        for (first, out) in rows.step_by(height).zip(out.chunks_mut(height * columns)) {
            let end = first + out.len() / columns;
            // The rows of the image that are so near to those of the block.
            let near = |dy| first.saturating_sub(dy)..(end + dy).min(source.image.rows);
            let loaded = near(down);
            let block = resized(block, loaded.len() * columns);
            for (row, keys) in loaded.clone().zip(block.chunks_exact_mut(columns)) {
                source.copy(row, keys);
            }
            let mut width = 0;
            for dy in depths.clone().rev() {
                let wanted = shape.half_width(dy);
                if wanted > width {
                    let near = near(dy);
                    let start = (near.start - loaded.start) * columns;
                    let rows = &mut block[start..start + near.len() * columns];
                    for row in rows.chunks_exact_mut(columns) {
                        source.widen(row, wanted - width, lines);
                    }
                    width = wanted;
                }
                let row = |row: isize| {
                    if source.has(row) {
                        &block[(row as usize - loaded.start) * columns..][..columns]
                    } else {
                        &*outside
                    }
                };
                for (index, out) in (first as isize..).zip(out.chunks_exact_mut(columns)) {
                    let (above, below) = (row(index - dy as isize), row(index + dy as isize));
                    lower(out, above, below);
                }
            }
        }
    }
}
