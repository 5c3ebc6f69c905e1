//! The second pass for any row: the lower envelope of one curve per column, in linear time
//! (Meijster, Roerdink and Hesselink 2000), in integers.
//!
//! A column i whose nearest background is g(i) rows away gives every pixel x of the row the
//! distance f(x, i); the distance of x is the minimum over i. For each two columns there is one
//! place from which on the right one is nearer, so the columns that matter form a stack.

use std::ops::{Add, Mul, Sub};

/// A signed number that holds the squared distances of an image.
pub(crate) trait Length:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Into<i64>
    + Send
    + Sync
{
    /// None.
    const ZERO: Self;
    /// One pixel.
    const ONE: Self;
    /// The largest number.
    const MAX: Self;
    /// The smallest number.
    const MIN: Self;

    /// A coordinate.
    fn of(value: usize) -> Self;

    /// A coordinate that is not negative.
    fn index(self) -> usize;

    /// The value without its sign.
    fn abs(self) -> Self;

    /// Half of it, rounded down.
    fn half(self) -> Self;

    /// The ratio to a positive number, rounded down.
    fn floor_ratio(self, other: Self) -> Self;
}

macro_rules! implement_length {
    ($number:ty) => {
        impl Length for $number {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const MAX: Self = Self::MAX;
            const MIN: Self = Self::MIN;

            #[inline(always)]
            fn of(value: usize) -> Self {
                value as Self
            }

            #[inline(always)]
            fn index(self) -> usize {
                self as usize
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }

            #[inline(always)]
            fn half(self) -> Self {
                self >> 1
            }

            #[inline(always)]
            fn floor_ratio(self, other: Self) -> Self {
                self.div_euclid(other)
            }
        }
    };
}

implement_length!(i32);
implement_length!(i64);

#[inline(always)]
fn smaller<N: PartialOrd>(first: N, second: N) -> N {
    if first < second { first } else { second }
}

#[inline(always)]
fn larger<N: PartialOrd>(first: N, second: N) -> N {
    if first > second { first } else { second }
}

/// How distances down (`depth`) and along (`step`) combine. A distance is a squared one for
/// [`Euclidean`].
pub(crate) trait Combine: Copy + Send + Sync {
    /// The distance of a pixel `step` columns away from a column with `depth`.
    fn far<N: Length>(step: N, depth: N) -> N;

    /// The last place where the left of two columns is at least as near as the right one, rounded
    /// down.
    fn last_of_left<N: Length>(left: Column<N>, right: Column<N>) -> N;
}

/// A column, and its distance from the background.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<N> {
    pub place: N,
    pub depth: N,
}

/// Squared Euclidean distances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Euclidean;

/// The larger of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chessboard;

/// The sum of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taxicab;

impl Combine for Euclidean {
    #[inline(always)]
    fn far<N: Length>(step: N, depth: N) -> N {
        step * step + depth * depth
    }

    #[inline(always)]
    fn last_of_left<N: Length>(left: Column<N>, right: Column<N>) -> N {
        let gap = right.place - left.place;
        let depths = (right.depth - left.depth) * (right.depth + left.depth);
        let sum = gap * (right.place + left.place) + depths;
        // Neighbours are the most frequent pair, and a division takes long.
        if gap == N::ONE { sum.half() } else { sum.floor_ratio(gap + gap) }
    }
}

impl Combine for Chessboard {
    #[inline(always)]
    fn far<N: Length>(step: N, depth: N) -> N {
        larger(step.abs(), depth)
    }

    #[inline(always)]
    fn last_of_left<N: Length>(left: Column<N>, right: Column<N>) -> N {
        let middle = (left.place + right.place).half();
        if left.depth <= right.depth {
            larger(middle, left.place + right.depth)
        } else {
            smaller(middle, right.place - left.depth)
        }
    }
}

impl Combine for Taxicab {
    #[inline(always)]
    fn far<N: Length>(step: N, depth: N) -> N {
        step.abs() + depth
    }

    #[inline(always)]
    fn last_of_left<N: Length>(left: Column<N>, right: Column<N>) -> N {
        let gap = right.place - left.place;
        if right.depth >= left.depth + gap {
            N::MAX - N::ONE
        } else if left.depth > right.depth + gap {
            N::MIN
        } else {
            (right.place + left.place + right.depth - left.depth).half()
        }
    }
}

/// The columns that are nearest somewhere in a row, from the left.
#[derive(Debug)]
pub(crate) struct Envelope<N> {
    /// The first place where each is nearest, and the column.
    sites: Vec<(N, Column<N>)>,
}

impl<N: Length> Envelope<N> {
    /// No columns.
    pub fn new() -> Self {
        Self { sites: Vec::new() }
    }

    /// Starts a new row.
    pub fn clear(&mut self) {
        self.sites.clear();
    }

    /// Adds a column to the right of all others. It matters if it is nearest before `end`.
    #[inline(always)]
    pub fn push<C: Combine>(&mut self, column: Column<N>, end: N) {
        let mut first = N::ZERO;
        while let Some(&(start, top)) = self.sites.last() {
            let own = C::far(start - column.place, column.depth);
            if C::far(start - top.place, top.depth) > own {
                self.sites.pop();
                continue;
            }
            first = N::ONE + C::last_of_left(top, column);
            break;
        }
        if first < end {
            self.sites.push((first, column));
        }
    }

    /// Writes the distances of the places from 0 on. There must be a column.
    #[inline(always)]
    pub fn write<C: Combine>(&self, distances: &mut [N]) {
        debug_assert!(!self.sites.is_empty());
        let mut end = distances.len();
        for &(start, column) in self.sites.iter().rev() {
            let start = start.index();
            let mut step = N::of(start) - column.place;
            for distance in &mut distances[start..end] {
                *distance = C::far(step, column.depth);
                step = step + N::ONE;
            }
            end = start;
        }
    }
}
