//! Joint counts of two label maps: how many pixels have which pair of labels.
//!
//! The counts are kept sparse, since a table of 65,536 x 65,536 classes fits nowhere while an
//! image has at most as many different pairs as pixels.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Argument, Error, Place};
use crate::label_counts::{Bytes, Checked, Counter, IGNORED, INVALID, List, Table};
use crate::parallel::{Control, is_small, map_tasks};
use crate::simd::{Kernel, Simd, dispatch};
use crate::view::{Element, ImageView};

/// The most classes that can be counted.
pub const MAX_CLASSES: u32 = 1 << 16;

/// A predicted label map and its ground truth.
#[derive(Debug, Clone, Copy)]
pub struct LabelPair<'a> {
    /// The predicted labels.
    pub preds: ImageView<'a>,
    /// The true labels.
    pub target: ImageView<'a>,
}

/// Which labels there are.
#[derive(Debug, Clone, Copy)]
pub struct Classes {
    /// Labels run from 0 to `num_classes - 1`.
    pub num_classes: u32,
    /// Pixels whose *target* has this value count nowhere. It may be any number.
    pub ignore_index: Option<i64>,
}

/// Counts of label pairs, sorted by code, no count zero.
///
/// The code of a pair is `target * num_classes + preds`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JointCounts {
    /// The pairs.
    pub codes: Vec<u64>,
    /// Pixels of each pair.
    pub counts: Vec<u64>,
}

impl JointCounts {
    /// Sorts pairs and adds the counts of equal ones.
    pub fn from_pairs(mut pairs: Vec<(u64, u64)>) -> Self {
        // Mostly several sorted lists one after the other, which the stable sort merges.
        pairs.sort_by_key(|pair| pair.0);
        let mut joint = Self::default();
        for (code, count) in pairs {
            if joint.codes.last() == Some(&code) {
                *joint.counts.last_mut().expect("as long as the codes") += count;
            } else {
                joint.codes.push(code);
                joint.counts.push(count);
            }
        }
        joint
    }

    fn into_pairs(self) -> impl Iterator<Item = (u64, u64)> {
        self.codes.into_iter().zip(self.counts)
    }
}

