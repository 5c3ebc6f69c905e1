//! Sums along the curves of threshold sweeps.

use flawgauge::columns::{Column, Numbers, Pair};
use flawgauge::curve_areas::{self, Side};
use flawgauge::parallel::Control;
use flawgauge::precision_sums::{self, ExactSum, Rule};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::errors::{from_core, invalid_value};
use crate::jobs;

/// Counts at thresholds, and between them; all.
type Columns<'py> = (Counts<'py>, Option<Counts<'py>>, u64);

/// A one-dimensional, contiguous array.
#[derive(FromPyObject)]
pub enum Counts<'py> {
    Narrow(PyReadonlyArray1<'py, u32>),
    Wide(PyReadonlyArray1<'py, u64>),
}

impl Counts<'_> {
    fn numbers(&self) -> PyResult<Numbers<'_>> {
        Ok(match self {
            Self::Narrow(counts) => Numbers::Narrow(counts.as_slice()?),
            Self::Wide(counts) => Numbers::Wide(counts.as_slice()?),
        })
    }
}

fn column<'a>(py: Python<'_>, columns: &'a Columns<'_>) -> PyResult<Column<'a>> {
    let (at, between, total) = columns;
    let between = between.as_ref().map(Counts::numbers).transpose()?;
    Column::new(at.numbers()?, between, *total).ok_or_else(|| lengths_differ(py))
}

fn pair<'a>(py: Python<'_>, across: &'a Columns<'_>, up: &'a Columns<'_>) -> PyResult<Pair<'a>> {
    Pair::new(column(py, across)?, column(py, up)?).ok_or_else(|| lengths_differ(py))
}

fn lengths_differ(py: Python<'_>) -> PyErr {
    invalid_value(py, "want counts at the same thresholds".to_owned())
}

/// All that was counted up to the last threshold of each block of so many thresholds.
#[pyfunction]
pub fn block_ends<'py>(
    py: Python<'py>,
    counts: Columns<'_>,
    size: usize,
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    if size == 0 {
        return Err(invalid_value(py, "size is 0, want at least 1".to_owned()));
    }
    let counts = column(py, &counts)?;
    Ok(PyArray1::from_vec(py, py.detach(|| counts.ends(size))))
}

/// Where a piece of a polygon begins and ends, and whether it is of tied scores.
type LastPiece = ((u64, u64), (u64, u64), bool);

/// Twice the area under a polygon up to the piece that reaches the limit, and that piece.
///
/// `side`: "value", "lower" or "upper".
#[pyfunction]
pub fn area_up_to(
    py: Python<'_>,
    across: Columns<'_>,
    up: Columns<'_>,
    limit: u64,
    side: &str,
) -> PyResult<(u128, LastPiece)> {
    let polygon = pair(py, &across, &up)?;
    let side = match side {
        "value" => Side::Value,
        "lower" => Side::Lower,
        "upper" => Side::Upper,
        _ => return Err(invalid_value(py, format!("side is {side:?}"))),
    };
    let work = |control: &Control| curve_areas::area_up_to(&polygon, limit, side, control);
    let area =
        jobs::run(py, polygon.effort(), work)?.map_err(|error| from_core(py, &error, &[]))?;
    Ok((area.twice, (area.last.start, area.last.end, area.last.tied)))
}

/// The exact sum of the rounded parts of an area under a precision-recall curve, at the thresholds
/// alone: whole numbers, each with the place of its unit, and the place of 1.
///
/// `rule`: "step", or "trapezoid" for twice the sum.
#[pyfunction]
pub fn sum_precisions(
    py: Python<'_>,
    negatives: Columns<'_>,
    positives: Columns<'_>,
    rule: &str,
) -> PyResult<(Vec<(u32, u128)>, u32)> {
    let counts = pair(py, &negatives, &positives)?;
    let rule = match rule {
        "step" => Rule::Step,
        "trapezoid" => Rule::Trapezoid,
        _ => return Err(invalid_value(py, format!("rule is {rule:?}"))),
    };
    let work = |control: &Control| precision_sums::sum_precisions(&counts, rule, control);
    let sum = jobs::run(py, counts.effort(), work)?.map_err(|error| from_core(py, &error, &[]))?;
    Ok((sum.terms().collect(), ExactSum::UNIT))
}
