//! The compressed strings of COCO counts: five bits a character, lowest first.

use super::RleError;

/// Reads the counts of a compressed string.
pub(super) fn decompress(text: &[u8]) -> Result<Vec<i64>, RleError> {
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

/// Writes counts as a compressed string.
pub(super) fn compress(counts: &[i64]) -> String {
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