/// Counts the label pairs of each image of a batch.
///
/// Uses the rayon pool it is called in; a batch for which [`crate::parallel::is_small`] holds is
/// counted on the calling thread. The result is the same for any number of threads.
///
/// # Errors
/// A number of classes outside 1 to 65,536, shapes that differ, floating-point values, a label
/// outside of the classes on a pixel that is not ignored, or a cancelled job.
///
/// # Example
/// ```
/// use flawgauge::labels::{Classes, LabelPair, count};
/// use flawgauge::{parallel::Control, view::ImageView};
/// let preds = ImageView::of_bytes(&[0, 1, 2, 2], 2, 2).unwrap();
/// let target = ImageView::of_bytes(&[0, 2, 2, 255], 2, 2).unwrap();
/// let classes = Classes { num_classes: 3, ignore_index: Some(255) };
/// let joint = &count(&[LabelPair { preds, target }], classes, &Control::new()).unwrap()[0];
/// assert_eq!(joint.codes, [0, 7, 8]);
/// assert_eq!(joint.counts, [1, 1, 1]);
/// ```
pub fn count(
    pairs: &[LabelPair<'_>],
    classes: Classes,
    control: &Control,
) -> Result<Vec<JointCounts>, Error> {
    let num_classes = classes.num_classes;
    if !(1..=MAX_CLASSES).contains(&num_classes) {
        return Err(Error::NumClasses { num_classes });
    }
    for (image, pair) in pairs.iter().enumerate() {
        check_pair(pair, image)?;
    }
    let tasks = map_tasks(
        pairs,
        |pair| pair.preds.pixels(),
        control,
        |image, pair, part, parts| count_part(pair, classes, image, part, parts),
    )?;
    let mut images: Vec<Vec<JointCounts>> = vec![Vec::new(); pairs.len()];
    for (image, joint) in tasks {
        images[image].push(joint);
    }
    let pixels = pairs.iter().map(|pair| pair.preds.pixels()).sum();
    if is_small(pixels) {
        return Ok(images.into_iter().map(unite).collect());
    }
    Ok(control.install(|| images.into_par_iter().map(unite).collect()))
}

/// Adds the parts of one image.
fn unite(mut parts: Vec<JointCounts>) -> JointCounts {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    JointCounts::from_pairs(parts.into_iter().flat_map(JointCounts::into_pairs).collect())
}

fn check_pair(pair: &LabelPair<'_>, image: usize) -> Result<(), Error> {
    let (preds, target) = (pair.preds.shape(), pair.target.shape());
    if preds != target {
        return Err(Error::ShapesDiffer { image, preds, target });
    }
    for (argument, view) in [(Argument::Preds, &pair.preds), (Argument::Target, &pair.target)] {
        if view.element().is_float() {
            return Err(Error::FloatValues { argument, want: "integer labels" });
        }
    }
    Ok(())
}

/// Counts one of `parts` about equal parts of a pair.
fn count_part(
    pair: &LabelPair<'_>,
    classes: Classes,
    image: usize,
    part: usize,
    parts: usize,
) -> Result<JointCounts, Error> {
    let rows = pair.preds.rows();
    let range = rows * part / parts..rows * (part + 1) / parts;
    if range.is_empty() || pair.preds.columns() == 0 {
        return Ok(JointCounts::default());
    }
    let strip = LabelPair {
        preds: pair.preds.row_range(range.start, range.end),
        target: pair.target.row_range(range.start, range.end),
    };
    let pixels = strip.preds.pixels() as u64;
    let pairs = u64::from(classes.num_classes) * u64::from(classes.num_classes);
    // A table is fastest, but clearing and reading it must not cost more than the pixels do.
    let joint = if pairs <= pixels.max(1 << 12) && pixels <= u64::from(u32::MAX) {
        count_strip(&strip, classes, Table::new(classes.num_classes))
    } else {
        count_strip(&strip, classes, List::new(classes.num_classes))
    };
    joint.ok_or_else(|| find_label(&strip, classes, image, range.start))
}

/// Labels of a tile.
const TILE: usize = 4096;

/// Rows and columns of a tile where one map is stored by rows and the other by columns.
const SQUARE: usize = 64;

/// Counts a strip, tile by tile; nothing if a label is invalid.
fn count_strip(
    strip: &LabelPair<'_>,
    classes: Classes,
    mut counter: impl Counter,
) -> Option<JointCounts> {
    let (mut preds, mut target) = (strip.preds, strip.target);
    if preds.is_column_major() && target.is_column_major() {
        (preds, target) = (preds.transposed(), target.transposed());
    }
    if preds.is_contiguous() && target.is_contiguous() {
        (preds, target) = (preds.flattened(), target.flattened());
    }
    let mixed = preds.is_column_major() != target.is_column_major();
    let (tile_rows, tile_columns) = if mixed { (SQUARE, SQUARE) } else { (1, TILE) };
    let (rows, columns) = preds.shape();
    let mut buffers = [[0; TILE]; 2];
    for first_row in (0..rows).step_by(tile_rows) {
        let tile_rows = first_row..rows.min(first_row + tile_rows);
        for first_column in (0..columns).step_by(tile_columns) {
            let tile_columns = first_column..columns.min(first_column + tile_columns);
            let tile = (&tile_rows, &tile_columns);
            if let Some(bytes) = bytes_of(&preds, &target, classes, tile) {
                if !counter.add(bytes) {
                    return None;
                }
                continue;
            }
            let labels = buffers
                .each_mut()
                .map(|buffer| &mut buffer[..tile_rows.len() * tile_columns.len()]);
            read_tile(&preds, classes.num_classes, None, tile, labels[0]);
            read_tile(&target, classes.num_classes, classes.ignore_index, tile, labels[1]);
            let [preds, target] = labels;
            if !counter.add(Checked { preds, target }) {
                return None;
            }
        }
    }
    Some(counter.finish())
}

/// A part of one row of both maps, if both are unsigned bytes without gaps.
fn bytes_of<'a>(
    preds: &ImageView<'a>,
    target: &ImageView<'a>,
    classes: Classes,
    (rows, columns): (&Range<usize>, &Range<usize>),
) -> Option<Bytes<'a>> {
    if rows.len() != 1 || (preds.element(), target.element()) != (Element::U8, Element::U8) {
        return None;
    }
    let line = |view: &ImageView<'a>| match view.row_slice::<1>(
        rows.start,
        columns.start,
        columns.len(),
    ) {
        Some((elements, 1)) => Some(elements.as_flattened()),
        _ => None,
    };
    let ignore = classes.ignore_index.and_then(|ignore| u8::try_from(ignore).ok());
    Some(Bytes {
        preds: line(preds)?,
        target: line(target)?,
        num_classes: classes.num_classes,
        ignore: ignore.map_or(u32::MAX, u32::from),
    })
}

/// Calls `$run` with the type of a view's elements.
macro_rules! with_label_type {
    ($element:expr, $run:ident) => {
        match $element {
            Element::I8 => $run!(i8),
            Element::U16 => $run!(u16),
            Element::I16 => $run!(i16),
            Element::U32 => $run!(u32),
            Element::I32 => $run!(i32),
            Element::U64 => $run!(u64),
            Element::I64 => $run!(i64),
            // Float labels are refused before.
            Element::U8 | Element::F16 | Element::F32 | Element::F64 => $run!(u8),
        }
    };
}

