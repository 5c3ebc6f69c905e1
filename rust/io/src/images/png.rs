//! PNG: grey of 1, 2, 4, 8 and 16 bits, and indices of a palette. Values are taken as stored.

use std::io::{BufRead, Seek};

use flawgauge::view::Element;
use png::{ColorType, DecodeOptions, Decoder, DecodingError, Reader, Transformations};

use super::bits::{packed_length, unpack_row};
use super::error::Problem;
use super::image::{Decoded, Image, Meaning};
use super::limits::{Limits, make_room, ratio};
use super::source::{Format, Source};

/// Memory for chunks that are no pixels (palette, text, colour profile).
const CHUNKS: usize = 16 << 20;

/// Rows and columns by the header.
pub(crate) fn size<R: BufRead + Seek>(
    source: Source<R>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let length = source.length;
    checked_size(&open(source, false)?, length, limits)
}

/// Decodes an image.
pub(crate) fn decode<R: BufRead + Seek>(
    source: Source<R>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let length = source.length;
    let mut reader = open(source, true)?;
    let shape = checked_size(&reader, length, limits)?;
    let info = reader.info();
    if info.animation_control.is_some() {
        return Err(Problem::Unsupported("this PNG is an animation, want one image".to_owned()));
    }
    let bits = info.bit_depth as usize;
    let meaning = match info.color_type {
        ColorType::Grayscale => Meaning::grey(bits as u32),
        ColorType::Indexed if is_grey_ramp(info.palette.as_deref()) => Meaning::grey(8),
        ColorType::Indexed => Meaning::Indices,
        color => return Err(Problem::Unsupported(several_channels(color))),
    };
    let element = if bits == 16 { Element::U16 } else { Element::U8 };
    let mut bytes = make_room(spare, shape, element)?;
    let interlaced = info.interlaced;
    if bits >= 8 {
        reader.next_frame(&mut bytes).map_err(problem)?;
    } else if interlaced {
        let mut packed = vec![0; packed_length(shape.1, bits) * shape.0];
        reader.next_frame(&mut packed).map_err(problem)?;
        let rows = packed.chunks_exact(packed_length(shape.1, bits).max(1));
        rows.zip(bytes.chunks_exact_mut(shape.1.max(1)))
            .for_each(|(packed, row)| unpack_row(packed, bits, row));
    } else {
        for row in bytes.chunks_exact_mut(shape.1.max(1)) {
            let packed = reader.next_row().map_err(problem)?.ok_or(Problem::Truncated)?;
            unpack_row(packed.data(), bits, row);
        }
    }
    // What follows the pixels is checked as well: a file cut there is not the file it was.
    reader.finish().map_err(problem)?;
    let mut image = Image::rows(shape, element, bytes);
    image.swapped = element == Element::U16 && cfg!(target_endian = "little");
    Ok(Decoded { image, meaning })
}

fn open<R: BufRead + Seek>(source: Source<R>, pixels: bool) -> Result<Reader<R>, Problem> {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    // A header is read even of a file whose chunks are damaged.
    options.set_ignore_crc(!pixels);
    let mut decoder = Decoder::new_with_options(source.stream, options);
    decoder.set_limits(png::Limits { bytes: CHUNKS });
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.read_info().map_err(problem)
}

fn checked_size<R: BufRead + Seek>(
    reader: &Reader<R>,
    length: u64,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let info = reader.info();
    let bits = info.bits_per_pixel() as u64;
    limits.check((u64::from(info.height), u64::from(info.width)), bits, (length, ratio::DEFLATE))
}

/// Whether a palette only says grey of the value itself.
fn is_grey_ramp(palette: Option<&[u8]>) -> bool {
    let Some(palette) = palette else { return false };
    palette.len() == 3 * 256
        && palette.chunks_exact(3).zip(0..=u8::MAX).all(|(colour, value)| colour == [value; 3])
}

fn several_channels(color: ColorType) -> String {
    let name = match color {
        ColorType::Rgb => "red, green and blue (3 channels)",
        ColorType::Rgba => "red, green, blue and alpha (4 channels)",
        _ => "grey and alpha (2 channels)",
    };
    format!("this PNG holds {name}, want one channel: grey or a palette")
}

fn problem(error: DecodingError) -> Problem {
    match error {
        DecodingError::IoError(error) => error.into(),
        DecodingError::LimitsExceeded => {
            Problem::damaged(Format::Png, "a chunk is larger than any image needs")
        }
        DecodingError::Format(error) => {
            let reason = error.to_string();
            // The decoder's way to say that the data stream ended.
            if reason.contains("UnexpectedEof") || reason.contains("unexpected end") {
                return Problem::Truncated;
            }
            Problem::damaged(Format::Png, reason)
        }
        DecodingError::Parameter(error) => Problem::damaged(Format::Png, error),
    }
}
