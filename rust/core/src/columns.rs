//! Quantities that grow as a threshold falls: what a sweep counts, as running sums.

use std::ops::Range;

use crate::error::Error;
use crate::parallel::{Control, TASK, map_tasks};

/// Thresholds of a block, whose numbers stay in the first cache.
pub(crate) const BLOCK: usize = 512;

/// A threshold takes about as long as so many pixels of other work.
const EFFORT: usize = 8;

/// Whole numbers, one for each threshold in descending order.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// All fit 32 bits.
    Narrow(&'a [u32]),
    /// At least one might not.
    Wide(&'a [u64]),
}

impl Numbers<'_> {
    /// How many thresholds there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    /// Whether there are no thresholds.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn sum(&self, range: Range<usize>) -> u64 {
        match self {
            Self::Narrow(numbers) => numbers[range].iter().map(|&number| u64::from(number)).sum(),
            Self::Wide(numbers) => numbers[range].iter().sum(),
        }
    }

    fn read(&self, range: Range<usize>, out: &mut [u64]) {
        let (out, rest) = out.split_at_mut(range.len());
        rest.fill(0);
        match self {
            Self::Narrow(numbers) => {
                out.iter_mut().zip(&numbers[range]).for_each(|(out, &number)| *out = number.into());
            }
            Self::Wide(numbers) => out.copy_from_slice(&numbers[range]),
        }
    }
}

/// One quantity that grows as the threshold falls.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    at: Numbers<'a>,
    between: Option<Numbers<'a>>,
    total: u64,
}

impl<'a> Column<'a> {
    /// A quantity from what each threshold itself adds, the scores that equal it; what scores
    /// between it and the one before add, nothing if that is nothing; and all of it, with what lies
    /// below the last threshold. Nothing if the lengths differ.
    pub fn new(at: Numbers<'a>, between: Option<Numbers<'a>>, total: u64) -> Option<Self> {
        let same = between.is_none_or(|between| between.len() == at.len());
        same.then_some(Self { at, between, total })
    }

    /// How much there is in all at the last threshold of each block of so many thresholds.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn ends(&self, size: usize) -> Vec<u64> {
        let length = self.at.len();
        let mut reached = 0;
        let starts = (0..length).step_by(size);
        starts
            .map(|start| {
                reached += self.sum(start..length.min(start.saturating_add(size)));
                reached
            })
            .collect()
    }

    fn read(&self, range: Range<usize>, steps: &mut Steps) {
        match &self.between {
            Some(between) => between.read(range.clone(), &mut steps.between),
            None => steps.between.fill(0),
        }
        self.at.read(range, &mut steps.at);
    }

    fn sum(&self, range: Range<usize>) -> u64 {
        let between = self.between.map_or(0, |between| between.sum(range.clone()));
        between + self.at.sum(range)
    }
}

/// Two columns over the same thresholds: the coordinates of a polygon.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    across: Column<'a>,
    up: Column<'a>,
}

impl<'a> Pair<'a> {
    /// Two columns; nothing if they are not of the same length.
    pub fn new(across: Column<'a>, up: Column<'a>) -> Option<Self> {
        (across.at.len() == up.at.len()).then_some(Self { across, up })
    }

    /// Everything across, and everything up.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.across.total, self.up.total)
    }

    /// As much work as so many pixels.
    pub fn effort(&self) -> usize {
        self.across.at.len() * EFFORT
    }

    /// Calls `work(start, range)` for parts of the thresholds, with what there is before each in
    /// both columns, and returns the results in order. Uses the rayon pool it is called in.
    pub(crate) fn map_parts<R: Send>(
        &self,
        control: &Control,
        work: impl Fn((u64, u64), Range<usize>) -> R + Sync,
    ) -> Result<Vec<R>, Error> {
        let length = self.across.at.len();
        let parts: Vec<_> = (0..length).step_by(TASK / EFFORT).collect();
        let range = |start: usize| start..length.min(start + TASK / EFFORT);
        let effort = |&start: &usize| range(start).len() * EFFORT;
        let sums = map_tasks(&parts, effort, control, |_, &start, _, _| {
            Ok((self.across.sum(range(start)), self.up.sum(range(start))))
        })?;
        let mut before = vec![(0, 0)];
        for (index, (across, up)) in sums {
            let (x, y) = before[index];
            before.push((x + across, y + up));
        }
        let results = map_tasks(&parts, effort, control, |index, &start, _, _| {
            Ok(work(before[index], range(start)))
        })?;
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// What each of some thresholds adds, a block at most; nothing in the rest of the block.
    pub(crate) fn read(&self, range: Range<usize>, block: &mut Block) {
        self.across.read(range.clone(), &mut block.across);
        self.up.read(range, &mut block.up);
    }
}

/// What each threshold of a block adds to two columns.
pub(crate) struct Block {
    pub across: Steps,
    pub up: Steps,
}

/// What each threshold of a block adds, between it and the one before, and itself.
pub(crate) struct Steps {
    pub between: [u64; BLOCK],
    pub at: [u64; BLOCK],
}

impl Steps {
    pub fn sum(&self) -> u64 {
        self.between.iter().sum::<u64>() + self.at.iter().sum::<u64>()
    }
}

impl Block {
    pub fn new() -> Self {
        let steps = || Steps { between: [0; BLOCK], at: [0; BLOCK] };
        Self { across: steps(), up: steps() }
    }
}

/// Blocks of thresholds, in order.
pub(crate) fn blocks(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(BLOCK).map(move |start| start..end.min(start + BLOCK))
}
