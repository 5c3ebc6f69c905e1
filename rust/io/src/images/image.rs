//! What a decoder makes.

use flawgauge::view::{Element, ImageView};

/// A decoded image, its values as they were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub(crate) shape: (usize, usize),
    pub(crate) element: Element,
    pub(crate) bytes: Vec<u8>,
    /// The bytes of a value are not in this machine's order.
    pub(crate) swapped: bool,
    /// Columns follow each other in memory, not rows.
    pub(crate) column_major: bool,
}

/// What the values of an image stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Shades of grey, or numbers, of so many bits.
    Numbers { bits: u32 },
    /// Places in a palette of colours, which number things.
    Indices,
    /// True where not zero; one bit each.
    Booleans,
}

impl Meaning {
    /// Of shades of grey of so many bits.
    pub fn grey(bits: u32) -> Self {
        if bits == 1 { Self::Booleans } else { Self::Numbers { bits } }
    }
}

/// An image with the meaning of its values.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub image: Image,
    pub meaning: Meaning,
}

impl Image {
    /// Values row after row in this machine's byte order.
    pub(crate) fn rows(shape: (usize, usize), element: Element, bytes: Vec<u8>) -> Self {
        debug_assert_eq!(bytes.len(), shape.0 * shape.1 * element.size());
        Self { shape, element, bytes, swapped: false, column_major: false }
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Type of the values.
    pub fn element(&self) -> Element {
        self.element
    }

    /// Whether columns follow each other in memory, not rows.
    pub fn is_column_major(&self) -> bool {
        self.column_major
    }

    /// The image for a kernel.
    ///
    /// # Panics
    /// Never: the decoders make as many bytes as the shape needs.
    pub fn view(&self) -> ImageView<'_> {
        let (rows, columns) = self.shape;
        let size = self.element.size() as isize;
        let strides = if self.column_major {
            (size, size * rows as isize)
        } else {
            (size * columns as isize, size)
        };
        ImageView::new(&self.bytes, 0, self.shape, strides, self.element, self.swapped)
            .expect("as many bytes as the shape needs")
    }

    /// The values in this machine's byte order, in the order in which they lie in memory.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.unswap();
        self.bytes
    }

    /// The memory, to be used again.
    pub fn into_spare(self) -> Vec<u8> {
        self.bytes
    }

    /// Turns the values to this machine's byte order.
    pub(crate) fn unswap(&mut self) {
        if std::mem::take(&mut self.swapped) {
            match self.element.size() {
                2 => swap::<2>(&mut self.bytes),
                4 => swap::<4>(&mut self.bytes),
                8 => swap::<8>(&mut self.bytes),
                _ => {}
            }
        }
    }
}

fn swap<const SIZE: usize>(bytes: &mut [u8]) {
    for value in bytes.as_chunks_mut::<SIZE>().0 {
        value.reverse();
    }
}
