//! Scores as unsigned keys that are ordered as the numbers are.
//!
//! Both zeros have the same key. Key 0 is below that of every score, also of minus infinity.

use std::fmt::Debug;

use crate::pixel_test::Half;
use crate::simd::{Kernel, Simd, WINDOW, dispatch};
use crate::view::{Element, ImageView};
use crate::window;

/// A key of scores: of single precision and all narrower types, or of double precision.
pub trait Key: window::Key + Ord + Debug + 'static {
    /// The type of the thresholds.
    type Score: Copy + Debug + PartialEq + Send + Sync;
    /// Key of minus infinity, the lowest score.
    const LOWEST: Self;
    /// Key of infinity, the highest score.
    const HIGHEST: Self;
    /// Bits of a key.
    const BITS: u32;

    /// The key of a score that is not NaN.
    fn of(score: Self::Score) -> Self;

    /// The score of a key.
    fn score(self) -> Self::Score;

    /// Which cell of keys this one is in: cells of so many low bits, from `first` on to `last`, which
    /// holds all above it.
    fn cell(self, first: Self, shift: u32, last: u32) -> u32;

    /// The key in 64 bits.
    fn wide(self) -> u64;

    /// The key of a number that [`Key::wide`] gave.
    fn narrow(wide: u64) -> Self;

    /// The key of a small whole number.
    fn of_integer(value: u64) -> Self;

    /// The key of a half-precision number, numbered in ascending order, 2^15 for zero.
    fn of_half_code(code: u64) -> Self;

    /// [`Simd::place`] for this type.
    fn place<S: Simd>(simd: S, window: &[Self; WINDOW], key: Self) -> u32;

    /// Whether images of these elements have such keys.
    fn reads(element: Element) -> bool;

    /// Reads the keys of a part of a row, and tells whether it met a NaN; its key may be any.
    fn read_row(view: &ImageView<'_>, row: usize, start: usize, out: &mut [Self]) -> bool;
}

macro_rules! implement_key {
    ($key:ty, $signed:ty, $place:ident, $score:ty, $bits:literal, $lowest:literal, $highest:literal) => {
        impl Key for $key {
            type Score = $score;
            const LOWEST: Self = $lowest;
            const HIGHEST: Self = $highest;
            const BITS: u32 = $bits;

            #[inline(always)]
            fn of(score: $score) -> Self {
                let bits = score.to_bits();
                let magnitude = bits & (Self::MAX >> 1);
                // All ones if the score is negative: then the magnitude is negated.
                let sign = (bits as $signed >> ($bits - 1)) as Self;
                ((magnitude ^ sign).wrapping_sub(sign)) ^ (1 << ($bits - 1))
            }

            fn score(self) -> $score {
                let zero = 1 << ($bits - 1);
                let magnitude = <$score>::from_bits(self.abs_diff(zero));
                if self < zero { -magnitude } else { magnitude }
            }

            #[inline(always)]
            fn cell(self, first: Self, shift: u32, last: u32) -> u32 {
                (self.saturating_sub(first) >> shift).min(Self::from(last)) as u32
            }

            #[inline(always)]
            fn wide(self) -> u64 {
                u64::from(self)
            }

            #[inline(always)]
            fn narrow(wide: u64) -> Self {
                wide as Self
            }

            fn of_integer(value: u64) -> Self {
                Self::of(value as $score)
            }

            fn of_half_code(code: u64) -> Self {
                Self::of(Half::from_code(code as u16).to_f32().into())
            }

            #[inline(always)]
            fn place<S: Simd>(simd: S, window: &[Self; WINDOW], key: Self) -> u32 {
                simd.$place(window, key)
            }

            fn reads(element: Element) -> bool {
                Self::reads_element(element)
            }

            fn read_row(view: &ImageView<'_>, row: usize, start: usize, out: &mut [Self]) -> bool {
                Self::read_elements(view, row, start, out)
            }
        }
    };
}

implement_key!(u32, i32, place, f32, 32, 0x0080_0000, 0xFF80_0000);
implement_key!(u64, i64, place_wide, f64, 64, 0x0010_0000_0000_0000, 0xFFF0_0000_0000_0000);

/// How a key type reads the elements that it is for.
trait ReadElements: Sized {
    fn reads_element(element: Element) -> bool;
    fn read_elements(view: &ImageView<'_>, row: usize, start: usize, out: &mut [Self]) -> bool;
}

macro_rules! read_as {
    ($number:ty, $view:ident, $row:ident, $start:ident, $out:ident) => {{
        const SIZE: usize = size_of::<$number>();
        if $view.swapped() {
            let score = Read::<$number, true>::default();
            dispatch(ReadRow::<_, _, SIZE> {
                score,
                view: $view,
                row: $row,
                start: $start,
                out: $out,
            })
        } else {
            let score = Read::<$number, false>::default();
            dispatch(ReadRow::<_, _, SIZE> {
                score,
                view: $view,
                row: $row,
                start: $start,
                out: $out,
            })
        }
    }};
}

impl ReadElements for u32 {
    fn reads_element(element: Element) -> bool {
        matches!(element, Element::U8 | Element::U16 | Element::F16 | Element::F32)
    }

