//! Counts of masks and of label maps.

use flawgauge::confusion::{Confusion, MaskPair, count as count_masks, count_interleaved};
use flawgauge::labels::{Classes, JointCounts, LabelPair, count as count_labels};
use flawgauge::mask::Rule;
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

use crate::errors::from_core;
use crate::images::{Batch, same_length};
use crate::jobs;

/// Counts tp, fp, fn and tn for each image: an int64 array of the leading shape and 4.
#[pyfunction]
#[pyo3(signature = (preds, target, ignore=None, threshold=None))]
pub fn confusion<'py>(
    py: Python<'py>,
    preds: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    ignore: Option<&Bound<'py, PyAny>>,
    threshold: Option<f64>,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let preds = Batch::borrow(preds, "preds")?;
    let target = Batch::borrow(target, "target")?;
    let ignore = ignore.map(|ignore| Batch::borrow(ignore, "ignore")).transpose()?;
    same_length(py, &preds, &target)?;
    let rule = threshold.map_or(Rule::NonZero, Rule::AtLeast);
    if let Some(axis) = preds.interleaved_axis().or_else(|| target.interleaved_axis())
        && let Some(counts) =
            confusion_interleaved(py, [&preds, &target], ignore.as_ref(), rule, axis)?
    {
        return counts_array(py, &counts, preds.leading);
    }
    let pairs: Vec<_> = (0..preds.images.len())
        .map(|index| MaskPair {
            preds: preds.images[index],
            target: target.images[index],
            ignore: ignore.as_ref().map(|ignore| ignore.images[index]),
        })
        .collect();
    let counted = jobs::run(py, preds.pixels(), |control| count_masks(&pairs, rule, control))?;
    let counts = counted.map_err(|error| from_core(py, &error, &preds.leading))?;
    counts_array(py, &counts, preds.leading)
}

/// Counts a batch whose images lie side by side in memory; nothing if that is not so for both
/// arrays or if a score is NaN, whose place only the counting by images can tell.
fn confusion_interleaved(
    py: Python<'_>,
    [preds, target]: [&Batch<'_>; 2],
    ignore: Option<&Batch<'_>>,
    rule: Rule,
    axis: usize,
) -> PyResult<Option<Vec<Confusion>>> {
    let inner = if preds.interleaved_axis().is_some() { preds } else { target }.inner_axis();
    let (preds_pieces, target_pieces) = (preds.pieces(axis, inner), target.pieces(axis, inner));
    let ignore_pieces = ignore.map(|ignore| ignore.pieces(axis, inner));
    if preds_pieces.len() != target_pieces.len() {
        return Ok(None);
    }
    let along = preds.leading[axis];
    let step: usize = preds.leading[axis + 1..].iter().product();
    let mut counts = vec![Confusion::default(); preds.images.len()];
    for (other, (preds_views, target_views)) in preds_pieces.iter().zip(&target_pieces).enumerate()
    {
        let ignore_views = ignore_pieces.as_ref().map(|pieces| &pieces[other]);
        let pairs: Vec<_> = (0..preds_views.len())
            .map(|index| MaskPair {
                preds: preds_views[index],
                target: target_views[index],
                ignore: ignore_views.map(|views| views[index]),
            })
            .collect();
        let pixels = preds.pixels() / preds_pieces.len();
        let counted = jobs::run(py, pixels, |control| count_interleaved(&pairs, rule, control))?;
        let Some(images) = counted.map_err(|error| from_core(py, &error, &preds.leading))? else {
            return Ok(None);
        };
        let first = other / step * along * step + other % step;
        for (index, image) in images.into_iter().enumerate() {
            counts[first + index * step] = image;
        }
    }
    Ok(Some(counts))
}

/// Counts as an array, in the order tp, fp, fn, tn.
pub fn counts_array<'py>(
    py: Python<'py>,
    counts: &[Confusion],
    mut shape: Vec<usize>,
) -> PyResult<Bound<'py, PyArrayDyn<i64>>> {
    let numbers: Vec<i64> = counts
        .iter()
        .flat_map(|counts| [counts.tp, counts.fp, counts.fn_, counts.tn])
        .map(|count| count as i64)
        .collect();
    shape.push(4);
    let array = PyArray1::from_slice(py, &numbers);
    // A single image is done without another view of the array: its call shall be cheap.
    if shape.len() == 1 { Ok(array.to_dyn().clone()) } else { array.reshape(shape) }
}

/// A list of integers.
type Numbers<'py> = Bound<'py, PyArray1<i64>>;

/// Counts the label pairs of each image.
///
/// Returns two int64 arrays: the codes `(image * num_classes + target) * num_classes + preds`,
/// ascending, and their counts, all positive.
#[pyfunction]
#[pyo3(signature = (preds, target, num_classes, ignore_index=None))]
pub fn joint_counts<'py>(
    py: Python<'py>,
    preds: &Bound<'py, PyAny>,
    target: &Bound<'py, PyAny>,
    num_classes: u32,
    ignore_index: Option<i64>,
) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
    let preds = Batch::borrow(preds, "preds")?;
    let target = Batch::borrow(target, "target")?;
    same_length(py, &preds, &target)?;
    let pairs: Vec<_> = preds
        .images
        .iter()
        .zip(&target.images)
        .map(|(&preds, &target)| LabelPair { preds, target })
        .collect();
    let classes = Classes { num_classes, ignore_index };
    let counted = jobs::run(py, preds.pixels(), |control| count_labels(&pairs, classes, control))?;
    let images = counted.map_err(|error| from_core(py, &error, &preds.leading))?;
    let (codes, counts) = line_up(images, num_classes);
    Ok((PyArray1::from_vec(py, codes), PyArray1::from_vec(py, counts)))
}

/// The counts of all images one after the other.
fn line_up(images: Vec<JointCounts>, num_classes: u32) -> (Vec<i64>, Vec<i64>) {
    let total = images.iter().map(|joint| joint.codes.len()).sum();
    let (mut codes, mut counts) = (Vec::with_capacity(total), Vec::with_capacity(total));
    let pairs = i64::from(num_classes) * i64::from(num_classes);
    for (image, joint) in images.into_iter().enumerate() {
        codes.extend(joint.codes.iter().map(|&code| image as i64 * pairs + code as i64));
        counts.extend(joint.counts.iter().map(|&count| count as i64));
    }
    (codes, counts)
}
