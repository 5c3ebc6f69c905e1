//! Differences between neighbours, which compress better than the values.

use flawgauge::view::Element;

/// What is stored in place of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predictor {
    /// The values.
    None,
    /// The difference to the value on the left, as integers.
    Horizontal,
    /// The bytes of a row sorted by their weight, highest first, and of these the differences.
    FloatingPoint,
}

/// Undoes the differences in lines of so many bytes, and turns values to this machine's order.
pub(crate) fn undo(
    predictor: Predictor,
    lines: &mut [u8],
    line: usize,
    element: Element,
    swapped: bool,
) {
    match element.size() {
        1 => undo_all::<1>(predictor, lines, line, swapped),
        2 => undo_all::<2>(predictor, lines, line, swapped),
        4 => undo_all::<4>(predictor, lines, line, swapped),
        _ => undo_all::<8>(predictor, lines, line, swapped),
    }
}

fn undo_all<const SIZE: usize>(predictor: Predictor, lines: &mut [u8], line: usize, swapped: bool) {
    if predictor != Predictor::FloatingPoint && swapped && SIZE > 1 {
        lines.as_chunks_mut::<SIZE>().0.iter_mut().for_each(|value| value.reverse());
    }
    match predictor {
        Predictor::None => {}
        Predictor::Horizontal => lines.chunks_exact_mut(line).for_each(add_up::<SIZE>),
        Predictor::FloatingPoint => {
            let mut sorted = Vec::with_capacity(line);
            for line in lines.chunks_exact_mut(line) {
                sorted.clear();
                let sum = |sum: &mut u8, &byte: &u8| {
                    *sum = sum.wrapping_add(byte);
                    Some(*sum)
                };
                sorted.extend(line.iter().scan(0, sum));
                merge::<SIZE>(&sorted, line);
            }
        }
    }
}

fn add_up<const SIZE: usize>(line: &mut [u8]) {
    let mut sum = 0_u64;
    for value in line.as_chunks_mut::<SIZE>().0 {
        let mut wide = [0; 8];
        if cfg!(target_endian = "little") {
            wide[..SIZE].copy_from_slice(value);
            sum = sum.wrapping_add(u64::from_le_bytes(wide));
            value.copy_from_slice(&sum.to_le_bytes()[..SIZE]);
        } else {
            wide[8 - SIZE..].copy_from_slice(value);
            sum = sum.wrapping_add(u64::from_be_bytes(wide));
            value.copy_from_slice(&sum.to_be_bytes()[8 - SIZE..]);
        }
    }
}

/// Puts the bytes of each value together.
fn merge<const SIZE: usize>(sorted: &[u8], line: &mut [u8]) {
    let values = line.as_chunks_mut::<SIZE>().0;
    let count = values.len();
    for weight in 0..SIZE {
        let place = if cfg!(target_endian = "little") { SIZE - 1 - weight } else { weight };
        let bytes = &sorted[weight * count..(weight + 1) * count];
        for (value, &byte) in values.iter_mut().zip(bytes) {
            value[place] = byte;
        }
    }
}
