//! Areas under polygons whose corners are whole numbers.
//!
//! As the threshold falls, one quantity grows across and another one up: false positives and true
//! ones, or the overlap with regions. Scores between two thresholds, whose order is not known, and
//! the tied scores at a threshold are a straight line each. Everything is a sum of integers; the
//! piece that a limit cuts is left to the caller, who divides.

use std::ops::{Add, Mul, Range};

use crate::columns::{BLOCK, Block, Pair, blocks};
use crate::error::Error;
use crate::parallel::Control;

/// Which order to assume of scores whose order is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Tied: a straight line.
    Value,
    /// The worst: first everything that goes across.
    Lower,
    /// The best: first everything that goes up.
    Upper,
}

impl Side {
    /// Twice the mean height of a piece.
    fn twice_height(self, low: u64, high: u64) -> u128 {
        let (low, high) = (u128::from(low), u128::from(high));
        match self {
            Self::Value => low + high,
            Self::Lower => 2 * low,
            Self::Upper => 2 * high,
        }
    }
}

/// The area up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Twice the area of all pieces before the one that reaches the limit.
    pub twice: u128,
    /// The piece that reaches the limit.
    pub last: Piece,
}

/// A piece of a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins: across, up.
    pub start: (u64, u64),
    /// Where it ends.
    pub end: (u64, u64),
    /// Whether it is of tied scores, and so a straight line whatever the side.
    pub tied: bool,
}

/// The area under a polygon from (0, 0) to its totals, up to the first piece that ends at `limit`
/// or further across, or else to the piece below the last threshold.
///
/// Uses the rayon pool it is called in; few thresholds stay on the calling thread.
///
/// # Errors
/// A cancelled job.
pub fn area_up_to(
    polygon: &Pair<'_>,
    limit: u64,
    side: Side,
    control: &Control,
) -> Result<Area, Error> {
    let parts = polygon.map_parts(control, |start, range| part(polygon, start, range, limit, side));
    let (mut twice, mut start) = (0, (0, 0));
    for part in parts? {
        twice += part.twice;
        start = part.end;
        if let Some(last) = part.last {
            return Ok(Area { twice, last });
        }
    }
    Ok(Area { twice, last: Piece { start, end: polygon.totals(), tied: false } })
}

/// The area of some thresholds, up to the limit.
struct Part {
    twice: u128,
    end: (u64, u64),
    /// The piece that reaches the limit, if one does.
    last: Option<Piece>,
}

fn part(
    polygon: &Pair<'_>,
    start: (u64, u64),
    range: Range<usize>,
    limit: u64,
    side: Side,
) -> Part {
    let mut twice = 0;
    let (mut x, mut y) = start;
    // Else a part before has reached it.
    let ranges = if x < limit { range } else { 0..0 };
    let mut block = Block::new();
    for range in blocks(ranges) {
        polygon.read(range, &mut block);
        let (width, height) = (block.across.sum(), block.up.sum());
        if x + width >= limit {
            let last = last_piece(&block, (x, y), limit, side, &mut twice);
            return Part { twice, end: (x, y), last };
        }
        // Above the height at which the block begins, most areas fit 64 bits, which is faster.
        let fits = width.max(1).checked_mul(height).is_some_and(|area| area < 1 << 63);
        let inner = if fits {
            u128::from(twice_area::<u64>(&block, side))
        } else {
            twice_area::<u128>(&block, side)
        };
        twice += 2 * u128::from(y) * u128::from(width) + inner;
        (x, y) = (x + width, y + height);
    }
    Part { twice, end: (x, y), last: None }
}

/// Twice the area of a block, above the height at which it begins.
fn twice_area<T>(block: &Block, side: Side) -> T
where
    T: From<u64> + Copy + Add<Output = T> + Mul<Output = T>,
{
    // A loop for each, so that none asks in every turn.
    match side {
        Side::Value => add_pieces(block, |low, high| low + high),
        Side::Lower => add_pieces(block, |low, _| low + low),
        Side::Upper => add_pieces(block, |_, high| high + high),
    }
}

#[inline(always)]
fn add_pieces<T>(block: &Block, twice_height: impl Fn(T, T) -> T) -> T
where
    T: From<u64> + Copy + Add<Output = T> + Mul<Output = T>,
{
    let (across, up) = (&block.across, &block.up);
    let (mut twice, mut y) = (T::from(0), T::from(0));
    for index in 0..BLOCK {
        let above = y + up.between[index].into();
        let at = above + up.at[index].into();
        twice = twice
            + twice_height(y, above) * across.between[index].into()
            + (above + at) * across.at[index].into();
        y = at;
    }
    twice
}

/// The piece of a block that reaches the limit; the pieces before it are added to the area.
fn last_piece(
    block: &Block,
    (mut x, mut y): (u64, u64),
    limit: u64,
    side: Side,
    twice: &mut u128,
) -> Option<Piece> {
    let (across, up) = (&block.across, &block.up);
    for index in 0..BLOCK {
        let pieces = [
            (across.between[index], up.between[index], side, false),
            (across.at[index], up.at[index], Side::Value, true),
        ];
        for (width, height, side, tied) in pieces {
            let piece = Piece { start: (x, y), end: (x + width, y + height), tied };
            if piece.end.0 >= limit {
                return Some(piece);
            }
            *twice += u128::from(width) * side.twice_height(y, piece.end.1);
            (x, y) = piece.end;
        }
    }
    None
}
