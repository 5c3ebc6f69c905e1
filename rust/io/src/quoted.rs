//! Tables in which fields are quoted, read by the `csv` crate in bounded memory.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::rows::without_return;

/// How many bytes of records are parsed together.
const BATCH: usize = 1 << 20;

/// Why a record could not be read.
#[derive(Debug)]
pub(crate) enum QuotedError {
    /// Reading failed.
    Read(io::Error),
    /// The record that starts at this line is longer than the limit.
    TooLong(u64),
}

/// A record and the line it starts at.
pub(crate) struct QuotedRow {
    record: ByteRecord,
    /// Line in the file, the header being 1.
    pub(crate) row: u64,
}

impl QuotedRow {
    /// The fields, the last without the carriage return of a Windows line end.
    pub(crate) fn fields(&self) -> Vec<&[u8]> {
        let mut fields: Vec<&[u8]> = self.record.iter().collect();
        if let Some(last) = fields.last_mut() {
            *last = without_return(last);
        }
        fields
    }

    /// Bytes of the fields.
    pub(crate) fn bytes(&self) -> usize {
        self.record.as_slice().len()
    }

    fn is_blank(&self) -> bool {
        self.record.len() <= 1 && without_return(self.record.as_slice()).is_empty()
    }
}

/// Reads records, some at a time.
pub(crate) struct QuotedRows<R> {
    reader: Reader<Guard<R>>,
    lines_before: u64,
    row_limit: usize,
}

impl<R: Read> QuotedRows<R> {
    /// Reads from the start of a line that comes after `lines_before` others.
    pub(crate) fn new(reader: R, lines_before: u64, row_limit: usize) -> Self {
        let guard = Guard { reader, left: 0, last: b'\n' };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(guard);
        Self { reader, lines_before, row_limit }
    }

    /// Reads one record that is not blank; nothing at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<QuotedRow>, QuotedError> {
        loop {
            self.reader.get_mut().left = self.row_limit;
            let first_line = self.lines_before + self.reader.position().line();
            let mut record = ByteRecord::new();
            match self.reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(None),
                Ok(true) => {}
                Err(error) => {
                    return Err(match error.into_kind() {
                        csv::ErrorKind::Io(error) if is_too_long(&error) => {
                            QuotedError::TooLong(first_line)
                        }
                        csv::ErrorKind::Io(error) => QuotedError::Read(error),
                        other => QuotedError::Read(io::Error::other(format!("{other:?}"))),
                    });
                }
            }
            // Blank lines before the record are skipped unseen, so count from its end, where a
            // line feed always is: the guard adds one to the last line.
            let inside = memchr::memchr_iter(b'\n', record.as_slice()).count() as u64;
            let next_line = self.lines_before + self.reader.position().line();
            let row = QuotedRow { record, row: next_line - 1 - inside };
            if !row.is_blank() {
                return Ok(Some(row));
            }
        }
    }

    /// Reads about a megabyte of records; none at the end.
    pub(crate) fn next_batch(&mut self) -> Result<Vec<QuotedRow>, QuotedError> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH {
            let Some(row) = self.next_row()? else { break };
            bytes += row.bytes() + 1;
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Stops a record from growing without limit, and ends the last line with a line feed.
struct Guard<R> {
    reader: R,
    /// Bytes that may still be read for the present record.
    left: usize,
    last: u8,
}

/// Marks the error of [`Guard`] among those of the reader.
#[derive(Debug, thiserror::Error)]
#[error("the record is too long")]
struct TooLong;

fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let count = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(count);
        if count > 0 {
            self.last = buffer[count - 1];
        } else if self.last != b'\n' && !buffer.is_empty() {
            self.last = b'\n';
            buffer[0] = b'\n';
            return Ok(1);
        }
        Ok(count)
    }
}
