//! JPEG: the size of a photograph, nothing else.

use std::io::{BufRead, Read, Seek, SeekFrom};

use super::error::Problem;
use super::limits::Limits;
use super::source::{Format, Source};

/// Rows and columns by the frame header.
pub(crate) fn size<R: BufRead + Seek>(
    mut source: Source<R>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let stream = &mut source.stream;
    // After the two bytes that start the image.
    stream.seek(SeekFrom::Start(2))?;
    loop {
        let [mark, mut kind] = read(stream)?;
        if mark != 0xff {
            return Err(Problem::damaged(Format::Jpeg, "a segment does not start with a marker"));
        }
        while kind == 0xff {
            [kind] = read(stream)?;
        }
        match kind {
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => continue,
            // Frame headers; the others of the range are tables.
            0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                let [_, _, _, a, b, c, d] = read(stream)?;
                let sides = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                let sides = (u64::from(sides.0), u64::from(sides.1));
                // No bound of a photograph's compression is known.
                return limits.check(sides, 0, (source.length, 1));
            }
            0xd9 | 0xda => {
                return Err(Problem::damaged(Format::Jpeg, "there is no frame header"));
            }
            _ => {
                let length = u16::from_be_bytes(read(stream)?);
                let rest = length.checked_sub(2).ok_or_else(|| {
                    Problem::damaged(Format::Jpeg, "a segment is shorter than its length")
                })?;
                stream.seek_relative(rest.into())?;
            }
        }
    }
}

fn read<const COUNT: usize>(stream: &mut impl Read) -> Result<[u8; COUNT], Problem> {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
