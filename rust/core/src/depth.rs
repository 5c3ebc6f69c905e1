//! Distances down the columns: the first pass of every distance transform.
//!
//! The image is cut into strips of 64 columns. A strip is a contiguous piece of memory and takes
//! two runs over its rows, downwards and upwards, with the 64 distances in registers.

use std::ops::{Add, Mul};

use crate::envelope::Length;
use crate::error::Error;
use crate::parallel::{Control, for_each_chunk};
use crate::simd::{Kernel, Simd, dispatch};

/// A distance down a column, in pixels: as small a type as the image allows.
pub(crate) trait Depth: Copy + Ord + Send + Sync + 'static {
    /// Type of sums of two squared distances.
    type Wide: Wide;
    /// The same for distances in the image, without [`Depth::FAR`], and their differences.
    type Length: Length;
    /// A distance of none.
    const ZERO: Self;
    /// Stands for a column without background. Its square is larger than any squared distance in
    /// the image, and adding one of those does not overflow.
    const FAR: Self;
    /// For each byte its eight bits, each as a mask of all bits of a distance.
    const BYTE_MASKS: &'static [[Self; 8]; 256];

    /// The distance one row further away.
    fn next(self) -> Self;

    /// This value where the bits of `mask` are set, else zero.
    fn masked(self, mask: Self) -> Self;

    /// The value in the wide type.
    fn widen(self) -> Self::Wide;

    /// The value as a length.
    fn length(self) -> Self::Length;

    /// The value in 16 bits, or 255 for any larger one.
    fn clipped(self) -> u16;
}

/// A squared distance, or a distance.
pub(crate) trait Wide:
    Copy + Ord + Add<Output = Self> + Mul<Output = Self> + Send + Sync
{
    /// A distance of none.
    const ZERO: Self;

    /// A coordinate.
    fn of(value: usize) -> Self;

    /// The square of the difference of two coordinates.
    fn square_between(self, other: Self) -> Self;

    /// The value as a signed number.
    fn signed(self) -> i64;
}

macro_rules! implement_depth {
    ($narrow:ty, $wide:ty, $length:ty, $far:expr) => {
        impl Depth for $narrow {
            type Wide = $wide;
            type Length = $length;
            const ZERO: Self = 0;
            const FAR: Self = $far;
            const BYTE_MASKS: &'static [[Self; 8]; 256] = &{
                let mut masks = [[0; 8]; 256];
                let mut index = 0;
                while index < 256 * 8 {
                    let (byte, bit) = (index / 8, index % 8);
                    masks[byte][bit] = if byte >> bit & 1 == 1 { Self::MAX } else { 0 };
                    index += 1;
                }
                masks
            };

            #[inline(always)]
            fn next(self) -> Self {
                (self + 1).min(Self::FAR)
            }

            #[inline(always)]
            fn masked(self, mask: Self) -> Self {
                self & mask
            }

            #[inline(always)]
            fn widen(self) -> $wide {
                <$wide>::from(self)
            }

            #[inline(always)]
            fn length(self) -> $length {
                self as $length
            }

            #[inline(always)]
            fn clipped(self) -> u16 {
                self.min(255) as u16
            }
        }

        impl Wide for $wide {
            const ZERO: Self = 0;

            #[inline(always)]
            fn of(value: usize) -> Self {
                value as Self
            }

            #[inline(always)]
            fn square_between(self, other: Self) -> Self {
                let difference = self.wrapping_sub(other);
                difference.wrapping_mul(difference)
            }

            #[inline(always)]
            fn signed(self) -> i64 {
                self as i64
            }
        }
    };
}

// 46341^2 > 2^31, and 46341^2 + 2^31 < 2^32.
implement_depth!(u16, u32, i32, 46_341);
implement_depth!(u32, u64, i64, 1 << 31);

