//! Windows bitmaps with 1, 4 or 8 bits a pixel: the index of each pixel, never its colour.
//!
//! A reader of our own, since those there are turn indices into colours, and two indices of the
//! same colour into one.

use std::io::{BufRead, Read, Seek, SeekFrom};

use flawgauge::view::Element;

use super::bmp_pixels::{Pixels, read_packed, read_runs};
use super::error::Problem;
use super::image::{Decoded, Image, Meaning};
use super::limits::{Limits, make_room, ratio};
use super::source::{Format, Source};

/// Bytes of the file header.
const FILE_HEADER: u64 = 14;

/// What the headers say.
struct Header {
    pixels_at: u64,
    columns: u64,
    rows: u64,
    /// The first row of the file is the lowest of the image.
    bottom_up: bool,
    bits: u16,
    compression: u32,
    colours: u32,
    /// Bytes of a colour in the palette.
    colour_bytes: u64,
    /// Where the palette starts.
    palette_at: u64,
}

/// Rows and columns by the header.
pub(crate) fn size<R: BufRead + Seek>(
    mut source: Source<R>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let header = read_header(&mut source.stream)?;
    limits.check((header.rows, header.columns), 1, (source.length, ratio::RUNS))
}

/// Decodes an image.
pub(crate) fn decode<R: BufRead + Seek>(
    mut source: Source<R>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let header = read_header(&mut source.stream)?;
    let expansion = match (header.bits, header.compression) {
        (1 | 4 | 8, 0) => ratio::STORED,
        (8, 1) => ratio::RUNS,
        (16 | 24 | 32, _) => return Err(several_channels(header.bits)),
        (bits, method) => {
            let what = format!(
                "this BMP has {bits} bits a pixel and compression {method}, want 1, 4 or 8 bits \
                 uncompressed, or 8 bits with run lengths (compression 1)"
            );
            return Err(Problem::Unsupported(what));
        }
    };
    let size = (header.rows, header.columns);
    let shape = limits.check(size, u64::from(header.bits), (source.length, expansion))?;
    let meaning = read_meaning(&mut source.stream, &header)?;
    let mut bytes = make_room(spare, shape, Element::U8)?;
    source.stream.seek(SeekFrom::Start(header.pixels_at))?;
    let mut pixels = Pixels::new(&mut bytes, shape.1, header.bottom_up);
    if header.compression == 0 {
        read_packed(&mut source.stream, usize::from(header.bits), &mut pixels)?;
    } else {
        read_runs(&mut source.stream, &mut pixels)?;
    }
    Ok(Decoded { image: Image::rows(shape, Element::U8, bytes), meaning })
}

fn several_channels(bits: u16) -> Problem {
    Problem::Unsupported(format!(
        "this BMP holds colours of {bits} bits, want one channel: a palette of 1, 4 or 8 bits"
    ))
}

fn read_header(stream: &mut impl Read) -> Result<Header, Problem> {
    let mut file_header = [0; FILE_HEADER as usize];
    stream.read_exact(&mut file_header)?;
    let pixels_at = u64::from(number(&file_header[10..14]));
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    match length {
        12 => read_old_header(stream, pixels_at),
        40..=256 => read_info_header(stream, pixels_at, u64::from(length)),
        _ => Err(damaged(format!("a header of {length} bytes, want 12 or 40 to 256"))),
    }
}

/// The header of OS/2 and Windows 2, without a compression.
fn read_old_header(stream: &mut impl Read, pixels_at: u64) -> Result<Header, Problem> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    let [columns, rows, _, bits] =
        [0, 2, 4, 6].map(|at| u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    check_sides(columns.into(), rows.into())?;
    Ok(Header {
        pixels_at,
        columns: columns.into(),
        rows: rows.into(),
        bottom_up: true,
        bits,
        compression: 0,
        colours: 0,
        colour_bytes: 3,
        palette_at: FILE_HEADER + 12,
    })
}

fn read_info_header(
    stream: &mut impl Read,
    pixels_at: u64,
    length: u64,
) -> Result<Header, Problem> {
    let mut bytes = [0; 36];
    stream.read_exact(&mut bytes)?;
    let columns = number(&bytes[0..4]) as i32;
    let rows = number(&bytes[4..8]) as i32;
    check_sides(columns.into(), rows.into())?;
    Ok(Header {
        pixels_at,
        columns: columns.unsigned_abs().into(),
        rows: rows.unsigned_abs().into(),
        bottom_up: rows > 0,
        bits: u16::from_le_bytes([bytes[10], bytes[11]]),
        compression: number(&bytes[12..16]),
        colours: number(&bytes[28..32]),
        colour_bytes: 4,
        palette_at: FILE_HEADER + length,
    })
}

fn check_sides(columns: i64, rows: i64) -> Result<(), Problem> {
    if columns > 0 && rows != 0 {
        return Ok(());
    }
    Err(damaged(format!("a size of {rows} x {columns} (height x width)")))
}

/// Grey if the palette says for each of 256 values grey of that value, else indices.
fn read_meaning<R: Read + Seek>(stream: &mut R, header: &Header) -> Result<Meaning, Problem> {
    let full = header.bits == 8 && matches!(header.colours, 0 | 256);
    let end = header.palette_at + 256 * header.colour_bytes;
    if !full || end > header.pixels_at {
        return Ok(Meaning::Indices);
    }
    stream.seek(SeekFrom::Start(header.palette_at))?;
    let mut colour = [0; 4];
    let colour = &mut colour[..header.colour_bytes as usize];
    for value in 0..=u8::MAX {
        stream.read_exact(colour)?;
        if colour[..3] != [value; 3] {
            return Ok(Meaning::Indices);
        }
    }
    Ok(Meaning::grey(8))
}

pub(crate) fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged(Format::Bmp, reason)
}

fn number(bytes: &[u8]) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(bytes);
    u32::from_le_bytes(four)
}
