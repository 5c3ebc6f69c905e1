//! The integers of an image.

use flawgauge::view::Element;

use super::image::Image;

/// Calls `work` with each integer of an image in this machine's byte order, in memory order.
pub(crate) fn for_each_number(image: &Image, mut work: impl FnMut(i128)) {
    macro_rules! each {
        ($number:ty) => {
            for &value in image.bytes.as_chunks::<{ size_of::<$number>() }>().0 {
                work(<$number>::from_ne_bytes(value).into());
            }
        };
    }
    match image.element {
        Element::U8 => each!(u8),
        Element::I8 => each!(i8),
        Element::U16 => each!(u16),
        Element::I16 => each!(i16),
        Element::U32 => each!(u32),
        Element::I32 => each!(i32),
        Element::U64 => each!(u64),
        Element::I64 => each!(i64),
        Element::F16 | Element::F32 | Element::F64 => {
            debug_assert!(false, "floats are no integers");
        }
    }
}

/// What messages call a type.
pub(crate) fn type_name(element: Element) -> &'static str {
    match element {
        Element::U8 => "uint8",
        Element::I8 => "int8",
        Element::U16 => "uint16",
        Element::I16 => "int16",
        Element::U32 => "uint32",
        Element::I32 => "int32",
        Element::U64 => "uint64",
        Element::I64 => "int64",
        Element::F16 => "float16",
        Element::F32 => "float32",
        Element::F64 => "float64",
    }
}
