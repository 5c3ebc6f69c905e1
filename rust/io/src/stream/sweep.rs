//! The second pass: all thresholds at once.

use flawgauge::parallel::Control;
use flawgauge::positives::CountedKeys;
use flawgauge::regions::Connectivity;
use flawgauge::scores::Key;
use flawgauge::sweep::{SweepCounter, SweepCounts, Wanted};
use flawgauge::view::Element;

use super::error::StreamError;
use super::load::load;
use super::sample::{Boundary, Reading, Sample};
use super::scan::kernel_error;
use super::workers::for_each_sample;

/// What a sweep counts beside the pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SweepWanted {
    /// Overlaps of regions.
    pub regions: Option<Connectivity>,
    /// Boundary bands; of several distances the first.
    pub boundary: Option<Boundary>,
}

/// Reads all samples and counts their pixels at the scores of the positive ones, which the first
/// pass collected from the same samples.
///
/// Uses the rayon pool it is called in; the result is the same for any number of threads.
///
/// # Errors
/// [`StreamError`] of the first sample with one; [`StreamError::Changed`] if the positive pixels are
/// not those of the first pass.
pub fn sweep<K: Key>(
    samples: &[Sample],
    reading: &Reading,
    positives: CountedKeys<K>,
    wanted: &SweepWanted,
    control: &Control,
) -> Result<SweepCounts<K::Score>, StreamError> {
    let boundary = wanted.boundary.as_ref();
    let bands = boundary.map(|boundary| boundary.rule);
    let counter = SweepCounter::exact(positives, Wanted { regions: wanted.regions, bands });
    let double = K::reads(Element::F64);
    for_each_sample(samples.len(), control, |index, spare| {
        let sample = &samples[index];
        let pair = load(sample, reading, (&samples[0], double), spare)?;
        let distances = boundary.map(|boundary| boundary.distance.pixels(pair.target.shape()));
        let distance = distances.and_then(|distances| distances.first().copied()).unwrap_or(0);
        let counted = counter.add_image(index, &pair.view(), distance, control);
        pair.recycle(spare);
        counted.map_err(|problem| kernel_error(sample, problem))
    })?;
    counter.finish().map_err(|_| StreamError::Changed)
}
