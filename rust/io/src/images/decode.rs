//! Decoding a file of any format.

use std::io::{BufRead, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::error::Problem;
use super::image::Decoded;
use super::limits::{Limits, ratio};
use super::source::{Format, Source};
use super::{bmp, npy, npz, png, tiff};

/// What is to be read of which file.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Which array of an archive.
    pub key: Option<&'a str>,
    pub limits: Limits,
    /// Why JPEG will not do.
    pub no_jpeg: &'static str,
}

/// Decodes a file, into the memory of `spare` if that is large enough.
pub(crate) fn decode_file(
    path: &Path,
    request: Request<'_>,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let source = Source::open(path)?;
    let format = source.format;
    // No input is known on which a decoder panics. Should there be one, it is the file's fault.
    catch_unwind(AssertUnwindSafe(|| decode(source, request, spare)))
        .unwrap_or_else(|_| Err(Problem::damaged(format, "the decoder gave up")))
}

/// Decodes a stream.
pub(crate) fn decode<R: BufRead + Seek>(
    mut source: Source<R>,
    Request { key, limits, no_jpeg }: Request<'_>,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    if let (Some(key), true) = (key, source.format != Format::Npz) {
        let format = source.format;
        return Err(Problem::Key(format!(
            "the key {key:?} was given, but this is {format} and only NPZ holds arrays by key"
        )));
    }
    match source.format {
        Format::Png => png::decode(source, limits, spare),
        Format::Tiff => tiff::decode(source, limits, spare),
        Format::Bmp => bmp::decode(source, limits, spare),
        Format::Npy => {
            let bytes = (source.length, ratio::STORED);
            npy::decode(&mut source.stream, bytes, limits, spare)
        }
        Format::Npz => npz::decode(source, key, limits, spare),
        Format::Jpeg => Err(Problem::Unsupported(no_jpeg.to_owned())),
    }
}
