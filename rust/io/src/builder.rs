//! Puts the rows of a table in order, whatever order the file has them in.

use flawgauge::rle::RleError;
use rayon::prelude::*;

use crate::error::{Role, TableError, TableName};
use crate::header::Layout;
use crate::options::TableOptions;
use crate::problem::{Located, Problem, Problems};
use crate::rows::{ParsedPiece, TableRow};
use crate::table::RunTable;

/// Rows in file order.
///
/// Files usually list an image's rows together and the images in order. Then nothing here hashes,
/// compares more than neighbours or sorts; any other order is sorted once at the end.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    /// The image ids, each once for every stretch of rows that has it.
    images: Vec<Box<str>>,
    rows: Vec<TableRow>,
    problems: Problems,
}

impl Builder {
    /// Adds the rows of a piece that comes after so many lines of the file.
    pub(crate) fn add(&mut self, piece: ParsedPiece, lines_before: u64) {
        self.problems.append(piece.problems, lines_before);
        // The piece may start with more rows of the last image.
        let continued = self.images.last().is_some_and(|last| piece.images.first() == Some(last));
        let first_image = self.images.len() - usize::from(continued);
        self.images.extend(piece.images.into_iter().skip(usize::from(continued)));
        self.rows.extend(piece.rows.into_iter().map(|row| TableRow {
            image: first_image + row.image,
            row: lines_before + row.row,
            ..row
        }));
    }

    /// Sorts the rows and checks that they make a table.
    pub(crate) fn finish(
        mut self,
        name: TableName,
        layout: Layout,
        options: TableOptions,
    ) -> Result<RunTable, TableError> {
        self.sort_images();
        if !self.rows.is_sorted_by_key(|row| (row.image, row.class)) {
            // By line as well, so that a duplicate names the earlier row first.
            self.rows.par_sort_unstable_by_key(|row| (row.image, row.class, row.row));
        }
        let unreadable = !self.problems.is_empty();
        self.find_duplicates();
        let starts = self.starts();
        // A class whose row is unreadable is not missing.
        if layout == Layout::AllPairs && options.role == Role::Truth && !unreadable {
            self.find_missing_classes(&starts, options.num_classes);
        }
        if options.role == Role::Predictions && self.problems.any(is_overlap) {
            self.problems.set_hint(
                "to take the union of runs that overlap or are not sorted, give --overlaps merge \
                 (overlaps=\"merge\" in Python)",
            );
        }
        if !self.problems.is_empty() {
            return Err(TableError::Rows { name, problems: Box::new(self.problems) });
        }
        Ok(RunTable { name, layout, options, images: self.images, rows: self.rows, starts })
    }

    /// Sorts the image ids, unites equal ones, and renumbers the rows.
    fn sort_images(&mut self) {
        if self.images.is_sorted_by(|first, second| first < second) {
            return;
        }
        let mut stretches: Vec<(Box<str>, usize)> =
            std::mem::take(&mut self.images).into_iter().zip(0..).collect();
        stretches.par_sort_unstable();
        let mut ranks = vec![0; stretches.len()];
        for (image, stretch) in stretches {
            if self.images.last() != Some(&image) {
                self.images.push(image);
            }
            ranks[stretch] = self.images.len() - 1;
        }
        for row in &mut self.rows {
            row.image = ranks[row.image];
        }
    }

    fn find_duplicates(&mut self) {
        for pair in self.rows.windows(2) {
            let [first, second] = pair else { continue };
            if (first.image, first.class) == (second.image, second.class) {
                let problem = Problem::Duplicate {
                    image: self.images[first.image].to_string(),
                    class: first.class,
                    first: first.row,
                };
                self.problems.push(Located { row: Some(second.row), column: None, problem });
            }
        }
    }

    /// Where each image's rows start, and the end of the last.
    fn starts(&self) -> Vec<usize> {
        let mut starts = Vec::with_capacity(self.images.len() + 1);
        for (index, row) in self.rows.iter().enumerate() {
            if row.image == starts.len() {
                starts.push(index);
            }
        }
        starts.push(self.rows.len());
        starts
    }

    fn find_missing_classes(&mut self, starts: &[usize], num_classes: u32) {
        for (image, bounds) in self.images.iter().zip(starts.windows(2)) {
            let rows = &self.rows[bounds[0]..bounds[1]];
            if rows.len() as u64 >= u64::from(num_classes) {
                continue;
            }
            let present = |class| rows.iter().any(|row| row.class == class);
            let row = rows.iter().map(|row| row.row).min();
            if let Some(class) = (1..=num_classes).find(|&class| !present(class)) {
                let problem = Problem::MissingClass { image: image.to_string(), class };
                self.problems.push(Located { row, column: None, problem });
                self.problems.set_hint(
                    "a table with the column ImageId_ClassId has a row for every class of an \
                     image: add the row with empty EncodedPixels, or use the columns \
                     ImageId,ClassId,EncodedPixels, which list defects only",
                );
            }
        }
    }
}

fn is_overlap(problem: &Problem) -> bool {
    matches!(problem, Problem::Runs(RleError::Unsorted { .. } | RleError::Overlapping { .. }))
}
