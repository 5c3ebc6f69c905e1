//! NumPy arrays as batches of image views.

use flawgauge::view::{Element, ImageView, MAX_STEP};
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors::{invalid_value, raise};

/// The images of an array (the last two axes, for each index of the others) or of a list.
pub struct Batch<'a> {
    /// The images, in C order of the leading axes.
    pub images: Vec<ImageView<'a>>,
    /// Shape of the leading axes.
    pub leading: Vec<usize>,
    /// Type of the elements; of a list, of its first image.
    pub element: Element,
    /// The array, unless it is a list or empty.
    array: Option<Layout<'a>>,
}

/// An array in memory.
#[derive(Clone)]
struct Layout<'a> {
    bytes: &'a [u8],
    origin: usize,
    shape: Vec<usize>,
    strides: Vec<isize>,
    element: Element,
    swapped: bool,
}

impl<'a> Batch<'a> {
    /// Borrows an array or a list of arrays. The Python layer has checked the number of axes.
    pub fn borrow(object: &'a Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyUntypedArray>() {
            return borrow_array(array, name);
        }
        let list = object.cast::<PyList>()?;
        let mut images = Vec::with_capacity(list.len());
        for item in list.iter() {
            let array = item.cast_into::<PyUntypedArray>()?;
            images.extend(borrow_array(&array, name)?.images.into_iter().map(|view| {
                // SAFETY: only the lifetime changes. The list keeps the array alive as long as
                // `object` is borrowed: the Python layer made the list and shares it with nobody.
                unsafe { std::mem::transmute::<ImageView<'_>, ImageView<'a>>(view) }
            }));
        }
        let leading = vec![images.len()];
        let element = images.first().map_or(Element::U8, ImageView::element);
        Ok(Self { images, leading, element, array: None })
    }

    /// The leading axis along which neighbours are closest in memory, if there are many of them
    /// and no axis of the image is closer.
    pub fn interleaved_axis(&self) -> Option<usize> {
        let array = self.array.as_ref()?;
        let closeness = |&axis: &usize| array.strides[axis].unsigned_abs();
        let long = |&axis: &usize| array.shape[axis] > 1;
        let closest = (0..array.shape.len()).filter(long).min_by_key(closeness)?;
        (closest < self.leading.len() && array.shape[closest] > MAX_STEP).then_some(closest)
    }

    /// The array cut into views whose rows are the images along a leading axis: for each index of
    /// the other leading axes, the views of all pixels, along the axis `inner` of the image
    /// (0: rows, 1: columns). Only for an array.
    pub fn pieces(&self, axis: usize, inner: usize) -> Vec<Vec<ImageView<'a>>> {
        let Some(array) = &self.array else { return Vec::new() };
        let images = self.leading.len();
        let (inner, outer) = (images + inner, images + 1 - inner);
        let others: Vec<usize> = (0..images).filter(|&other| other != axis).collect();
        let shape = (array.shape[axis], array.shape[inner]);
        let strides = (array.strides[axis], array.strides[inner]);
        let offsets = |axes: &[usize]| {
            axes.iter().fold(vec![0_isize], |offsets, &axis| {
                let steps =
                    |offset| (0..array.shape[axis] as isize).map(move |index| (offset, index));
                let add = |(offset, index)| offset + index * array.strides[axis];
                offsets.into_iter().flat_map(steps).map(add).collect()
            })
        };
        let view = |offset: isize| {
            let origin = array.origin.wrapping_add_signed(offset);
            let (element, swapped) = (array.element, array.swapped);
            ImageView::new(array.bytes, origin, shape, strides, element, swapped)
        };
        let pieces = |start: isize| {
            offsets(&[outer]).into_iter().filter_map(|offset| view(start + offset)).collect()
        };
        offsets(&others).into_iter().map(pieces).collect()
    }

    /// The axis of the image along which neighbours are closest: 0 for rows, 1 for columns.
    pub fn inner_axis(&self) -> usize {
        let by_rows = |array: &Layout<'_>| {
            let [.., down, right] = array.strides[..] else { return false };
            down.unsigned_abs() < right.unsigned_abs()
        };
        usize::from(!self.array.as_ref().is_some_and(by_rows))
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.images.iter().map(ImageView::pixels).sum()
    }
}

