//! The size of an image by its header.

use std::io::{BufRead, Seek};
use std::path::Path;

use super::error::{ImageError, Problem};
use super::limits::{Limits, ratio};
use super::source::{Format, Source};
use super::{bmp, jpeg, npy, npz, png, tiff};

/// Rows and columns of an image, for which its pixels are not decoded. Photographs (JPEG, several
/// channels) are images too.
///
/// # Errors
/// [`ImageError`] if the header cannot be read.
pub fn read_size(
    path: &Path,
    key: Option<&str>,
    limits: Limits,
) -> Result<(usize, usize), ImageError> {
    size(path, key, limits).map_err(|problem| problem.at(path))
}

fn size(path: &Path, key: Option<&str>, limits: Limits) -> Result<(usize, usize), Problem> {
    size_of_stream(Source::open(path)?, key, limits)
}

pub(crate) fn size_of_stream<R: BufRead + Seek>(
    mut source: Source<R>,
    key: Option<&str>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    match source.format {
        Format::Png => png::size(source, limits),
        Format::Tiff => tiff::size(source, limits),
        Format::Bmp => bmp::size(source, limits),
        Format::Npy => npy::size(&mut source.stream, (source.length, ratio::STORED), limits),
        Format::Npz => npz::size(source, key, limits),
        Format::Jpeg => jpeg::size(source, limits),
    }
}
