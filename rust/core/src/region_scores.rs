//! The scores in the regions of the ground truth: what becomes of each single defect.

use crate::error::Error;
use crate::mask::BitMask;
use crate::parallel::{Control, TASK, map_tasks};
use crate::regions::{Connectivity, Regions, label_until};
use crate::scores::Key;
use crate::sweep_image::ScoredImage;

/// The regions of an image, with what the scores make of each.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRegions<K> {
    /// The regions of the positive pixels that are not ignored.
    pub regions: Regions,
    /// The key of the highest score in each region.
    pub highest: Vec<K>,
    /// How many pixels of each region have a score of at least the threshold.
    pub predicted: Vec<u64>,
}

/// Finds the regions of each image and their scores. Without a threshold no pixel is predicted.
///
/// Uses the rayon pool it is called in, except for small batches.
///
/// # Errors
/// Shapes that differ, types that are no scores or no masks, a NaN score in a region, an image too
/// large for [`crate::regions::label`], or a cancelled job.
pub fn score_regions<K: Key<Score: Into<f64>>>(
    images: &[ScoredImage<'_>],
    connectivity: Connectivity,
    threshold: Option<f64>,
    control: &Control,
) -> Result<Vec<ScoredRegions<K>>, Error> {
    // One task an image.
    let pixels = |image: &ScoredImage<'_>| image.scores.pixels().min(TASK);
    let found = map_tasks(images, pixels, control, |index, image, _, _| {
        image.check::<K>(index)?;
        score_image(index, image, connectivity, threshold, control)
    })?;
    Ok(found.into_iter().map(|(_, regions)| regions).collect())
}

fn score_image<K: Key<Score: Into<f64>>>(
    index: usize,
    image: &ScoredImage<'_>,
    connectivity: Connectivity,
    threshold: Option<f64>,
    control: &Control,
) -> Result<ScoredRegions<K>, Error> {
    let mut mask = BitMask::pack(&image.target);
    if let Some(ignore) = &image.ignore {
        let ignored = BitMask::pack(ignore);
        mask = mask.map_words(|row, index, word| word & !ignored.row(row)[index]);
    }
    let regions = label_until(&mask, connectivity, control)?;
    let mut highest = vec![K::BELOW; regions.regions.len()];
    let mut predicted = vec![0; regions.regions.len()];
    let is_predicted = |key: &&K| threshold.is_some_and(|least| key.score().into() >= least);
    let mut keys = Vec::new();
    for run in &regions.runs {
        keys.resize((run.end - run.start) as usize, K::BELOW);
        if K::read_row(&image.scores, run.row as usize, run.start as usize, &mut keys) {
            return Err(image.find_nan(index).unwrap_or(Error::Changed));
        }
        let region = run.label as usize;
        highest[region] = keys.iter().copied().fold(highest[region], K::max);
        predicted[region] += keys.iter().filter(is_predicted).count() as u64;
    }
    Ok(ScoredRegions { regions, highest, predicted })
}
