//! Counts of each image and class of two run tables.

use flawgauge::boundary::{BandRule, Bands, count_runs};
use flawgauge::confusion::Confusion;
use flawgauge::parallel::Control;
use flawgauge::rle::{Runs, confusion};
use rayon::prelude::*;

use crate::error::TableError;
use crate::header::Layout;
use crate::problem::{Located, Problem, Problems};
use crate::rows::TableRow;
use crate::selection::{Selected, Selection, select};
use crate::table::RunTable;

/// What to do about images and classes that predictions say nothing about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Refuse them.
    Error,
    /// Take them as empty masks.
    Empty,
}

/// Counts of every image and class that was scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scores {
    /// The images, sorted by bytes.
    pub images: Vec<String>,
    /// Number of classes.
    pub num_classes: usize,
    /// Counts of each image and class, the classes of an image together.
    pub counts: Vec<Confusion>,
    /// Rows of the ground truth for images that were not scored.
    pub left_out_truth_rows: u64,
    /// Rows of the predictions for images that were not scored.
    pub left_out_prediction_rows: u64,
    /// Images and classes without a prediction, taken as empty masks.
    pub missing_pairs: u64,
}

/// Scores predictions against a ground truth.
///
/// The images scored are `images`, else those of the truth. The predictions may have other images
/// only if the truth has them. Where the truth lists defects only, an image in `images` that it
/// does not have is an image without defects.
///
/// # Errors
/// [`TableError`]: the tables do not fit each other or the list, or predictions are missing.
pub fn score(
    truth: &RunTable,
    predictions: &RunTable,
    images: Option<&[String]>,
    missing: Missing,
    control: &Control,
) -> Result<Scores, TableError> {
    let (selection, missing_pairs) = choose(truth, predictions, images, missing)?;
    let pixels = u64::from(truth.size().pixels());
    let count = |preds: &Runs, target: &Runs| confusion(preds, target, pixels);
    let counts = count_cells(truth, predictions, &selection.images, control, count)?;
    Ok(Scores {
        images: selection.images.iter().map(|image| image.id.to_owned()).collect(),
        num_classes: truth.options.num_classes as usize,
        counts,
        left_out_truth_rows: selection.left_out_truth_rows,
        left_out_prediction_rows: selection.left_out_prediction_rows,
        missing_pairs,
    })
}

/// Counts the boundary bands of the images and classes that [`score`] scores, in the same order:
/// for each, the counts at each distance. The masks are eroded as they are encoded, column by
/// column.
///
/// # Errors
/// As [`score`].
pub fn score_boundary(
    truth: &RunTable,
    predictions: &RunTable,
    images: Option<&[String]>,
    missing: Missing,
    (band, distances): (BandRule, &[u32]),
    control: &Control,
) -> Result<Vec<Vec<Bands>>, TableError> {
    let (selection, _) = choose(truth, predictions, images, missing)?;
    let size = (truth.size().height(), truth.size().width());
    let count = |preds: &Runs, target: &Runs| count_runs(preds, target, size, band, distances);
    count_cells(truth, predictions, &selection.images, control, count)
}

/// The images to score, and how many images and classes have no prediction.
fn choose<'a>(
    truth: &'a RunTable,
    predictions: &'a RunTable,
    images: Option<&'a [String]>,
    missing: Missing,
) -> Result<(Selection<'a>, u64), TableError> {
    check_options(truth, predictions)?;
    let selection = select(truth, predictions, images)?;
    if selection.images.is_empty() {
        let hint = match truth.layout {
            Layout::AllPairs => "",
            Layout::DefectsOnly => {
                "; the truth lists defects only, so name the images (--images, images=)"
            }
        };
        return Err(TableError::NoImages { name: truth.name.clone(), hint });
    }
    let missing_pairs = count_missing(predictions, &selection.images);
    if missing_pairs > 0 && missing == Missing::Error {
        return Err(missing_error(predictions, &selection.images));
    }
    Ok((selection, missing_pairs))
}

