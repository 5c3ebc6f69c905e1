//! Counting kernels for scoring defect segmentations.
//!
//! Everything here counts, nothing divides: the results are exact integers, equal whatever the
//! number of threads, the instruction set or the order of merging. The crate knows neither Python
//! nor files. One concept a module:
//!
//! - [`view`]: an image in memory, any integer or float type, strides and byte order;
//! - [`mask`]: one bit a pixel, and the packing of rows into words;
//! - [`confusion`]: true and false positives and negatives of two masks;
//! - [`labels`]: joint counts of two label maps;
//! - [`erosion`]: erosion of masks and their inner bands; [`boundary`]: counts of these;
//! - [`window`]: windowed minima of scores, which are the erosions at all thresholds;
//! - [`image_scores`]: one score for each image;
//! - [`rle`]: run-length encoded masks;
//! - [`distance`]: exact distance transforms, from distances down the columns (`depth`) and the
//!   lower envelopes of the rows (`envelope`);
//! - [`contour`] and [`surface`]: contours of masks, and the distances between two of them;
//! - [`regions`]: connected components of masks; [`region_scores`]: the scores in them;
//! - [`scores`]: scores as ordered keys; [`thresholds`] and [`counts`] of these; [`positives`]: the
//!   scores of the positive pixels; [`sweep`]: counts at all thresholds, image by image
//!   ([`sweep_image`]);
//! - [`columns`]: those counts as running sums; [`curve_areas`] and [`precision_sums`] over them;
//! - [`simd`]: the instruction sets; [`parallel`]: the threads; [`error`]: what can be wrong.

#![deny(unsafe_code)]

mod band_counts;
mod band_tallies;
mod bins;
pub mod boundary;
pub mod columns;
pub mod confusion;
pub mod contour;
mod counters;
pub mod counts;
pub mod curve_areas;
mod depth;
pub mod distance;
mod envelope;
pub mod erosion;
pub mod error;
pub mod image_scores;
mod label_counts;
pub mod labels;
mod line;
mod lists;
pub mod mask;
pub mod overlap;
mod pack;
pub mod parallel;
mod part;
mod pixel_test;
mod plane;
pub mod positives;
pub mod precision_sums;
mod ranks;
pub mod region_scores;
pub mod regions;
pub mod rle;
pub mod scores;
pub mod simd;
mod steps;
pub mod surface;
pub mod sweep;
mod sweep_batch;
pub mod sweep_image;
mod tallies;
mod tally;
pub mod thresholds;
pub mod view;
pub mod window;

pub use error::Error;
