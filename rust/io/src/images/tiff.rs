//! TIFF with one channel: floats and integers, strips and tiles, either byte order.

use std::io::{BufRead, Seek};

use flawgauge::view::Element;
use tiff::decoder::{
    BufferLayoutPreference, ChunkType, Decoder, DecodingSampleType, Limits as TiffLimits,
};
use tiff::tags::{ByteOrder, CompressionMethod, Tag};
use tiff::{ColorType, TiffError};

use super::error::Problem;
use super::image::{Decoded, Image, Meaning};
use super::limits::{Limits, make_room, ratio};
use super::source::{Format, Source};
use super::tiff_chunks::{Chunks, Method};
use super::tiff_predictor::Predictor;

/// Pixels of a tile that is read however small the image is.
const LARGEST_TILE: usize = 1 << 20;

/// Rows and columns by the header.
pub(crate) fn size<R: BufRead + Seek>(
    source: Source<R>,
    limits: Limits,
) -> Result<(usize, usize), Problem> {
    let length = source.length;
    let (rows, columns) = dimensions(&mut open(source)?)?;
    // What the pixels are is not looked at, so only the limit is checked.
    limits.check((rows, columns), 1, (length, ratio::LZW))
}

/// Decodes an image.
pub(crate) fn decode<R: BufRead + Seek>(
    source: Source<R>,
    limits: Limits,
    spare: Vec<u8>,
) -> Result<Decoded, Problem> {
    let length = source.length;
    let mut decoder = open(source)?;
    check_kind(&mut decoder)?;
    let bits = bits_of_grey(&mut decoder)?;
    let (method, expansion) = method(&mut decoder)?;
    let size = dimensions(&mut decoder)?;
    let shape = limits.check(size, bits.into(), (length, expansion))?;
    let layout = decoder.image_buffer_layout().map_err(problem)?;
    let element = element(&layout)?;
    let chunks = Chunks {
        shape,
        bits: bits.into(),
        element,
        swapped: decoder.byte_order() != ByteOrder::native(),
        method,
        predictor: predictor(&mut decoder, method, element, bits)?,
        chunk: chunk_size(&decoder, shape)?,
        tiled: decoder.get_chunk_type() == ChunkType::Tile,
        places: places(&mut decoder)?,
    };
    let mut bytes = make_room(spare, shape, element)?;
    chunks.read(decoder.inner(), length, &mut bytes)?;
    let meaning = Meaning::grey(bits.into());
    Ok(Decoded { image: Image::rows(shape, element, bytes), meaning })
}

fn open<R: BufRead + Seek>(source: Source<R>) -> Result<Decoder<R>, Problem> {
    let mut limits = TiffLimits::default();
    // No part of the file is larger than the file; the image's own memory is checked before.
    limits.intermediate_buffer_size = usize::try_from(source.length).unwrap_or(usize::MAX);
    Ok(Decoder::new(source.stream).map_err(problem)?.with_limits(limits))
}

fn dimensions<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<(u64, u64), Problem> {
    let (columns, rows) = decoder.dimensions().map_err(problem)?;
    Ok((rows.into(), columns.into()))
}

