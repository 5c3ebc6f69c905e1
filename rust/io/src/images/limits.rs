//! How large an image may be.

use flawgauge::view::Element;

use super::error::Problem;

/// What a caller allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of an image.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 2^28 pixels: a square of 16,384.
    fn default() -> Self {
        Self { max_pixels: 1 << 28 }
    }
}

/// How many bytes of pixels one byte of a file can stand for at most.
pub(crate) mod ratio {
    /// Stored as they are.
    pub const STORED: u64 = 1;
    /// Deflate: a code of two bits for 258 bytes, and a little for the block's head.
    pub const DEFLATE: u64 = 1040;
    /// LZW: a code of at least 9 bits for at most 4096 bytes.
    pub const LZW: u64 = 4096;
    /// Run lengths of two bytes for up to 255.
    pub const RUNS: u64 = 128;
}

impl Limits {
    /// Checks a claimed size against the limit and against the bytes it has to come from.
    ///
    /// `ratio` says how many bytes of pixels one byte of the file stands for at most.
    pub(crate) fn check(
        self,
        (rows, columns): (u64, u64),
        bits: u64,
        (bytes, ratio): (u64, u64),
    ) -> Result<(usize, usize), Problem> {
        let pixels = u128::from(rows) * u128::from(columns);
        // The sides alone must fit too, for an image without pixels.
        let largest = rows.max(columns).max(1);
        if pixels > u128::from(self.max_pixels) || largest > self.max_pixels.max(1) {
            return Err(Problem::TooLarge { rows, columns, limit: self.max_pixels });
        }
        if pixels * u128::from(bits) > 8 * u128::from(bytes) * u128::from(ratio) {
            return Err(Problem::TooShort { rows, columns, bytes });
        }
        let side = |side| usize::try_from(side);
        match (side(rows), side(columns)) {
            (Ok(rows), Ok(columns)) => Ok((rows, columns)),
            _ => Err(Problem::TooLarge { rows, columns, limit: self.max_pixels }),
        }
    }
}

/// Makes a buffer as long as an image needs; its bytes may be anything.
pub(crate) fn make_room(
    mut spare: Vec<u8>,
    (rows, columns): (usize, usize),
    element: Element,
) -> Result<Vec<u8>, Problem> {
    let length = rows
        .checked_mul(columns)
        .and_then(|pixels| pixels.checked_mul(element.size()))
        .ok_or(Problem::OutOfMemory(usize::MAX))?;
    if length > spare.capacity() {
        // Asks whether there is so much memory, which `vec!` does not.
        let mut asked = Vec::<u8>::new();
        asked.try_reserve_exact(length).map_err(|_| Problem::OutOfMemory(length))?;
        drop((asked, spare));
        // Zeros of the operating system, which nobody has to write.
        return Ok(vec![0; length]);
    }
    spare.resize(length, 0);
    Ok(spare)
}
