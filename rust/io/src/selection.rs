//! Which images are scored, and where each of them is in the tables.

use crate::error::TableError;
use crate::header::Layout;
use crate::problem::{Located, Problem, Problems};
use crate::table::RunTable;

/// An image to be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selected<'table> {
    /// Its id.
    pub(crate) id: &'table str,
    /// Its place in the ground truth.
    pub(crate) truth: Option<usize>,
    /// Its place in the predictions.
    pub(crate) predictions: Option<usize>,
}

/// The images to be scored, sorted, and what was left out.
#[derive(Debug)]
pub(crate) struct Selection<'table> {
    pub(crate) images: Vec<Selected<'table>>,
    pub(crate) left_out_truth_rows: u64,
    pub(crate) left_out_prediction_rows: u64,
}

/// Chooses the images and finds them in both tables.
pub(crate) fn select<'table>(
    truth: &'table RunTable,
    predictions: &'table RunTable,
    images: Option<&'table [String]>,
) -> Result<Selection<'table>, TableError> {
    let mut selected = select_truth(truth, images)?;
    let mut problems = Problems::new();
    let mut left_out_prediction_rows = 0;
    let mut next_selected = 0;
    let mut next_truth = 0;
    for (index, id) in predictions.images.iter().enumerate() {
        let id = &**id;
        advance(&mut next_selected, selected.len(), |place| selected[place].id < id);
        advance(&mut next_truth, truth.images.len(), |place| *truth.images[place] < *id);
        let rows = predictions.rows_of(index);
        if let Some(found) = selected.get_mut(next_selected).filter(|found| found.id == id) {
            found.predictions = Some(index);
        } else if truth.images.get(next_truth).is_some_and(|known| **known == *id) {
            left_out_prediction_rows += rows.len() as u64;
        } else {
            let row = rows.iter().map(|row| row.row).min();
            let problem = Problem::UnknownImage { image: id.to_owned() };
            problems.push(Located { row, column: None, problem });
        }
    }
    if !problems.is_empty() {
        let mut hint = format!("the truth is {}", truth.name.path.display());
        if images.is_some() {
            hint.push_str("; the list of images to score does not name them either");
        } else if truth.layout == Layout::DefectsOnly {
            hint.push_str(
                "; it lists defects only, so images without defects must be named (--images, \
                 images=)",
            );
        }
        problems.set_hint(hint);
        let name = predictions.name.clone();
        return Err(TableError::Rows { name, problems: Box::new(problems) });
    }
    let found = selected.iter().filter_map(|image| image.truth);
    let scored: usize = found.map(|index| truth.rows_of(index).len()).sum();
    Ok(Selection {
        images: selected,
        left_out_truth_rows: (truth.rows.len() - scored) as u64,
        left_out_prediction_rows,
    })
}

/// Chooses the images of a ground truth; their predictions are not looked for.
pub(crate) fn select_truth<'table>(
    truth: &'table RunTable,
    images: Option<&'table [String]>,
) -> Result<Vec<Selected<'table>>, TableError> {
    let Some(images) = images else {
        let all = truth.images.iter().enumerate();
        return Ok(all
            .map(|(index, id)| Selected { id, truth: Some(index), predictions: None })
            .collect());
    };
    let mut ids: Vec<&str> = images.iter().map(String::as_str).collect();
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(TableError::ImageTwice { image: pair[0].to_owned() });
    }
    let mut problems = Problems::new();
    let mut next = 0;
    let mut selected = Vec::with_capacity(ids.len());
    for id in ids {
        advance(&mut next, truth.images.len(), |place| *truth.images[place] < *id);
        let known = truth.images.get(next).is_some_and(|known| **known == *id);
        if !known && truth.layout == Layout::AllPairs {
            let problem = Problem::MissingImage { image: id.to_owned() };
            problems.push(Located { row: None, column: None, problem });
        }
        selected.push(Selected { id, truth: known.then_some(next), predictions: None });
    }
    if problems.is_empty() {
        return Ok(selected);
    }
    problems.set_hint(
        "the list of images to score names what this table does not have; its layout has rows \
         for all images, those without defects too",
    );
    Err(TableError::Rows { name: truth.name.clone(), problems: Box::new(problems) })
}

/// Moves a place in a sorted list to the first entry that is not before what is looked for.
fn advance(place: &mut usize, length: usize, is_before: impl Fn(usize) -> bool) {
    while *place < length && is_before(*place) {
        *place += 1;
    }
}
