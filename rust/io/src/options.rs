//! Of which images a table is, and how it is to be read.

use flawgauge::rle::Overlaps;

use crate::error::{Role, TableError};

/// Rows up to this length are always read.
const SHORTEST_ROW_LIMIT: usize = 1 << 20;

/// Rows beyond this length are never read, however large the images.
const LONGEST_ROW_LIMIT: usize = 1 << 30;

/// Most classes a table can have: the results have a cell for every image and class.
pub const MAX_CLASSES: u32 = 1000;

/// Height and width of all images of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageSize {
    height: u32,
    width: u32,
}

impl ImageSize {
    /// Checks a size.
    ///
    /// # Errors
    /// If a side is zero or there are more than 2^32 - 1 pixels.
    pub fn new(height: u32, width: u32) -> Result<Self, TableError> {
        let wrong = |reason| TableError::Option {
            argument: "image_size",
            reason: format!("{height} x {width} (height x width) {reason}"),
        };
        if height == 0 || width == 0 {
            return Err(wrong("has no pixels"));
        }
        if height.checked_mul(width).is_none() {
            return Err(wrong("has more than 4294967295 pixels"));
        }
        Ok(Self { height, width })
    }

    /// Rows of pixels.
    pub fn height(self) -> u32 {
        self.height
    }

    /// Columns of pixels.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Number of pixels.
    pub fn pixels(self) -> u32 {
        self.height * self.width
    }

    /// The longest row that is read: any sorted runs fit into half of it.
    pub(crate) fn row_limit(self) -> usize {
        let pixels = self.pixels() as usize;
        pixels.saturating_mul(16).clamp(SHORTEST_ROW_LIMIT, LONGEST_ROW_LIMIT)
    }
}

/// How a table is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// What the table is used for.
    pub role: Role,
    /// Size of every image.
    pub size: ImageSize,
    /// Number of classes; they are numbered from 1.
    pub num_classes: u32,
    /// What to do with overlapping or unsorted runs.
    pub overlaps: Overlaps,
}

impl TableOptions {
    /// Checks the options that are not checked by their types.
    ///
    /// # Errors
    /// If there are no classes, or too many.
    pub fn check(&self) -> Result<(), TableError> {
        if (1..=MAX_CLASSES).contains(&self.num_classes) {
            return Ok(());
        }
        let reason = format!("{}, want 1 to {MAX_CLASSES}", self.num_classes);
        Err(TableError::Option { argument: "num_classes", reason })
    }
}
