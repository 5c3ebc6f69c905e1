//! Reading images from files: masks, label maps and score maps.
//!
//! - [`source`]: an opened file, and its format by its first bytes;
//! - [`image`]: what a decoder makes;
//! - [`limits`]: how large an image may be, checked before its memory is taken;
//! - `png`, `tiff`, `bmp`, `npy`, `npz`: one format each;
//! - [`labels`]: label maps and masks; [`scores`]: score maps;
//! - [`error`]: what can be wrong with a file.

mod bits;
mod bmp;
mod bmp_pixels;
mod decode;
pub mod error;
pub mod image;
mod jpeg;
pub mod labels;
pub mod limits;
mod npy;
mod npy_header;
mod npz;
pub(crate) mod numbers;
mod png;
#[cfg(test)]
mod round_trips;
pub mod scores;
mod size;
pub mod source;
#[cfg(test)]
mod tests;
mod tiff;
mod tiff_chunks;
mod tiff_predictor;
#[cfg(test)]
mod tiff_tests;

pub use error::{ImageError, Problem};
pub use image::Image;
pub use labels::{MaskRule, read_labels, read_mask, read_mask_into};
pub use limits::Limits;
pub use scores::{read_scores, read_scores_into};
pub use size::read_size;
