//! What makes a pixel positive, for every type of element.

use crate::simd::Simd;

/// Decides for the bytes of an element whether its pixel is positive.
pub(crate) trait PixelTest<const SIZE: usize>: Copy {
    fn is_positive(self, bytes: [u8; SIZE]) -> bool;

    #[inline(always)]
    fn is_nan(self, _bytes: [u8; SIZE]) -> bool {
        false
    }

    /// Tests 64 elements.
    #[inline(always)]
    fn pack<S: Simd>(self, simd: S, elements: &[[u8; SIZE]; 64], nan: &mut bool) -> u64 {
        let mut flags = [0; 64];
        let mut any_nan = false;
        for (flag, &bytes) in flags.iter_mut().zip(elements) {
            *flag = u8::from(self.is_positive(bytes));
            any_nan |= self.is_nan(bytes);
        }
        *nan |= any_nan;
        simd.pack(&flags)
    }
}

/// Positive is what is not zero.
#[derive(Clone, Copy)]
pub(crate) struct NonZero;

impl PixelTest<1> for NonZero {
    #[inline(always)]
    fn is_positive(self, bytes: [u8; 1]) -> bool {
        bytes[0] != 0
    }

    #[inline(always)]
    fn pack<S: Simd>(self, simd: S, elements: &[[u8; 1]; 64], _nan: &mut bool) -> u64 {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(elements.as_flattened());
        simd.pack(&bytes)
    }
}

macro_rules! non_zero {
    ($number:ty, $size:literal) => {
        impl PixelTest<$size> for NonZero {
            #[inline(always)]
            fn is_positive(self, bytes: [u8; $size]) -> bool {
                <$number>::from_ne_bytes(bytes) != 0
            }
        }
    };
}

non_zero!(u16, 2);
non_zero!(u32, 4);
non_zero!(u64, 8);

/// No value of the type reaches the threshold.
#[derive(Clone, Copy)]
pub(crate) struct Never;

impl<const SIZE: usize> PixelTest<SIZE> for Never {
    #[inline(always)]
    fn is_positive(self, _bytes: [u8; SIZE]) -> bool {
        false
    }
}

/// Positive is one value, given as its bytes in memory.
#[derive(Clone, Copy)]
pub(crate) struct Equal<const SIZE: usize> {
    pub bytes: [u8; SIZE],
}

impl<const SIZE: usize> PixelTest<SIZE> for Equal<SIZE> {
    #[inline(always)]
    fn is_positive(self, bytes: [u8; SIZE]) -> bool {
        bytes == self.bytes
    }
}

/// Positive is what is at least `bound`.
#[derive(Clone, Copy)]
pub(crate) struct AtLeast<T, const SWAPPED: bool> {
    pub bound: T,
}

/// A type of scores.
pub(crate) trait Number: Copy + PartialOrd {
    /// The least value that is at least `threshold`, if the type has one.
    fn least(threshold: f64) -> Option<Self>;

    /// Reads a value. `SIZE` is the type's.
    fn read<const SIZE: usize>(bytes: [u8; SIZE], swapped: bool) -> Self;
}

macro_rules! number_read {
    ($number:ty) => {
        #[inline(always)]
        fn read<const SIZE: usize>(bytes: [u8; SIZE], swapped: bool) -> Self {
            let mut own = [0; size_of::<$number>()];
            own.copy_from_slice(&bytes);
            if swapped {
                own.reverse();
            }
            <$number>::from_ne_bytes(own)
        }
    };
}

macro_rules! at_least {
    ($number:ty, $size:expr) => {
        impl<const SWAPPED: bool> PixelTest<$size> for AtLeast<$number, SWAPPED> {
            #[inline(always)]
            fn is_positive(self, bytes: [u8; $size]) -> bool {
                <$number>::read::<$size>(bytes, SWAPPED) >= self.bound
            }

            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn is_nan(self, bytes: [u8; $size]) -> bool {
                let value = <$number>::read::<$size>(bytes, SWAPPED);
                value != value
            }
        }
    };
}

macro_rules! integer {
    ($($number:ty),*) => {$(
        impl Number for $number {
            fn least(threshold: f64) -> Option<Self> {
                // The cast to 128 bits saturates, far outside of every type here.
                let least = threshold.ceil() as i128;
                Self::try_from(least.max(i128::from(Self::MIN))).ok()
            }

            number_read!($number);
        }
        at_least!($number, { size_of::<$number>() });
    )*};
}

integer!(u8, i8, u16, i16, u32, i32, u64, i64);

impl Number for f32 {
    fn least(threshold: f64) -> Option<Self> {
        let nearest = threshold as Self;
        Some(if f64::from(nearest) < threshold { nearest.next_up() } else { nearest })
    }

