//! Which files belong together, and how they are read.

use std::path::PathBuf;

use flawgauge::boundary::BandRule;
use flawgauge::view::Element;

use super::prediction::Prediction;
use super::resize::Resize;
use crate::images::error::shown_path;
use crate::images::{Limits, MaskRule};

/// A prediction and its ground truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What the sample is called.
    pub id: String,
    /// What is scored.
    pub prediction: Prediction,
    /// The ground truth.
    pub truth: Truth,
}

impl Sample {
    /// What messages call the prediction.
    pub(crate) fn map_name(&self) -> String {
        self.prediction.name(&self.id)
    }
}

/// Where a ground truth comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// A mask.
    File(PathBuf),
    /// There is no defect. Without a size, the prediction's size is the image's.
    Empty(Option<(usize, usize)>),
    /// Filled boxes in an image of so many rows and columns: top, left, bottom, right, the last
    /// two just outside.
    Boxes(Vec<[u32; 4]>, (usize, usize)),
}

impl Truth {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => format!("its mask {}", shown_path(path)),
            Self::Empty(_) => "its image".to_owned(),
            Self::Boxes(..) => "the image of its boxes".to_owned(),
        }
    }
}

/// What predictions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictions {
    /// Maps of scores.
    Scores,
    /// Masks, which are scored as scores of 0 and 1. Run lengths are masks in any case.
    Masks,
}

/// How files are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What the predictions are.
    pub predictions: Predictions,
    /// Which array of an archive is the prediction.
    pub map_key: Option<String>,
    /// When a pixel of a mask is positive.
    pub mask_rule: MaskRule,
    /// What to do with predictions of another size than the ground truth.
    pub resize: Option<Resize>,
    /// How large an image may be.
    pub limits: Limits,
}

/// How wide a boundary band is.
#[derive(Debug, Clone, PartialEq)]
pub enum Distance {
    /// A ratio of the image's diagonal.
    Ratio(f64),
    /// Ascending numbers of pixels.
    Pixels(Vec<u32>),
}

/// Boundary bands to count.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// Which pixels they hold.
    pub rule: BandRule,
    /// How wide they are.
    pub distance: Distance,
}

impl Distance {
    /// In pixels, for an image of so many rows and columns.
    pub(crate) fn pixels(&self, (rows, columns): (usize, usize)) -> Vec<u32> {
        match self {
            Self::Pixels(pixels) => pixels.clone(),
            Self::Ratio(ratio) => {
                let square = (rows * rows + columns * columns) as f64;
                // Half to even, as the code of Cheng et al. (2021) rounds.
                vec![(ratio * square.sqrt()).round_ties_even().max(1.0) as u32]
            }
        }
    }
}

/// A threshold as scores of a type are compared with it: rounded to their precision.
pub(crate) fn rounded(threshold: f64, element: Element) -> f64 {
    match element {
        Element::F32 => f64::from(threshold as f32),
        Element::F16 => to_half(threshold),
        _ => threshold,
    }
}

/// Rounds to half precision: 11 significant bits, exponents from -14 to 15.
fn to_half(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = ((value.to_bits() >> 52 & 0x7ff) as i32 - 1023).max(-14);
    let step = 2.0_f64.powi(exponent - 10);
    let rounded = (value / step).round_ties_even() * step;
    if rounded.abs() > 65504.0 { f64::INFINITY.copysign(value) } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_rounded_as_the_scores() {
        assert_eq!(rounded(0.1, Element::F64), 0.1);
        assert_eq!(rounded(0.1, Element::F32), f64::from(0.1_f32));
        assert_eq!(rounded(0.1, Element::F16), 0.099_975_585_937_5);
        assert_eq!(rounded(-2049.0, Element::F16), -2048.0);
        assert_eq!(rounded(65_519.0, Element::F16), 65_504.0);
        assert_eq!(rounded(65_520.0, Element::F16), f64::INFINITY);
        let smallest = 2.0_f64.powi(-24);
        assert_eq!(rounded(smallest * 1.5, Element::F16), smallest * 2.0);
        assert_eq!(rounded(smallest * 0.5, Element::F16), 0.0);
    }

    #[test]
    fn ratios_are_rounded_half_to_even() {
        assert_eq!(Distance::Ratio(0.02).pixels((256, 1600)), [32]);
        assert_eq!(Distance::Ratio(0.005).pixels((200, 200)), [1]);
        assert_eq!(Distance::Ratio(0.5).pixels((3, 4)), [2]);
    }
}