/// Whether the distances in an image fit the small types: u16 down the columns, u32 squared.
pub(crate) fn is_small_image(rows: usize, columns: usize) -> bool {
    // The padding of the last strip takes part in sums.
    let (side, columns) = (1 << 16, columns.saturating_add(64));
    rows < side && columns < side && rows * rows + columns * columns < 1 << 31
}

/// For each pixel the distance to the nearest background pixel of its column.
pub(crate) struct Depths<D> {
    /// Strip after strip, row after row.
    lanes: Vec<[D; 64]>,
    rows: usize,
    strips: usize,
    /// Whether all of it is zero, so that zeros need not be written.
    zeroed: bool,
}

impl<D: Depth> Depths<D> {
    /// Memory for an image, all zero.
    ///
    /// # Errors
    /// If the image is too large for the memory or for the numbers.
    pub fn new(rows: usize, columns: usize) -> Result<Self, Error> {
        let strips = columns.div_ceil(64);
        let too_large = || Error::TooLarge { rows, columns };
        if rows >= 1 << 30 || columns >= 1 << 30 {
            return Err(too_large());
        }
        let length = rows * strips;
        // Asking first turns a lack of memory into an error. `vec!` gets zeroed pages for nothing.
        Vec::<[D; 64]>::new().try_reserve_exact(length).map_err(|_| too_large())?;
        Ok(Self { lanes: vec![[D::ZERO; 64]; length], rows, strips, zeroed: true })
    }

    /// Fills the distances in. Bits of `word(row, strip)` are set where there is no background;
    /// so shall be those of the padding. `outside` is the distance just above and below the image:
    /// [`Depth::ZERO`] if it counts as background.
    pub fn fill(
        &mut self,
        outside: D,
        shared: bool,
        control: &Control,
        word: impl Fn(usize, usize) -> u64 + Sync,
    ) {
        if self.rows == 0 {
            return;
        }
        let zeroed = std::mem::take(&mut self.zeroed);
        for_each_chunk(shared, &mut self.lanes, self.rows, |strip, lanes| {
            if !control.cancelled() {
                let word = |row| word(row, strip);
                dispatch(Strip { lanes, zeroed, outside, word });
            }
        });
    }

    /// The distances of 64 columns of a row.
    #[inline(always)]
    pub fn at(&self, row: usize, strip: usize) -> &[D; 64] {
        &self.lanes[strip * self.rows + row]
    }

    /// Number of strips.
    pub fn strips(&self) -> usize {
        self.strips
    }
}

struct Strip<'a, D, F> {
    lanes: &'a mut [[D; 64]],
    zeroed: bool,
    outside: D,
    word: F,
}

impl<D: Depth, F: Fn(usize) -> u64> Kernel for Strip<'_, D, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let Self { lanes, zeroed, outside, word } = self;
        let mut current = [outside; 64];
        for (row, lanes) in lanes.iter_mut().enumerate() {
            match word(row) {
                0 => {
                    current = [D::ZERO; 64];
                    if !zeroed {
                        *lanes = current;
                    }
                }
                u64::MAX => {
                    for value in &mut current {
                        *value = value.next();
                    }
                    *lanes = current;
                }
                bits => {
                    let groups = current.as_chunks_mut::<8>().0;
                    for (group, byte) in groups.iter_mut().zip(bits.to_le_bytes()) {
                        let mask = &D::BYTE_MASKS[usize::from(byte)];
                        for (value, &mask) in group.iter_mut().zip(mask) {
                            *value = value.next().masked(mask);
                        }
                    }
                    *lanes = current;
                }
            }
        }
        let mut current = [outside; 64];
        for (row, lanes) in lanes.iter_mut().enumerate().rev() {
            if word(row) == 0 {
                current = [D::ZERO; 64];
                continue;
            }
            let above = *lanes;
            for lane in 0..64 {
                current[lane] = current[lane].next().min(above[lane]);
            }
            *lanes = current;
        }
    }
}
