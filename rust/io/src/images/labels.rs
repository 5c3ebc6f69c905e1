//! Label maps and masks.

use std::collections::BTreeSet;
use std::path::Path;

use flawgauge::view::Element;

use super::decode::{Request, decode_file};
use super::error::{ImageError, Problem, Values};
use super::image::{Decoded, Image, Meaning};
use super::limits::Limits;
use super::numbers::{for_each_number, type_name};

/// Different values that are counted; of more it is only said that they are many.
const COUNTED: usize = 1 << 12;

/// Different values that a message shows.
const SHOWN: usize = 6;

const NO_JPEG: &str = "JPEG changes the values of pixels, so it cannot hold a mask: save it as PNG";

/// When a pixel is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaskRule {
    /// If it is not zero, in a mask that holds zero and at most one other value.
    #[default]
    TwoValues,
    /// If its stored number is at least this.
    AtLeast(u64),
}

/// Reads label ids as they are stored: indices of a palette, grey values, or integers.
///
/// # Errors
/// [`ImageError`], also for floats, colours and JPEG.
pub fn read_labels(path: &Path, key: Option<&str>, limits: Limits) -> Result<Image, ImageError> {
    let mut image = read(path, key, limits, Vec::new()).map_err(|problem| problem.at(path))?.image;
    image.unswap();
    Ok(image)
}

/// Reads a mask: one byte a pixel, 1 if positive, else 0.
///
/// The rule is about grey values and numbers. Indices of a palette, booleans and images of one bit
/// a pixel are positive if not zero.
///
/// # Errors
/// As [`read_labels`], and for a mask with other values than the rule allows.
pub fn read_mask(
    path: &Path,
    key: Option<&str>,
    rule: MaskRule,
    limits: Limits,
) -> Result<Image, ImageError> {
    read_mask_into(path, key, rule, limits, Vec::new())
}

/// As [`read_mask`], with memory to use again.
///
/// # Errors
/// As [`read_mask`].
pub fn read_mask_into(
    path: &Path,
    key: Option<&str>,
    rule: MaskRule,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Image, ImageError> {
    read(path, key, limits, spare)
        .and_then(|decoded| to_mask(decoded, rule))
        .map_err(|problem| problem.at(path))
}

fn read(
    path: &Path,
    key: Option<&str>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let request = Request { key, limits, no_jpeg: NO_JPEG };
    let decoded = decode_file(path, request, spare)?;
    if decoded.image.element.is_float() {
        return Err(Problem::Unsupported(
            "the values are floats, want labels: integers or booleans".to_owned(),
        ));
    }
    Ok(decoded)
}

pub(crate) fn to_mask(decoded: Decoded, rule: MaskRule) -> Result<Image, Problem> {
    let Decoded { mut image, meaning } = decoded;
    let Meaning::Numbers { bits } = meaning else {
        return Ok(nonzero(image));
    };
    match rule {
        MaskRule::TwoValues if has_two_values(&image) => Ok(nonzero(image)),
        MaskRule::TwoValues => {
            image.unswap();
            Err(Problem::Fringe { values: distinct(&image) })
        }
        MaskRule::AtLeast(threshold) => {
            let largest = u64::MAX >> (64 - bits);
            if threshold > largest {
                return Err(Problem::Unsupported(format!(
                    "the mask threshold is {threshold}, but the values of this mask are {}, at \
                     most {largest}",
                    type_name(image.element),
                )));
            }
            image.unswap();
            Ok(at_least(image, threshold))
        }
    }
}

/// One byte a pixel: 1 where any byte of the value is not zero.
fn nonzero(mut image: Image) -> Image {
    let size = image.element.size();
    if size == 1 {
        image.bytes.iter_mut().for_each(|value| *value = u8::from(*value != 0));
        return Image { element: Element::U8, ..image };
    }
    let any = |value: &[u8]| u8::from(value.iter().any(|&byte| byte != 0));
    let mask = image.bytes.chunks_exact(size).map(any).collect();
    of_bytes(&image, mask)
}

fn at_least(mut image: Image, threshold: u64) -> Image {
    if let (Element::U8, Ok(threshold)) = (image.element, u8::try_from(threshold)) {
        image.bytes.iter_mut().for_each(|value| *value = u8::from(*value >= threshold));
        return image;
    }
    let mut mask = Vec::with_capacity(image.bytes.len() / image.element.size());
    for_each_number(&image, |value| mask.push(u8::from(value >= i128::from(threshold))));
    of_bytes(&image, mask)
}

/// An image of the same shape and order with one byte a pixel.
fn of_bytes(image: &Image, bytes: Vec<u8>) -> Image {
    let (shape, column_major) = (image.shape, image.column_major);
    Image { shape, element: Element::U8, bytes, swapped: false, column_major }
}

/// Whether there is at most one value besides zero.
fn has_two_values(image: &Image) -> bool {
    match image.element.size() {
        1 => two_values::<1>(&image.bytes),
        2 => two_values::<2>(&image.bytes),
        4 => two_values::<4>(&image.bytes),
        _ => two_values::<8>(&image.bytes),
    }
}

fn two_values<const SIZE: usize>(bytes: &[u8]) -> bool {
    let values = bytes.as_chunks::<SIZE>().0;
    let zero = [0; SIZE];
    let Some(&other) = values.iter().find(|&&value| value != zero) else { return true };
    // Blocks, so that the inner loop has no early end and the compiler can widen it.
    values.chunks(4096).all(|block| {
        let neither = |&value: &[u8; SIZE]| (value != zero) & (value != other);
        !block.iter().fold(false, |any, value| any | neither(value))
    })
}

fn distinct(image: &Image) -> Values {
    let mut values = BTreeSet::new();
    for_each_number(image, |value| {
        if values.len() <= COUNTED {
            values.insert(value);
        }
    });
    let count = (values.len() <= COUNTED).then_some(values.len());
    Values { first: values.into_iter().take(SHOWN).collect(), count }
}
