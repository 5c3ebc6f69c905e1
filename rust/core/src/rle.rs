//! Run-length encoded masks: Severstal strings, COCO counts, and counting without decoding.
//!
//! Both formats walk the image column by column (down, then right), so a run may cross the end of
//! a column. Severstal writes `start length` pairs, the first pixel being 1. COCO writes the
//! lengths of alternating runs of zeros and ones, as a list or as a compressed string.

use crate::confusion::Confusion;
use crate::mask::BitMask;

/// What to do with runs that are out of order or overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlaps {
    /// Refuse them.
    Error,
    /// Take their union.
    Merge,
}

/// What is wrong with an encoded mask. Positions count values from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RleError {
    /// A value that is not a whole number.
    #[error("value {position} is {text:?}, want a whole number")]
    NotANumber {
        /// Which value.
        position: usize,
        /// What stands there, shortened.
        text: String,
    },
    /// A start without its length.
    #[error("{count} values, want an even number (pairs of start and length)")]
    OddCount {
        /// How many values there are.
        count: usize,
    },
    /// A start below 1.
    #[error("value {position} is the start {start}, want 1 or more (the first pixel is 1)")]
    StartTooSmall {
        /// Which value.
        position: usize,
        /// The start.
        start: i128,
    },
    /// A length below 1.
    #[error("value {position} is the length {length}, want 1 or more")]
    LengthTooSmall {
        /// Which value.
        position: usize,
        /// The length.
        length: i128,
    },
    /// A run that leaves the image.
    #[error(
        "the run at value {position} (start {start}, length {length}) runs past the image of \
         {pixels} pixels"
    )]
    PastEnd {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: i128,
        /// The length.
        length: i128,
        /// Pixels of the image.
        pixels: u32,
    },
    /// A run that starts before an earlier one.
    #[error(
        "the run at value {position} starts at {start}, before the previous run's start \
         {previous}: runs must be sorted"
    )]
    Unsorted {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: u32,
        /// Start of the run before it.
        previous: u32,
    },
    /// A run that starts inside an earlier one.
    #[error(
        "the run at value {position} starts at {start}, inside the previous run, which ends at \
         {previous_end}: runs must not overlap"
    )]
    Overlapping {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: u32,
        /// Last pixel of the run before it.
        previous_end: u32,
    },
    /// COCO counts that do not fill the image.
    #[error("the counts sum to {sum}, want {pixels} (height x width)")]
    WrongSum {
        /// Sum of the counts.
        sum: u128,
        /// Pixels of the image.
        pixels: u32,
    },
    /// A negative COCO count.
    #[error("count {position} is {count}, want 0 or more")]
    NegativeCount {
        /// Which count.
        position: usize,
        /// Its value.
        count: i64,
    },
    /// A byte that no compressed COCO string has, or a string that stops within a number.
    #[error("byte {position} of the compressed counts is not valid: {reason}")]
    BadCompression {
        /// Which byte, from 1.
        position: usize,
        /// Why.
        reason: &'static str,
    },
}

/// The runs of positive pixels of a mask: sorted, disjoint, not touching.
///
/// Pixels are numbered from 0, column by column. Two masks of the same shape are equal iff their
/// runs are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Runs {
    bounds: Vec<[u32; 2]>,
}

impl Runs {
    /// Reads a Severstal string: white space between values, empty for an empty mask.
    ///
    /// # Errors
    /// [`RleError`], the first problem from the left.
    ///
    /// # Example
    /// ```
    /// use flawgauge::rle::{Overlaps, Runs};
    /// let runs = Runs::from_severstal(b"1 3 10 2", 20, Overlaps::Error).unwrap();
    /// assert_eq!(runs.bounds(), [[0, 3], [9, 11]]);
    /// assert_eq!(runs.area(), 5);
    /// ```
    pub fn from_severstal(text: &[u8], pixels: u32, overlaps: Overlaps) -> Result<Self, RleError> {
        if let Some(bounds) = parse_clean(text, pixels) {
            return Ok(Self { bounds });
        }
        parse_careful(text, pixels, overlaps).map(Self::from_unsorted)
    }

    /// Reads COCO counts: lengths of runs of zeros and ones in turn, zeros first.
    ///
    /// # Errors
    /// A negative count, or counts that do not sum to `pixels`.
    pub fn from_coco_counts(counts: &[i64], pixels: u32) -> Result<Self, RleError> {
        if let Some(index) = counts.iter().position(|&count| count < 0) {
            return Err(RleError::NegativeCount { position: index + 1, count: counts[index] });
        }
        let sum: u128 = counts.iter().map(|&count| count.unsigned_abs() as u128).sum();
        if sum != u128::from(pixels) {
            return Err(RleError::WrongSum { sum, pixels });
        }
        let mut bounds = Vec::with_capacity(counts.len() / 2);
        let mut position = 0_u32;
        for (index, &count) in counts.iter().enumerate() {
            // The sum was checked: no prefix exceeds `pixels`.
            let end = position + count as u32;
            if index % 2 == 1 {
                push_run(&mut bounds, position, end);
            }
            position = end;
        }
        Ok(Self { bounds })
    }

