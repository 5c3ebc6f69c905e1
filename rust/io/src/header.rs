//! The header row of a run table: which layout, and where its columns are.

use std::fmt;

use crate::problem::shown;

/// Column with image and class joined by an underscore.
pub const IMAGE_AND_CLASS: &str = "ImageId_ClassId";
/// Column with the image id.
pub const IMAGE: &str = "ImageId";
/// Column with the class, from 1.
pub const CLASS: &str = "ClassId";
/// Column with the run-length encoded mask.
pub const RUNS: &str = "EncodedPixels";

/// Names under which an index column leads a table: pandas writes the first and reads it back as
/// the second.
const INDEX_NAMES: [&str; 2] = ["", "Unnamed: 0"];

/// The two layouts of a run table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `ImageId_ClassId,EncodedPixels`: a row for every class of an image, empty where there is no
    /// defect.
    AllPairs,
    /// `ImageId,ClassId,EncodedPixels`: a row for every defect class of an image only.
    DefectsOnly,
}

impl Layout {
    /// The columns that tell the layout, as the header writes them.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllPairs => "ImageId_ClassId",
            Self::DefectsOnly => "ImageId,ClassId",
        }
    }
}

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// The first bytes are no text.
    #[error("not UTF-8 text: {shown}")]
    NotUtf8 {
        /// The header with the wrong bytes escaped.
        shown: String,
    },
    /// A column that no run table has.
    #[error("unknown column {name:?}, field {position} of the header; {EXPECTED}")]
    UnknownColumn {
        /// Its name.
        name: String,
        /// Its place, from 1.
        position: usize,
    },
    /// A column that stands twice.
    #[error("column {name} stands twice")]
    ColumnTwice {
        /// Its name.
        name: &'static str,
    },
    /// A column that is not there.
    #[error("column {name} is missing; {EXPECTED}")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// The columns of both layouts at once.
    #[error("columns {IMAGE_AND_CLASS} and {other} exclude each other; {EXPECTED}")]
    BothLayouts {
        /// The column of the other layout.
        other: &'static str,
    },
}

struct Expected;
const EXPECTED: Expected = Expected;

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "want {IMAGE_AND_CLASS},{RUNS} or {IMAGE},{CLASS},{RUNS}")
    }
}

/// Where the id of a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdColumns {
    /// One field holds image and class.
    Joined(usize),
    /// Two fields: image, class.
    Apart(usize, usize),
}

/// Which field of a row holds what, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Image and class.
    pub ids: IdColumns,
    /// The encoded mask.
    pub runs: usize,
    /// Number of fields, an index column included.
    pub num_fields: usize,
}

impl Columns {
    /// Finds the columns in a header row, in any order.
    ///
    /// # Errors
    /// An unknown column, one that is missing or stands twice, or both layouts at once.
    pub fn from_header(fields: &[&[u8]]) -> Result<Self, HeaderProblem> {
        let mut joined = None;
        let mut image = None;
        let mut class = None;
        let mut runs = None;
        for (index, field) in fields.iter().enumerate() {
            let name = std::str::from_utf8(field)
                .map_err(|_| HeaderProblem::NotUtf8 { shown: shown(field) })?;
            let (slot, name) = match name {
                IMAGE_AND_CLASS => (&mut joined, IMAGE_AND_CLASS),
                IMAGE => (&mut image, IMAGE),
                CLASS => (&mut class, CLASS),
                RUNS => (&mut runs, RUNS),
                _ if index == 0 && INDEX_NAMES.contains(&name) => continue,
                _ => {
                    let name = shown(field);
                    return Err(HeaderProblem::UnknownColumn { name, position: index + 1 });
                }
            };
            if slot.replace(index).is_some() {
                return Err(HeaderProblem::ColumnTwice { name });
            }
        }
        let missing = |name| HeaderProblem::MissingColumn { name };
        let ids = match (joined, image, class) {
            (Some(joined), None, None) => IdColumns::Joined(joined),
            (Some(_), Some(_), _) => return Err(HeaderProblem::BothLayouts { other: IMAGE }),
            (Some(_), None, Some(_)) => return Err(HeaderProblem::BothLayouts { other: CLASS }),
            (None, Some(image), Some(class)) => IdColumns::Apart(image, class),
            (None, Some(_), None) => return Err(missing(CLASS)),
            (None, None, Some(_)) => return Err(missing(IMAGE)),
            (None, None, None) => return Err(missing(IMAGE_AND_CLASS)),
        };
        let runs = runs.ok_or(missing(RUNS))?;
        Ok(Self { ids, runs, num_fields: fields.len() })
    }

    /// The layout these columns belong to.
    pub fn layout(&self) -> Layout {
        match self.ids {
            IdColumns::Joined(_) => Layout::AllPairs,
            IdColumns::Apart(..) => Layout::DefectsOnly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &str) -> Result<Columns, HeaderProblem> {
        let fields: Vec<&[u8]> = header.split(',').map(str::as_bytes).collect();
        Columns::from_header(&fields)
    }

    #[test]
    fn both_layouts_in_any_order_and_with_an_index() {
        let found = columns("EncodedPixels,ImageId_ClassId").unwrap();
        assert_eq!(found.ids, IdColumns::Joined(1));
        assert_eq!((found.runs, found.num_fields), (0, 2));
        assert_eq!(found.layout(), Layout::AllPairs);
        for index in ["", "Unnamed: 0"] {
            let found = columns(&format!("{index},ClassId,EncodedPixels,ImageId")).unwrap();
            assert_eq!(found.ids, IdColumns::Apart(3, 1));
            assert_eq!((found.runs, found.num_fields), (2, 4));
            assert_eq!(found.layout(), Layout::DefectsOnly);
        }
    }

    #[test]
    fn each_problem_has_its_message() {
        let message = |header| columns(header).unwrap_err().to_string();
        assert_eq!(
            message("ImageId_ClassId,Pixels"),
            "unknown column \"Pixels\", field 2 of the header; want ImageId_ClassId,EncodedPixels \
             or ImageId,ClassId,EncodedPixels"
        );
        assert!(message("ImageId_ClassId,").starts_with("unknown column \"\", field 2"));
        assert!(message("ImageId_ClassId").starts_with("column EncodedPixels is missing"));
        assert!(message("ImageId,EncodedPixels").starts_with("column ClassId is missing"));
        assert!(message("ClassId,EncodedPixels").starts_with("column ImageId is missing"));
        assert!(message("EncodedPixels").starts_with("column ImageId_ClassId is missing"));
        assert!(message("ImageId_ClassId,ClassId,EncodedPixels").contains("exclude each other"));
        assert_eq!(message("ImageId,ImageId,ClassId,EncodedPixels"), "column ImageId stands twice");
        let utf16 = Columns::from_header(&[b"\xff\xfeI\0m\0"]).unwrap_err();
        assert_eq!(utf16.to_string(), "not UTF-8 text: \\xff\\xfeI\\x00m\\x00");
    }
}
