//! Regions of a mask: its connected components.
//!
//! A row's runs of positive pixels are joined with those of the row above that they touch, by
//! union-find over runs: the pixels themselves are never visited.

use crate::error::{Argument, Error};
use crate::mask::{BitMask, Rule, check_rule};
use crate::parallel::{Control, TASK, map_tasks};
use crate::view::ImageView;

/// Which neighbours of a pixel belong to its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Those that share a side.
    Four,
    /// Those that share a side or a corner.
    Eight,
}

/// Positive pixels that follow each other in a row, as far as they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The row.
    pub row: u32,
    /// The first column.
    pub start: u32,
    /// The column after the last.
    pub end: u32,
    /// The region, from 0.
    pub label: u32,
}

impl Run {
    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.end - self.start)
    }
}

/// One region: its size and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Number of pixels.
    pub area: u64,
    /// The first row.
    pub top: u32,
    /// The first column.
    pub left: u32,
    /// The row after the last.
    pub bottom: u32,
    /// The column after the last.
    pub right: u32,
    /// The sum of the pixels' rows.
    pub row_sum: u64,
    /// The sum of the pixels' columns.
    pub column_sum: u64,
}

/// The regions of a mask, and which run belongs to which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Regions {
    /// All runs, row after row from the left.
    pub runs: Vec<Run>,
    /// All regions, in the order of their first pixels, row after row from the left.
    pub regions: Vec<Region>,
}

/// Finds the regions of a mask.
///
/// # Errors
/// [`Error::TooLarge`] for sides of 2^32 pixels or more, or if the sums of rows and columns might
/// not fit in 63 bits.
///
/// # Example
/// ```
/// use flawgauge::regions::{Connectivity, label};
/// use flawgauge::{mask::BitMask, view::ImageView};
/// let pixels = [1, 0, 0, 1, /**/ 0, 1, 0, 1];
/// let mask = BitMask::pack(&ImageView::of_bytes(&pixels, 2, 4).unwrap());
/// let areas = |connectivity| {
///     let found = label(&mask, connectivity).unwrap();
///     found.regions.iter().map(|region| region.area).collect::<Vec<_>>()
/// };
/// assert_eq!(areas(Connectivity::Eight), [2, 2]);
/// assert_eq!(areas(Connectivity::Four), [1, 2, 1]);
/// ```
pub fn label(mask: &BitMask, connectivity: Connectivity) -> Result<Regions, Error> {
    label_until(mask, connectivity, &Control::new())
}

/// As [`label`], until the job is cancelled.
pub(crate) fn label_until(
    mask: &BitMask,
    connectivity: Connectivity,
    control: &Control,
) -> Result<Regions, Error> {
    let (rows, columns) = (mask.rows(), mask.columns());
    let longest = rows.max(columns);
    let largest_sum = rows.checked_mul(columns).and_then(|pixels| pixels.checked_mul(longest));
    let fits = largest_sum.is_some_and(|sum| sum == 0 || i64::try_from(sum).is_ok());
    if !fits || (largest_sum != Some(0) && u32::try_from(longest).is_err()) {
        return Err(Error::TooLarge { rows, columns });
    }
    let mut runs = Vec::new();
    let mut parents = Vec::new();
    let mut above = 0;
    for row in mask.row_range() {
        if control.cancelled() {
            return Err(Error::Cancelled);
        }
        let first = runs.len();
        push_runs(mask.row(row), row as u32, &mut runs);
        for _ in first..runs.len() {
            new_tree(&mut parents).ok_or(Error::TooLarge { rows, columns })?;
        }
        join_rows(&runs, above, first, connectivity, &mut parents);
        above = first;
    }
    Ok(number(runs, &mut parents))
}

