//! Erosion of masks, bit-parallel: the pixels that are farther than a distance from all others.
//!
//! All rows of a mask are eroded as one line of bits, see `plane`. A window of n bits is
//! the conjunction of two overlapping windows of half its length, so the cost grows with the
//! logarithm of the distance; where rows are empty, nothing is computed.

use std::ops::Range;

use crate::line::{ErodeDiamond, ErodeDown, ErodeLine, IntersectRows, PIECE};
use crate::mask::BitMask;
use crate::plane::{Layout, resize};
use crate::simd::dispatch;

/// How the distance of two pixels is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The larger of the differences of row and column.
    Chessboard,
    /// Their sum.
    Taxicab,
    /// The length of the straight line.
    Euclidean,
}

/// What lies outside of the image, and under the pixels that are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Background: it erodes a mask.
    Background,
    /// Nothing: it does not.
    Ignore,
}

/// Erodes a mask: leaves the pixels that are farther than `distance` from all background.
///
/// Where `ignored` is set, a pixel is taken for what `edge` says of the outside, whatever the
/// mask is there; none of them is in the result.
///
/// # Panics
/// If the shapes of the two masks differ.
///
/// # Example
/// ```
/// use flawgauge::erosion::{Edge, Metric, erode};
/// use flawgauge::{mask::BitMask, view::ImageView};
/// let mask = BitMask::pack(&ImageView::of_bytes(&[1; 12], 3, 4).unwrap());
/// let inner = erode(&mask, None, Metric::Chessboard, Edge::Background, 1);
/// assert_eq!((inner.row(0), inner.row(1)), (&[0][..], &[0b0110][..]));
/// ```
pub fn erode(
    mask: &BitMask,
    ignored: Option<&BitMask>,
    metric: Metric,
    edge: Edge,
    distance: u32,
) -> BitMask {
    let mut result = BitMask::zeros(mask.rows(), mask.columns());
    if mask.columns() == 0 {
        return result;
    }
    let reach = distance as usize;
    let layout = Layout::new(mask.rows(), mask.columns(), reach, edge == Edge::Ignore);
    let mut eroder = Eroder::default();
    layout.load(mask, &mut eroder.mask);
    let ignored = ignored.map(|ignored| {
        assert_eq!((ignored.rows(), ignored.columns()), (mask.rows(), mask.columns()));
        let mut plane = Vec::new();
        layout.load(ignored, &mut plane);
        plane
    });
    let mut scratch = Scratch::default();
    scratch.prepare(&layout, edge);
    eroder.begin(layout, metric, edge, ignored.as_deref());
    eroder.erode_to(distance, &mut scratch);
    for row in eroder.rows.iter().flat_map(Clone::clone) {
        let start = layout.start(row as isize);
        let words = start..start + layout.words;
        let (eroded, mask) = (&eroder.eroded[words.clone()], &eroder.mask[words]);
        for ((out, eroded), mask) in result.row_mut(row).iter_mut().zip(eroded).zip(mask) {
            *out = eroded & mask;
        }
    }
    result
}

/// The inner boundary band of a mask: its pixels that [`erode`] takes away.
///
/// # Panics
/// As [`erode`].
pub fn band(
    mask: &BitMask,
    ignored: Option<&BitMask>,
    metric: Metric,
    edge: Edge,
    distance: u32,
) -> BitMask {
    let mut band = erode(mask, ignored, metric, edge, distance);
    if mask.columns() == 0 {
        return band;
    }
    for row in 0..mask.rows() {
        for (index, (out, mask)) in band.row_mut(row).iter_mut().zip(mask.row(row)).enumerate() {
            *out = mask & !*out & ignored.map_or(u64::MAX, |ignored| !ignored.row(row)[index]);
        }
    }
    band
}

/// Planes to work in, shared by the masks of one layout.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Rows that were eroded sideways, or by a diamond.
    plane: Vec<u64>,
    /// Some rows with filling before and after, for disks.
    blocks: [Vec<u64>; 2],
    /// Pieces of a line or of a few rows, small enough for the first cache.
    pieces: [Vec<u64>; 2],
}

