//! Decoders on valid, cut, changed and arbitrary bytes: never a panic, never the wrong pixels.

use std::ffi::OsStr;
use std::io::{Cursor, Write};

use flawgauge::view::Element;
use proptest::prelude::*;
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

use super::decode::{Request, decode};
use super::error::Problem;
use super::image::{Decoded, Image, Meaning};
use super::labels::{MaskRule, to_mask};
use super::limits::Limits;
use super::scores::to_scores;
use super::source::Source;

const SMALL: Limits = Limits { max_pixels: 1 << 16 };

pub(super) fn read(bytes: &[u8]) -> Result<Decoded, Problem> {
    let source = Source::new(Cursor::new(bytes), bytes.len() as u64, None)?;
    decode(source, Request { key: None, limits: SMALL, no_jpeg: "JPEG" }, Vec::new())
}

/// Reads bytes in every way there is.
pub(super) fn read_all(bytes: &[u8]) {
    if let Ok(decoded) = read(bytes) {
        let (rows, columns) = decoded.image.shape();
        assert!(rows * columns <= SMALL.max_pixels as usize);
        assert_eq!(decoded.image.view().pixels(), rows * columns);
    }
    let _ = read(bytes).and_then(to_scores);
    for rule in [MaskRule::TwoValues, MaskRule::AtLeast(3)] {
        let float = |decoded: &Decoded| decoded.image.element().is_float();
        if let Some(decoded) = read(bytes).ok().filter(|decoded| !float(decoded)) {
            let _ = to_mask(decoded, rule);
        }
    }
    let source = || Source::new(Cursor::new(bytes), bytes.len() as u64, None);
    if let Ok(source) = source() {
        let _ = super::size::size_of_stream(source, None, SMALL);
    }
}

fn png(
    columns: u32,
    rows: u32,
    depth: png::BitDepth,
    color: png::ColorType,
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(vec![255, 255, 255, 1, 2, 3, 1, 2, 3, 0, 0, 0]);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

fn tiff(data: &[f32], columns: u32, compression: Compression, predictor: Predictor) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = TiffEncoder::new(&mut bytes).unwrap();
    let mut encoder = encoder.with_compression(compression).with_predictor(predictor);
    let rows = data.len() as u32 / columns;
    encoder.write_image::<colortype::Gray32Float>(columns, rows, data).unwrap();
    bytes.into_inner()
}

pub(super) fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    text += &" ".repeat(64 - (text.len() + 11) % 64);
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

