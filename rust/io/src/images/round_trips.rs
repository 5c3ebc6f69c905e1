//! Images of any size and kind of values are read back as they were written.

use flawgauge::view::Element;
use png::{BitDepth, ColorType, Filter};
use proptest::prelude::*;

use super::bits::packed_length;
use super::tests::{bmp, npy, npz, read};

/// Rows, columns and as many numbers, of which the lowest bits count.
fn images() -> impl Strategy<Value = (usize, usize, Vec<u64>)> {
    (1..20_usize, 1..40_usize).prop_flat_map(|(rows, columns)| {
        let value = prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>()];
        let values = prop::collection::vec(value, rows * columns);
        (Just(rows), Just(columns), values)
    })
}

/// A row of pixels of so many bits, the first at the highest bits.
fn pack(row: &[u8], bits: usize) -> Vec<u8> {
    let mut packed = vec![0; packed_length(row.len(), bits)];
    for (index, value) in row.iter().enumerate() {
        packed[index * bits / 8] |= value << (8 - bits - index * bits % 8);
    }
    packed
}

fn of_bits(values: &[u64], bits: usize) -> Vec<u8> {
    values.iter().map(|&value| value as u8 & u8::MAX >> (8 - bits)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn portable_network_graphics(
        (rows, columns, values) in images(),
        depth in prop::sample::select(vec![
            (1, BitDepth::One), (2, BitDepth::Two), (4, BitDepth::Four), (8, BitDepth::Eight),
        ]),
        filter in prop::sample::select(vec![
            Filter::NoFilter, Filter::Sub, Filter::Up, Filter::Avg, Filter::Paeth, Filter::Adaptive,
        ]),
        palette: bool,
    ) {
        let (bits, depth) = depth;
        let pixels = of_bits(&values, bits);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, columns as u32, rows as u32);
        encoder.set_depth(depth);
        encoder.set_filter(filter);
        encoder.set_color(if palette { ColorType::Indexed } else { ColorType::Grayscale });
        if palette {
            encoder.set_palette(vec![7; 3 << bits]);
        }
        let packed: Vec<u8> = pixels.chunks(columns).flat_map(|row| pack(row, bits)).collect();
        encoder.write_header().unwrap().write_image_data(&packed).unwrap();
        let image = read(&bytes).unwrap().image;
        prop_assert_eq!((image.shape(), image.element()), ((rows, columns), Element::U8));
        prop_assert_eq!(image.into_bytes(), pixels);
    }

    #[test]
    fn windows_bitmaps(
        (rows, columns, values) in images(),
        bits in prop::sample::select(vec![1, 4, 8_usize]),
        top_down: bool,
    ) {
        let pixels = of_bits(&values, bits);
        let mut lines: Vec<Vec<u8>> = pixels.chunks(columns).map(|row| pack(row, bits)).collect();
        lines.iter_mut().for_each(|line| line.resize(line.len().next_multiple_of(4), 0));
        if !top_down {
            lines.reverse();
        }
        let height = if top_down { -(rows as i32) } else { rows as i32 };
        let palette = vec![[9, 9, 9, 0]; 1 << bits];
        let file = bmp(columns as i32, height, bits as u16, 0, &palette, &lines.concat());
        let image = read(&file).unwrap().image;
        prop_assert_eq!(image.shape(), (rows, columns));
        prop_assert_eq!(image.into_bytes(), pixels);
    }

    #[test]
    fn arrays(
        (rows, columns, values) in images(),
        kind in prop::sample::select(vec![
            "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8",
        ]),
        big_endian: bool,
        fortran: bool,
        archive in prop::option::of(prop::sample::select(vec![
            zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated,
        ])),
    ) {
        let size: usize = kind[1..].parse().unwrap();
        let stored = |value: &u64| match big_endian {
            true => value.to_be_bytes()[8 - size..].to_vec(),
            false => value.to_le_bytes()[..size].to_vec(),
        };
        let data: Vec<u8> = values.iter().flat_map(stored).collect();
        let descr = format!("{}{kind}", if big_endian { '>' } else { '<' });
        let order = if fortran { "True" } else { "False" };
        let array = npy(&descr, order, &format!("({rows}, {columns})"), &data);
        let file = archive.map(|method| npz(&[("a.npy", &array)], method)).unwrap_or(array);
        let image = read(&file).unwrap().image;
        prop_assert_eq!((image.shape(), image.element().size()), ((rows, columns), size));
        prop_assert_eq!(image.is_column_major(), fortran);
        let native = |value: &u64| match cfg!(target_endian = "big") {
            true => value.to_be_bytes()[8 - size..].to_vec(),
            false => value.to_le_bytes()[..size].to_vec(),
        };
        prop_assert_eq!(image.into_bytes(), values.iter().flat_map(native).collect::<Vec<u8>>());
    }
}
