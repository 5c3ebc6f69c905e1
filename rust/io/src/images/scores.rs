//! Score maps.

use std::path::Path;

use flawgauge::view::Element;

use super::decode::{Request, decode_file};
use super::error::{ImageError, Problem};
use super::image::{Decoded, Image, Meaning};
use super::limits::Limits;
use super::numbers::{for_each_number, type_name};

const NO_JPEG: &str =
    "JPEG changes the values of pixels, so it cannot hold scores: save them as TIFF, NPY or PNG";

/// Reads scores: uint8, uint16, float16, 32 or 64, in this machine's byte order.
///
/// Booleans become uint8, int8 and int16 become float32, int32 and uint32 become float64: each
/// value stays what it is.
///
/// # Errors
/// [`ImageError`], also for NaN, colours, 64-bit integers and JPEG.
pub fn read_scores(path: &Path, key: Option<&str>, limits: Limits) -> Result<Image, ImageError> {
    read_scores_into(path, key, limits, Vec::new())
}

/// As [`read_scores`], with memory to use again.
///
/// # Errors
/// As [`read_scores`].
pub fn read_scores_into(
    path: &Path,
    key: Option<&str>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Image, ImageError> {
    let request = Request { key, limits, no_jpeg: NO_JPEG };
    decode_file(path, request, spare).and_then(to_scores).map_err(|problem| problem.at(path))
}

pub(crate) fn to_scores(decoded: Decoded) -> Result<Image, Problem> {
    let Decoded { mut image, meaning } = decoded;
    if meaning == Meaning::Indices {
        return Err(Problem::Unsupported(
            "the values are indices of a palette of colours, which are no scores".to_owned(),
        ));
    }
    image.unswap();
    let image = match image.element {
        Element::I8 | Element::I16 => {
            // As wide as f32 holds exactly.
            convert(image, Element::F32, |value| (value as f32).to_ne_bytes())
        }
        Element::U32 | Element::I32 => {
            convert(image, Element::F64, |value| (value as f64).to_ne_bytes())
        }
        Element::U64 | Element::I64 => {
            return Err(Problem::Unsupported(format!(
                "the scores are {}, want floats or integers of at most 32 bits",
                type_name(image.element)
            )));
        }
        _ => image,
    };
    refuse_nan(&image)?;
    Ok(image)
}

/// An error at the first NaN in memory order.
pub(crate) fn refuse_nan(image: &Image) -> Result<(), Problem> {
    let Some(index) = find_nan(image) else { return Ok(()) };
    let (rows, columns) = image.shape;
    let (row, column) = if image.column_major {
        (index % rows, index / rows)
    } else {
        (index / columns, index % columns)
    };
    Err(Problem::Nan { row, column })
}

fn convert<const SIZE: usize>(
    image: Image,
    element: Element,
    number: impl Fn(i128) -> [u8; SIZE],
) -> Image {
    let mut bytes = Vec::with_capacity(image.bytes.len() / image.element.size() * SIZE);
    for_each_number(&image, |value| bytes.extend(number(value)));
    Image { element, bytes, ..image }
}

/// Where in memory the first NaN is.
fn find_nan(image: &Image) -> Option<usize> {
    let bytes = &image.bytes;
    match image.element {
        Element::F16 => position(bytes, |bits| u16::from_ne_bytes(bits) & 0x7fff > 0x7c00),
        Element::F32 => position(bytes, |bits| f32::from_ne_bytes(bits).is_nan()),
        Element::F64 => position(bytes, |bits| f64::from_ne_bytes(bits).is_nan()),
        _ => None,
    }
}

fn position<const SIZE: usize>(bytes: &[u8], is: impl Fn([u8; SIZE]) -> bool) -> Option<usize> {
    const BLOCK: usize = 4096;
    let values = bytes.as_chunks::<SIZE>().0;
    // Blocks without an early end, which the compiler can widen.
    let any = |block: &[[u8; SIZE]]| block.iter().fold(false, |any, &value| any | is(value));
    let block = values.chunks(BLOCK).position(any)?;
    let start = block * BLOCK;
    let inside = values[start..].iter().position(|&value| is(value))?;
    Some(start + inside)
}