pub(super) fn npz(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A bitmap with a header of 40 bytes; `rows` below zero for one that starts at the top.
pub(super) fn bmp(
    columns: i32,
    rows: i32,
    bits: u16,
    method: u32,
    palette: &[[u8; 4]],
    data: &[u8],
) -> Vec<u8> {
    let pixels_at = 54 + 4 * palette.len() as u32;
    let mut bytes = b"BM".to_vec();
    bytes.extend((pixels_at + data.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(pixels_at.to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend(columns.to_le_bytes());
    bytes.extend(rows.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(method.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend((palette.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(palette.as_flattened());
    bytes.extend(data);
    bytes
}

const COLOURS: [[u8; 4]; 4] = [[9, 9, 9, 0], [1, 2, 3, 0], [1, 2, 3, 0], [0, 0, 0, 0]];

fn floats() -> Vec<f32> {
    (0..35).map(|index| index as f32 * 0.5 - 3.0).collect()
}

/// One valid file of each kind.
fn samples() -> Vec<Vec<u8>> {
    use png::{BitDepth, ColorType};
    let ramp: Vec<u8> = (0..35).collect();
    let array = npy("<f4", "False", "(5, 7)", &floats().map_bytes());
    let deflate = Compression::Deflate(DeflateLevel::Balanced);
    vec![
        png(7, 5, BitDepth::Eight, ColorType::Grayscale, &ramp),
        png(6, 2, BitDepth::Two, ColorType::Indexed, &[0x1b, 0x40, 0xe4, 0x80]),
        png(2, 2, BitDepth::Sixteen, ColorType::Grayscale, &ramp[..8]),
        tiff(&floats(), 7, Compression::Uncompressed, Predictor::None),
        tiff(&floats(), 7, deflate, Predictor::None),
        tiff(&floats(), 7, Compression::Lzw, Predictor::None),
        tiff(&floats(), 7, Compression::Packbits, Predictor::None),
        bmp(7, 2, 8, 0, &COLOURS, &[0, 1, 2, 3, 0, 1, 2, 0, 3, 2, 1, 0, 3, 2, 1, 0]),
        bmp(3, 2, 8, 1, &COLOURS, &[2, 1, 1, 2, 0, 0, 0, 3, 3, 2, 1, 0, 0, 1]),
        npz(&[("a.npy", &array)], zip::CompressionMethod::Deflated),
        npz(&[("a.npy", &array)], zip::CompressionMethod::Stored),
        array,
    ]
}

trait MapBytes {
    fn map_bytes(&self) -> Vec<u8>;
}

impl MapBytes for Vec<f32> {
    fn map_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

fn image(bytes: &[u8]) -> Image {
    read(bytes).unwrap().image
}

fn message(bytes: &[u8]) -> String {
    read(bytes).and_then(to_scores).expect_err("the bytes should be refused").to_string()
}

#[test]
fn the_samples_are_valid() {
    for sample in samples() {
        read(&sample).unwrap();
    }
}

#[test]
fn every_tiff_of_the_same_map_is_the_same() {
    let deflate = Compression::Deflate(DeflateLevel::Best);
    for (compression, predictor) in [
        (Compression::Uncompressed, Predictor::None),
        (deflate, Predictor::None),
        (Compression::Lzw, Predictor::None),
        (Compression::Packbits, Predictor::None),
    ] {
        let image = image(&tiff(&floats(), 7, compression, predictor));
        assert_eq!((image.shape(), image.element()), ((5, 7), Element::F32));
        assert_eq!(
            image.into_bytes(),
            floats().iter().flat_map(|v| v.to_ne_bytes()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn palettes_are_read_by_index() {
    let Decoded { image, meaning } =
        read(&png(6, 2, png::BitDepth::Two, png::ColorType::Indexed, &[0x1b, 0x40, 0xe4, 0x80]))
            .unwrap();
    assert_eq!(meaning, Meaning::Indices);
    assert_eq!(image.into_bytes(), [0, 1, 2, 3, 1, 0, 3, 2, 1, 0, 2, 0]);
    // The file's first row is the lowest, unless its height is negative.
    let data = [0, 1, 2, 0, 3, 2, 1, 0];
    let upwards = read(&bmp(3, 2, 8, 0, &COLOURS, &data)).unwrap();
    assert_eq!(upwards.meaning, Meaning::Indices);
    assert_eq!(upwards.image.into_bytes(), [3, 2, 1, 0, 1, 2]);
    assert_eq!(image_bytes(&bmp(3, -2, 8, 0, &COLOURS, &data)), [0, 1, 2, 3, 2, 1]);
}

fn image_bytes(bytes: &[u8]) -> Vec<u8> {
    image(bytes).into_bytes()
}

#[test]
fn bitmaps_of_few_bits_and_run_lengths() {
    let four = bmp(5, 1, 4, 0, &COLOURS, &[0x12, 0x30, 0x10, 0]);
    assert_eq!(image_bytes(&four), [1, 2, 3, 0, 1]);
    let one = bmp(9, 1, 1, 0, &COLOURS[..2], &[0b1010_0001, 0x80, 0, 0]);
    assert_eq!(image_bytes(&one), [1, 0, 1, 0, 0, 0, 0, 1, 1]);
    let runs = bmp(3, 2, 8, 1, &COLOURS, &[2, 1, 1, 2, 0, 0, 0, 3, 3, 2, 1, 0, 0, 1]);
    assert_eq!(image_bytes(&runs), [3, 2, 1, 1, 1, 2]);
    for (data, wanted) in [
        (&[4, 1][..], "past the end"),
        (&[2, 1, 0, 0], "gives 2 of 3 pixels"),
        (&[3, 1, 0, 1], "gives 3 of 3 pixels"),
        (&[0, 2, 1, 1], "gives 0 of 3 pixels"),
    ] {
        assert!(message(&bmp(3, 2, 8, 1, &COLOURS, data)).contains(wanted), "{data:?}");
    }
}

#[test]
fn a_grey_ramp_is_grey_and_its_fringe_is_refused() {
    let ramp: Vec<[u8; 4]> = (0..=255).map(|value| [value, value, value, 0]).collect();
    let decoded = read(&bmp(4, 1, 8, 0, &ramp, &[0, 255, 254, 0])).unwrap();
    assert_eq!(decoded.meaning, Meaning::grey(8));
    let error = to_mask(decoded, MaskRule::TwoValues).unwrap_err().to_string();
    assert!(error.contains("3 different values (0, 254, 255)"), "{error}");
    let labels = read(&bmp(4, 1, 8, 0, &COLOURS, &[0, 1, 2, 0])).unwrap();
    assert_eq!(to_mask(labels, MaskRule::TwoValues).unwrap().into_bytes(), [0, 1, 1, 0]);
}

#[test]
fn masks_of_wide_integers() {
    let data: Vec<u8> = [0_i32, -7, -7, 0].iter().flat_map(|value| value.to_be_bytes()).collect();
    let decoded = || read(&npy(">i4", "True", "(2, 2)", &data)).unwrap();
    let mask = to_mask(decoded(), MaskRule::TwoValues).unwrap();
    assert!(mask.is_column_major());
    assert_eq!(mask.into_bytes(), [0, 1, 1, 0]);
    let above = to_mask(decoded(), MaskRule::AtLeast(1)).unwrap();
    assert_eq!(above.into_bytes(), [0; 4]);
    let bytes = npy("|u1", "False", "(1, 2)", &[0, 1]);
    let error = to_mask(read(&bytes).unwrap(), MaskRule::AtLeast(256)).unwrap_err().to_string();
    assert!(error.contains("uint8, at most 255"), "{error}");
}

#[test]
fn headers_that_claim_too_much() {
    let huge = "100000 x 100000";
    let claims = [
        npy("<f4", "False", "(100000, 100000)", &[]),
        bmp(100_000, 100_000, 8, 0, &[], &[]),
        npz(
            &[("a.npy", &npy("<f4", "False", "(100000, 100000)", &[]))],
            zip::CompressionMethod::Stored,
        ),
    ];
    for bytes in claims {
        assert!(message(&bytes).contains(huge), "{}", message(&bytes));
    }
    let short = npy("<f4", "False", "(100, 200)", &[0; 80]);
    assert!(message(&short).contains("100 x 200"), "{}", message(&short));
    let sides = npy("<f4", "False", "(0, 18446744073709551615)", &[]);
    assert!(message(&sides).contains("more than the limit"));
}

#[test]
fn what_npy_files_may_not_hold() {
    for (descr, wanted) in
        [("|O", "never loaded"), ("<c8", "want booleans"), ("<U3", "want booleans")]
    {
        assert!(message(&npy(descr, "False", "(1, 1)", &[0; 8])).contains(wanted));
    }
    assert!(message(&npy("<f4", "False", "(1, 1, 1)", &[0; 4])).contains("3 axes"));
    let nan = f32::NAN.to_le_bytes();
    let data: Vec<u8> = [[0; 4], [0; 4], [0; 4], nan, [0; 4], [0; 4]].concat();
    assert!(message(&npy("<f4", "False", "(2, 3)", &data)).contains("row 1, column 0"));
    assert!(message(&npy("<f4", "True", "(2, 3)", &data)).contains("row 1, column 1"));
}

#[test]
fn archives_by_key() {
    let array = npy("<f4", "False", "(5, 7)", &floats().map_bytes());
    let both = npz(&[("a.npy", &array), ("b.npy", &array)], zip::CompressionMethod::Stored);
    assert!(message(&both).contains("2 arrays (\"a\", \"b\")"));
    let with = |key| {
        let source = Source::new(Cursor::new(&both), both.len() as u64, None)?;
        decode(source, Request { key: Some(key), limits: SMALL, no_jpeg: "" }, Vec::new())
    };
    assert_eq!(with("b").unwrap().image.shape(), (5, 7));
    assert!(with("c").unwrap_err().to_string().contains("no array \"c\", but \"a\", \"b\""));
}

#[test]
fn names_that_lie_are_errors() {
    let png = &samples()[0];
    let open = |bytes: &[u8], name: &str| {
        let length = bytes.len() as u64;
        Source::new(Cursor::new(bytes.to_vec()), length, Some(OsStr::new(name)))
            .map(|_| ())
            .map_err(|problem| problem.to_string())
    };
    assert_eq!(open(png, "PNG"), Ok(()));
    assert_eq!(open(png, "mask"), Ok(()));
    assert!(open(png, "tiff").unwrap_err().contains("ends in .tiff but the content is PNG"));
    assert!(open(b"\x80\x04.", "npy").unwrap_err().contains("a pickle"));
    assert!(open(b"", "png").unwrap_err().contains("zero bytes"));
    assert!(open(b"hello", "txt").unwrap_err().contains("hello"));
}

#[test]
fn files_cut_anywhere_are_errors() {
    for (index, sample) in samples().iter().enumerate() {
        for end in 0..sample.len() {
            // A bitmap's last row may lack its filling, and run lengths need no end mark there.
            if index == 7 && end == sample.len() - 1 {
                continue;
            }
            read(&sample[..end]).expect_err(&format!("sample {index} cut to {end} bytes"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_bytes_after_a_start(start in 0..10_usize, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        const STARTS: [&[u8]; 10] = [
            b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"II*\0\x08\0\0\0",
            b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0", b"BM", b"\x93NUMPY\x01\0v\0{'descr': '",
            b"\x93NUMPY\x02\0", b"PK\x03\x04", b"\xff\xd8\xff",
        ];
        let mut file = STARTS[start].to_vec();
        file.extend(bytes);
        read_all(&file);
    }

    #[test]
    fn any_header_of_a_bitmap(columns: i32, rows: i32, bits in 0..40_u16, method in 0..4_u32, data in prop::collection::vec(any::<u8>(), 0..100)) {
        read_all(&bmp(columns % 100, rows % 100, bits, method, &COLOURS, &data));
        read_all(&bmp(columns, rows, bits, method, &[], &data));
    }

    #[test]
    fn changed_files(index in 0..12_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut sample = samples().swap_remove(index);
        for (place, value) in changes {
            let place = place.index(sample.len());
            sample[place] = value;
        }
        read_all(&sample);
    }
}
