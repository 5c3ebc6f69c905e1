//! A name for a ground truth that depends on its content alone.

use flawgauge::mask::BitMask;
use sha2::{Digest, Sha256};

/// Stands before everything else; changes when what is hashed changes.
const DOMAIN: &[u8] = b"flawgauge masks 1\n";

/// The SHA-256 of a mask: rows and columns (8 bytes each, little-endian), then for each row with
/// positive pixels its number (8 bytes) and its words, 64 pixels each from the lowest bit.
pub(crate) fn of_mask(mask: &BitMask) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update((mask.rows() as u64).to_le_bytes());
    hasher.update((mask.columns() as u64).to_le_bytes());
    let mut bytes = Vec::new();
    for row in 0..mask.rows() {
        let words = mask.row(row);
        if words.iter().any(|&word| word != 0) {
            bytes.extend((row as u64).to_le_bytes());
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
    }
    hasher.update(bytes);
    hasher.finalize().into()
}

/// The SHA-256 of all masks, given as ids and the digests of a scan, sorted by their ids: `sha256:`
/// and hexadecimal digits.
pub fn of_all<'a>(masks: impl Iterator<Item = (&'a str, &'a [u8; 32])>) -> String {
    let mut masks: Vec<_> = masks.collect();
    masks.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    for (id, hash) in masks {
        hasher.update((id.len() as u64).to_le_bytes());
        hasher.update(id);
        hasher.update(hash);
    }
    let digits = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{digits}")
}
