//! One prediction and its ground truth in memory.

use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::Element;

use super::error::StreamError;
use super::prediction::{Prediction, blank, unite};
use super::resize::resize;
use super::sample::{Predictions, Reading, Sample, Truth};
use crate::images::numbers::type_name;
use crate::images::scores::refuse_nan;
use crate::images::{Image, read_mask_into, read_scores_into};

/// Memory of images that are done with.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    scores: Vec<u8>,
    target: Vec<u8>,
}

/// A score map and a mask of the same size.
#[derive(Debug)]
pub(crate) struct Pair {
    pub scores: Image,
    pub target: Image,
    /// Whether the map had another size.
    pub resized: bool,
}

impl Pair {
    /// For the kernels.
    pub fn view(&self) -> ScoredImage<'_> {
        ScoredImage { scores: self.scores.view(), target: self.target.view(), ignore: None }
    }

    /// Gives the memory back.
    pub fn recycle(self, spare: &mut Spare) {
        spare.scores = self.scores.into_spare();
        spare.target = self.target.into_spare();
    }
}

/// Whether the scores of a sample have double precision.
///
/// # Errors
/// As for reading its prediction.
pub fn is_double(sample: &Sample, reading: &Reading) -> Result<bool, StreamError> {
    let scores = read_prediction(sample, reading, &mut Spare::default())?;
    Ok(scores.is_some_and(|scores| scores.element() == Element::F64))
}

/// Reads both files. `first`: a sample whose scores have double precision or not, as `double`
/// says, and so must these.
pub(crate) fn load(
    sample: &Sample,
    reading: &Reading,
    (first, double): (&Sample, bool),
    spare: &mut Spare,
) -> Result<Pair, StreamError> {
    let found = read_prediction(sample, reading, spare)?;
    let target = read_truth(sample, reading, found.as_ref().map(Image::shape), spare)?;
    let scores = match found {
        Some(scores) => scores,
        // A mask without runs.
        None => {
            let size = target.shape();
            Image::rows(size, Element::U8, blank(&sample.id, size, reading.limits, Vec::new())?)
        }
    };
    if (scores.element() == Element::F64) != double {
        return Err(StreamError::Types {
            map: sample.map_name(),
            found: type_name(scores.element()),
            first_map: first.map_name(),
            first: if double { "float64" } else { "not" },
        });
    }
    let pair = fit(sample, reading, scores, target)?;
    let size = pair.target.shape();
    if size.0 == 0 || size.1 == 0 {
        return Err(StreamError::NoPixels { map: sample.map_name(), size });
    }
    Ok(pair)
}

/// Nothing if the prediction does not say how large the image is.
fn read_prediction(
    sample: &Sample,
    reading: &Reading,
    spare: &mut Spare,
) -> Result<Option<Image>, StreamError> {
    let Reading { predictions, map_key, mask_rule, limits, .. } = reading;
    let key = map_key.as_deref();
    let spare = std::mem::take(&mut spare.scores);
    Ok(match (&sample.prediction, predictions) {
        (Prediction::Runs(masks), _) => unite(masks, &sample.id, *limits, spare)?,
        (Prediction::File(path), Predictions::Scores) => {
            Some(read_scores_into(path, key, *limits, spare)?)
        }
        (Prediction::File(path), Predictions::Masks) => {
            Some(read_mask_into(path, key, *mask_rule, *limits, spare)?)
        }
    })
}

fn read_truth(
    sample: &Sample,
    reading: &Reading,
    map_size: Option<(usize, usize)>,
    spare: &mut Spare,
) -> Result<Image, StreamError> {
    let bytes = std::mem::take(&mut spare.target);
    let (boxes, size) = match &sample.truth {
        Truth::File(path) => {
            return Ok(read_mask_into(path, None, reading.mask_rule, reading.limits, bytes)?);
        }
        Truth::Empty(size) => (&[][..], size.or(map_size)),
        Truth::Boxes(boxes, size) => (&boxes[..], Some(*size)),
    };
    let size = size.ok_or_else(|| StreamError::NoSize { id: sample.id.clone() })?;
    let mut bytes = blank(&sample.id, size, reading.limits, bytes)?;
    for &found in boxes {
        fill_box(&mut bytes, found, size).ok_or_else(|| StreamError::Box {
            id: sample.id.clone(),
            found,
            size,
        })?;
    }
    Ok(Image::rows(size, Element::U8, bytes))
}

/// Sets the pixels of a box; nothing if it is empty or leaves the image.
fn fill_box(bytes: &mut [u8], found: [u32; 4], (rows, columns): (usize, usize)) -> Option<()> {
    let [top, left, bottom, right] = found.map(|side| side as usize);
    if top >= bottom || left >= right || bottom > rows || right > columns {
        return None;
    }
    for row in top..bottom {
        bytes[row * columns + left..row * columns + right].fill(1);
    }
    Some(())
}

/// Brings the map to the size of the mask, if that is wanted.
fn fit(
    sample: &Sample,
    reading: &Reading,
    scores: Image,
    target: Image,
) -> Result<Pair, StreamError> {
    let (map_size, truth_size) = (scores.shape(), target.shape());
    if map_size == truth_size {
        return Ok(Pair { scores, target, resized: false });
    }
    let resized = reading.resize.and_then(|how| resize(&scores, truth_size, how));
    let Some(scores) = resized else {
        let (map, truth) = (sample.map_name(), sample.truth.name());
        return Err(StreamError::Sizes { map, map_size, truth, truth_size });
    };
    // Between two opposite infinities there is no number.
    refuse_nan(&scores).map_err(|problem| {
        let map = sample.map_name();
        StreamError::Resized { map, size: truth_size, problem }
    })?;
    Ok(Pair { scores, target, resized: true })
}
