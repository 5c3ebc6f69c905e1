//! What can be wrong with files that are scored together.

use flawgauge::rle::RleError;

use crate::images::{ImageError, Problem};

/// Why files could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// A file cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A map and its mask are of different sizes.
    #[error(
        "{map}: {} x {} pixels (height x width), but {truth} has {} x {}: choose how to resize the \
         predictions (resize or --resize, bilinear or nearest), or give maps of the masks' size",
        .map_size.0, .map_size.1, .truth_size.0, .truth_size.1
    )]
    Sizes {
        /// The map.
        map: String,
        /// Its rows and columns.
        map_size: (usize, usize),
        /// What messages call the ground truth.
        truth: String,
        /// Its rows and columns.
        truth_size: (usize, usize),
    },
    /// An image without pixels.
    #[error("{map}: an image of {} x {} pixels has nothing to score", .size.0, .size.1)]
    NoPixels {
        /// The map.
        map: String,
        /// Its rows and columns.
        size: (usize, usize),
    },
    /// Scores of double precision and others.
    #[error(
        "{map}: the scores are {found}, but those of {first_map} are {first}: all must be float64, \
         or none"
    )]
    Types {
        /// The map.
        map: String,
        /// The type of its scores.
        found: &'static str,
        /// The first map.
        first_map: String,
        /// The type of its scores.
        first: &'static str,
    },
    /// An image that is too large.
    #[error(
        "{id}: an image of {} x {} pixels (height x width) is larger than the limit of {limit} \
         (max_pixels)", .size.0, .size.1
    )]
    TooLarge {
        /// The sample.
        id: String,
        /// Rows and columns.
        size: (usize, usize),
        /// Most pixels allowed.
        limit: u64,
    },
    /// A prediction without runs for an image of unknown size.
    #[error("{id}: neither the prediction nor the ground truth says how large the image is")]
    NoSize {
        /// The sample.
        id: String,
    },
    /// Run lengths that are no mask.
    #[error("{id}: run lengths {index}: {problem}")]
    Runs {
        /// The sample.
        id: String,
        /// Which of its masks.
        index: usize,
        /// What is wrong.
        problem: RleError,
    },
    /// Masks of one prediction that differ in size.
    #[error(
        "{id}: run lengths {index} are of an image of {} x {} pixels (height x width), but run \
         lengths 0 of {} x {}", .found.0, .found.1, .first.0, .first.1
    )]
    RunSizes {
        /// The sample.
        id: String,
        /// Which of its masks.
        index: usize,
        /// Its rows and columns.
        found: (usize, usize),
        /// Those of the first mask.
        first: (usize, usize),
    },
    /// A map that has no numbers in the size of its mask.
    #[error("{map}: resized to {} x {} pixels, {problem}", .size.0, .size.1)]
    Resized {
        /// The map.
        map: String,
        /// Rows and columns of the mask.
        size: (usize, usize),
        /// What is wrong.
        problem: Problem,
    },
    /// A box that leaves its image.
    #[error("{id}: the box {found:?} (top, left, bottom, right) is empty or leaves the image of {} x {} pixels", .size.0, .size.1)]
    Box {
        /// The sample.
        id: String,
        /// The box.
        found: [u32; 4],
        /// Rows and columns of the image.
        size: (usize, usize),
    },
    /// A map with fewer pixels than its score is the mean of.
    #[error("{map}: {pixels} pixels, fewer than the {k} whose mean is the score of the image")]
    FewPixels {
        /// The map.
        map: String,
        /// Its pixels.
        pixels: usize,
        /// The number wanted.
        k: usize,
    },
    /// A map with infinite scores of both signs, which have no mean.
    #[error("{map}: the score of the image is a mean of infinities of both signs, want a number")]
    NoScore {
        /// The map.
        map: String,
    },
    /// What the kernels found wrong.
    #[error("{map}: {problem}")]
    Kernel {
        /// The map.
        map: String,
        /// What is wrong.
        problem: flawgauge::Error,
    },
    /// The second pass met other files than the first.
    #[error("the files were changed while they were scored: score them again")]
    Changed,
    /// The caller asked to stop.
    #[error("stopped")]
    Cancelled,
}