    number_read!(f32);
}
at_least!(f32, 4);

impl Number for f64 {
    fn least(threshold: f64) -> Option<Self> {
        Some(threshold)
    }

    number_read!(f64);
}
at_least!(f64, 8);

/// Half precision, as an integer that is ordered as its values are; both zeros are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(crate) struct Half(i16);

impl Half {
    const INFINITY: i16 = 0x7C00;

    #[inline(always)]
    fn from_bits(bits: u16) -> Self {
        let magnitude = (bits & 0x7FFF) as i16;
        Self(if bits & 0x8000 == 0 { magnitude } else { -magnitude })
    }

    /// Numbers in ascending order, 2^15 for zero.
    pub fn from_code(code: u16) -> Self {
        Self((code ^ 0x8000) as i16)
    }

    #[inline(always)]
    pub fn is_nan(self) -> bool {
        self.0 > Self::INFINITY || self.0 < -Self::INFINITY
    }

    /// The same number in single precision; a NaN stays one.
    #[inline(always)]
    pub fn to_f32(self) -> f32 {
        let magnitude = u32::from(self.0.unsigned_abs());
        let sign = u32::from(self.0 < 0) << 31;
        // The exponents differ by 112, but those of infinity and NaN by twice that.
        let bias = if magnitude >= 0x7C00 { 224 } else { 112 };
        let normal = (magnitude << 13) + (bias << 23);
        // 2^-24 is the unit of the subnormal numbers, which are normal in single precision.
        let subnormal = (magnitude as f32 * f32::from_bits(103 << 23)).to_bits();
        f32::from_bits(sign | if magnitude < 0x400 { subnormal } else { normal })
    }

    pub fn to_f64(self) -> f64 {
        let magnitude = self.0.unsigned_abs();
        let (exponent, fraction) = (i32::from(magnitude >> 10), f64::from(magnitude & 0x3FF));
        let value = match exponent {
            31 => f64::INFINITY,
            0 => fraction * 2_f64.powi(-24),
            _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
        };
        if self.0 < 0 { -value } else { value }
    }

    /// Bisection over the few values there are.
    fn bound(threshold: f64) -> Self {
        let (mut low, mut high) = (-i32::from(Self::INFINITY), i32::from(Self::INFINITY));
        while low < high {
            let middle = (low + high).div_euclid(2);
            if Self(middle as i16).to_f64() >= threshold {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Self(low as i16)
    }
}

impl Number for Half {
    fn least(threshold: f64) -> Option<Self> {
        Some(Self::bound(threshold))
    }

    #[inline(always)]
    fn read<const SIZE: usize>(bytes: [u8; SIZE], swapped: bool) -> Self {
        Self::from_bits(u16::read::<SIZE>(bytes, swapped))
    }
}

impl<const SWAPPED: bool> PixelTest<2> for AtLeast<Half, SWAPPED> {
    #[inline(always)]
    fn is_positive(self, bytes: [u8; 2]) -> bool {
        Half::read::<2>(bytes, SWAPPED) >= self.bound
    }

    #[inline(always)]
    fn is_nan(self, bytes: [u8; 2]) -> bool {
        Half::read::<2>(bytes, SWAPPED).is_nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_round_up() {
        assert_eq!(u8::least(127.5), Some(128));
        assert_eq!(u8::least(-3.0), Some(0));
        assert_eq!(u8::least(255.1), None);
        assert_eq!(i64::least(f64::INFINITY), None);
        assert_eq!(i64::least(f64::NEG_INFINITY), Some(i64::MIN));
        assert_eq!(f32::least(0.1), Some(0.1));
        assert_eq!(f32::least(0.7), Some(0.7_f32.next_up()));
        assert_eq!(f32::least(1e300), Some(f32::INFINITY));
        assert_eq!(f32::least(-1e300), Some(f32::MIN));
    }

    #[test]
    fn half_precision_is_ordered_as_its_values() {
        let all = (0..=u16::MAX).map(Half::from_bits).filter(|half| !half.is_nan());
        for half in all {
            assert_eq!(Half::bound(half.to_f64()), half);
        }
        assert_eq!(Half::from_bits(0x8000), Half::from_bits(0));
        assert_eq!(Half::from_bits(0x3C00).to_f64(), 1.0);
        assert_eq!(Half::from_bits(0x0001).to_f64(), 2_f64.powi(-24));
        assert_eq!(Half::from_bits(0xFBFF).to_f64(), -65504.0);
        assert_eq!(Half::bound(65505.0), Half(Half::INFINITY));
    }
}
