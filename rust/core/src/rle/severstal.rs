//! Severstal strings: `start length` pairs, the first pixel being 1.

use std::cell::RefCell;

use super::{Overlaps, RleError};
use crate::simd::{Kernel, Simd, dispatch};

thread_local! {
    /// Memory for the string that is being read: kept, so that only the result is allocated.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    /// The string between padding, see [`ReadNumbers`].
    padded: Vec<u8>,
    numbers: Vec<u32>,
}

/// Appends the runs of a string that has one space between numbers of at most seven digits, sorted
/// runs within the image, and nothing else: nearly all strings, several times faster than value by
/// value. Returns false where the string is any different; what was appended is of no use then.
pub(super) fn append_clean(text: &[u8], pixels: u32, bounds: &mut Vec<[u32; 2]>) -> bool {
    if text.is_empty() {
        return true;
    }
    SCRATCH.with_borrow_mut(|Scratch { padded, numbers }| {
        padded.clear();
        padded.extend([b'0'; 8]);
        padded.extend(text);
        padded.push(b' ');
        padded.resize(padded.len().next_multiple_of(64) + 8, b'0');
        // Two bytes at least for each number.
        let most = text.len() / 2 + 1;
        if numbers.len() < most {
            numbers.resize(most, 0);
        }
        let Some(count) = dispatch(ReadNumbers { padded, numbers }) else {
            return false;
        };
        let (pairs, rest) = numbers[..count].as_chunks::<2>();
        rest.is_empty() && dispatch(ToBounds { pairs, pixels, bounds })
    })
}

/// Appends the first pixel and the end of each run, from start and length; false if a run is not
/// right.
struct ToBounds<'a> {
    pairs: &'a [[u32; 2]],
    pixels: u32,
    bounds: &'a mut Vec<[u32; 2]>,
}

impl Kernel for ToBounds<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> bool {
        let Self { pairs, pixels, bounds } = self;
        let before = bounds.len();
        bounds.extend(pairs.iter().map(|&[start, length]| {
            let first = start.wrapping_sub(1);
            // Seven digits each: the sum cannot overflow, but for a start of 0, whose first pixel
            // is beyond all others then.
            [first, first.wrapping_add(length)]
        }));
        // First pixels and ends, in turn, only grow.
        let flat = bounds[before..].as_flattened();
        let (mut falls, mut stays) = (false, false);
        for (value, next) in flat.iter().zip(flat.get(1..).unwrap_or_default()) {
            falls |= value > next;
            stays |= value == next;
        }
        if falls || flat.last().is_some_and(|end| *end > pixels) {
            return false;
        }
        // Something stays if a run is empty, or if runs touch.
        if stays && bounds[before..].iter().any(|run| run[0] == run[1]) {
            return false;
        }
        if stays {
            unite_touching(bounds, before);
        }
        true
    }
}

/// Makes one run of those that touch, from place `from` on.
fn unite_touching(bounds: &mut Vec<[u32; 2]>, from: usize) {
    let mut last = from;
    for index in from + 1..bounds.len() {
        let run = bounds[index];
        if run[0] == bounds[last][1] {
            bounds[last][1] = run[1];
        } else {
            last += 1;
            bounds[last] = run;
        }
    }
    bounds.truncate(last + 1);
}

/// Reads numbers with one space after each; tells how many there are.
///
/// 64 characters are looked at together to find where the numbers end. A loop over characters
/// mispredicts at almost every end, and waits for one number's length to find the next number.
struct ReadNumbers<'a> {
    /// Eight characters of padding, so that there are eight before every end; the string with a
    /// space after it; digits up to a multiple of 64 characters, and eight more.
    padded: &'a [u8],
    numbers: &'a mut [u32],
}

