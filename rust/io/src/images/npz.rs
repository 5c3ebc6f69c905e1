//! Archives of arrays that NumPy saved.

use std::io::{BufRead, Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::Problem;
use super::image::Decoded;
use super::limits::{Limits, ratio};
use super::npy;
use super::source::{Format, Source};

/// How many keys a message shows.
const SHOWN: usize = 8;

/// Rows and columns by the header of an array.
pub(crate) fn size<R: BufRead + Seek>(
    source: Source<R>,
    key: Option<&str>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    with_member(source, key, |member, bytes| npy::size(member, bytes, limits))
}

/// Decodes the array of a key, or the only one there is.
pub(crate) fn decode<R: BufRead + Seek>(
    source: Source<R>,
    key: Option<&str>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    with_member(source, key, |member, bytes| {
        let decoded = npy::decode(member, bytes, limits, spare)?;
        // The checksum is compared at the end of the member.
        match member.read(&mut [0])? {
            0 => Ok(decoded),
            _ => Err(damaged("there are bytes after the array")),
        }
    })
}

fn with_member<R: BufRead + Seek, T>(
    source: Source<R>,
    key: Option<&str>,
    read: impl FnOnce(&mut dyn Read, (u64, u64)) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let length = source.length;
    let mut archive = ZipArchive::new(source.stream).map_err(problem)?;
    let name = choose(&archive, key)?;
    let mut member = archive.by_name(&name).map_err(problem)?;
    let compressed = member.compressed_size().min(length);
    read(&mut member, (compressed, ratio::DEFLATE))
}

/// The name of the member to read.
fn choose<R: Read + Seek>(archive: &ZipArchive<R>, key: Option<&str>) -> Result<String, Problem> {
    let keys: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.strip_suffix(".npy")?.to_owned()))
        .collect();
    let known = |key: &str| keys.iter().any(|known| known == key);
    match (key, &keys[..]) {
        (Some(key), _) if known(key) => Ok(format!("{key}.npy")),
        (None, [key]) => Ok(format!("{key}.npy")),
        (_, []) => Err(Problem::Key("the archive holds no arrays".to_owned())),
        (Some(key), keys) => {
            Err(Problem::Key(format!("the archive has no array {key:?}, but {}", list(keys))))
        }
        (None, keys) => Err(Problem::Key(format!(
            "the archive holds {} arrays ({}): say which by its key",
            keys.len(),
            list(keys)
        ))),
    }
}

fn list(keys: &[String]) -> String {
    let shown: Vec<_> = keys.iter().take(SHOWN).map(|key| format!("{key:?}")).collect();
    let more = if keys.len() > SHOWN { ", ..." } else { "" };
    shown.join(", ") + more
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged(Format::Npz, reason)
}

fn problem(error: ZipError) -> Problem {
    match error {
        ZipError::Io(error) => error.into(),
        ZipError::UnsupportedArchive(what) => Problem::Unsupported(format!("{what} (NPZ)")),
        ZipError::CompressionMethodNotSupported(method) => Problem::Unsupported(format!(
            "the archive uses compression method {method}, want none or deflate"
        )),
        error => damaged(error),
    }
}