    /// Reads a compressed COCO string: five bits a byte, every count after the third as the
    /// difference from the count two before.
    ///
    /// # Errors
    /// A byte out of range, a string that ends within a number, or counts that are negative or do
    /// not sum to `pixels`.
    pub fn from_coco_string(text: &[u8], pixels: u32) -> Result<Self, RleError> {
        Self::from_coco_counts(&decompress_counts(text)?, pixels)
    }

    /// The runs of a bit mask whose rows are the *columns* of the image.
    pub fn from_transposed_mask(mask: &BitMask) -> Self {
        let mut bounds = Vec::new();
        for row in 0..mask.rows() {
            let offset = (row * mask.columns()) as u32;
            mask.for_each_run(row, |start, end| {
                push_run(&mut bounds, offset + start as u32, offset + end as u32);
            });
        }
        Self { bounds }
    }

    /// Sorts runs and unites those that overlap or touch.
    fn from_unsorted(mut runs: Vec<[u32; 2]>) -> Self {
        runs.sort_unstable();
        let mut bounds: Vec<[u32; 2]> = Vec::with_capacity(runs.len());
        for [start, end] in runs {
            push_run(&mut bounds, start, end);
        }
        Self { bounds }
    }

    /// First pixel of each run and the pixel after its last.
    pub fn bounds(&self) -> &[[u32; 2]] {
        &self.bounds
    }

    /// Whether no pixel is positive.
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// Number of positive pixels.
    pub fn area(&self) -> u64 {
        self.bounds.iter().map(|[start, end]| u64::from(end - start)).sum()
    }

    /// Number of pixels positive in both masks.
    pub fn intersection(&self, other: &Self) -> u64 {
        let (mut first, mut second) = (0, 0);
        let mut total = 0;
        while let (Some(&[a_start, a_end]), Some(&[b_start, b_end])) =
            (self.bounds.get(first), other.bounds.get(second))
        {
            total += u64::from(a_end.min(b_end).saturating_sub(a_start.max(b_start)));
            // Without a branch: which run ends first is as good as random.
            let first_ends = a_end <= b_end;
            first += usize::from(first_ends);
            second += usize::from(!first_ends);
        }
        total
    }

    /// Writes a Severstal string.
    pub fn to_severstal(&self) -> String {
        let mut text = String::with_capacity(self.bounds.len() * 11);
        for [start, end] in &self.bounds {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&(start + 1).to_string());
            text.push(' ');
            text.push_str(&(end - start).to_string());
        }
        text
    }

    /// Writes COCO counts for an image of `pixels` pixels.
    pub fn to_coco_counts(&self, pixels: u32) -> Vec<i64> {
        let mut counts = Vec::with_capacity(2 * self.bounds.len() + 1);
        let mut position = 0;
        for &[start, end] in &self.bounds {
            counts.push(i64::from(start - position));
            counts.push(i64::from(end - start));
            position = end;
        }
        // Trailing zeros are left out when there are none; an empty image keeps one count.
        if position < pixels || counts.is_empty() {
            counts.push(i64::from(pixels - position));
        }
        counts
    }

    /// Writes a compressed COCO string for an image of `pixels` pixels.
    pub fn to_coco_string(&self, pixels: u32) -> String {
        compress_counts(&self.to_coco_counts(pixels))
    }

    /// Sets the positive pixels of `image`, column by column, to 1.
    ///
    /// # Panics
    /// If `image` is shorter than the mask.
    pub fn fill(&self, image: &mut [u8]) {
        for &[start, end] in &self.bounds {
            image[start as usize..end as usize].fill(1);
        }
    }
}

/// Confusion counts of two masks of `pixels` pixels, straight from their runs.
pub fn confusion(preds: &Runs, target: &Runs, pixels: u64) -> Confusion {
    Confusion::from_areas(preds.intersection(target), preds.area(), target.area(), pixels)
}

/// Adds a run that starts at or after the last one's start, uniting the two if they meet.
fn push_run(bounds: &mut Vec<[u32; 2]>, start: u32, end: u32) {
    match bounds.last_mut() {
        _ if start == end => {}
        Some(last) if last[1] >= start => last[1] = last[1].max(end),
        _ => bounds.push([start, end]),
    }
}