impl Scratch {
    /// Makes ready for a layout.
    pub fn prepare(&mut self, layout: &Layout, edge: Edge) {
        resize(&mut self.plane, layout.len());
        layout.fill(&mut self.plane, edge == Edge::Ignore);
    }
}

/// A mask that is eroded to ever larger distances.
#[derive(Debug, Default)]
pub(crate) struct Eroder {
    /// The mask, without the ignored pixels; its filling is zero. To be set before `begin`.
    pub mask: Vec<u64>,
    /// The eroded mask, valid in `rows` only; where the mask is zero it may be anything.
    pub eroded: Vec<u64>,
    /// The rows in which the eroded mask has pixels.
    pub rows: Vec<Range<usize>>,
    /// With an open edge, everything that does not erode: mask, ignored pixels and filling.
    ground: Vec<u64>,
    /// The rows in which the mask, or the ground, has pixels.
    ground_rows: Vec<Range<usize>>,
    layout: Layout,
    metric: Option<Metric>,
    edge: Option<Edge>,
    distance: usize,
}

impl Eroder {
    /// Starts with a new mask, at distance 0.
    pub fn begin(&mut self, layout: Layout, metric: Metric, edge: Edge, ignored: Option<&[u64]>) {
        (self.layout, self.distance) = (layout, 0);
        (self.metric, self.edge) = (Some(metric), Some(edge));
        debug_assert_eq!(self.mask.len(), layout.len());
        if let Some(ignored) = ignored {
            for (mask, ignored) in self.mask.iter_mut().zip(ignored) {
                *mask &= !ignored;
            }
        }
        let ground = if edge == Edge::Ignore {
            self.ground.clear();
            self.ground.extend_from_slice(&self.mask);
            for (ground, ignored) in self.ground.iter_mut().zip(ignored.unwrap_or(&[])) {
                *ground |= ignored;
            }
            layout.fill(&mut self.ground, true);
            &self.ground
        } else {
            &self.mask
        };
        self.ground_rows.clear();
        layout.find_rows(ground, 0..layout.rows, &mut self.ground_rows);
        self.rows.clone_from(&self.ground_rows);
        resize(&mut self.eroded, layout.len());
        layout.fill(&mut self.eroded, edge == Edge::Ignore);
    }

    /// Erodes on to a distance, not smaller than the one before.
    pub fn erode_to(&mut self, distance: u32, scratch: &mut Scratch) {
        let distance = distance as usize;
        debug_assert!(distance >= self.distance);
        let open = self.edge == Some(Edge::Ignore);
        let smaller_side = self.layout.rows.min(self.layout.columns);
        if !open && 2 * distance >= smaller_side {
            // No pixel is that far from the outside.
            self.rows.clear();
        }
        if self.rows.is_empty() || distance == self.distance {
            if distance == 0 {
                self.eroded.copy_from_slice(if open { &self.ground } else { &self.mask });
            }
            self.distance = distance;
            return;
        }
        match self.metric {
            Some(Metric::Euclidean) => self.erode_disk(distance, open, scratch),
            Some(Metric::Taxicab) => self.erode_diamond(distance, open, scratch),
            _ => self.erode_square(distance - self.distance, open, scratch),
        }
        self.distance = distance;
    }

    /// What to erode on: at first the mask itself.
    fn current(&self, open: bool) -> &[u64] {
        match (self.distance, open) {
            (0, true) => &self.ground,
            (0, false) => &self.mask,
            _ => &self.eroded,
        }
    }

    /// Erodes by a square of side `2 * radius + 1`: sideways, then up and down.
    fn erode_square(&mut self, radius: usize, open: bool, scratch: &mut Scratch) {
        let layout = self.layout;
        let Scratch { plane, pieces, .. } = scratch;
        let across = radius.min(layout.columns);
        let mut flat = Vec::new();
        let source = self.current(open);
        for rows in &self.rows {
            let words = layout.span(rows);
            dispatch(ErodeLine { source, out: plane, words, radius: across, pieces });
            layout.find_rows(plane, rows.clone(), &mut flat);
        }
        self.rows.clear();
        let down = radius.min(layout.rows);
        for rows in flat {
            let Some((source, out)) = layout.windows(&rows, down, open) else { continue };
            let target = layout.span(&out);
            dispatch(ErodeDown {
                source: &plane[source],
                out: &mut self.eroded[target.clone()],
                stride: layout.stride,
                radius: down,
                pieces,
            });
            if open {
                layout.open_rows(&mut self.eroded[target]);
            }
            layout.find_rows(&self.eroded, out, &mut self.rows);
        }
    }

