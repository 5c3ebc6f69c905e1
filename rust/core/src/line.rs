//! The inner loops of erosion: planes as lines of bits, shifted and intersected.

use std::ops::Range;

use crate::plane::resize;
use crate::simd::{Kernel, Simd};

/// Words worked on at a time, so that a piece stays in the first cache through all passes.
pub(crate) const PIECE: usize = 1024;

/// Bits `shift..` of a line, word by word; `bits` must have one word more than `out`.
#[inline(always)]
fn shifted(low: u64, high: u64, shift: usize) -> u64 {
    // In two steps, since a shift by 64 is none.
    (low >> shift) | ((high << 1) << (63 - shift))
}

/// Sets each bit of `out` iff all bits at most `radius` from its place are set in `source`.
pub(crate) struct ErodeLine<'a> {
    pub source: &'a [u64],
    pub out: &'a mut [u64],
    /// The words of `out` to compute; `source` must go on on both sides as far as a layout's
    /// filling does.
    pub words: Range<usize>,
    pub radius: usize,
    pub pieces: &'a mut [Vec<u64>; 2],
}

impl Kernel for ErodeLine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, out, words, radius, pieces } = self;
        if radius == 0 {
            out[words.clone()].copy_from_slice(&source[words]);
            return;
        }
        if radius == 1 {
            erode_by_one(source, &mut out[words.clone()], words.start);
            return;
        }
        let width = 2 * radius + 1;
        // A window starts `radius` before its pixel, so it spans so many words beyond the last.
        let (before, beyond) = (radius.div_ceil(64), (2 * radius).div_ceil(64) + 1);
        let piece = PIECE.max(4 * beyond);
        let [current, next] = pieces;
        for buffer in [&mut *current, &mut *next] {
            resize(buffer, piece + 2 * beyond + 2);
        }
        for start in words.clone().step_by(piece) {
            let count = piece.min(words.end - start);
            let length = count + beyond;
            let low = &source[start - before..][..length + 1];
            let shift = 64 * before - radius;
            for (word, pair) in current[..length].iter_mut().zip(low.windows(2)) {
                *word = shifted(pair[0], pair[1], shift);
            }
            let mut window = 1;
            while window < width {
                let step = window.min(width - window);
                window += step;
                let target = if window == width {
                    &mut out[start..start + count]
                } else {
                    &mut next[..length]
                };
                intersect_shifted(current, step, target);
                std::mem::swap(current, next);
            }
        }
    }
}

/// Intersects a line with itself moved by `step` bits.
#[inline(always)]
fn intersect_shifted(line: &[u64], step: usize, out: &mut [u64]) {
    let (whole, shift) = (step / 64, step % 64);
    let (low, high) = (&line[whole..][..out.len()], &line[whole + 1..][..out.len()]);
    for (((out, &word), &low), &high) in out.iter_mut().zip(line).zip(low).zip(high) {
        *out = word & shifted(low, high, shift);
    }
}

#[inline(always)]
fn erode_by_one(source: &[u64], out: &mut [u64], start: usize) {
    let count = out.len();
    let (before, after) = (&source[start - 1..][..count], &source[start + 1..][..count]);
    let source = &source[start..][..count];
    for (((out, &word), &before), &after) in out.iter_mut().zip(source).zip(before).zip(after) {
        *out = word & ((word << 1) | (before >> 63)) & ((word >> 1) | (after << 63));
    }
}

/// Intersects each row with the `radius` rows above and below it.
///
/// `source` starts `radius` rows before the rows of `out` and ends as many after.
pub(crate) struct ErodeDown<'a> {
    pub source: &'a [u64],
    pub out: &'a mut [u64],
    pub stride: usize,
    pub radius: usize,
    pub pieces: &'a mut [Vec<u64>; 2],
}

impl Kernel for ErodeDown<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, out, stride, radius, pieces } = self;
        let height = 2 * radius + 1;
        // Blocks of rows, so that the passes stay in the first cache.
        let block = (PIECE / stride).max(4 * radius) * stride;
        let [first, second] = pieces;
        for buffer in [&mut *first, &mut *second] {
            resize(buffer, block + 2 * radius * stride);
        }
        for (index, out) in out.chunks_mut(block.max(stride)).enumerate() {
            let source = &source[index * block..][..out.len() + 2 * radius * stride];
            let (mut window, steps) = (1, next_steps(1, height));
            if window + steps[2] >= height {
                intersect_four(source, steps, stride, out);
                continue;
            }
            let mut length = source.len() - steps[2] * stride;
            intersect_four(source, steps, stride, &mut first[..length]);
            window += steps[2];
            let (mut from, mut to) = (&mut *first, &mut *second);
            loop {
                let steps = next_steps(window, height);
                window += steps[2];
                if window >= height {
                    intersect_four(from, steps, stride, out);
                    break;
                }
                length -= steps[2] * stride;
                intersect_four(from, steps, stride, &mut to[..length]);
                std::mem::swap(&mut from, &mut to);
            }
        }
    }
}

/// How far to move a window of rows three times to make it four times as high, or `height`.
#[inline(always)]
pub(crate) fn next_steps(window: usize, height: usize) -> [usize; 3] {
    [window, 2 * window, 3 * window].map(|step| step.min(height - window))
}

/// Intersects rows with those the three steps further down.
#[inline(always)]
fn intersect_four(source: &[u64], steps: [usize; 3], stride: usize, out: &mut [u64]) {
    let count = out.len();
    let [second, third, fourth] = steps.map(|step| &source[step * stride..][..count]);
    let rows = source[..count].iter().zip(second).zip(third.iter().zip(fourth));
    for (out, ((first, second), (third, fourth))) in out.iter_mut().zip(rows) {
        *out = first & second & third & fourth;
    }
}

/// Intersects a plane with itself, moved in the four directions.
pub(crate) struct ErodeDiamond<'a> {
    pub source: &'a [u64],
    pub out: &'a mut [u64],
    /// The words to compute, in both planes.
    pub words: Range<usize>,
    /// Bits to move to the left and right.
    pub across: usize,
    /// Words to move up and down.
    pub down: usize,
}

impl Kernel for ErodeDiamond<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { source, out, words, across, down } = self;
        let (whole, shift) = (across / 64, across % 64);
        let out = &mut out[words.clone()];
        let part = |start: usize| &source[start..][..out.len()];
        let (above, below) = (part(words.start - down), part(words.start + down));
        let middle = part(words.start);
        let right = part(words.start + whole).iter().zip(part(words.start + whole + 1));
        let left = part(words.start - whole).iter().zip(part(words.start - whole - 1));
        let sides = right.zip(left).map(|((&low, &high), (&word, &before))| {
            shifted(low, high, shift) & ((word << shift) | ((before >> 1) >> (63 - shift)))
        });
        let rows = middle.iter().zip(above).zip(below);
        for ((out, ((middle, above), below)), sides) in out.iter_mut().zip(rows).zip(sides) {
            *out = middle & above & below & sides;
        }
    }
}

/// Intersects `out` with two pieces of a plane, and tells whether any bit is left.
pub(crate) struct IntersectRows<'a> {
    pub above: &'a [u64],
    pub below: &'a [u64],
    pub out: &'a mut [u64],
}

impl Kernel for IntersectRows<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> bool {
        let mut any = 0;
        for ((out, above), below) in self.out.iter_mut().zip(self.above).zip(self.below) {
            *out &= above & below;
            any |= *out;
        }
        any != 0
    }
}
