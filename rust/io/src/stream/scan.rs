//! The first pass: what is counted by image.

use flawgauge::boundary::{Bands, count as count_bands};
use flawgauge::confusion::{Confusion, MaskPair, count as count_pixels};
use flawgauge::image_scores::{Method, ScoreMap, score_image};
use flawgauge::mask::{BitMask, Rule};
use flawgauge::parallel::Control;
use flawgauge::positives::{CountedKeys, Positives};
use flawgauge::region_scores::score_regions;
use flawgauge::regions::{Connectivity, Region};
use flawgauge::scores::Key;
use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::{Element, ImageView};

use super::digest;
use super::error::StreamError;
use super::load::{Pair, load};
use super::sample::{Boundary, Reading, Sample, rounded};
use super::workers::for_each_sample;

/// What the first pass counts beside what it always does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanWanted {
    /// Collect the scores of the positive pixels, for an exact sweep.
    pub positives: bool,
    /// Find the regions.
    pub regions: Option<Connectivity>,
    /// Count at this threshold.
    pub threshold: Option<f64>,
    /// Count boundary bands at the threshold.
    pub boundary: Option<Boundary>,
    /// How an image's score comes from its pixels.
    pub image_score: Method,
}

/// What was counted of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRow {
    /// Rows and columns.
    pub shape: (usize, usize),
    /// Type of the scores.
    pub element: Element,
    /// Whether the map was resized.
    pub resized: bool,
    /// Positive pixels.
    pub num_positives: u64,
    /// The score of the whole image.
    pub score: f64,
    /// Counts at the threshold.
    pub confusion: Option<Confusion>,
    /// Bands at the threshold, for each distance.
    pub bands: Option<(Vec<u32>, Vec<Bands>)>,
    /// A name for the ground truth, from its content alone.
    pub digest: [u8; 32],
}

/// A region of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionRow {
    /// Which image.
    pub image: usize,
    /// Its size and place.
    pub region: Region,
    /// Its highest score.
    pub highest: f64,
    /// Its pixels with a score of at least the threshold.
    pub predicted: u64,
}

/// What was counted of all images.
#[derive(Debug)]
pub struct Scan<K> {
    /// In the order of the samples.
    pub images: Vec<ImageRow>,
    /// Image after image.
    pub regions: Vec<RegionRow>,
    /// The keys of the positive pixels, if wanted.
    pub positives: CountedKeys<K>,
    /// A name for the ground truth that depends on its content alone.
    pub fingerprint: String,
}

/// Reads all samples once. The keys must be those of the samples' scores, see
/// `load::is_double`.
///
/// Uses the rayon pool it is called in; the result is the same for any number of threads.
///
/// # Errors
/// [`StreamError`] of the first sample with one.
pub fn scan<K: Key<Score: Into<f64>>>(
    samples: &[Sample],
    reading: &Reading,
    wanted: &ScanWanted,
    control: &Control,
) -> Result<Scan<K>, StreamError> {
    let positives = Positives::<K>::new();
    let double = K::reads(Element::F64);
    let counted = for_each_sample(samples.len(), control, |index, spare| {
        let sample = &samples[index];
        let pair = load(sample, reading, (&samples[0], double), spare)?;
        let counted = count_image(index, &pair, wanted, &positives, control);
        pair.recycle(spare);
        match counted {
            Ok((row, _)) if row.score.is_nan() => {
                Err(StreamError::NoScore { map: sample.map_name() })
            }
            counted => counted.map_err(|problem| kernel_error(sample, problem)),
        }
    })?;
    let (images, regions): (Vec<ImageRow>, Vec<_>) = counted.into_iter().unzip();
    let digests = samples.iter().zip(&images).map(|(sample, row)| (&*sample.id, &row.digest));
    let fingerprint = digest::of_all(digests);
    let regions = regions.into_iter().flatten().collect();
    Ok(Scan { images, regions, positives: positives.finish(), fingerprint })
}

pub(crate) fn kernel_error(sample: &Sample, problem: flawgauge::Error) -> StreamError {
    match problem {
        flawgauge::Error::Cancelled => StreamError::Cancelled,
        flawgauge::Error::FewPixels { pixels, k, .. } => {
            StreamError::FewPixels { map: sample.map_name(), pixels, k }
        }
        problem => StreamError::Kernel { map: sample.map_name(), problem },
    }
}

fn count_image<K: Key<Score: Into<f64>>>(
    index: usize,
    pair: &Pair,
    wanted: &ScanWanted,
    positives: &Positives<K>,
    control: &Control,
) -> Result<(ImageRow, Vec<RegionRow>), flawgauge::Error> {
    let image = pair.view();
    if wanted.positives {
        positives.add_image(index, &image)?;
    }
    let element = pair.scores.element();
    let threshold = wanted.threshold.map(|threshold| rounded(threshold, element));
    let masks = [MaskPair { preds: image.scores, target: image.target, ignore: None }];
    let confusion = match threshold {
        Some(threshold) => count_pixels(&masks, Rule::AtLeast(threshold), control)?.pop(),
        None => None,
    };
    let bands = match (&wanted.boundary, threshold) {
        (Some(boundary), Some(threshold)) => {
            let distances = boundary.distance.pixels(image.scores.shape());
            let rule = Rule::AtLeast(threshold);
            let bands = count_bands(&masks, rule, boundary.rule, &[&distances], control)?;
            bands.into_iter().next().map(|bands| (distances, bands))
        }
        _ => None,
    };
    let target = BitMask::pack(&image.target);
    let row = ImageRow {
        shape: image.scores.shape(),
        element,
        resized: pair.resized,
        num_positives: target.count(),
        score: match wanted.image_score {
            Method::Max => highest::<K>(&image.scores).score().into(),
            method => {
                let map = ScoreMap { scores: image.scores, ignore: None };
                score_image::<K>(index, &map, method, control)?
            }
        },
        confusion,
        bands,
        digest: digest::of_mask(&target),
    };
    Ok((row, find_regions::<K>(index, &image, wanted, threshold, control)?))
}

/// The highest key of an image with pixels.
fn highest<K: Key>(scores: &ImageView<'_>) -> K {
    let scores = if scores.is_column_major() { scores.transposed() } else { *scores };
    let mut keys = vec![K::BELOW; scores.columns()];
    let mut highest = keys.clone();
    for row in 0..scores.rows() {
        K::read_row(&scores, row, 0, &mut keys);
        for (highest, &key) in highest.iter_mut().zip(&keys) {
            *highest = key.max(*highest);
        }
    }
    highest.into_iter().fold(K::LOWEST, K::max)
}

fn find_regions<K: Key<Score: Into<f64>>>(
    index: usize,
    image: &ScoredImage<'_>,
    wanted: &ScanWanted,
    threshold: Option<f64>,
    control: &Control,
) -> Result<Vec<RegionRow>, flawgauge::Error> {
    let Some(connectivity) = wanted.regions else { return Ok(Vec::new()) };
    let found = score_regions::<K>(&[*image], connectivity, threshold, control)?;
    let rows = found.into_iter().flat_map(|scored| {
        let regions = scored.regions.regions.into_iter();
        regions.zip(scored.highest).zip(scored.predicted)
    });
    Ok(rows
        .map(|((region, highest), predicted)| RegionRow {
            image: index,
            region,
            highest: highest.score().into(),
            predicted,
        })
        .collect())
}