/// Reads a tile, row after row; what is no class becomes [`INVALID`] or [`IGNORED`].
fn read_tile(
    view: &ImageView<'_>,
    num_classes: u32,
    ignore: Option<i64>,
    (rows, columns): (&Range<usize>, &Range<usize>),
    labels: &mut [u32],
) {
    macro_rules! read {
        ($number:ty) => {{
            // A value that the type cannot hold matches no pixel.
            let ignore = ignore.and_then(|ignore| <$number>::try_from(ignore).ok());
            let read = |view: &ImageView<'_>, row, start, labels: &mut [u32]| {
                dispatch(ReadLabels::<$number> { view, num_classes, ignore, row, start, labels });
            };
            if view.is_column_major() && rows.len() > 1 {
                let mut line = [0; SQUARE];
                let line = &mut line[..rows.len()];
                for (index, column) in columns.clone().enumerate() {
                    read(&view.transposed(), column, rows.start, line);
                    for (row, &label) in line.iter().enumerate() {
                        labels[row * columns.len() + index] = label;
                    }
                }
            } else {
                for (row, line) in rows.clone().zip(labels.chunks_exact_mut(columns.len())) {
                    read(view, row, columns.start, line);
                }
            }
        }};
    }
    with_label_type!(view.element(), read)
}

struct ReadLabels<'a, 'b, T> {
    view: &'a ImageView<'b>,
    num_classes: u32,
    ignore: Option<T>,
    row: usize,
    start: usize,
    labels: &'a mut [u32],
}

macro_rules! read_labels {
    ($($number:ty: $wide:ty),*) => {$(
        impl Kernel for ReadLabels<'_, '_, $number> {
            type Output = ();

            #[inline(always)]
            fn run<S: Simd>(self, _simd: S) {
                const SIZE: usize = size_of::<$number>();
                let num_classes = <$wide>::from(self.num_classes);
                let (has_ignore, ignore) = (self.ignore.is_some(), self.ignore.unwrap_or(0));
                let label = |bytes: [u8; SIZE], swapped: bool| {
                    let value = <$number>::from_ne_bytes(bytes);
                    let value = if swapped { value.swap_bytes() } else { value };
                    if has_ignore & (value == ignore) {
                        return IGNORED;
                    }
                    // The cast extends the sign, so that a negative label is a large one.
                    let wide = value as $wide;
                    if wide < num_classes { wide as u32 } else { INVALID }
                };
                let count = self.labels.len();
                match (self.view.row_slice::<SIZE>(self.row, self.start, count), self.view.swapped()) {
                    (Some((elements, 1)), false) => {
                        for (place, &bytes) in self.labels.iter_mut().zip(elements) {
                            *place = label(bytes, false);
                        }
                    }
                    (Some((elements, 1)), true) => {
                        for (place, &bytes) in self.labels.iter_mut().zip(elements) {
                            *place = label(bytes, true);
                        }
                    }
                    (_, swapped) => {
                        let mut buffer = [[0; SIZE]; 64];
                        for (index, places) in self.labels.chunks_mut(64).enumerate() {
                            let buffer = &mut buffer[..places.len()];
                            self.view.gather_row(self.row, self.start + 64 * index, buffer);
                            for (place, &bytes) in places.iter_mut().zip(&*buffer) {
                                *place = label(bytes, swapped);
                            }
                        }
                    }
                }
            }
        }
    )*};
}

read_labels!(u8: u32, i8: u32, u16: u32, i16: u32, u32: u32, i32: u32, u64: u64, i64: u64);

/// The error for the first invalid label of a strip, row by row.
fn find_label(strip: &LabelPair<'_>, classes: Classes, image: usize, first_row: usize) -> Error {
    let value = |view: &ImageView<'_>, row: usize, column: usize| -> i128 {
        macro_rules! read {
            ($number:ty) => {{
                let value = <$number>::from_ne_bytes(view.at(row, column));
                i128::from(if view.swapped() { value.swap_bytes() } else { value })
            }};
        }
        with_label_type!(view.element(), read)
    };
    let num_classes = classes.num_classes;
    let is_class = |value: i128| (0..i128::from(num_classes)).contains(&value);
    for row in 0..strip.preds.rows() {
        for column in 0..strip.preds.columns() {
            let (preds, target) =
                (value(&strip.preds, row, column), value(&strip.target, row, column));
            let place = Place { image, row: first_row + row, column };
            if classes.ignore_index.map(i128::from) == Some(target) {
                continue;
            }
            for (argument, value) in [(Argument::Preds, preds), (Argument::Target, target)] {
                if !is_class(value) {
                    return Error::LabelOutOfRange { argument, place, value, num_classes };
                }
            }
        }
    }
    // The counting found one: somebody writes to the arrays meanwhile.
    Error::Changed
}