    fn read_elements(view: &ImageView<'_>, row: usize, start: usize, out: &mut [Self]) -> bool {
        match view.element() {
            Element::U8 => read_as!(u8, view, row, start, out),
            Element::U16 => read_as!(u16, view, row, start, out),
            Element::F16 => read_as!(Half, view, row, start, out),
            Element::F32 => read_as!(f32, view, row, start, out),
            // Refused before.
            _ => false,
        }
    }
}

impl ReadElements for u64 {
    fn reads_element(element: Element) -> bool {
        element == Element::F64
    }

    fn read_elements(view: &ImageView<'_>, row: usize, start: usize, out: &mut [Self]) -> bool {
        if element_is_double(view) { read_as!(f64, view, row, start, out) } else { false }
    }
}

fn element_is_double(view: &ImageView<'_>) -> bool {
    view.element() == Element::F64
}

/// Reads elements as scores.
#[derive(Clone, Copy, Default)]
struct Read<T, const SWAPPED: bool>(std::marker::PhantomData<T>);

/// From the bytes of an element to the key of its score.
trait ToKey<K, const SIZE: usize>: Copy {
    fn key(self, bytes: [u8; SIZE]) -> K;
}

macro_rules! to_key {
    ($number:ty, $bits:ty, $key:ty, $score:expr) => {
        impl<const SWAPPED: bool> ToKey<$key, { size_of::<$bits>() }> for Read<$number, SWAPPED> {
            #[inline(always)]
            fn key(self, bytes: [u8; size_of::<$bits>()]) -> $key {
                let bits = <$bits>::from_ne_bytes(bytes);
                <$key>::of($score(if SWAPPED { bits.swap_bytes() } else { bits }))
            }
        }
    };
}

to_key!(u8, u8, u32, f32::from);
to_key!(u16, u16, u32, f32::from);
to_key!(Half, u16, u32, |bits| Half::from_bits(bits).to_f32());
to_key!(f32, u32, u32, f32::from_bits);
to_key!(f64, u64, u64, f64::from_bits);

/// Elements that are gathered at a time where they are not next to each other.
const GATHERED: usize = 64;

struct ReadRow<'a, 'b, T, K, const SIZE: usize> {
    score: T,
    view: &'a ImageView<'b>,
    row: usize,
    start: usize,
    out: &'a mut [K],
}

impl<K: Key, T: ToKey<K, SIZE>, const SIZE: usize> Kernel for ReadRow<'_, '_, T, K, SIZE> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) -> bool {
        let Self { score, view, row, start, out } = self;
        if out.is_empty() {
            return false;
        }
        if let Some((elements, 1)) = view.row_slice::<SIZE>(row, start, out.len()) {
            return convert(score, elements, out);
        }
        let mut nan = false;
        let mut buffer = [[0; SIZE]; GATHERED];
        for (index, out) in out.chunks_mut(GATHERED).enumerate() {
            let buffer = &mut buffer[..out.len()];
            view.gather_row(row, start + GATHERED * index, buffer);
            nan |= convert(score, buffer, out);
        }
        nan
    }
}

/// Converts elements to keys, and tells whether any is NaN.
#[inline(always)]
fn convert<K: Key, T: ToKey<K, SIZE>, const SIZE: usize>(
    score: T,
    elements: &[[u8; SIZE]],
    out: &mut [K],
) -> bool {
    let mut nan = false;
    for (out, &bytes) in out.iter_mut().zip(elements) {
        let key = score.key(bytes);
        nan |= key < K::LOWEST || key > K::HIGHEST;
        *out = key;
    }
    nan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_as_the_scores() {
        let scores = [
            f32::NEG_INFINITY,
            f32::MIN,
            -1.5,
            -f32::MIN_POSITIVE,
            -1e-45,
            0.0,
            1e-45,
            f32::MIN_POSITIVE,
            1.0,
            1.0_f32.next_up(),
            f32::MAX,
            f32::INFINITY,
        ];
        let keys = scores.map(u32::of);
        assert!(keys.is_sorted_by(|one, next| one < next));
        assert_eq!((keys[0], keys[11]), (u32::LOWEST, u32::HIGHEST));
        assert_eq!(u32::of(-0.0), u32::of(0.0));
        let wide = scores.map(f64::from).map(u64::of);
        assert!(wide.is_sorted_by(|one, next| one < next));
        assert_eq!((wide[0], wide[11]), (u64::LOWEST, u64::HIGHEST));
        for score in scores {
            assert_eq!(u32::of(score).score(), score);
            assert_eq!(u64::of(score.into()).score(), f64::from(score));
        }
    }

    #[test]
    fn half_precision_widens_exactly() {
        for bits in 0..=u16::MAX {
            let half = Half::from_bits(bits);
            if !half.is_nan() {
                assert_eq!(f64::from(half.to_f32()), half.to_f64());
            }
            let view_bytes = bits.to_ne_bytes();
            let view = ImageView::new(&view_bytes, 0, (1, 1), (2, 2), Element::F16, false).unwrap();
            let mut key = [0_u32];
            assert_eq!(u32::read_row(&view, 0, 0, &mut key), half.is_nan());
        }
    }
}
