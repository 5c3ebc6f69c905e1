//! TIFF files of every layout, written here field by field: read back as they were, and refused
//! without a panic where a field was changed.

use std::io::Write;

use flawgauge::view::Element;
use proptest::prelude::*;
use tiff::encoder::compression::{CompressionAlgorithm, Deflate, DeflateLevel, Lzw, Packbits};

use super::tests::{read, read_all};

/// The layouts of an image.
#[derive(Debug, Clone, Copy)]
struct Layout {
    rows: usize,
    columns: usize,
    /// Bits and sample format: 1 for unsigned, 2 for signed, 3 for floats.
    kind: (usize, u16),
    big_endian: bool,
    big_tiff: bool,
    /// Rows of a strip, or rows and columns of a tile in units of 16.
    chunk: (usize, Option<usize>),
    compression: u16,
    predictor: u16,
}

/// What the fields of the directory are set to in place of what is right.
type Changes = [(u16, u64)];

const KINDS: [(usize, u16); 14] = [
    (1, 1),
    (2, 1),
    (4, 1),
    (8, 1),
    (8, 2),
    (16, 1),
    (16, 2),
    (16, 3),
    (32, 1),
    (32, 2),
    (32, 3),
    (64, 1),
    (64, 2),
    (64, 3),
];

fn layouts() -> impl Strategy<Value = Layout> {
    let chunk = (1..9_usize, prop::option::of(1..3_usize));
    let method = (prop::sample::select(vec![1_u16, 5, 8, 32946, 32773]), 1..4_u16);
    let ends = (any::<bool>(), any::<bool>());
    let sides = (1..40_usize, 1..40_usize);
    (sides, prop::sample::select(&KINDS[..]), ends, chunk, method).prop_map(
        |((rows, columns), kind, (big_endian, big_tiff), chunk, (compression, predictor))| {
            let packed = [5, 8, 32946].contains(&compression);
            let fits = match predictor {
                2 => kind.0 >= 8 && kind.1 != 3,
                3 => kind.1 == 3,
                _ => true,
            };
            let predictor = if packed && fits { predictor } else { 1 };
            Layout { rows, columns, kind, big_endian, big_tiff, chunk, compression, predictor }
        },
    )
}

impl Layout {
    /// Bytes of a value as it is decoded.
    fn size(&self) -> usize {
        self.kind.0.div_ceil(8)
    }

    fn chunk_size(&self) -> (usize, usize) {
        match self.chunk {
            (rows, None) => (rows.min(self.rows), self.columns),
            (rows, Some(columns)) => (16 * rows.div_ceil(4), 16 * columns),
        }
    }

