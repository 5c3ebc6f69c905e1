//! What the tests of run tables share.

use std::path::PathBuf;

use flawgauge::parallel::Control;
use flawgauge::rle::Overlaps;
use flawgauge_io::{ImageSize, Role, RunTable, TableError, TableName, TableOptions};

/// Options for images of 4 x 5 pixels and 4 classes.
pub fn options(role: Role) -> TableOptions {
    let size = ImageSize::new(4, 5).expect("a small image");
    TableOptions { role, size, num_classes: 4, overlaps: Overlaps::Error }
}

/// Reads text as a table with the path `table.csv`.
pub fn read_with(text: &[u8], options: TableOptions) -> Result<RunTable, TableError> {
    let name = TableName { role: options.role, path: PathBuf::from("table.csv") };
    RunTable::read_stream(text, name, options, &Control::new())
}

/// Reads text as predictions.
pub fn read(text: impl AsRef<[u8]>) -> Result<RunTable, TableError> {
    read_with(text.as_ref(), options(Role::Predictions))
}

/// Reads text as ground truth.
pub fn read_truth(text: impl AsRef<[u8]>) -> Result<RunTable, TableError> {
    read_with(text.as_ref(), options(Role::Truth))
}
