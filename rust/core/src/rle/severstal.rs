//! Severstal strings: `start length` pairs, the first pixel being 1.

use std::cell::RefCell;

use super::{Overlaps, RleError};
use crate::simd::{Kernel, Simd, dispatch};

thread_local! {
    /// The numbers of the string that is being read: kept, so that only the result is allocated.
    static NUMBERS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Reads a string that has one space between numbers of at most seven digits, sorted runs within
/// the image, and nothing else: nearly all strings, several times faster than value by value.
/// Returns nothing where the string is any different.
pub(super) fn parse_clean(text: &[u8], pixels: u32) -> Option<Vec<[u32; 2]>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    NUMBERS.with_borrow_mut(|numbers| {
        // Two bytes at least for each number.
        let most = text.len() / 2 + 1;
        if numbers.len() < most {
            numbers.resize(most, 0);
        }
        let count = dispatch(ReadNumbers { text, numbers })?;
        let (pairs, rest) = numbers[..count].as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        bounds_of(pairs, pixels)
    })
}

/// First pixel and end of each run, from start and length; nothing if a run is not right.
fn bounds_of(pairs: &[[u32; 2]], pixels: u32) -> Option<Vec<[u32; 2]>> {
    let mut bounds: Vec<[u32; 2]> = Vec::with_capacity(pairs.len());
    let mut right = true;
    let mut touching = false;
    let mut previous_end = 0;
    for &[start, length] in pairs {
        let first = start.wrapping_sub(1);
        // Seven digits each: the sum cannot overflow.
        let end = first.wrapping_add(length);
        right &= (start != 0) & (length != 0) & (first >= previous_end) & (end <= pixels);
        touching |= first == previous_end;
        bounds.push([first, end]);
        previous_end = end;
    }
    if !right {
        return None;
    }
    if touching {
        // Touching runs are one run. (The first may start at 0, which is no touch.)
        bounds.dedup_by(|run, last| {
            let touch = run[0] == last[1];
            if touch {
                last[1] = run[1];
            }
            touch
        });
    }
    Some(bounds)
}

/// Reads numbers with one space between them; tells how many there are.
///
/// 64 characters are looked at together to find where the numbers end. A loop over characters
/// mispredicts at almost every end, and waits for one number's length to find the next number.
struct ReadNumbers<'a> {
    text: &'a [u8],
    numbers: &'a mut [u32],
}

impl Kernel for ReadNumbers<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<usize> {
        let Self { text, numbers } = self;
        let (chunks, rest) = text.as_chunks::<64>();
        let mut last = [b'0'; 64];
        last[..rest.len()].copy_from_slice(rest);
        let mut places = numbers.iter_mut();
        let mut start = 0;
        let mut read = |end: usize, start: usize| {
            let length = end.wrapping_sub(start);
            let place = places.next()?;
            *place = last_digits(word_before(text, end), length as u32);
            (length.wrapping_sub(1) < 7).then_some(())
        };
        for (index, chunk) in chunks.iter().chain([&last]).enumerate() {
            let mut ends = spaces(simd, chunk)?;
            while ends != 0 {
                let end = 64 * index + ends.trailing_zeros() as usize;
                ends &= ends - 1;
                read(end, start)?;
                start = end + 1;
            }
        }
        read(text.len(), start)?;
        let unused = places.len();
        Some(numbers.len() - unused)
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

/// The eight bytes before `end`; what is before the text does not matter.
#[inline(always)]
fn word_before(text: &[u8], end: usize) -> u64 {
    if let Some(start) = end.checked_sub(8)
        && let Some(&bytes) = text[start..].first_chunk::<8>()
    {
        return u64::from_le_bytes(bytes);
    }
    let mut bytes = [b'0'; 8];
    let rest = &text[..end.min(8)];
    bytes[8 - rest.len()..].copy_from_slice(rest);
    u64::from_le_bytes(bytes)
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