fn borrow_array<'a>(array: &'a Bound<'_, PyUntypedArray>, name: &str) -> PyResult<Batch<'a>> {
    let py = array.py();
    let (shape, strides) = (array.shape(), array.strides());
    let (element, swapped) = element_type(array, name)?;
    let axes = shape.len();
    if axes < 2 {
        return Err(invalid_value(py, format!("{name} has {axes} axes, want at least 2")));
    }
    let (leading, image) = shape.split_at(axes - 2);
    if shape.contains(&0) {
        let count: usize = leading.iter().product();
        let view = ImageView::new(&[], 0, (image[0], image[1]), (0, 0), element, swapped);
        let images = view.into_iter().cycle().take(count).collect();
        return Ok(Batch { images, leading: leading.to_vec(), element, array: None });
    }
    let (bytes, first) = borrow_bytes(array, element.size());
    let mut images = Vec::with_capacity(leading.iter().product());
    let mut index = vec![0; leading.len()];
    loop {
        let offset: isize =
            index.iter().zip(strides).map(|(&index, &stride)| index as isize * stride).sum();
        let origin = first.wrapping_add_signed(offset);
        let steps = (strides[axes - 2], strides[axes - 1]);
        let view = ImageView::new(bytes, origin, (image[0], image[1]), steps, element, swapped);
        images.push(view.ok_or_else(|| {
            invalid_value(py, format!("{name} has strides that leave its memory"))
        })?);
        // The next index in C order.
        let Some(axis) = (0..leading.len()).rev().find(|&axis| index[axis] + 1 < leading[axis])
        else {
            let (shape, strides) = (shape.to_vec(), strides.to_vec());
            let layout = Layout { bytes, origin: first, shape, strides, element, swapped };
            return Ok(Batch { images, leading: leading.to_vec(), element, array: Some(layout) });
        };
        index[axis] += 1;
        index[axis + 1..].fill(0);
    }
}

/// The memory from the lowest to the highest element of a non-empty array, and where its first
/// element is.
fn borrow_bytes<'a>(array: &'a Bound<'_, PyUntypedArray>, size: usize) -> (&'a [u8], usize) {
    let (mut below, mut above) = (0_usize, size);
    for (&length, &stride) in array.shape().iter().zip(array.strides()) {
        let span = stride.unsigned_abs() * (length - 1);
        if stride < 0 {
            below += span;
        } else {
            above += span;
        }
    }
    // SAFETY: NumPy guarantees that every element lies in the array's memory, which therefore
    // holds all bytes from the lowest to the highest element; the array is borrowed, and so kept
    // alive, for 'a. Another thread that writes to it meanwhile can change the counts but nothing
    // else: no value read is used as an index without a check.
    let bytes = unsafe {
        let first = (*array.as_array_ptr()).fields.data.cast::<u8>().cast_const();
        std::slice::from_raw_parts(first.sub(below), below + above)
    };
    (bytes, below)
}

fn element_type(array: &Bound<'_, PyUntypedArray>, name: &str) -> PyResult<(Element, bool)> {
    let dtype = array.dtype();
    let element = match (dtype.kind(), dtype.itemsize()) {
        (b'b' | b'u', 1) => Element::U8,
        (b'i', 1) => Element::I8,
        (b'u', 2) => Element::U16,
        (b'i', 2) => Element::I16,
        (b'u', 4) => Element::U32,
        (b'i', 4) => Element::I32,
        (b'u', 8) => Element::U64,
        (b'i', 8) => Element::I64,
        (b'f', 2) => Element::F16,
        (b'f', 4) => Element::F32,
        (b'f', 8) => Element::F64,
        _ => {
            let message =
                format!("{name} has the dtype {dtype}, want booleans, integers or floats");
            return Err(raise(array.py(), "InputTypeError", message));
        }
    };
    let other = if cfg!(target_endian = "little") { b'>' } else { b'<' };
    Ok((element, dtype.byteorder() == other))
}

/// The Python layer has checked this with a better message; here it keeps the indexing in range.
pub fn same_length(py: Python<'_>, preds: &Batch<'_>, target: &Batch<'_>) -> PyResult<()> {
    let (preds, target) = (preds.images.len(), target.images.len());
    if preds == target {
        return Ok(());
    }
    Err(invalid_value(py, format!("preds has {preds} images and target {target}, want the same")))
}
