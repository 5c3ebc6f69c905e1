//! What can be wrong with an image file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::source::Format;

/// A file that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", shown_path(.path))]
pub struct ImageError {
    /// Which file, as the caller gave it.
    pub path: PathBuf,
    /// Why.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be opened or read.
    #[error("{}", describe(.0))]
    Read(io::Error),
    /// The path is a folder.
    #[error("this is a folder, want an image file")]
    Directory,
    /// The path is a pipe, a socket or a device.
    #[error("this is a pipe, a socket or a device, want an image file")]
    NotAFile,
    /// It has no bytes.
    #[error("the file is empty (zero bytes)")]
    Empty,
    /// It ends before the image does.
    #[error("the file is truncated: it ends before the image does")]
    Truncated,
    /// Its first bytes are those of no format that is read.
    #[error("the content is {content}, want PNG, TIFF, BMP, NPY or NPZ")]
    UnknownFormat {
        /// What is in the file.
        content: String,
    },
    /// The name says one thing and the content another.
    #[error("the name ends in .{extension} but the content is {content}")]
    WrongExtension {
        /// What the name ends in.
        extension: String,
        /// What is in the file.
        content: String,
    },
    /// A format, or a variant of one, that is not read for this purpose.
    #[error("{0}")]
    Unsupported(String),
    /// The content contradicts itself.
    #[error("the {format} content is damaged: {reason}")]
    Damaged {
        /// Which format.
        format: Format,
        /// What is wrong.
        reason: String,
    },
    /// The header claims more pixels than the limit.
    #[error(
        "the header claims {rows} x {columns} pixels (height x width), more than the limit of \
         {limit} (max_pixels)"
    )]
    TooLarge {
        /// Rows claimed.
        rows: u64,
        /// Columns claimed.
        columns: u64,
        /// Most pixels allowed.
        limit: u64,
    },
    /// The header claims more pixels than the bytes of the file can hold.
    #[error(
        "the header claims {rows} x {columns} pixels (height x width), which a file of {bytes} \
         bytes cannot hold: it is truncated or damaged"
    )]
    TooShort {
        /// Rows claimed.
        rows: u64,
        /// Columns claimed.
        columns: u64,
        /// Bytes there are.
        bytes: u64,
    },
    /// There is not enough memory for the pixels.
    #[error("there is no memory for {0} bytes of pixels")]
    OutOfMemory(usize),
    /// A mask with more than two values.
    #[error(
        "the mask holds {values}, want 0 and one other value (give a mask threshold, mask_threshold \
         or --mask-threshold, to accept grey fringes)"
    )]
    Fringe {
        /// How many values, and which.
        values: Values,
    },
    /// A score that is not a number.
    #[error("the score is NaN at row {row}, column {column}, want a number")]
    Nan {
        /// Row of the pixel.
        row: usize,
        /// Column of the pixel.
        column: usize,
    },
    /// An archive without the array asked for, or with several and none asked for.
    #[error("{0}")]
    Key(String),
}

/// The different values of a mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// The smallest few.
    pub first: Vec<i128>,
    /// How many there are; nothing if too many to count.
    pub count: Option<usize>,
}

impl fmt::Display for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            Some(count) => write!(formatter, "{count} different values (")?,
            None => formatter.write_str("many different values (")?,
        }
        for (index, value) in self.first.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            write!(formatter, "{value}")?;
        }
        let more = self.count.is_none_or(|count| count > self.first.len());
        formatter.write_str(if more { ", ...)" } else { ")" })
    }
}

impl Problem {
    /// Whether the file could not be read at all, as opposed to having a wrong content.
    pub fn is_about_access(&self) -> bool {
        matches!(self, Self::Read(_) | Self::Directory | Self::NotAFile)
    }

    /// Content that contradicts itself.
    pub(crate) fn damaged(format: Format, reason: impl fmt::Display) -> Self {
        Self::Damaged { format, reason: reason.to_string() }
    }

    /// With the path of the file.
    pub(crate) fn at(self, path: &Path) -> ImageError {
        ImageError { path: path.to_owned(), problem: self }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Read(error),
        }
    }
}

/// A path as messages show it: as it is, or with bytes that are no text and control characters
/// escaped.
pub(crate) fn shown_path(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => format!("{path:?}"),
    }
}

/// The words of an [`io::Error`] without its number.
pub(crate) fn describe(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = source.to_string();
            let words = text.split(" (os error").next().unwrap_or_default();
            format!("cannot be read: {words}")
        }
    }
}
