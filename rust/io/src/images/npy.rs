//! Arrays that NumPy saved.

use std::io::Read;

use super::error::Problem;
use super::image::{Decoded, Image, Meaning};
use super::limits::{Limits, make_room};
use super::npy_header::Header;
use super::source::Format;

/// A longer header is that of no image.
const LONGEST_HEADER: usize = 1 << 16;

/// Rows and columns by the header. `bytes`: as for [`decode`].
pub(crate) fn size(
    stream: &mut dyn Read,
    bytes: (u64, u64),
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let header = read_header(stream)?;
    checked_size(&header, bytes, limits)
}

/// Decodes an image. `bytes`: how many bytes the stream comes from, and how many of the array one
/// of them can stand for.
pub(crate) fn decode(
    stream: &mut dyn Read,
    bytes: (u64, u64),
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let header = read_header(stream)?;
    let shape = checked_size(&header, bytes, limits)?;
    let mut values = make_room(spare, shape, header.element)?;
    stream.read_exact(&mut values)?;
    if header.boolean {
        values.iter_mut().for_each(|value| *value = u8::from(*value != 0));
    }
    let image = Image {
        shape,
        element: header.element,
        bytes: values,
        swapped: header.swapped,
        column_major: header.column_major,
    };
    let bits = 8 * header.element.size() as u32;
    let meaning = if header.boolean { Meaning::Booleans } else { Meaning::Numbers { bits } };
    Ok(Decoded { image, meaning })
}

fn checked_size(
    header: &Header,
    bytes: (u64, u64),
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let [rows, columns] = header.shape[..] else {
        return Err(Problem::Unsupported(format!(
            "the array has {} axes and the shape {:?}, want (height, width)",
            header.shape.len(),
            header.shape
        )));
    };
    limits.check((rows, columns), 8 * header.element.size() as u64, bytes)
}

fn read_header(stream: &mut dyn Read) -> Result<Header, Problem> {
    let mut start = [0; 8];
    stream.read_exact(&mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(Problem::damaged(Format::Npy, "it does not start as an array does"));
    }
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            usize::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            stream.read_exact(&mut length)?;
            u32::from_le_bytes(length) as usize
        }
        version => {
            let what = format!("NPY version {version}, want 1, 2 or 3");
            return Err(Problem::Unsupported(what));
        }
    };
    if length > LONGEST_HEADER {
        return Err(Problem::damaged(Format::Npy, format!("a header of {length} bytes")));
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text)?;
    Header::parse(&text)
}
