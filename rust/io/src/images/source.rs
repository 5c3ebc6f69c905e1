//! An opened file, and its format by its first bytes.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use super::error::Problem;

/// Bytes read ahead. A larger read of pixels goes past this buffer.
const BUFFER: usize = 32 * 1024;

/// Bytes of an unknown format that a message shows.
const SHOWN: usize = 8;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// TIFF and BigTIFF.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// One array, as NumPy saves it.
    Npy,
    /// An archive of arrays, as NumPy saves it.
    Npz,
    /// JPEG, which is known so that it can be refused.
    Jpeg,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Jpeg => "JPEG",
        })
    }
}

/// What the first bytes of formats are.
const STARTS: &[(&[u8], Format)] = &[
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"II+\0", Format::Tiff),
    (b"MM\0+", Format::Tiff),
    (b"BM", Format::Bmp),
    (b"\x93NUMPY", Format::Npy),
    (b"PK\x03\x04", Format::Npz),
    // An archive without members.
    (b"PK\x05\x06", Format::Npz),
    (b"\xff\xd8\xff", Format::Jpeg),
];

/// First bytes that name what is not read, for the messages.
const OTHERS: &[(&[u8], &str)] = &[
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (WebP, for one)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x80\x02", "a pickle, which is never loaded"),
    (b"\x80\x03", "a pickle, which is never loaded"),
    (b"\x80\x04", "a pickle, which is never loaded"),
    (b"\x80\x05", "a pickle, which is never loaded"),
    (b"{", "JSON text"),
    (b"<", "XML or HTML text"),
];

/// What names end in.
const EXTENSIONS: &[(&str, Format)] = &[
    ("png", Format::Png),
    ("tif", Format::Tiff),
    ("tiff", Format::Tiff),
    ("bmp", Format::Bmp),
    ("dib", Format::Bmp),
    ("npy", Format::Npy),
    ("npz", Format::Npz),
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
];

/// A stream of a format's bytes.
pub(crate) struct Source<R> {
    pub stream: R,
    /// Bytes of the whole stream.
    pub length: u64,
    pub format: Format,
}

impl Source<BufReader<File>> {
    /// Opens a file and tells its format. A name whose ending says another format is an error;
    /// other endings say nothing.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        // Before the file is opened: to open a pipe would wait for its other end.
        let metadata = path.metadata().map_err(Problem::Read)?;
        if metadata.is_dir() {
            return Err(Problem::Directory);
        }
        if !metadata.is_file() {
            return Err(Problem::NotAFile);
        }
        let stream = BufReader::with_capacity(BUFFER, File::open(path).map_err(Problem::Read)?);
        Self::new(stream, metadata.len(), path.extension())
    }
}

impl<R: BufRead + Seek> Source<R> {
    /// Tells the format of a stream of so many bytes.
    pub fn new(mut stream: R, length: u64, extension: Option<&OsStr>) -> Result<Self, Problem> {
        let start = stream.fill_buf().map_err(Problem::Read)?;
        if start.is_empty() {
            return Err(Problem::Empty);
        }
        let extension = extension.map(|extension| extension.to_string_lossy().to_lowercase());
        let promised = |name: &String| EXTENSIONS.iter().find(|(ending, _)| ending == name);
        let promised = extension.as_ref().and_then(promised);
        let format = STARTS.iter().find(|(bytes, _)| start.starts_with(bytes));
        match (format, promised) {
            (Some(&(_, format)), Some(&(ending, promised))) if format != promised => {
                Err(Problem::WrongExtension {
                    extension: ending.to_owned(),
                    content: format.to_string(),
                })
            }
            (Some(&(_, format)), _) => Ok(Self { stream, length, format }),
            (None, Some(&(ending, _))) => Err(Problem::WrongExtension {
                extension: ending.to_owned(),
                content: describe(start),
            }),
            (None, None) => Err(Problem::UnknownFormat { content: describe(start) }),
        }
    }
}

/// What content of no format that is read may be.
fn describe(start: &[u8]) -> String {
    let known = OTHERS.iter().find(|(bytes, _)| start.starts_with(bytes));
    match known {
        Some((_, name)) => (*name).to_owned(),
        None => {
            let shown = start[..start.len().min(SHOWN)].escape_ascii();
            format!("something else, starting with the bytes {shown}")
        }
    }
}