/// Refuses what is more than one image of numbers.
fn check_kind<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<(), Problem> {
    if decoder.more_images() {
        return Err(Problem::Unsupported("this TIFF holds several images, want one".to_owned()));
    }
    let channels: u16 = unsigned(decoder, Tag::SamplesPerPixel)?.unwrap_or(1);
    if channels != 1 {
        return Err(Problem::Unsupported(format!(
            "this TIFF holds {channels} channels, want one channel of numbers"
        )));
    }
    match unsigned(decoder, Tag::PhotometricInterpretation)? {
        Some(0_u16) => Err(Problem::Unsupported(
            "this TIFF stores white as zero, which some programs turn around and others do not: \
             save it with black as zero (photometric MINISBLACK)"
                .to_owned(),
        )),
        Some(3) => Err(Problem::Unsupported(
            "this TIFF holds indices of a palette, want one channel of numbers".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn bits_of_grey<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<u8, Problem> {
    match decoder.colortype().map_err(problem)? {
        ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16 | 32 | 64)) => Ok(bits),
        ColorType::Gray(bits) => Err(Problem::Unsupported(format!(
            "this TIFF has {bits} bits a pixel, want 1, 2, 4, 8, 16, 32 or 64"
        ))),
        color => Err(Problem::Unsupported(format!(
            "this TIFF holds colours ({color:?}), want one channel of numbers"
        ))),
    }
}

/// How chunks are compressed, and how many bytes of pixels one byte of the file can stand for.
fn method<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<(Method, u64), Problem> {
    let number = unsigned(decoder, Tag::Compression)?.unwrap_or(1);
    match CompressionMethod::from_u16_exhaustive(number) {
        CompressionMethod::None => Ok((Method::None, ratio::STORED)),
        CompressionMethod::PackBits => Ok((Method::PackBits, ratio::RUNS)),
        CompressionMethod::LZW => Ok((Method::Lzw, ratio::LZW)),
        CompressionMethod::Deflate | CompressionMethod::OldDeflate => {
            Ok((Method::Deflate, ratio::DEFLATE))
        }
        _ => Err(Problem::Unsupported(format!(
            "this TIFF uses compression {number}, want none, LZW, deflate or PackBits"
        ))),
    }
}

fn predictor<R: BufRead + Seek>(
    decoder: &mut Decoder<R>,
    method: Method,
    element: Element,
    bits: u8,
) -> Result<Predictor, Problem> {
    let number = unsigned(decoder, Tag::Predictor)?.unwrap_or(1);
    let compressed = matches!(method, Method::Lzw | Method::Deflate);
    match number {
        1 => Ok(Predictor::None),
        2 if compressed && bits >= 8 => Ok(Predictor::Horizontal),
        3 if compressed && element.is_float() => Ok(Predictor::FloatingPoint),
        _ => Err(Problem::Unsupported(format!(
            "this TIFF has predictor {number} for its kind of values and compression, want none, 2 \
             or, for floats, 3, with LZW or deflate"
        ))),
    }
}

/// Rows and columns of a chunk. A tile may be larger than the image, but not by much: all of it is
/// held in memory.
fn chunk_size<R: BufRead + Seek>(
    decoder: &Decoder<R>,
    (rows, columns): (usize, usize),
) -> Result<(usize, usize), Problem> {
    let (width, height) = decoder.chunk_dimensions();
    let (width, height) = (width as usize, height as usize);
    let tile = width.saturating_mul(height);
    let tiled = decoder.get_chunk_type() == ChunkType::Tile;
    if tiled && tile > LARGEST_TILE && tile / 4 > rows * columns {
        return Err(damaged(format!(
            "tiles of {height} x {width} pixels for an image of {rows} x {columns}"
        )));
    }
    Ok((height, width))
}

/// First byte and number of bytes of each chunk.
fn places<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<Vec<(u64, u64)>, Problem> {
    let (offsets, counts) = match decoder.get_chunk_type() {
        ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
        ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
    };
    let mut numbers = |tag| {
        let found = decoder.find_tag_unsigned_vec::<u64>(tag).map_err(problem)?;
        found.ok_or_else(|| damaged("it does not say where the pixels are"))
    };
    let (offsets, counts) = (numbers(offsets)?, numbers(counts)?);
    Ok(offsets.into_iter().zip(counts).collect())
}

fn element(layout: &BufferLayoutPreference) -> Result<Element, Problem> {
    Ok(match layout.sample_type {
        Some(DecodingSampleType::U8) => Element::U8,
        Some(DecodingSampleType::I8) => Element::I8,
        Some(DecodingSampleType::U16) => Element::U16,
        Some(DecodingSampleType::I16) => Element::I16,
        Some(DecodingSampleType::U32) => Element::U32,
        Some(DecodingSampleType::I32) => Element::I32,
        Some(DecodingSampleType::U64) => Element::U64,
        Some(DecodingSampleType::I64) => Element::I64,
        Some(DecodingSampleType::F16) => Element::F16,
        Some(DecodingSampleType::F32) => Element::F32,
        Some(DecodingSampleType::F64) => Element::F64,
        None => {
            return Err(Problem::Unsupported(
                "this TIFF has values of an unknown kind, want integers or floats".to_owned(),
            ));
        }
    })
}

fn unsigned<R: BufRead + Seek>(decoder: &mut Decoder<R>, tag: Tag) -> Result<Option<u16>, Problem> {
    decoder.find_tag_unsigned(tag).map_err(problem)
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged(Format::Tiff, reason)
}

fn problem(error: TiffError) -> Problem {
    match error {
        TiffError::IoError(error) => error.into(),
        TiffError::UnsupportedError(what) => Problem::Unsupported(format!("{what} (TIFF)")),
        TiffError::LimitsExceeded => damaged("a part is larger than the file"),
        error => damaged(error),
    }
}
