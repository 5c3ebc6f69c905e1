//! An image in memory: any element type, any strides, either byte order.

/// The largest step between columns, in elements, that [`ImageView::row_slice`] knows.
pub const MAX_STEP: usize = 8;

/// Type of an image's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// Unsigned 8 bits, or a boolean.
    U8,
    /// Signed 8 bits.
    I8,
    /// Unsigned 16 bits.
    U16,
    /// Signed 16 bits.
    I16,
    /// Unsigned 32 bits.
    U32,
    /// Signed 32 bits.
    I32,
    /// Unsigned 64 bits.
    U64,
    /// Signed 64 bits.
    I64,
    /// IEEE half precision.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

impl Element {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether the elements are floating-point numbers.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }
}

/// A borrowed image of `rows` x `columns` elements.
#[derive(Debug, Clone, Copy)]
pub struct ImageView<'a> {
    bytes: &'a [u8],
    origin: usize,
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
    element: Element,
    swapped: bool,
}

impl<'a> ImageView<'a> {
    /// Views `bytes` as an image whose element (0, 0) starts at byte `origin`.
    ///
    /// `strides` are the bytes from a row to the next and from a column to the next; they may be
    /// negative or zero. `swapped`: the bytes of an element are not in this machine's order.
    /// Returns nothing if any element would lie outside of `bytes`.
    pub fn new(
        bytes: &'a [u8],
        origin: usize,
        shape: (usize, usize),
        strides: (isize, isize),
        element: Element,
        swapped: bool,
    ) -> Option<Self> {
        let (rows, columns) = shape;
        let view = Self {
            bytes,
            origin,
            rows,
            columns,
            row_stride: strides.0,
            column_stride: strides.1,
            element,
            swapped,
        };
        if rows > 0 && columns > 0 {
            let down = strides.0 as i128 * (rows as i128 - 1);
            let right = strides.1 as i128 * (columns as i128 - 1);
            let lowest = down.min(0).saturating_add(right.min(0)).saturating_add(origin as i128);
            let highest = down
                .max(0)
                .saturating_add(right.max(0))
                .saturating_add(origin as i128 + element.size() as i128);
            if lowest < 0 || highest > bytes.len() as i128 {
                return None;
            }
        }
        Some(view)
    }

    /// A view of bytes, row after row.
    pub fn of_bytes(bytes: &'a [u8], rows: usize, columns: usize) -> Option<Self> {
        let stride = isize::try_from(columns).ok()?;
        Self::new(bytes, 0, (rows, columns), (stride, 1), Element::U8, false)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Number of elements.
    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Type of the elements.
    pub fn element(&self) -> Element {
        self.element
    }

    /// Whether the bytes of an element are in the other machine order.
    pub fn swapped(&self) -> bool {
        self.swapped
    }

    /// The same image with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// The rows `start..end` of the image.
    pub fn row_range(self, start: usize, end: usize) -> Self {
        Self { origin: self.offset(start, 0), rows: end - start, ..self }
    }

    /// Whether neighbours in a column are closer in memory than neighbours in a row.
    pub fn is_column_major(&self) -> bool {
        self.rows > 1
            && (self.columns == 1
                || self.row_stride.unsigned_abs() < self.column_stride.unsigned_abs())
    }

    /// Whether the rows follow each other in memory without gaps.
    pub fn is_contiguous(&self) -> bool {
        let size = self.element.size() as isize;
        (self.columns <= 1 || self.column_stride == size)
            && (self.rows <= 1 || self.row_stride == size * self.columns as isize)
    }

    /// The image as a single row; only for a contiguous image.
    pub fn flattened(self) -> Self {
        debug_assert!(self.is_contiguous());
        let size = self.element.size() as isize;
        let columns = self.pixels();
        Self { rows: 1, columns, row_stride: 0, column_stride: size, ..self }
    }

    /// Bytes from a column to the next.
    pub fn column_stride(&self) -> isize {
        self.column_stride
    }

    /// The same image with its columns in the opposite order.
    pub fn mirrored(self) -> Self {
        let last = self.columns.max(1) - 1;
        Self { origin: self.offset(0, last), column_stride: -self.column_stride, ..self }
    }

    /// The memory from element (`row`, `start`) to element (`row`, `start + count - 1`) as
    /// elements, and the step from one column to the next in it; `count` must not be 0.
    ///
    /// Nothing where the step is not 1 to [`MAX_STEP`] elements.
    #[inline(always)]
    pub fn row_slice<const SIZE: usize>(
        &self,
        row: usize,
        start: usize,
        count: usize,
    ) -> Option<(&'a [[u8; SIZE]], usize)> {
        debug_assert_eq!(SIZE, self.element.size());
        let step = if self.columns > 1 { self.column_stride / SIZE as isize } else { 1 };
        if self.columns > 1 && step * SIZE as isize != self.column_stride {
            return None;
        }
        let step = usize::try_from(step).ok().filter(|step| (1..=MAX_STEP).contains(step))?;
        let offset = self.offset(row, start);
        let length = (count - 1) * step + 1;
        Some((self.bytes[offset..offset + length * SIZE].as_chunks::<SIZE>().0, step))
    }

    /// Copies the elements (`row`, `start`), (`row`, `start + 1`), ... into `out`.
    #[inline(always)]
    pub fn gather_row<const SIZE: usize>(&self, row: usize, start: usize, out: &mut [[u8; SIZE]]) {
        let mut offset = self.offset(row, start);
        for element in out {
            element.copy_from_slice(&self.bytes[offset..offset + SIZE]);
            offset = offset.wrapping_add_signed(self.column_stride);
        }
    }

    /// The bytes of one element.
    #[inline(always)]
    pub fn at<const SIZE: usize>(&self, row: usize, column: usize) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        let offset = self.offset(row, column);
        bytes.copy_from_slice(&self.bytes[offset..offset + SIZE]);
        bytes
    }

    #[inline(always)]
    fn offset(&self, row: usize, column: usize) -> usize {
        let down = self.row_stride.wrapping_mul(row as isize);
        let right = self.column_stride.wrapping_mul(column as isize);
        self.origin.wrapping_add_signed(down).wrapping_add_signed(right)
    }
}
