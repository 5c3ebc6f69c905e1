//! What can be wrong with the images that a kernel is given.

use std::fmt;

/// Which of the arguments an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// The predictions.
    Preds,
    /// The ground truth.
    Target,
    /// A mask that is not compared.
    Mask,
    /// Continuous predictions.
    Scores,
}

impl fmt::Display for Argument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Preds => "preds",
            Self::Target => "target",
            Self::Mask => "mask",
            Self::Scores => "scores",
        })
    }
}

/// Where in a batch a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which image, counted over all leading axes.
    pub image: usize,
    /// Row of the pixel.
    pub row: usize,
    /// Column of the pixel.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "image {}, row {}, column {}", self.image, self.row, self.column)
    }
}

/// Why a kernel could not count.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A score that is not a number.
    #[error("{argument} is NaN at {place}, want a number")]
    NanScore {
        /// In which argument.
        argument: Argument,
        /// Where.
        place: Place,
    },
    /// A label outside of the classes.
    #[error("{argument} has the label {value} at {place}, want 0 to {}", num_classes - 1)]
    LabelOutOfRange {
        /// In which argument.
        argument: Argument,
        /// Where.
        place: Place,
        /// The label.
        value: i128,
        /// Number of classes.
        num_classes: u32,
    },
    /// A number of classes that cannot be counted.
    #[error("num_classes is {num_classes}, want 1 to 65536")]
    NumClasses {
        /// The number asked for.
        num_classes: u32,
    },
    /// A threshold that is not a number.
    #[error("threshold is NaN, want a number")]
    NanThreshold,
    /// Images of a pair that differ in shape.
    #[error(
        "image {image} of preds has the shape {preds:?} and of target {target:?}, want the same"
    )]
    ShapesDiffer {
        /// Which image.
        image: usize,
        /// Rows and columns of the prediction.
        preds: (usize, usize),
        /// Rows and columns of the ground truth.
        target: (usize, usize),
    },
    /// An element type that the kernel does not count.
    #[error("{argument} has floating-point values, want {want}")]
    FloatValues {
        /// In which argument.
        argument: Argument,
        /// What it wants.
        want: &'static str,
    },
    /// Scores of a type that has no key.
    #[error(
        "scores has elements of another type in image {image}, want u8, u16, f16 or f32, or all f64"
    )]
    ScoreType {
        /// Which image.
        image: usize,
    },
    /// Regions that are too many for the sum of their overlaps.
    #[error("target has more than {most} regions")]
    TooManyRegions {
        /// Most regions of a sweep.
        most: u64,
    },
    /// An image with fewer pixels than are to be averaged.
    #[error("k is {k}, but image {image} has only {pixels} pixels that are not ignored")]
    FewPixels {
        /// Which image.
        image: usize,
        /// Pixels that count.
        pixels: usize,
        /// The number wanted.
        k: usize,
    },
    /// A mask without background has no distances, and the type asked for no infinity.
    #[error(
        "mask has no background in image {image}, so its distances are infinite: give max_distance \
         or edge=\"background\""
    )]
    NoBackground {
        /// Which image.
        image: usize,
    },
    /// An image whose distances or regions are not computed.
    #[error("an image of {rows} x {columns} pixels is too large for this")]
    TooLarge {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// Labels that were invalid when counted and are not any more.
    #[error("the images were changed by another thread while they were counted")]
    Changed,
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// The same error of a single image, as that of an image of a batch.
    pub(crate) fn of_image(mut self, index: usize) -> Self {
        match &mut self {
            Self::NanScore { place, .. } | Self::LabelOutOfRange { place, .. } => {
                place.image = index;
            }
            Self::ShapesDiffer { image, .. }
            | Self::ScoreType { image }
            | Self::NoBackground { image } => *image = index,
            _ => {}
        }
        self
    }
}
