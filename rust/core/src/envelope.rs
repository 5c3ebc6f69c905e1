//! The second pass for any row: the lower envelope of one curve per column, in linear time
//! (Meijster, Roerdink and Hesselink 2000), in integers.
//!
//! A column i whose nearest background is g(i) rows away gives every pixel x of the row the
//! distance f(x, i); the distance of x is the minimum over i. For each two columns there is one
//! place from which on the right one is nearer, so the columns that matter form a stack.

/// How distances down (`depth`) and along (`step`) combine. A distance is a squared one for
/// [`Euclidean`].
pub(crate) trait Combine: Copy + Send + Sync {
    /// The distance of a pixel `step` columns away from a column with `depth`.
    fn far(step: i64, depth: i64) -> i64;

    /// The last place where the left of two columns is at least as near as the right one, rounded
    /// down: the places and their depths.
    fn last_of_left(left: i64, left_depth: i64, right: i64, right_depth: i64) -> i64;
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
    fn far(step: i64, depth: i64) -> i64 {
        step * step + depth * depth
    }

    #[inline(always)]
    fn last_of_left(left: i64, left_depth: i64, right: i64, right_depth: i64) -> i64 {
        let gap = right - left;
        let depths = (right_depth - left_depth) * (right_depth + left_depth);
        let sum = gap * (right + left) + depths;
        // Neighbours are the most frequent pair, and a division takes long.
        if gap == 1 { sum >> 1 } else { sum.div_euclid(2 * gap) }
    }
}

impl Combine for Chessboard {
    #[inline(always)]
    fn far(step: i64, depth: i64) -> i64 {
        step.abs().max(depth)
    }

    #[inline(always)]
    fn last_of_left(left: i64, left_depth: i64, right: i64, right_depth: i64) -> i64 {
        let middle = (left + right).div_euclid(2);
        if left_depth <= right_depth {
            middle.max(left + right_depth)
        } else {
            middle.min(right - left_depth)
        }
    }
}

impl Combine for Taxicab {
    #[inline(always)]
    fn far(step: i64, depth: i64) -> i64 {
        step.abs() + depth
    }

    #[inline(always)]
    fn last_of_left(left: i64, left_depth: i64, right: i64, right_depth: i64) -> i64 {
        if right_depth >= left_depth + right - left {
            i64::MAX - 1
        } else if left_depth > right_depth + right - left {
            i64::MIN
        } else {
            (right + left + right_depth - left_depth).div_euclid(2)
        }
    }
}

/// The columns that are nearest somewhere in a row, from the left.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    sites: Vec<Site>,
}

/// A column, its depth, and the first place where it is nearest.
#[derive(Debug, Clone, Copy)]
struct Site {
    column: i64,
    depth: i64,
    first: i64,
}

impl Envelope {
    /// Starts a new row.
    pub fn clear(&mut self) {
        self.sites.clear();
    }

    /// Adds a column to the right of all others. It matters if it is nearest before `end`.
    #[inline(always)]
    pub fn push<C: Combine>(&mut self, column: i64, depth: i64, end: i64) {
        let mut first = 0;
        while let Some(&top) = self.sites.last() {
            if C::far(top.first - top.column, top.depth) > C::far(top.first - column, depth) {
                self.sites.pop();
                continue;
            }
            first = 1 + C::last_of_left(top.column, top.depth, column, depth);
            break;
        }
        if first < end {
            self.sites.push(Site { column, depth, first });
        }
    }

    /// Writes the distances of the places from 0 on; the largest number if there are no columns.
    #[inline(always)]
    pub fn write<C: Combine>(&self, distances: &mut [i64]) {
        if self.sites.is_empty() {
            distances.fill(i64::MAX);
        }
        let mut end = distances.len();
        for site in self.sites.iter().rev() {
            let start = site.first as usize;
            for (distance, place) in distances[start..end].iter_mut().zip(site.first..) {
                *distance = C::far(place - site.column, site.depth);
            }
            end = start;
        }
    }
}