/// Reads up to eight digits that stand at the start of `word`: their number and their value.
///
/// All eight bytes are handled at once, since a loop over digits mispredicts at almost every
/// number's end.
fn leading_digits(word: u64) -> (u32, u32) {
    let digits = word ^ 0x3030_3030_3030_3030;
    // The top bit of a byte is set iff the byte is no digit; a carry can only reach the bytes
    // after one that is none.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() / 8;
    if count == 0 {
        return (0, 0);
    }
    let value = digits << (64 - 8 * count);
    let value = (value.wrapping_mul(10).wrapping_add(value >> 8)) & 0x00FF_00FF_00FF_00FF;
    let value = (value.wrapping_mul(100).wrapping_add(value >> 16)) & 0x0000_FFFF_0000_FFFF;
    let value = value.wrapping_mul(10_000).wrapping_add(value >> 32);
    (count, value as u32)
}

/// The eight bytes from `position` on, spaces after the end.
fn word_at(text: &[u8], position: usize) -> u64 {
    match text.get(position..position + 8) {
        Some(&[a, b, c, d, e, f, g, h]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => {
            let mut bytes = [b' '; 8];
            let rest = &text[position.min(text.len())..];
            bytes[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(bytes)
        }
    }
}

/// Reads a string that has one space between numbers of at most seven digits, sorted runs within
/// the image, and nothing else. Returns nothing where the string is any different.
fn parse_clean(text: &[u8], pixels: u32) -> Option<Vec<[u32; 2]>> {
    let mut bounds: Vec<[u32; 2]> = Vec::with_capacity(text.len() / 10 + 1);
    let mut position = 0;
    let mut previous_end = 0_u32;
    while position < text.len() {
        let (digits, start) = leading_digits(word_at(text, position));
        position += digits as usize;
        if digits == 0 || digits > 7 || text.get(position) != Some(&b' ') {
            return None;
        }
        position += 1;
        let (digits, length) = leading_digits(word_at(text, position));
        position += digits as usize;
        if digits == 0 || digits > 7 {
            return None;
        }
        if position < text.len() {
            // A space must be followed by another pair.
            if text[position] != b' ' || position + 1 == text.len() {
                return None;
            }
            position += 1;
        }
        // Seven digits: the sum cannot overflow.
        let end = start.wrapping_sub(1).wrapping_add(length);
        if start == 0 || length == 0 || end > pixels || start <= previous_end {
            return None;
        }
        if start == previous_end + 1 && !bounds.is_empty() {
            // Touching runs are one run.
            bounds.last_mut()?[1] = end;
        } else {
            bounds.push([start - 1, end]);
        }
        previous_end = end;
    }
    bounds.shrink_to_fit();
    Some(bounds)
}

/// Reads any string, value by value, and says what is wrong with it.
fn parse_careful(text: &[u8], pixels: u32, overlaps: Overlaps) -> Result<Vec<[u32; 2]>, RleError> {
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

fn decompress_counts(text: &[u8]) -> Result<Vec<i64>, RleError> {
    let mut counts: Vec<i64> = Vec::with_capacity(text.len());
    let mut bytes = text.iter().enumerate();
    while let Some((index, &byte)) = bytes.next() {
        let mut current = (index, byte);
        let mut value = 0_i64;
        let mut shift = 0;
        loop {
            let position = current.0 + 1;
            let wrong = |reason| RleError::BadCompression { position, reason };
            if !(48..112).contains(&current.1) {
                return Err(wrong("want a character from '0' to 'o'"));
            }
            if shift > 40 {
                return Err(wrong("the number is too long"));
            }
            let bits = i64::from(current.1 - 48);
            value |= (bits & 31) << shift;
            shift += 5;
            if bits & 32 == 0 {
                if bits & 16 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
            current = match bytes.next() {
                Some((index, &byte)) => (index, byte),
                None => return Err(wrong("the string ends within a number")),
            };
        }
        if counts.len() > 2 {
            // Both are below 2^46, or an earlier count was: no overflow within 2^17 counts of
            // growth; beyond that the sum check refuses the counts.
            value = value.saturating_add(counts[counts.len() - 2]);
        }
        counts.push(value);
    }
    Ok(counts)
}

fn compress_counts(counts: &[i64]) -> String {
    let mut text = String::with_capacity(2 * counts.len());
    for (index, &count) in counts.iter().enumerate() {
        let mut value = if index > 2 { count - counts[index - 2] } else { count };
        loop {
            let bits = (value & 31) as u8;
            value >>= 5;
            let done = if bits & 16 != 0 { value == -1 } else { value == 0 };
            text.push(char::from(48 + bits + if done { 0 } else { 32 }));
            if done {
                break;
            }
        }
    }
    text
}
