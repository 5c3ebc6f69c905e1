//! What can be wrong with files that are scored together.

use std::path::PathBuf;

use crate::images::ImageError;
use crate::images::error::shown_path;

/// Why files could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// A file cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A map and its mask are of different sizes.
    #[error(
        "{}: {} x {} pixels (height x width), but {truth} has {} x {}: choose how to resize the \
         predictions (resize or --resize, bilinear or nearest), or give maps of the masks' size",
        shown_path(.map), .map_size.0, .map_size.1, .truth_size.0, .truth_size.1
    )]
    Sizes {
        /// The map.
        map: PathBuf,
        /// Its rows and columns.
        map_size: (usize, usize),
        /// What messages call the ground truth.
        truth: String,
        /// Its rows and columns.
        truth_size: (usize, usize),
    },
    /// An image without pixels.
    #[error("{}: an image of {} x {} pixels has nothing to score", shown_path(.map), .size.0, .size.1)]
    NoPixels {
        /// The map.
        map: PathBuf,
        /// Its rows and columns.
        size: (usize, usize),
    },
    /// Scores of double precision and others.
    #[error(
        "{}: the scores are {found}, but those of {} are {first}: all must be float64, or none",
        shown_path(.map), shown_path(.first_map)
    )]
    Types {
        /// The map.
        map: PathBuf,
        /// The type of its scores.
        found: &'static str,
        /// The first map.
        first_map: PathBuf,
        /// The type of its scores.
        first: &'static str,
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
    /// What the kernels found wrong.
    #[error("{}: {problem}", shown_path(.map))]
    Kernel {
        /// The map.
        map: PathBuf,
        /// What is wrong.
        problem: flawgauge::Error,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Cancelled,
}
