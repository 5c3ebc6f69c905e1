//! The pixels of a bitmap: packed rows, or run lengths.

use std::io::{BufRead, Read};

use super::bits::{packed_length, unpack_row};
use super::bmp::damaged;
use super::error::Problem;

/// The rows of an image in the order in which a file has them.
pub(crate) struct Pixels<'a> {
    bytes: &'a mut [u8],
    columns: usize,
    bottom_up: bool,
}

impl<'a> Pixels<'a> {
    /// Rows of so many columns, at least one.
    pub fn new(bytes: &'a mut [u8], columns: usize, bottom_up: bool) -> Self {
        Self { bytes, columns, bottom_up }
    }

    fn rows(&self) -> usize {
        self.bytes.len() / self.columns
    }

    /// The row that stands at a place in the file.
    fn row(&mut self, place: usize) -> &mut [u8] {
        let row = if self.bottom_up { self.rows() - 1 - place } else { place };
        &mut self.bytes[row * self.columns..(row + 1) * self.columns]
    }
}

/// Reads rows of 1, 4 or 8 bits a pixel, each filled up to four bytes.
pub(crate) fn read_packed(
    stream: &mut impl Read,
    bits: usize,
    pixels: &mut Pixels<'_>,
) -> Result<(), Problem> {
    let length = packed_length(pixels.columns, bits);
    let mut packed = vec![0; length.next_multiple_of(4)];
    for place in 0..pixels.rows() {
        let last = place + 1 == pixels.rows();
        // Some writers leave out the filling of the last row.
        stream.read_exact(if last { &mut packed[..length] } else { &mut packed })?;
        let row = pixels.row(place);
        if bits == 8 {
            row.copy_from_slice(&packed[..length]);
        } else {
            unpack_row(&packed, bits, row);
        }
    }
    Ok(())
}

/// Reads run lengths of 8 bits a pixel. Each pixel must be given: what a file leaves out has no
/// label.
pub(crate) fn read_runs(stream: &mut impl BufRead, pixels: &mut Pixels<'_>) -> Result<(), Problem> {
    let (rows, columns) = (pixels.rows(), pixels.columns);
    let (mut place, mut column) = (0, 0);
    loop {
        let [count, value] = pair(stream)?;
        let code = (count == 0).then_some(value);
        match code {
            None => {
                fill_span(pixels, place, column, count.into())?.fill(value);
                column += usize::from(count);
            }
            // The end of a row.
            Some(0) => {
                if place < rows && column < columns {
                    return Err(left_out(place, column, columns));
                }
                (place, column) = (place + 1, 0);
            }
            // The end of the image.
            Some(1) => {
                let complete = place >= rows || (place + 1 == rows && column == columns);
                return if complete { Ok(()) } else { Err(left_out(place, column, columns)) };
            }
            Some(2) => return Err(left_out(place, column, columns)),
            // Pixels as they are, filled up to two bytes.
            Some(count) => {
                stream.read_exact(fill_span(pixels, place, column, count.into())?)?;
                if count % 2 == 1 {
                    stream.read_exact(&mut [0])?;
                }
                column += usize::from(count);
            }
        }
    }
}

fn pair(stream: &mut impl Read) -> Result<[u8; 2], Problem> {
    let mut pair = [0; 2];
    stream.read_exact(&mut pair)?;
    Ok(pair)
}

/// The next pixels of a row.
fn fill_span<'a>(
    pixels: &'a mut Pixels<'_>,
    place: usize,
    column: usize,
    count: usize,
) -> Result<&'a mut [u8], Problem> {
    let end = column + count;
    if place >= pixels.rows() || end > pixels.columns {
        return Err(damaged(format!("a run past the end of row {place} of the file")));
    }
    Ok(&mut pixels.row(place)[column..end])
}

fn left_out(place: usize, column: usize, columns: usize) -> Problem {
    damaged(format!(
        "row {place} of the file gives {column} of {columns} pixels, so others have no value"
    ))
}
