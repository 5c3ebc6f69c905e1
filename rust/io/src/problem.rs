//! What can be wrong with a row, and a summary of many such problems.

use std::fmt;
use std::mem::{Discriminant, discriminant};

use flawgauge::rle::RleError;

/// How many problems of one kind a message shows before it only counts.
const SHOWN: usize = 3;

/// How much of a wrong value a message shows, in bytes.
const SHOWN_BYTES: usize = 60;

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Too few or too many fields.
    #[error("{found} fields, want {expected}")]
    FieldCount {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// More bytes than any row needs.
    #[error("longer than {limit} bytes, which no row for images of this size needs")]
    TooLong {
        /// The longest row that is read.
        limit: usize,
    },
    /// Bytes that are no text.
    #[error("not UTF-8 text: {shown}")]
    NotUtf8 {
        /// The field with the wrong bytes escaped.
        shown: String,
    },
    /// No image id.
    #[error("the image id is empty")]
    NoImage,
    /// No class after the image id.
    #[error("{text:?} does not end in an underscore and a class, as in 0002cc93b.jpg_1")]
    NoClass {
        /// The field.
        text: String,
    },
    /// A class that is no whole number, or not one of the classes.
    #[error("the class is {text:?}, want a whole number from 1 to {num_classes}")]
    Class {
        /// The class as it stands there.
        text: String,
        /// Number of classes.
        num_classes: u32,
    },
    /// A wrong run-length encoded mask.
    #[error(transparent)]
    Runs(#[from] RleError),
    /// Two rows for one image and class.
    #[error("image {image}, class {class} has a row already: row {first}")]
    Duplicate {
        /// The image.
        image: String,
        /// Its class.
        class: u32,
        /// The earlier of the two rows.
        first: u64,
    },
    /// An image without a row for each class, in a layout that has one for each.
    #[error("image {image} has no row for class {class}")]
    MissingClass {
        /// The image.
        image: String,
        /// The first class without a row.
        class: u32,
    },
    /// A prediction for an image that is not known.
    #[error("image {image} is not in the truth")]
    UnknownImage {
        /// The image.
        image: String,
    },
    /// An image to be scored of which this table has no row.
    #[error("image {image} has no row")]
    MissingImage {
        /// The image.
        image: String,
    },
}

impl Problem {
    /// Equal for problems that are counted together.
    fn kind(&self) -> (Discriminant<Self>, Option<Discriminant<RleError>>) {
        let runs = match self {
            Self::Runs(error) => Some(discriminant(error)),
            _ => None,
        };
        (discriminant(self), runs)
    }
}

/// A wrong value as messages show it: cut when long, other bytes than UTF-8 escaped.
pub(crate) fn shown(value: &[u8]) -> String {
    let cut = &value[..value.len().min(SHOWN_BYTES)];
    let dots = if cut.len() < value.len() { "..." } else { "" };
    match std::str::from_utf8(value) {
        Ok(_) => format!("{}{dots}", String::from_utf8_lossy(cut).trim_end_matches('\u{FFFD}')),
        Err(_) => format!("{}{dots}", cut.escape_ascii()),
    }
}

/// A problem and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Line in the file, the header being 1; none where a row is missing.
    pub row: Option<u64>,
    /// Column of the value.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Located {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.column) {
            (Some(row), Some(column)) => write!(formatter, "row {row}, column {column}: ")?,
            (Some(row), None) => write!(formatter, "row {row}: ")?,
            _ => {}
        }
        self.problem.fmt(formatter)
    }
}

/// Problems of one kind: the first few, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    first: Vec<Located>,
    count: u64,
}

/// Any number of problems in bounded memory, grouped by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    groups: Vec<Group>,
    hint: Option<String>,
}

impl Problems {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many problems there are.
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// Adds a problem; those added first are the ones shown.
    pub fn push(&mut self, located: Located) {
        let kind = located.problem.kind();
        match self.groups.iter_mut().find(|group| group.kind() == Some(kind)) {
            Some(group) => {
                group.count += 1;
                if group.first.len() < SHOWN {
                    group.first.push(located);
                }
            }
            None => self.groups.push(Group { first: vec![located], count: 1 }),
        }
    }

    /// Adds problems found in a later part of the same file, `rows` further down.
    pub fn append(&mut self, later: Self, rows: u64) {
        for group in later.groups {
            let more = group.count - group.first.len() as u64;
            let kind = group.kind();
            for mut located in group.first {
                located.row = located.row.map(|row| row + rows);
                self.push(located);
            }
            if let Some(mine) = self.groups.iter_mut().find(|mine| mine.kind() == kind) {
                mine.count += more;
            }
        }
    }

    /// Whether one of the problems shown is such a one.
    pub fn any(&self, test: impl Fn(&Problem) -> bool) -> bool {
        self.groups.iter().flat_map(|group| &group.first).any(|located| test(&located.problem))
    }

    /// Adds a sentence that says what can be done.
    pub fn set_hint(&mut self, hint: impl Into<String>) {
        self.hint = Some(hint.into());
    }
}

impl Group {
    fn kind(&self) -> Option<(Discriminant<Problem>, Option<Discriminant<RleError>>)> {
        self.first.first().map(|located| located.problem.kind())
    }
}

impl fmt::Display for Problems {
    /// Continues a line that names the file.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([group], 1) = (self.groups.as_slice(), self.count()) {
            let located = &group.first[0];
            let joint = if located.row.is_some() { ", " } else { ": " };
            write!(formatter, "{joint}{located}")?;
        } else {
            write!(formatter, ": {} problems", self.count())?;
            for group in &self.groups {
                for located in &group.first {
                    write!(formatter, "\n  {located}")?;
                }
                let more = group.count - group.first.len() as u64;
                if more > 0 {
                    write!(formatter, "\n  ... and {more} more of this kind")?;
                }
            }
        }
        match &self.hint {
            Some(hint) => write!(formatter, "\n  {hint}"),
            None => Ok(()),
        }
    }
}
