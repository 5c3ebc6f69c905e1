//! The sum under a precision-recall curve: each threshold's part is rounded, the sum is exact.

use std::ops::Range;

use crate::columns::{BLOCK, Block, Pair, blocks};
use crate::error::Error;
use crate::parallel::Control;

/// What the positives at a threshold add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Their number times the precision there.
    Step,
    /// Twice their number times the mean of the precisions there and just above.
    Trapezoid,
}

/// Numbers that are not negative, below 2^64 and, unless zero, at least 2^-64, summed exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactSum {
    /// The mantissas of all numbers with the same exponent, in lanes that don't wait for each other.
    mantissas: [[u128; Self::EXPONENTS]; Self::LANES],
}

impl ExactSum {
    const EXPONENTS: usize = 128;
    const LANES: usize = 4;
    /// Bits of a mantissa after the first.
    const MANTISSA: u32 = 52;
    /// The biased exponent of the smallest number.
    const LOWEST: u64 = 1023 - 64;
    /// The unit of the places of [`Self::terms`] is 2 to the power of minus this.
    pub const UNIT: u32 = 64 + Self::MANTISSA;

    fn new() -> Self {
        Self { mantissas: [[0; Self::EXPONENTS]; Self::LANES] }
    }

    fn add(&mut self, numbers: &[f64]) {
        for numbers in numbers.chunks(Self::LANES) {
            for (&number, mantissas) in numbers.iter().zip(&mut self.mantissas) {
                if number > 0.0 {
                    let bits = number.to_bits();
                    let exponent = (bits >> Self::MANTISSA) - Self::LOWEST;
                    let implied = 1 << Self::MANTISSA;
                    let mantissa = (bits & (implied - 1)) | implied;
                    mantissas[exponent as usize] += u128::from(mantissa);
                }
            }
        }
    }

    fn merge(mut self, other: &Self) -> Self {
        let (mantissas, others) =
            (self.mantissas.as_flattened_mut(), other.mantissas.as_flattened());
        mantissas.iter_mut().zip(others).for_each(|(mantissa, other)| *mantissa += other);
        self
    }

    /// Whole numbers and their places: the sum is that of all `number * 2^(place - UNIT)`.
    pub fn terms(&self) -> impl Iterator<Item = (u32, u128)> {
        let sums = (0..Self::EXPONENTS).map(|at| self.mantissas.iter().map(|lane| lane[at]).sum());
        (0..).zip(sums).filter(|&(_, sum)| sum != 0)
    }
}

/// The sum over all thresholds of what the positives there add to the area under a
/// precision-recall curve, in positives; of [`Rule::Trapezoid`] twice that.
///
/// The first column is the negatives, the second one the positives. Precision is 1 where nothing
/// is predicted. Positives between thresholds only shift the others. Uses the rayon pool it is
/// called in; few thresholds stay on the calling thread.
///
/// # Errors
/// A cancelled job.
pub fn sum_precisions(counts: &Pair<'_>, rule: Rule, control: &Control) -> Result<ExactSum, Error> {
    let parts = counts.map_parts(control, |start, range| match rule {
        Rule::Step => part(counts, start, range, step),
        Rule::Trapezoid => part(counts, start, range, trapezoid),
    });
    Ok(parts?.iter().fold(ExactSum::new(), ExactSum::merge))
}

/// False and true positives.
type Predicted = (f64, f64);

/// The exact number, if it has 53 bits; a count has less than 63.
#[inline(always)]
fn real(count: u64) -> f64 {
    count as i64 as f64
}

#[inline(always)]
fn step(_: Predicted, (fp, tp): Predicted, gain: f64) -> f64 {
    // Where nothing is predicted, nothing is gained.
    gain * tp / (tp + fp).max(1.0)
}

#[inline(always)]
fn trapezoid(above: Predicted, at: Predicted, gain: f64) -> f64 {
    gain * (precision(above) + precision(at))
}

#[inline(always)]
fn precision((fp, tp): Predicted) -> f64 {
    if tp + fp > 0.0 { tp / (tp + fp) } else { 1.0 }
}

fn part(
    counts: &Pair<'_>,
    (mut fp, mut tp): (u64, u64),
    range: Range<usize>,
    term: impl Fn(Predicted, Predicted, f64) -> f64,
) -> ExactSum {
    let mut sum = ExactSum::new();
    let mut block = Block::new();
    let mut terms = [0.0; BLOCK];
    for range in blocks(range) {
        counts.read(range, &mut block);
        let Block { across: negatives, up: positives } = &block;
        for (index, out) in terms.iter_mut().enumerate() {
            let above = (fp + negatives.between[index], tp + positives.between[index]);
            let gain = positives.at[index];
            (fp, tp) = (above.0 + negatives.at[index], above.1 + gain);
            let above = (real(above.0), real(above.1));
            *out = term(above, (real(fp), real(tp)), real(gain));
        }
        sum.add(&terms);
    }
    sum
}
