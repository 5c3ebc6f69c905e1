//! All rows of a run table, by image and class.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flawgauge::parallel::Control;

use crate::error::{TableError, TableName};
use crate::header::Layout;
use crate::input::Input;
use crate::options::{ImageSize, TableOptions};
use crate::rows::TableRow;

/// A table that was read: its images sorted by id, the rows of each sorted by class.
#[derive(Debug, Clone)]
pub struct RunTable {
    pub(crate) name: TableName,
    pub(crate) layout: Layout,
    pub(crate) options: TableOptions,
    /// Sorted by bytes, all different.
    pub(crate) images: Vec<Box<str>>,
    /// Sorted by image and class, all different.
    pub(crate) rows: Vec<TableRow>,
    /// Where each image's rows start, and the end of the last.
    pub(crate) starts: Vec<usize>,
}

impl RunTable {
    /// Reads a CSV file of either layout.
    ///
    /// The memory used on the way is that of a few blocks of the file and of the runs themselves.
    ///
    /// # Errors
    /// [`TableError`], with all problems of all rows where the rows are wrong.
    pub fn read(path: &Path, options: TableOptions, control: &Control) -> Result<Self, TableError> {
        let name = TableName { role: options.role, path: PathBuf::from(path) };
        let as_error = |source| TableError::File { name: name.clone(), source };
        let file = File::open(path).map_err(as_error)?;
        let metadata = file.metadata().map_err(as_error)?;
        if metadata.is_dir() {
            return Err(TableError::Directory { name });
        }
        control.expect(metadata.len());
        Self::read_stream(file, name, options, control)
    }

    /// Reads CSV text of either layout; `name` is used in messages only.
    ///
    /// # Errors
    /// As [`RunTable::read`].
    pub fn read_stream(
        stream: impl Read + Send,
        name: TableName,
        options: TableOptions,
        control: &Control,
    ) -> Result<Self, TableError> {
        options.check()?;
        Input::new(name, options).read(stream, control)
    }

    /// How messages call the table.
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The layout of the file.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Size of every image.
    pub fn size(&self) -> ImageSize {
        self.options.size
    }

    /// Number of classes.
    pub fn num_classes(&self) -> u32 {
        self.options.num_classes
    }

    /// Number of rows below the header.
    pub fn num_rows(&self) -> usize {
        self.rows.len()
    }

    /// The image ids, sorted by bytes.
    pub fn images(&self) -> &[Box<str>] {
        &self.images
    }

    /// The rows of an image, sorted by class.
    ///
    /// # Panics
    /// If there are no more than `index` images.
    pub fn rows_of(&self, index: usize) -> &[TableRow] {
        &self.rows[self.starts[index]..self.starts[index + 1]]
    }
}