    /// A value as a number of the file's order.
    fn number(&self, bytes: usize, value: u64) -> Vec<u8> {
        if self.big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    /// The bytes of a line of values, differences taken.
    fn line(&self, values: &[u64]) -> Vec<u8> {
        let (bits, size) = (self.kind.0, self.size());
        if bits < 8 {
            let mut line = vec![0_u8; (values.len() * bits).div_ceil(8)];
            for (index, value) in values.iter().enumerate() {
                let place = index * bits;
                line[place / 8] |= (*value as u8) << (8 - bits - place % 8);
            }
            return line;
        }
        match self.predictor {
            2 => {
                let before = [0].iter().chain(values);
                let differences = values.iter().zip(before).map(|(a, b)| a.wrapping_sub(*b));
                differences.flat_map(|value| self.number(size, value)).collect()
            }
            3 => {
                let weights = (0..size).rev();
                let sorted: Vec<u8> = weights
                    .flat_map(|weight| values.iter().map(move |v| v.to_le_bytes()[weight]))
                    .collect();
                let before = [0].iter().chain(&sorted);
                sorted.iter().zip(before).map(|(a, b)| a.wrapping_sub(*b)).collect()
            }
            _ => values.iter().flat_map(|value| self.number(size, *value)).collect(),
        }
    }

    fn compress(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match self.compression {
            1 => out.write_all(bytes).map(|()| 0),
            5 => Lzw.write_to(&mut out, bytes),
            32773 => Packbits.write_to(&mut out, bytes),
            _ => Deflate::with_level(DeflateLevel::Fast).write_to(&mut out, bytes),
        }
        .unwrap();
        out
    }

    /// The strips or tiles, from left to right and down.
    fn chunks(&self, values: &[u64]) -> Vec<Vec<u8>> {
        let (height, width) = self.chunk_size();
        let tiled = self.chunk.1.is_some();
        let mut chunks = Vec::new();
        for top in (0..self.rows).step_by(height) {
            for left in (0..self.columns).step_by(width) {
                let bottom = if tiled { top + height } else { self.rows.min(top + height) };
                // Beyond the image, a tile holds anything.
                let value = |row: usize, column: usize| match row < self.rows {
                    true if column < self.columns => values[row * self.columns + column],
                    _ => 1,
                };
                let line = |row| {
                    let line: Vec<u64> =
                        (left..left + width).map(|column| value(row, column)).collect();
                    self.line(&line)
                };
                chunks.push(self.compress(&(top..bottom).flat_map(line).collect::<Vec<u8>>()));
            }
        }
        chunks
    }

    /// A file, with some fields of its directory changed.
    fn write(&self, values: &[u64], changes: &Changes) -> Vec<u8> {
        let chunks = self.chunks(values);
        let word = if self.big_tiff { 8 } else { 4 };
        let mut bytes = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        bytes.extend(self.number(2, if self.big_tiff { 43 } else { 42 }));
        if self.big_tiff {
            bytes.extend(self.number(2, 8));
            bytes.extend(self.number(2, 0));
        }
        let directory_at = bytes.len();
        bytes.extend(vec![0; word]);
        let mut places = Vec::new();
        for chunk in &chunks {
            places.push((bytes.len() as u64, chunk.len() as u64));
            bytes.extend(chunk);
        }
        let mut list = |part: fn(&(u64, u64)) -> u64| -> u64 {
            if let [place] = &places[..] {
                return part(place);
            }
            let at = bytes.len() as u64;
            places.iter().for_each(|place| bytes.extend(self.number(word, part(place))));
            at
        };
        let (offsets, counts) = (list(|place| place.0), list(|place| place.1));
        let (height, width) = self.chunk_size();
        let number = chunks.len() as u64;
        let mut fields = vec![
            (256_u16, 1, self.columns as u64),
            (257, 1, self.rows as u64),
            (258, 1, self.kind.0 as u64),
            (259, 1, self.compression.into()),
            (262, 1, 1),
            (277, 1, 1),
            (317, 1, self.predictor.into()),
            (339, 1, self.kind.1.into()),
        ];
        fields.extend(match self.chunk.1 {
            None => vec![(273, number, offsets), (278, 1, height as u64), (279, number, counts)],
            Some(_) => vec![
                (322, 1, width as u64),
                (323, 1, height as u64),
                (324, number, offsets),
                (325, number, counts),
            ],
        });
        for &(tag, value) in changes {
            if let Some(field) = fields.iter_mut().find(|field| field.0 == tag) {
                field.2 = value;
            }
        }
        fields.sort_unstable();
        let at = self.number(word, bytes.len() as u64);
        bytes[directory_at..directory_at + word].copy_from_slice(&at);
        bytes.extend(self.number(if self.big_tiff { 8 } else { 2 }, fields.len() as u64));
        for (tag, count, value) in fields {
            bytes.extend(self.number(2, tag.into()));
            // Numbers of 32 or 64 bits.
            bytes.extend(self.number(2, if self.big_tiff { 16 } else { 4 }));
            bytes.extend(self.number(word, count));
            bytes.extend(self.number(word, value));
        }
        bytes.extend(vec![0; word]);
        bytes
    }

    /// Some values of this many bits.
    fn values(&self, seed: u64) -> Vec<u64> {
        let mask = u64::MAX >> (64 - self.kind.0);
        let next = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Runs, and values as good as random.
            Some(if *state >> 63 == 0 { 1 } else { state.rotate_left(20) } & mask)
        };
        (0..self.rows * self.columns).scan(seed, |state, _| next(state)).collect()
    }
}

fn element((bits, format): (usize, u16)) -> Element {
    match (bits, format) {
        (16, 1) => Element::U16,
        (32, 1) => Element::U32,
        (64, 1) => Element::U64,
        (8, 2) => Element::I8,
        (16, 2) => Element::I16,
        (32, 2) => Element::I32,
        (64, 2) => Element::I64,
        (16, 3) => Element::F16,
        (32, 3) => Element::F32,
        (64, 3) => Element::F64,
        _ => Element::U8,
    }
}

#[test]
fn strips_that_are_missing_are_noticed() {
    let layout = Layout {
        rows: 4,
        columns: 3,
        kind: (8, 1),
        big_endian: false,
        big_tiff: false,
        chunk: (2, None),
        compression: 1,
        predictor: 1,
    };
    let values = layout.values(3);
    assert_eq!(read(&layout.write(&values, &[])).unwrap().image.shape(), (4, 3));
    // The rows of two strips, where there is a third.
    let error = read(&layout.write(&values, &[(257, 6)])).unwrap_err().to_string();
    assert!(error.contains("TIFF") || error.contains("truncated"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn layouts_are_read_back(layout in layouts(), seed: u64) {
        let values = layout.values(seed);
        let image = read(&layout.write(&values, &[])).unwrap().image;
        prop_assert_eq!(image.shape(), (layout.rows, layout.columns));
        prop_assert_eq!(image.element(), element(layout.kind));
        let size = layout.size();
        let native = |value: &u64| match cfg!(target_endian = "big") {
            true => value.to_be_bytes()[8 - size..].to_vec(),
            false => value.to_le_bytes()[..size].to_vec(),
        };
        prop_assert_eq!(image.into_bytes(), values.iter().flat_map(native).collect::<Vec<u8>>());
    }

    #[test]
    fn changed_fields_and_bytes(
        layout in layouts(),
        fields in prop::collection::vec((
            prop::sample::select(vec![256_u16, 257, 258, 259, 262, 273, 277, 278, 279, 317, 322, 323, 324, 325, 339]),
            prop_oneof![0..70_u64, any::<u64>(), any::<u64>().prop_map(|value| value >> 32)],
        ), 0..3),
        bytes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
    ) {
        let mut file = layout.write(&layout.values(1), &fields);
        for (place, value) in bytes {
            let place = place.index(file.len());
            file[place] = value;
        }
        read_all(&file);
        read_all(&file[..end.index(file.len())]);
    }
}