/// Finds the regions of each mask of a batch: positive are the pixels that are not zero.
///
/// Uses the rayon pool it is called in, except for small batches.
///
/// # Errors
/// As [`label`]; floating-point values, or a cancelled job.
pub fn label_images(
    masks: &[ImageView<'_>],
    connectivity: Connectivity,
    control: &Control,
) -> Result<Vec<Regions>, Error> {
    for mask in masks {
        check_rule(Rule::NonZero, mask.element(), Argument::Mask)?;
    }
    // One task an image.
    let found = map_tasks(
        masks,
        |mask| mask.pixels().min(TASK),
        control,
        |_, mask, _, _| label_until(&BitMask::pack(mask), connectivity, control),
    )?;
    Ok(found.into_iter().map(|(_, regions)| regions).collect())
}

/// Appends the runs of a row. Runs that go on in the next word are reported as one.
fn push_runs(words: &[u64], row: u32, runs: &mut Vec<Run>) {
    let mut open = None;
    for (index, &word) in words.iter().enumerate() {
        let before = u64::from(open.is_some());
        // A bit that differs from the one before it starts a run or comes after its end.
        let mut changes = word ^ (word << 1 | before);
        while changes != 0 {
            let column = (64 * index) as u32 + changes.trailing_zeros();
            changes &= changes - 1;
            match open.take() {
                None => open = Some(column),
                Some(start) => runs.push(Run { row, start, end: column, label: 0 }),
            }
        }
    }
    if let Some(start) = open {
        runs.push(Run { row, start, end: (64 * words.len()) as u32, label: 0 });
    }
}

/// Joins the runs from `first` on with those from `above` to `first` that they touch.
fn join_rows(
    runs: &[Run],
    above: usize,
    first: usize,
    connectivity: Connectivity,
    parents: &mut [u32],
) {
    let reach = u32::from(connectivity == Connectivity::Eight);
    let mut upper = above;
    let is_next = |upper: usize, row| upper < first && runs[upper].row + 1 == row;
    for (lower, run) in runs.iter().enumerate().skip(first) {
        while is_next(upper, run.row) && runs[upper].end + reach <= run.start {
            upper += 1;
        }
        let mut touching = upper;
        while is_next(touching, run.row) && runs[touching].start < run.end + reach {
            join(parents, touching as u32, lower as u32);
            touching += 1;
        }
        // The last one may reach over to the next run of this row.
        upper = touching.max(upper + 1) - 1;
    }
}

/// Adds a tree of one run; nothing if there are as many as numbers.
fn new_tree(parents: &mut Vec<u32>) -> Option<()> {
    parents.push(u32::try_from(parents.len()).ok().filter(|&label| label < u32::MAX)?);
    Some(())
}

/// The root of a run's tree, halving the way there.
fn root(parents: &mut [u32], mut run: u32) -> u32 {
    loop {
        let parent = parents[run as usize];
        if parent == run {
            return run;
        }
        let next = parents[parent as usize];
        parents[run as usize] = next;
        run = next;
    }
}

/// Joins two trees; the root is their first run.
fn join(parents: &mut [u32], first: u32, second: u32) {
    let (first, second) = (root(parents, first), root(parents, second));
    parents[first.max(second) as usize] = first.min(second);
}

/// Numbers the trees in the order of their roots and sums up their runs.
fn number(mut runs: Vec<Run>, parents: &mut [u32]) -> Regions {
    let mut regions: Vec<Region> = Vec::new();
    for index in 0..runs.len() {
        let root = root(parents, index as u32) as usize;
        if root == index {
            runs[index].label = regions.len() as u32;
            regions.push(Region::of(&runs[index]));
        } else {
            // A root comes before all others of its tree, so it has its number by now.
            runs[index].label = runs[root].label;
            regions[runs[root].label as usize].add(&runs[index]);
        }
    }
    Regions { runs, regions }
}

impl Region {
    fn of(run: &Run) -> Self {
        let Run { row, start, end, .. } = *run;
        let (area, row_sum, column_sum) = (run.pixels(), sum_of_rows(run), sum_of_columns(run));
        let (bottom, left, right) = (row + 1, start, end);
        Self { area, top: row, left, bottom, right, row_sum, column_sum }
    }

    /// Adds a run, which lies no higher than those before.
    fn add(&mut self, run: &Run) {
        self.area += run.pixels();
        self.left = self.left.min(run.start);
        self.right = self.right.max(run.end);
        self.bottom = run.row + 1;
        self.row_sum += sum_of_rows(run);
        self.column_sum += sum_of_columns(run);
    }
}

fn sum_of_rows(run: &Run) -> u64 {
    u64::from(run.row) * run.pixels()
}

fn sum_of_columns(run: &Run) -> u64 {
    (u64::from(run.start) + u64::from(run.end) - 1) * run.pixels() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ImageView;

    fn mask(rows: &[&str]) -> BitMask {
        let pixels: Vec<u8> =
            rows.iter().flat_map(|row| row.bytes().map(|byte| u8::from(byte == b'#'))).collect();
        BitMask::pack(&ImageView::of_bytes(&pixels, rows.len(), rows[0].len()).unwrap())
    }

    #[test]
    fn a_spiral_is_one_region() {
        let spiral = mask(&["#####", "....#", "###.#", "#...#", "#####"]);
        let found = label(&spiral, Connectivity::Four).unwrap();
        assert_eq!(found.regions.len(), 1);
        let region = found.regions[0];
        assert_eq!(region.area, 17);
        assert_eq!((region.top, region.left, region.bottom, region.right), (0, 0, 5, 5));
        assert_eq!(region.row_sum, 1 + 2 * 4 + 3 * 2 + 4 * 5);
    }

    #[test]
    fn labels_follow_the_first_pixels() {
        let found = label(&mask(&["..#.#", "#...#", "#.#.."]), Connectivity::Four).unwrap();
        let labels: Vec<u32> = found.runs.iter().map(|run| run.label).collect();
        assert_eq!(labels, [0, 1, 2, 1, 2, 3]);
    }

    #[test]
    fn runs_cross_words_and_end_with_the_row() {
        let row = "#".repeat(130);
        let found = label(&mask(&[&row, &row]), Connectivity::Four).unwrap();
        assert_eq!(found.runs.len(), 2);
        assert_eq!(found.runs[1], Run { row: 1, start: 0, end: 130, label: 0 });
        let full = "#".repeat(128);
        let found = label(&mask(&[&full]), Connectivity::Eight).unwrap();
        assert_eq!(found.runs, [Run { row: 0, start: 0, end: 128, label: 0 }]);
    }

    #[test]
    fn corners_join_only_with_eight_neighbours() {
        let diagonal = mask(&["#..", ".#.", "..#"]);
        assert_eq!(label(&diagonal, Connectivity::Eight).unwrap().regions.len(), 1);
        assert_eq!(label(&diagonal, Connectivity::Four).unwrap().regions.len(), 3);
    }

    #[test]
    fn images_without_pixels_have_none() {
        for (rows, columns) in [(0, 5), (5, 0), (0, 0), (1 << 40, 0)] {
            let empty = BitMask::zeros(rows, columns);
            assert_eq!(label(&empty, Connectivity::Eight).unwrap(), Regions::default());
        }
    }
}
