//! A file as blocks of whole lines, in bounded memory.

use std::io::{self, Read};

use memchr::memrchr;

/// How many bytes are read at a time: large enough that threads seldom wait for each other at its
/// end, small enough to stay in the caches and to leave the last block, which is parsed while nothing
/// is read, short.
const BLOCK: usize = 1024 * 1024;

/// Why there is no next block.
#[derive(Debug)]
pub enum BlockError {
    /// Reading failed.
    Read(io::Error),
    /// A line is longer than the limit. Holds the number of line feeds before it in its block.
    LineTooLong(u64),
}

/// Cuts a stream into blocks that end where a line ends.
#[derive(Debug)]
pub struct Blocks<R> {
    reader: R,
    /// Start of a line whose end has not been read.
    rest: Vec<u8>,
    line_limit: usize,
    at_end: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads from `reader`; no line may be longer than `line_limit` bytes.
    pub fn new(reader: R, line_limit: usize) -> Self {
        Self { reader, rest: Vec::new(), line_limit, at_end: false }
    }

    /// Replaces the contents of `block` by the next whole lines; nothing at the end of the file.
    ///
    /// # Errors
    /// If reading fails, or a line is longer than the limit: such a line is never held in memory.
    pub fn next_into(&mut self, block: &mut Vec<u8>) -> Result<(), BlockError> {
        block.clear();
        block.append(&mut self.rest);
        while !self.at_end {
            let before = block.len();
            block.reserve(BLOCK + 64);
            self.at_end = read_some(&mut self.reader, block).map_err(BlockError::Read)?;
            let line_end = memrchr(b'\n', &block[before..]).map(|end| before + end + 1);
            let line_start = line_end.unwrap_or(0);
            if block.len() - line_start > self.line_limit {
                let lines = memchr::memchr_iter(b'\n', &block[..line_start]).count();
                return Err(BlockError::LineTooLong(lines as u64));
            }
            if let (Some(line_end), false) = (line_end, self.at_end) {
                self.rest.extend_from_slice(&block[line_end..]);
                block.truncate(line_end);
                break;
            }
        }
        Ok(())
    }

    /// What has not been handed out yet: everything from the next line on.
    pub fn into_remaining(self) -> impl Read {
        io::Cursor::new(self.rest).chain(self.reader)
    }
}

/// Appends up to a block's worth of bytes; returns whether the stream is at its end.
fn read_some(reader: &mut impl Read, block: &mut Vec<u8>) -> io::Result<bool> {
    // `read_to_end` repeats interrupted reads and writes into the spare capacity as it is.
    let count = reader.take(BLOCK as u64).read_to_end(block)?;
    Ok(count < BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_blocks(text: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, BlockError> {
        let mut blocks = Blocks::new(text, limit);
        let mut found = Vec::new();
        loop {
            let mut block = Vec::new();
            blocks.next_into(&mut block)?;
            if block.is_empty() {
                return Ok(found);
            }
            found.push(block);
        }
    }

    #[test]
    fn blocks_end_with_lines_and_hold_everything() {
        let line = [b"x".repeat(999), vec![b'\n']].concat();
        let mut text = line.repeat(4 * BLOCK / line.len());
        text.extend(b"no line feed at the end");
        let blocks = all_blocks(&text, 1000).unwrap();
        assert_eq!(blocks.concat(), text);
        assert!(blocks.len() > 3);
        assert!(blocks[..blocks.len() - 1].iter().all(|block| block.ends_with(b"\n")));
        assert!(blocks.iter().all(|block| block.len() <= BLOCK + line.len()));
    }

    #[test]
    fn a_line_longer_than_a_block_is_whole() {
        let text = [b"a\n".as_slice(), &b"x".repeat(3 * BLOCK), b"\nb\n"].concat();
        let blocks = all_blocks(&text, 4 * BLOCK).unwrap();
        assert_eq!(blocks.concat(), text);
        assert!(blocks.iter().all(|block| block.ends_with(b"\n")));
    }

    #[test]
    fn an_endless_line_is_not_loaded() {
        let mut blocks = Blocks::new(io::repeat(b'x'), BLOCK);
        let mut block = Vec::new();
        let error = blocks.next_into(&mut block).unwrap_err();
        assert!(matches!(error, BlockError::LineTooLong(0)));
        assert!(block.capacity() < 4 * BLOCK);

        let endless = b"a\nb\n".chain(io::repeat(b'x'));
        let error = Blocks::new(endless, 1000).next_into(&mut block).unwrap_err();
        assert!(matches!(error, BlockError::LineTooLong(2)));
    }
}
