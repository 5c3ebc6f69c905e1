//! Reading a run table: blocks of lines, parsed on all threads while the next block is read.

use std::io::{self, Read};

use flawgauge::parallel::Control;
use memchr::memchr;
use rayon::prelude::*;

use crate::blocks::{BlockError, Blocks};
use crate::builder::Builder;
use crate::error::{TableError, TableName};
use crate::header::Columns;
use crate::options::TableOptions;
use crate::quoted::{QuotedError, QuotedRows};
use crate::rows::{ParsedPiece, RowParser, without_return};
use crate::table::RunTable;

/// Bytes of a block that one task parses.
const PIECE: usize = 32 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A table on its way in.
pub(crate) struct Input {
    name: TableName,
    options: TableOptions,
    /// Known once the header has been read.
    parser: Option<RowParser>,
    builder: Builder,
    /// Lines read so far.
    lines: u64,
}

impl Input {
    /// Nothing read yet.
    pub(crate) fn new(name: TableName, options: TableOptions) -> Self {
        Self { name, options, parser: None, builder: Builder::default(), lines: 0 }
    }

    /// Reads the whole stream.
    pub(crate) fn read(
        mut self,
        stream: impl Read + Send,
        control: &Control,
    ) -> Result<RunTable, TableError> {
        let mut blocks = Blocks::new(stream, self.options.size.row_limit());
        let mut block = Vec::new();
        let mut next_block = Vec::new();
        blocks.next_into(&mut block).map_err(|error| self.block_error(error))?;
        if block.starts_with(BYTE_ORDER_MARK) {
            block.drain(..BYTE_ORDER_MARK.len());
        }
        while !block.is_empty() {
            if memchr(b'"', &block).is_some() {
                let rest = io::Cursor::new(block).chain(blocks.into_remaining());
                self.read_quoted(rest, control)?;
                return self.finish();
            }
            let text = self.take_header(&block)?;
            let (pieces, next) =
                rayon::join(|| self.parse_block(text), || blocks.next_into(&mut next_block));
            for piece in pieces {
                self.add_piece(piece);
            }
            control.advance(block.len() as u64);
            if control.cancelled() {
                return Err(TableError::Cancelled);
            }
            next.map_err(|error| self.block_error(error))?;
            std::mem::swap(&mut block, &mut next_block);
        }
        self.finish()
    }

    /// Reads the header if it is still to come; returns the lines after it.
    fn take_header<'text>(&mut self, text: &'text [u8]) -> Result<&'text [u8], TableError> {
        let mut rest = text;
        while self.parser.is_none() && !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = without_return(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            self.lines += 1;
            if !line.is_empty() {
                let fields: Vec<&[u8]> = line.split(|&byte| byte == b',').collect();
                self.set_header(&fields)?;
            }
        }
        Ok(rest)
    }

    fn set_header(&mut self, fields: &[&[u8]]) -> Result<(), TableError> {
        let columns = Columns::from_header(fields)
            .map_err(|problem| TableError::Header { name: self.name.clone(), problem })?;
        self.parser = Some(RowParser {
            columns,
            pixels: self.options.size.pixels(),
            num_classes: self.options.num_classes,
            overlaps: self.options.overlaps,
            row_limit: self.options.size.row_limit(),
        });
        Ok(())
    }

    /// Parses a block's pieces on all threads, in order.
    fn parse_block(&self, text: &[u8]) -> Vec<ParsedPiece> {
        match &self.parser {
            Some(parser) => pieces(text)
                .into_par_iter()
                .with_max_len(1)
                .map(|piece| parser.parse_lines(piece))
                .collect(),
            None => Vec::new(),
        }
    }

    fn add_piece(&mut self, piece: ParsedPiece) {
        let lines_before = self.lines;
        self.lines += piece.lines;
        self.builder.add(piece, lines_before);
    }

    /// Reads the rest of a file in which fields are quoted, from the start of a line.
    fn read_quoted(&mut self, stream: impl Read, control: &Control) -> Result<(), TableError> {
        let mut quoted = QuotedRows::new(stream, self.lines, self.options.size.row_limit());
        if self.parser.is_none() {
            match quoted.next_row().map_err(|error| self.quoted_error(error))? {
                Some(row) => self.set_header(&row.fields())?,
                None => return Ok(()),
            }
        }
        let Some(parser) = self.parser else {
            return Ok(());
        };
        loop {
            let batch = quoted.next_batch().map_err(|error| self.quoted_error(error))?;
            if batch.is_empty() {
                return Ok(());
            }
            let pieces: Vec<_> =
                batch.par_chunks(64).map(|rows| parser.parse_quoted(rows)).collect();
            for piece in pieces {
                self.builder.add(piece, 0);
            }
            control.advance(batch.iter().map(|row| row.bytes() as u64).sum());
            if control.cancelled() {
                return Err(TableError::Cancelled);
            }
        }
    }

    fn finish(self) -> Result<RunTable, TableError> {
        match self.parser {
            Some(parser) => self.builder.finish(self.name, parser.columns.layout(), self.options),
            None => Err(TableError::Empty { name: self.name }),
        }
    }

    fn block_error(&self, error: BlockError) -> TableError {
        let name = self.name.clone();
        match error {
            BlockError::Read(source) => TableError::File { name, source },
            BlockError::LineTooLong(lines) => self.too_long(self.lines + lines + 1),
        }
    }

    fn too_long(&self, row: u64) -> TableError {
        TableError::RowTooLong {
            name: self.name.clone(),
            row,
            limit: self.options.size.row_limit(),
        }
    }

    fn quoted_error(&self, error: QuotedError) -> TableError {
        let name = self.name.clone();
        match error {
            QuotedError::Read(source) => TableError::File { name, source },
            QuotedError::TooLong(row) => self.too_long(row),
        }
    }
}

/// Cuts text into pieces of whole lines.
fn pieces(mut text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(text.len() / PIECE + 1);
    while !text.is_empty() {
        let end = text
            .get(PIECE..)
            .and_then(|after| memchr(b'\n', after))
            .map_or(text.len(), |end| PIECE + end + 1);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}