fn check_options(truth: &RunTable, predictions: &RunTable) -> Result<(), TableError> {
    let describe = |table: &RunTable| {
        let size = table.size();
        let classes = table.num_classes();
        format!("{} x {} pixels, {classes} classes", size.height(), size.width())
    };
    if (truth.size(), truth.num_classes()) == (predictions.size(), predictions.num_classes()) {
        return Ok(());
    }
    Err(TableError::DifferentOptions { truth: describe(truth), predictions: describe(predictions) })
}

/// Images and classes without a prediction.
///
/// In a table of defects only, a class that an image has no row for was predicted to be empty, so
/// only an image without any row is missing.
fn count_missing(predictions: &RunTable, images: &[Selected<'_>]) -> u64 {
    let num_classes = u64::from(predictions.num_classes());
    images
        .iter()
        .map(|image| match (image.predictions, predictions.layout) {
            (None, _) => num_classes,
            (Some(_), Layout::DefectsOnly) => 0,
            (Some(index), Layout::AllPairs) => {
                num_classes - predictions.rows_of(index).len() as u64
            }
        })
        .sum()
}

fn missing_error(predictions: &RunTable, images: &[Selected<'_>]) -> TableError {
    let mut problems = Problems::new();
    for selected in images {
        let image = selected.id.to_owned();
        let Some(index) = selected.predictions else {
            problems.push(Located {
                row: None,
                column: None,
                problem: Problem::MissingImage { image },
            });
            continue;
        };
        let rows = predictions.rows_of(index);
        let present = |class| rows.iter().any(|row| row.class == class);
        let class = (1..=predictions.num_classes()).find(|&class| !present(class));
        if let (Some(class), Layout::AllPairs) = (class, predictions.layout) {
            let row = rows.iter().map(|row| row.row).min();
            let problem = Problem::MissingClass { image, class };
            problems.push(Located { row, column: None, problem });
        }
    }
    problems.set_hint(
        "to take what is missing as empty masks, give --missing empty (missing=\"empty\" in \
         Python)",
    );
    TableError::Rows { name: predictions.name.clone(), problems: Box::new(problems) }
}

/// Counts each image and class.
fn count_cells<T: Clone + Send + Sync>(
    truth: &RunTable,
    predictions: &RunTable,
    images: &[Selected<'_>],
    control: &Control,
    count: impl Fn(&Runs, &Runs) -> T + Sync,
) -> Result<Vec<T>, TableError> {
    let num_classes = truth.options.num_classes as usize;
    let empty = Runs::default();
    let nothing = count(&empty, &empty);
    let mut counts = vec![nothing; images.len() * num_classes];
    counts.par_chunks_mut(num_classes).zip(images).with_min_len(16).try_for_each(
        |(cells, image)| {
            if control.cancelled() {
                return Err(TableError::Cancelled);
            }
            let target = image.truth.map_or(&[][..], |index| truth.rows_of(index));
            let preds = image.predictions.map_or(&[][..], |index| predictions.rows_of(index));
            count_image(preds, target, cells, |preds, target| {
                count(preds.unwrap_or(&empty), target.unwrap_or(&empty))
            });
            Ok(())
        },
    )?;
    Ok(counts)
}

/// Fills an image's cells, one a class; those of classes without rows stay as they are.
fn count_image<T>(
    preds: &[TableRow],
    target: &[TableRow],
    cells: &mut [T],
    count: impl Fn(Option<&Runs>, Option<&Runs>) -> T,
) {
    let mut preds = preds.iter().peekable();
    for row in target {
        while let Some(before) = preds.next_if(|pred| pred.class < row.class) {
            cells[before.class as usize - 1] = count(Some(&before.runs), None);
        }
        let same = preds.next_if(|pred| pred.class == row.class);
        cells[row.class as usize - 1] = count(same.map(|pred| &pred.runs), Some(&row.runs));
    }
    for rest in preds {
        cells[rest.class as usize - 1] = count(Some(&rest.runs), None);
    }
}
