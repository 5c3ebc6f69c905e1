//! The strips and tiles of a TIFF: unpacked, put in their places, differences undone.

use std::io::{BufRead, Read, Seek, SeekFrom};

use fdeflate::{DecompressionError, Decompressor};
use flawgauge::view::Element;
use weezl::BitOrder;
use weezl::decode::Configuration;

use super::bits::{packed_length, unpack_row};
use super::error::Problem;
use super::source::Format;
use super::tiff_predictor::{Predictor, undo};

/// How chunks are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    None,
    Deflate,
    Lzw,
    PackBits,
}

/// Where the chunks of an image are, and how its pixels lie in them.
#[derive(Debug)]
pub(crate) struct Chunks {
    pub shape: (usize, usize),
    pub bits: usize,
    pub element: Element,
    /// The bytes of a value are not in this machine's order.
    pub swapped: bool,
    pub method: Method,
    pub predictor: Predictor,
    /// Rows and columns of a chunk.
    pub chunk: (usize, usize),
    pub tiled: bool,
    /// First byte and number of bytes of each.
    pub places: Vec<(u64, u64)>,
}

impl Chunks {
    /// Reads all chunks into an image, row after row, in this machine's byte order.
    pub fn read<R: BufRead + Seek>(
        &self,
        stream: &mut R,
        length: u64,
        image: &mut [u8],
    ) -> Result<(), Problem> {
        let (rows, columns) = self.shape;
        let (height, width) = self.chunk;
        let across = columns.div_ceil(width);
        let (mut packed, mut chunk) = (Vec::new(), Vec::new());
        for (index, &(first, count)) in self.places.iter().enumerate() {
            let (top, left) = (index / across * height, index % across * width);
            let bottom = rows.min(top.saturating_add(height));
            if top >= rows || first.checked_add(count).is_none_or(|end| end > length) {
                return Err(Problem::Truncated);
            }
            stream.seek(SeekFrom::Start(first))?;
            // A tile is stored whole, also where it leaves the image; a strip is not.
            let stored = if self.tiled { height } else { bottom - top };
            let line = packed_length(width, self.bits);
            let size = columns * self.element.size();
            if !self.tiled && self.bits >= 8 {
                let out = &mut image[top * size..bottom * size];
                self.unpack(stream, count, &mut packed, out)?;
                self.restore(out, line);
                continue;
            }
            chunk.resize(stored * line, 0);
            self.unpack(stream, count, &mut packed, &mut chunk)?;
            self.restore(&mut chunk, line);
            let right = columns.min(left + width);
            for (from, row) in chunk.chunks_exact(line).zip(top..bottom) {
                let at = |column: usize| row * size + column * self.element.size();
                let out = &mut image[at(left)..at(right)];
                if self.bits >= 8 {
                    out.copy_from_slice(&from[..out.len()]);
                } else {
                    unpack_row(from, self.bits, out);
                }
            }
        }
        Ok(())
    }

    /// Undoes differences, and turns values to this machine's byte order.
    fn restore(&self, lines: &mut [u8], line: usize) {
        undo(self.predictor, lines, line, self.element, self.swapped);
    }

    fn unpack<R: BufRead>(
        &self,
        stream: &mut R,
        count: u64,
        packed: &mut Vec<u8>,
        out: &mut [u8],
    ) -> Result<(), Problem> {
        // No method stores more than this: chunks that share the bytes of a long file are not all
        // read to its end.
        let longest = 2 * out.len() as u64 + 1024;
        let mut stream = stream.take(count.min(longest));
        match self.method {
            Method::None => stream.read_exact(out)?,
            Method::Deflate => {
                packed.clear();
                stream.read_to_end(packed)?;
                unpack_deflate(packed, out)?;
            }
            Method::Lzw => {
                packed.clear();
                stream.read_to_end(packed)?;
                unpack_lzw(packed, out)?;
            }
            Method::PackBits => unpack_bits(&mut stream, out)?,
        }
        Ok(())
    }
}

/// Fills `out`. What the stream holds beyond it is left alone, but if it ends there, its checksum
/// must be right.
fn unpack_deflate(mut packed: &[u8], out: &mut [u8]) -> Result<(), Problem> {
    let mut decoder = Decompressor::new();
    let mut filled = 0;
    while !decoder.is_done() {
        let read = decoder.read(packed, out, filled, true);
        let (consumed, written) = read.map_err(|error| match error {
            DecompressionError::InsufficientInput => Problem::Truncated,
            error => Problem::damaged(Format::Tiff, deflate_problem(error)),
        })?;
        packed = &packed[consumed..];
        filled += written;
        if consumed == 0 && written == 0 {
            break;
        }
    }
    if filled < out.len() { Err(Problem::Truncated) } else { Ok(()) }
}

fn deflate_problem(error: DecompressionError) -> &'static str {
    match error {
        DecompressionError::BadZlibHeader => "a part is not packed with deflate",
        DecompressionError::WrongChecksum => "the checksum of a part is wrong",
        _ => "a part cannot be unpacked (deflate)",
    }
}

fn unpack_lzw(mut packed: &[u8], out: &mut [u8]) -> Result<(), Problem> {
    let configuration = Configuration::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut decoder = configuration.with_yield_on_full_buffer(true).build();
    let mut filled = 0;
    while filled < out.len() {
        let result = decoder.decode_bytes(packed, &mut out[filled..]);
        packed = &packed[result.consumed_in..];
        filled += result.consumed_out;
        result.status.map_err(|error| Problem::damaged(Format::Tiff, error))?;
        if result.consumed_in == 0 && result.consumed_out == 0 {
            return Err(Problem::Truncated);
        }
    }
    Ok(())
}

fn unpack_bits(stream: &mut impl Read, mut out: &mut [u8]) -> Result<(), Problem> {
    while !out.is_empty() {
        let mut head = [0];
        stream.read_exact(&mut head)?;
        let count = match head[0] as i8 {
            // Says nothing.
            -128 => continue,
            literal @ 0.. => literal as usize + 1,
            repeats => 1 + usize::from(repeats.unsigned_abs()),
        };
        if count > out.len() {
            return Err(Problem::damaged(Format::Tiff, "a run goes past the end of its chunk"));
        }
        let (run, rest) = out.split_at_mut(count);
        if head[0] < 128 {
            stream.read_exact(run)?;
        } else {
            stream.read_exact(&mut run[..1])?;
            let value = run[0];
            run.fill(value);
        }
        out = rest;
    }
    Ok(())
}
