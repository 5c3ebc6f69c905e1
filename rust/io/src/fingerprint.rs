//! A name for a ground truth that depends on its content alone.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::TableError;
use crate::selection::{Selected, select_truth};
use crate::table::RunTable;

/// Stands before everything else; changes when what is hashed changes.
const DOMAIN: &[u8] = b"flawgauge run table 1\n";

/// SHA-256 over image size, number of classes, image ids and masks, as `sha256:` and hexadecimal
/// digits.
///
/// Equal for both layouts of the same masks and for any order of rows: images are taken sorted by
/// id, classes in order, only those with positive pixels, and masks as sorted runs that do not
/// touch. With `images`, these images are meant, else all of the table; an image without defects
/// counts, so a table of defects only needs `images` to equal a table of all pairs.
///
/// Each image is hashed alone, then the hashes together, so that all threads can help. An image is
/// its id's length (8 bytes, little-endian) and bytes, then for each class its number (4 bytes),
/// its number of runs (8 bytes), and first pixel and end of each run (4 bytes each).
///
/// # Errors
/// If `images` names an image twice, or one that a table of all pairs does not have.
pub fn fingerprint(truth: &RunTable, images: Option<&[String]>) -> Result<String, TableError> {
    let selected = select_truth(truth, images)?;
    let hashes: Vec<_> = selected
        .par_iter()
        .with_min_len(16)
        .map_init(Vec::new, |bytes, image| {
            bytes.clear();
            write_image(truth, image, bytes);
            Sha256::digest(bytes)
        })
        .collect();
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(truth.size().height().to_le_bytes());
    hasher.update(truth.size().width().to_le_bytes());
    hasher.update(truth.num_classes().to_le_bytes());
    hasher.update((selected.len() as u64).to_le_bytes());
    for hash in hashes {
        hasher.update(hash);
    }
    let digits = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(format!("sha256:{digits}"))
}

fn write_image(truth: &RunTable, image: &Selected<'_>, bytes: &mut Vec<u8>) {
    bytes.extend((image.id.len() as u64).to_le_bytes());
    bytes.extend(image.id.as_bytes());
    let rows = image.truth.map_or(&[][..], |index| truth.rows_of(index));
    for row in rows.iter().filter(|row| !row.runs.is_empty()) {
        let bounds = row.runs.bounds();
        bytes.extend(row.class.to_le_bytes());
        bytes.extend((bounds.len() as u64).to_le_bytes());
        bytes.extend(bounds.as_flattened().iter().flat_map(|bound| bound.to_le_bytes()));
    }
}
