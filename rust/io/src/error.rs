//! What can be wrong with a table as a whole, or with two tables together.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::header::HeaderProblem;
use crate::problem::Problems;

/// What a table is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The ground truth.
    Truth,
    /// What is scored against it.
    Predictions,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Truth => "truth",
            Self::Predictions => "predictions",
        })
    }
}

/// How messages call a table: its role and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// What the table is used for.
    pub role: Role,
    /// The path, as the caller gave it.
    pub path: PathBuf,
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.role, self.path.display())
    }
}

/// Why a table could not be read, or two tables not be scored.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("{name}: {}", describe(.source))]
    File {
        /// Which file.
        name: TableName,
        /// Why.
        source: io::Error,
    },
    /// The path is a folder.
    #[error("{name}: this is a folder, want a CSV file")]
    Directory {
        /// Which path.
        name: TableName,
    },
    /// The file holds no header.
    #[error("{name}: the file is empty, want a header row and data rows")]
    Empty {
        /// Which file.
        name: TableName,
    },
    /// The header is not one of a run table.
    #[error("{name}, row 1: {problem}")]
    Header {
        /// Which file.
        name: TableName,
        /// What is wrong with it.
        problem: HeaderProblem,
    },
    /// A row is so long that it is not loaded.
    #[error(
        "{name}, row {row}: longer than {limit} bytes, which no row for images of this size needs"
    )]
    RowTooLong {
        /// Which file.
        name: TableName,
        /// Line of the row, the header being 1.
        row: u64,
        /// The longest row that is read.
        limit: usize,
    },
    /// Rows are wrong, or do not fit the other table.
    #[error("{name}{problems}")]
    Rows {
        /// Which file.
        name: TableName,
        /// The problems, by kind.
        problems: Box<Problems>,
    },
    /// An id stands twice in the list of images to score.
    #[error("the list of images names {image} twice")]
    ImageTwice {
        /// The id.
        image: String,
    },
    /// Nothing is left to score.
    #[error("{name}: there are no images to score{hint}")]
    NoImages {
        /// The ground truth.
        name: TableName,
        /// What may help.
        hint: &'static str,
    },
    /// The tables were read for different images.
    #[error(
        "the tables were read with different options: truth {truth}, predictions {predictions}"
    )]
    DifferentOptions {
        /// Size and classes of the ground truth.
        truth: String,
        /// Size and classes of the predictions.
        predictions: String,
    },
    /// An image size or a number of classes out of range.
    #[error("{argument}: {reason}")]
    Option {
        /// Which option.
        argument: &'static str,
        /// What it is and what it should be.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Cancelled,
}

/// The words of an [`io::Error`] without its number.
fn describe(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => format!("cannot be read: {source}"),
    }
}
