//! One row of a run table: its fields, and what they mean.

use std::ops::Range;

use flawgauge::rle::{Overlaps, Runs, SeverstalReader};
use memchr::memchr_iter;

use crate::header::{CLASS, Columns, IMAGE, IMAGE_AND_CLASS, IdColumns, RUNS};
use crate::problem::{Located, Problem, Problems, shown};
use crate::quoted::QuotedRow;

/// A run table has at most this many columns: an index, image, class and runs.
const MAX_FIELDS: usize = 4;

/// The mask of one image and class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// Which of the images.
    pub(crate) image: usize,
    /// Class, from 1.
    pub class: u32,
    /// Line in the file, the header being 1.
    pub row: u64,
    /// The mask.
    pub runs: Runs,
}

/// What is needed to read the rows of a table.
#[derive(Debug, Clone, Copy)]
pub struct RowParser {
    /// Where the fields are.
    pub columns: Columns,
    /// Pixels of an image.
    pub pixels: u32,
    /// Number of classes.
    pub num_classes: u32,
    /// What to do with overlapping runs.
    pub overlaps: Overlaps,
    /// Longest row, in bytes.
    pub row_limit: usize,
}

/// The rows of a piece of a file.
#[derive(Debug, Default)]
pub struct ParsedPiece {
    /// The image ids, each once for every stretch of rows that has it.
    pub images: Vec<Box<str>>,
    /// The rows that are right, in order; lines are counted from the start of the piece.
    pub rows: Vec<TableRow>,
    /// What is wrong with the others.
    pub problems: Problems,
    /// Number of lines, blank ones included.
    pub lines: u64,
}

/// A piece of a file while it is read.
struct PieceReader {
    masks: SeverstalReader,
    /// Where the masks of the rows are.
    places: Vec<Range<usize>>,
    /// The rows, without their masks.
    piece: ParsedPiece,
}

impl PieceReader {
    fn new(parser: &RowParser, bytes: usize) -> Self {
        Self {
            masks: SeverstalReader::new(parser.pixels, parser.overlaps, bytes),
            places: Vec::new(),
            piece: ParsedPiece::default(),
        }
    }

    /// Adds a row, or what is wrong with it.
    fn push(&mut self, parsed: Result<(&str, u32, Range<usize>), Located>, row: u64) {
        let piece = &mut self.piece;
        match parsed {
            Ok((image, class, place)) => {
                if piece.images.last().is_none_or(|last| **last != *image) {
                    piece.images.push(image.into());
                }
                let image = piece.images.len() - 1;
                piece.rows.push(TableRow { image, class, row, runs: Runs::default() });
                self.places.push(place);
            }
            Err(located) => piece.problems.push(located),
        }
    }

    fn finish(mut self) -> ParsedPiece {
        for (row, runs) in self.piece.rows.iter_mut().zip(self.masks.finish(self.places)) {
            row.runs = runs;
        }
        self.piece
    }
}

impl RowParser {
    /// Reads image id, class and mask from a row's fields.
    fn parse<'text>(
        &self,
        fields: &[&'text [u8]],
        row: u64,
        masks: &mut SeverstalReader,
    ) -> Result<(&'text str, u32, Range<usize>), Located> {
        if fields.len() != self.columns.num_fields {
            return Err(self.field_count(fields.len(), row));
        }
        let at = |column| move |problem| Located { row: Some(row), column: Some(column), problem };
        let (image, class) = match self.columns.ids {
            IdColumns::Joined(index) => {
                let at = at(IMAGE_AND_CLASS);
                let text = utf8(fields[index]).map_err(at)?;
                let (image, class) = text
                    .rsplit_once('_')
                    .ok_or_else(|| at(Problem::NoClass { text: shown(text.as_bytes()) }))?;
                (image_id(image).map_err(at)?, self.class(class).map_err(at)?)
            }
            IdColumns::Apart(image, class) => {
                let id = utf8(fields[image]).and_then(image_id).map_err(at(IMAGE))?;
                let class = utf8(fields[class]).and_then(|text| self.class(text));
                (id, class.map_err(at(CLASS))?)
            }
        };
        let text = fields[self.columns.runs];
        let place = masks
            .read(text)
            // Bytes that are no text are the likelier cause of a wrong value.
            .map_err(|error| utf8(text).map_or_else(|wrong| wrong, |_| error.into()))
            .map_err(at(RUNS))?;
        Ok((image, class, place))
    }

    fn class(&self, text: &str) -> Result<u32, Problem> {
        let wrong =
            || Problem::Class { text: shown(text.as_bytes()), num_classes: self.num_classes };
        // A leading plus would be accepted by `parse`.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(class) if digits && (1..=self.num_classes).contains(&class) => Ok(class),
            _ => Err(wrong()),
        }
    }

    /// Reads whole lines in which nothing is quoted.
    pub fn parse_lines(&self, text: &[u8]) -> ParsedPiece {
        let mut reader = PieceReader::new(self, text.len());
        let mut start = 0;
        let ends = memchr_iter(b'\n', text).chain((!text.ends_with(b"\n")).then_some(text.len()));
        for end in ends {
            let line = without_return(&text[start..end]);
            start = end + 1;
            reader.piece.lines += 1;
            if !line.is_empty() {
                self.parse_line(line, &mut reader);
            }
        }
        reader.finish()
    }

    fn parse_line(&self, line: &[u8], reader: &mut PieceReader) {
        let row = reader.piece.lines;
        let mut fields: [&[u8]; MAX_FIELDS] = [&[]; MAX_FIELDS];
        let mut count = 0;
        let mut start = 0;
        for end in memchr_iter(b',', line).chain([line.len()]) {
            if let Some(field) = fields.get_mut(count) {
                *field = &line[start..end];
            }
            count += 1;
            start = end + 1;
        }
        let parsed = match (self.too_long(line.len(), row), fields.get(..count)) {
            (Some(problem), _) => Err(problem),
            (None, Some(fields)) => self.parse(fields, row, &mut reader.masks),
            (None, None) => Err(self.field_count(count, row)),
        };
        reader.push(parsed, row);
    }

    /// Reads records in which fields may be quoted; their lines are those of the file.
    pub(crate) fn parse_quoted(&self, rows: &[QuotedRow]) -> ParsedPiece {
        let mut reader = PieceReader::new(self, rows.iter().map(QuotedRow::bytes).sum());
        for row in rows {
            let parsed = match self.too_long(row.bytes(), row.row) {
                Some(problem) => Err(problem),
                None => self.parse(&row.fields(), row.row, &mut reader.masks),
            };
            reader.push(parsed, row.row);
        }
        reader.finish()
    }

    fn field_count(&self, found: usize, row: u64) -> Located {
        let problem = Problem::FieldCount { found, expected: self.columns.num_fields };
        Located { row: Some(row), column: None, problem }
    }

    /// Says that a row is too long, if it is.
    fn too_long(&self, bytes: usize, row: u64) -> Option<Located> {
        let problem = Problem::TooLong { limit: self.row_limit };
        (bytes > self.row_limit).then_some(Located { row: Some(row), column: None, problem })
    }
}

/// A line or a last field without the carriage return that Windows puts before the line feed.
pub(crate) fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn utf8(field: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(field).map_err(|_| Problem::NotUtf8 { shown: shown(field) })
}

fn image_id(text: &str) -> Result<&str, Problem> {
    if text.is_empty() { Err(Problem::NoImage) } else { Ok(text) }
}
