//! Maps of another size than their masks.
//!
//! The centre of pixel i of n lies at (i + 1/2) / n of the side, in both images.

use flawgauge::view::{Element, ImageView};

use crate::images::Image;

/// How a map is brought to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// The mean of the four nearest pixels, weighted by how near they are; beyond the outermost
    /// centres, the outermost pixels. Nothing is averaged over a larger area, also if the map gets
    /// smaller. Computed in double precision; the result has single precision, or double if the
    /// map has.
    Bilinear,
    /// The nearest pixel, the right or lower one of two.
    Nearest,
}

/// A map in another size. Nothing if the map has no pixels.
pub fn resize(image: &Image, shape: (usize, usize), how: Resize) -> Option<Image> {
    let (rows, columns) = image.shape();
    if rows == 0 || columns == 0 {
        return None;
    }
    let view = image.view();
    Some(match how {
        Resize::Nearest => nearest(image, &view, shape),
        Resize::Bilinear => bilinear(&view, shape),
    })
}

fn nearest(image: &Image, view: &ImageView<'_>, shape: (usize, usize)) -> Image {
    let places = |old: usize, new: usize| -> Vec<usize> {
        (0..new).map(|index| (2 * index + 1) * old / (2 * new)).collect()
    };
    let (rows, columns) = view.shape();
    let (rows, columns) = (places(rows, shape.0), places(columns, shape.1));
    fn pick<const SIZE: usize>(view: &ImageView<'_>, rows: &[usize], columns: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(rows.len() * columns.len() * SIZE);
        for &row in rows {
            columns.iter().for_each(|&column| bytes.extend(view.at::<SIZE>(row, column)));
        }
        bytes
    }
    let bytes = match image.element().size() {
        1 => pick::<1>(view, &rows, &columns),
        2 => pick::<2>(view, &rows, &columns),
        4 => pick::<4>(view, &rows, &columns),
        _ => pick::<8>(view, &rows, &columns),
    };
    Image::rows(shape, image.element(), bytes)
}

/// The two pixels between which a pixel lies, and the weight of the second.
fn neighbours(old: usize, new: usize) -> Vec<(usize, usize, f64)> {
    let scale = old as f64 / new as f64;
    let last = old - 1;
    (0..new)
        .map(|index| {
            let place = ((index as f64 + 0.5) * scale - 0.5).clamp(0.0, last as f64);
            let first = place.floor();
            (first as usize, (first as usize + 1).min(last), place - first)
        })
        .collect()
}

fn bilinear(view: &ImageView<'_>, shape: (usize, usize)) -> Image {
    let double = view.element() == Element::F64;
    let element = if double { Element::F64 } else { Element::F32 };
    let mut bytes = Vec::with_capacity(shape.0 * shape.1 * element.size());
    let (rows, columns) = view.shape();
    let across = neighbours(columns, shape.1);
    let (mut upper, mut lower) = (vec![0.0; columns], vec![0.0; columns]);
    for (first, second, weight) in neighbours(rows, shape.0) {
        read_row(view, first, &mut upper);
        read_row(view, second, &mut lower);
        for &(left, right, aside) in &across {
            let above = between(upper[left], upper[right], aside);
            let below = between(lower[left], lower[right], aside);
            let value = between(above, below, weight);
            if double {
                bytes.extend(value.to_ne_bytes());
            } else {
                bytes.extend((value as f32).to_ne_bytes());
            }
        }
    }
    Image::rows(shape, element, bytes)
}

/// A weighted mean. A value without weight does not matter, not even an infinite one.
fn between(one: f64, other: f64, weight: f64) -> f64 {
    if weight == 0.0 { one } else { one * (1.0 - weight) + other * weight }
}

/// Reads a row of scores in this machine's byte order.
fn read_row(view: &ImageView<'_>, row: usize, out: &mut [f64]) {
    for (column, out) in out.iter_mut().enumerate() {
        *out = match view.element() {
            Element::U8 => f64::from(view.at::<1>(row, column)[0]),
            Element::U16 => f64::from(u16::from_ne_bytes(view.at(row, column))),
            Element::F16 => from_half(u16::from_ne_bytes(view.at(row, column))),
            Element::F32 => f64::from(f32::from_ne_bytes(view.at(row, column))),
            Element::F64 => f64::from_ne_bytes(view.at(row, column)),
            // Score maps are of no other type.
            _ => f64::NAN,
        };
    }
}

/// A number of half precision.
fn from_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2.0_f64.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(shape: (usize, usize), values: &[f32]) -> Image {
        let bytes = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        Image::rows(shape, Element::F32, bytes)
    }

    fn values(image: Image) -> Vec<f32> {
        let bytes = image.into_bytes();
        bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_ne_bytes(value)).collect()
    }

    #[test]
    fn a_row_of_two_becomes_four() {
        let two = map((1, 2), &[0.0, 4.0]);
        let bilinear = resize(&two, (1, 4), Resize::Bilinear).unwrap();
        assert_eq!(values(bilinear), [0.0, 1.0, 3.0, 4.0]);
        let nearest = resize(&two, (2, 4), Resize::Nearest).unwrap();
        assert_eq!(values(nearest), [0.0, 0.0, 4.0, 4.0, 0.0, 0.0, 4.0, 4.0]);
        let smaller = resize(&map((1, 3), &[1.0, 2.0, 9.0]), (1, 1), Resize::Bilinear).unwrap();
        assert_eq!(values(smaller), [2.0]);
    }

    #[test]
    fn infinities_without_weight_do_not_matter() {
        let scores = map((1, 2), &[f32::NEG_INFINITY, f32::INFINITY]);
        let same = resize(&scores, (1, 2), Resize::Bilinear).unwrap();
        assert_eq!(values(same), [f32::NEG_INFINITY, f32::INFINITY]);
    }

    #[test]
    fn half_precision_widens() {
        assert_eq!(
            [0x3c00, 0xc000, 0x0001, 0x7bff].map(from_half),
            [1.0, -2.0, 2.0_f64.powi(-24), 65504.0]
        );
        assert!(from_half(0x7c00) == f64::INFINITY && from_half(0x7e00).is_nan());
    }
}