    /// Erodes on by diamonds. A diamond of radius k, moved by m in the four directions and not
    /// at all, covers the diamond of radius k + m as long as m <= k / 2 + 1; and it does so from
    /// within the rectangle that a pixel and the background pixel span, so that what happens
    /// beyond the image's edge does not matter.
    fn erode_diamond(&mut self, distance: usize, open: bool, scratch: &mut Scratch) {
        let layout = self.layout;
        let mut radius = self.distance;
        while radius < distance && !self.rows.is_empty() {
            let step = (radius / 2 + 1).min(distance - radius);
            let (across, down) = (step.min(layout.columns), step.min(layout.rows));
            let mut left = Vec::new();
            let source = if radius == 0 { self.current(open) } else { &self.eroded[..] };
            for rows in &self.rows {
                let Some((_, out)) = layout.windows(rows, down, open) else { continue };
                let words = layout.span(&out);
                dispatch(ErodeDiamond {
                    source,
                    out: &mut scratch.plane,
                    words: words.clone(),
                    across,
                    down: down * layout.stride,
                });
                if open {
                    layout.open_rows(&mut scratch.plane[words]);
                }
                layout.find_rows(&scratch.plane, out, &mut left);
            }
            std::mem::swap(&mut self.eroded, &mut scratch.plane);
            self.rows = left;
            radius += step;
        }
    }

    /// Erodes the mask itself by a disk: each of its rows erodes sideways, as far as it is wide.
    fn erode_disk(&mut self, distance: usize, open: bool, scratch: &mut Scratch) {
        let layout = self.layout;
        let stride = layout.stride;
        let square = (distance as u64).pow(2);
        let half_width = |dy: usize| {
            let width = (square - (dy as u64).pow(2)).isqrt();
            usize::try_from(width).map_or(layout.columns, |width| width.min(layout.columns))
        };
        let down = distance.min(layout.rows);
        let filling = if open { u64::MAX } else { 0 };
        let ground = if open { &self.ground } else { &self.mask };
        let Scratch { blocks: [first_block, second_block], pieces, .. } = scratch;
        self.rows.clear();
        for rows in &self.ground_rows {
            let Some((source, out)) = layout.windows(rows, down, open) else { continue };
            // A block and the rows around it stay in the cache while they are read again and again.
            let block = (4 * PIECE / stride).max(4 * down).max(1);
            for first in out.clone().step_by(block) {
                let rows = first..out.end.min(first + block);
                let begin = source.start + (first - out.start) * stride;
                let length = (rows.len() + 2 * down) * stride;
                let inner = layout.lead..layout.lead + length;
                let (mut current, mut next) = (&mut *first_block, &mut *second_block);
                for buffer in [&mut *current, &mut *next] {
                    resize(buffer, length + 2 * layout.lead);
                    buffer[..inner.start].fill(filling);
                    buffer[inner.end..].fill(filling);
                }
                current[inner.clone()].copy_from_slice(&ground[begin..begin + length]);
                let target = &mut self.eroded[layout.span(&rows)];
                target.fill(u64::MAX);
                let mut width = 0;
                for dy in (0..=down).rev() {
                    let wanted = half_width(dy);
                    if wanted > width {
                        dispatch(ErodeLine {
                            source: current,
                            out: next,
                            words: inner.clone(),
                            radius: wanted - width,
                            pieces,
                        });
                        if open {
                            layout.open_rows(&mut next[inner.clone()]);
                        }
                        std::mem::swap(&mut current, &mut next);
                        width = wanted;
                    }
                    let above = &current[layout.lead + (down - dy) * stride..];
                    let below = &current[layout.lead + (down + dy) * stride..];
                    if !dispatch(IntersectRows { above, below, out: target }) {
                        break;
                    }
                }
                layout.find_rows(&self.eroded, rows, &mut self.rows);
            }
        }
    }
}
