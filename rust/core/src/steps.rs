//! The second pass where the distances are short: the columns next to 64 pixels are tried, then
//! those two steps away, and so on, until none further away can be nearer. In 16 bits.

use crate::envelope::{Chessboard, Combine, Euclidean, Taxicab};

/// The same as [`Combine`] in 16 bits, for distances that a few steps reach.
pub(crate) trait Steps: Combine {
    /// A depth, of at most 255, in the form that [`Steps::near`] takes.
    fn prepare(depth: u16) -> u16;

    /// The distance of a pixel from a column some steps away: [`Steps::prepare`] of the steps, and
    /// of the depth there. The largest number if it needs more bits.
    fn near(steps: u16, depth: u16) -> u16;
}

impl Steps for Euclidean {
    #[inline(always)]
    fn prepare(depth: u16) -> u16 {
        depth * depth
    }

    #[inline(always)]
    fn near(steps: u16, depth: u16) -> u16 {
        steps.saturating_add(depth)
    }
}

impl Steps for Chessboard {
    #[inline(always)]
    fn prepare(depth: u16) -> u16 {
        depth
    }

    #[inline(always)]
    fn near(steps: u16, depth: u16) -> u16 {
        larger(steps, depth)
    }
}

impl Steps for Taxicab {
    #[inline(always)]
    fn prepare(depth: u16) -> u16 {
        depth
    }

    #[inline(always)]
    fn near(steps: u16, depth: u16) -> u16 {
        steps + depth
    }
}

// `Ord::min` and `max` keep loops over iterators from being vectorised.
#[inline(always)]
pub(crate) fn smaller<T: PartialOrd>(first: T, second: T) -> T {
    if first < second { first } else { second }
}

#[inline(always)]
pub(crate) fn larger<T: PartialOrd>(first: T, second: T) -> T {
    if first > second { first } else { second }
}

/// Steps to the sides that are tried before the envelope of the row is made, which costs about as
/// much as that many steps. A multiple of [`UNROLLED`], below 64.
pub(crate) const MOST_STEPS: u16 = 48;

/// Steps between two looks at whether more can help.
const UNROLLED: u16 = 4;

/// Takes the columns to the left and to the right of the image into account.
#[inline(always)]
pub(crate) fn clip_to_sides<C: Steps>(near: &mut [u16; 64], first: usize, columns: usize) {
    for (column, near) in (first..columns).zip(near) {
        let steps = (column + 1).min(columns - column).min(255);
        *near = smaller(*near, C::prepare(steps as u16));
    }
}

/// Tries the columns next to 64 pixels, then those two steps away, and so on; tells whether the
/// distances are final. `line[start]` belongs to the first pixel.
#[inline(always)]
pub(crate) fn step_aside<C: Steps>(near: &mut [u16; 64], line: &[u16], start: usize) -> bool {
    let mut best = *near;
    let mut done = 0;
    let finished = loop {
        let mut longest = 0;
        for &distance in &best {
            longest = larger(longest, distance);
        }
        if C::prepare(done + 1) >= longest {
            break true;
        }
        if done == MOST_STEPS {
            break false;
        }
        for steps in done + 1..=done + UNROLLED {
            let (along, offset) = (C::prepare(steps), usize::from(steps));
            let (left, right) = (&line[start - offset..][..64], &line[start + offset..][..64]);
            for ((best, &left), &right) in best.iter_mut().zip(left).zip(right) {
                *best = smaller(*best, C::near(along, smaller(left, right)));
            }
        }
        done += UNROLLED;
    };
    *near = best;
    finished
}