impl Kernel for ReadNumbers<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<usize> {
        let Self { padded, numbers } = self;
        let (chunks, _) = padded.get(8..)?.as_chunks::<64>();
        let mut places = numbers.iter_mut();
        let mut start = 0;
        let mut wrong = false;
        for (index, chunk) in chunks.iter().enumerate() {
            let mut ends = spaces(simd, chunk)?;
            while ends != 0 {
                let end = 64 * index + ends.trailing_zeros() as usize;
                ends &= ends - 1;
                // The padding moves the eight characters before the end to the end itself.
                let word = u64::from_le_bytes(*padded.get(end..)?.first_chunk()?);
                let length = end.wrapping_sub(start);
                *places.next()? = last_digits(word, length as u32);
                wrong |= length.wrapping_sub(1) >= 7;
                start = end + 1;
            }
        }
        let unused = places.len();
        (!wrong).then_some(numbers.len() - unused)
    }
}

/// Where the spaces are; nothing if a character is neither a space nor a digit.
#[inline(always)]
fn spaces<S: Simd>(simd: S, characters: &[u8; 64]) -> Option<u64> {
    let mut spaces = [0; 64];
    let mut others = 0;
    for (space, &character) in spaces.iter_mut().zip(characters) {
        let is_space = character == b' ';
        *space = u8::from(is_space);
        others |= u8::from(!is_space & !character.is_ascii_digit());
    }
    (others == 0).then(|| simd.pack(&spaces))
}

/// The value of the last `length` of eight characters, 1 to 7, which must be digits.
#[inline(always)]
fn last_digits(word: u64, length: u32) -> u32 {
    // The last character is the highest byte; those before the number become zeros.
    let digits =
        (word ^ 0x3030_3030_3030_3030) & (u64::MAX << (64_u32.wrapping_sub(8 * length) & 63));
    // Eight digits to four pairs, to two fours, to one eight.
    let digits = (digits.wrapping_mul(10).wrapping_add(digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let digits = (digits.wrapping_mul(100).wrapping_add(digits >> 16)) & 0x0000_FFFF_0000_FFFF;
    digits.wrapping_mul(10_000).wrapping_add(digits >> 32) as u32
}

/// Reads any string, value by value, and says what is wrong with it.
pub(super) fn parse_careful(
    text: &[u8],
    pixels: u32,
    overlaps: Overlaps,
) -> Result<Vec<[u32; 2]>, RleError> {
    let values = text
        .split(u8::is_ascii_whitespace)
        .filter(|value| !value.is_empty())
        .enumerate()
        .map(|(index, value)| parse_value(value, index + 1))
        .collect::<Result<Vec<i128>, RleError>>()?;
    let (pairs, rest) = values.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(RleError::OddCount { count: values.len() });
    }
    let mut runs: Vec<[u32; 2]> = Vec::with_capacity(pairs.len());
    for (index, &[start, length]) in pairs.iter().enumerate() {
        let position = 2 * index + 1;
        let run = checked_run(start, length, position, pixels)?;
        if let (Overlaps::Error, Some(&previous)) = (overlaps, runs.last()) {
            check_order(run, previous, position)?;
        }
        runs.push(run);
    }
    Ok(runs)
}

fn parse_value(text: &[u8], position: usize) -> Result<i128, RleError> {
    let wrong = || RleError::NotANumber {
        position,
        text: String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned(),
    };
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || digits.len() > 30 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)
}

fn checked_run(
    start: i128,
    length: i128,
    position: usize,
    pixels: u32,
) -> Result<[u32; 2], RleError> {
    if start < 1 {
        return Err(RleError::StartTooSmall { position, start });
    }
    if length < 1 {
        return Err(RleError::LengthTooSmall { position: position + 1, length });
    }
    let end = start - 1 + length;
    if end > i128::from(pixels) {
        return Err(RleError::PastEnd { position, start, length, pixels });
    }
    Ok([(start - 1) as u32, end as u32])
}

fn check_order(run: [u32; 2], previous: [u32; 2], position: usize) -> Result<(), RleError> {
    let start = run[0] + 1;
    if run[0] < previous[0] {
        return Err(RleError::Unsorted { position, start, previous: previous[0] + 1 });
    }
    if run[0] < previous[1] {
        return Err(RleError::Overlapping { position, start, previous_end: previous[1] });
    }
    Ok(())
}
