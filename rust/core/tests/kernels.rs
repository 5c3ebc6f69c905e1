//! The kernels against counting pixel by pixel, under every instruction set.

#![allow(clippy::unwrap_used)]

use flawgauge::confusion::{Confusion, MaskPair, count, count_interleaved};
use flawgauge::error::{Argument, Error, Place};
use flawgauge::labels::{self, Classes, JointCounts, LabelPair};
use flawgauge::mask::{BitMask, Rule};
use flawgauge::parallel::Control;
use flawgauge::rle::{self, Overlaps, RleError, Runs};
use flawgauge::simd::{Isa, activate};
use flawgauge::view::{Element, ImageView};
use proptest::prelude::*;

/// Memory and how to view it: 16-bit elements at any step and direction.
#[derive(Debug, Clone)]
struct Layout {
    bytes: Vec<u8>,
    origin: usize,
    shape: (usize, usize),
    strides: (isize, isize),
}

impl Layout {
    fn view(&self) -> ImageView<'_> {
        let Self { bytes, origin, shape, strides } = self;
        ImageView::new(bytes, *origin, *shape, *strides, Element::U16, false).unwrap()
    }

    fn value(&self, row: usize, column: usize) -> u16 {
        let offset =
            self.origin as isize + row as isize * self.strides.0 + column as isize * self.strides.1;
        let offset = offset as usize;
        u16::from_ne_bytes([self.bytes[offset], self.bytes[offset + 1]])
    }
}

/// Lays `values` out with gaps, by rows or by columns, forwards or backwards.
fn layout(
    values: &[u16],
    shape: (usize, usize),
    (by_columns, step, down, right): (bool, usize, bool, bool),
) -> Layout {
    let (rows, columns) = shape;
    let unit = 2 * step as isize;
    let (mut row, mut column) = if by_columns {
        (unit, unit * rows as isize + 2)
    } else {
        (unit * columns as isize + 2, unit)
    };
    let size = (row * rows as isize + column * columns as isize + 16) as usize;
    let mut origin = 0;
    if !down {
        origin += row as usize * (rows.max(1) - 1);
        row = -row;
    }
    if !right {
        origin += column as usize * (columns.max(1) - 1);
        column = -column;
    }
    let mut layout = Layout { bytes: vec![0xA5; size], origin, shape, strides: (row, column) };
    for (index, value) in values.iter().take(rows * columns).enumerate() {
        let (y, x) = ((index / columns) as isize, (index % columns) as isize);
        let offset = (origin as isize + y * row + x * column) as usize;
        layout.bytes[offset..offset + 2].copy_from_slice(&value.to_ne_bytes());
    }
    layout
}

type Recipe = (bool, usize, bool, bool);

fn recipe() -> impl Strategy<Value = Recipe> {
    (any::<bool>(), prop_oneof![Just(1), 2..12_usize], any::<bool>(), any::<bool>())
}

fn shape() -> impl Strategy<Value = (usize, usize)> {
    let length = || prop_oneof![Just(0), Just(1), Just(63), Just(64), Just(65), 2..140_usize];
    (length(), length())
}

fn pair() -> impl Strategy<Value = (Layout, Layout, Layout)> {
    // Drawn from a seed: a strategy for each of so many values takes longer than the test.
    let values = || {
        any::<u64>().prop_map(|seed| {
            let mut state = seed | 1;
            let draw = |_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                [0, 1, 256][(state % 3) as usize]
            };
            (0..140 * 140).map(draw).collect::<Vec<u16>>()
        })
    };
    (shape(), [values(), values(), values()], [recipe(), recipe(), recipe()]).prop_map(
        |(shape, [preds, target, ignore], [first, second, third])| {
            (
                layout(&preds, shape, first),
                layout(&target, shape, second),
                layout(&ignore, shape, third),
            )
        },
    )
}

fn naive(preds: &Layout, target: &Layout, ignore: Option<&Layout>) -> Confusion {
    let mut counts = Confusion::default();
    for row in 0..preds.shape.0 {
        for column in 0..preds.shape.1 {
            if ignore.is_some_and(|ignore| ignore.value(row, column) != 0) {
                continue;
            }
            match (preds.value(row, column) != 0, target.value(row, column) != 0) {
                (true, true) => counts.tp += 1,
                (true, false) => counts.fp += 1,
                (false, true) => counts.fn_ += 1,
                (false, false) => counts.tn += 1,
            }
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn counts_of_any_layout((preds, target, ignore) in pair()) {
        for isa in Isa::available() {
            activate(isa).unwrap();
            for ignore in [None, Some(&ignore)] {
                let pair = MaskPair {
                    preds: preds.view(),
                    target: target.view(),
                    ignore: ignore.map(Layout::view),
                };
                let counts = count(&[pair], Rule::NonZero, &Control::new()).unwrap();
                prop_assert_eq!(counts[0], naive(&preds, &target, ignore));
                // The rows as images of their own.
                let rows = count_interleaved(&[pair], Rule::NonZero, &Control::new()).unwrap();
                let total = rows.unwrap().into_iter().fold(Confusion::default(), |a, b| a + b);
                prop_assert_eq!(total, counts[0]);
            }
        }
    }

    #[test]
    fn packing_of_any_layout((preds, _, _) in pair()) {
        for isa in Isa::available() {
            activate(isa).unwrap();
            let mask = BitMask::pack(&preds.view());
            for row in 0..preds.shape.0 {
                for column in 0..preds.shape.1 {
                    let bit = mask.row(row)[column / 64] >> (column % 64) & 1;
                    prop_assert_eq!(bit == 1, preds.value(row, column) != 0);
                }
                if let Some(last) = mask.row(row).last() && preds.shape.1 % 64 != 0 {
                    prop_assert_eq!(last >> (preds.shape.1 % 64), 0, "padding");
                }
            }
        }
    }

    #[test]
    fn label_pairs_of_any_layout(
        (preds, target, _) in pair(),
        num_classes in prop_oneof![Just(257_u32), Just(300), Just(65_536)],
        ignore_index in prop_oneof![Just(None), Just(Some(256_i64)), Just(Some(-1))],
    ) {
        let mut pairs = Vec::new();
        for row in 0..preds.shape.0 {
            for column in 0..preds.shape.1 {
                let target = target.value(row, column);
                if Some(i64::from(target)) != ignore_index {
                    let preds = preds.value(row, column);
                    pairs.push((u64::from(target) * u64::from(num_classes) + u64::from(preds), 1));
                }
            }
        }
        let want = JointCounts::from_pairs(pairs);
        let classes = Classes { num_classes, ignore_index };
        let pair = LabelPair { preds: preds.view(), target: target.view() };
        for isa in Isa::available() {
            activate(isa).unwrap();
            let joint = labels::count(&[pair], classes, &Control::new()).unwrap();
            prop_assert_eq!(&joint[0], &want);
        }
    }

    #[test]
    fn few_classes_fill_a_table(labels in prop::collection::vec((0..3_u8, 0..3_u8), 1..6000)) {
        let (preds, target): (Vec<u8>, Vec<u8>) = labels.into_iter().unzip();
        let pair = LabelPair {
            preds: ImageView::of_bytes(&preds, 1, preds.len()).unwrap(),
            target: ImageView::of_bytes(&target, 1, target.len()).unwrap(),
        };
        let joint = preds.iter().zip(&target).map(|(&p, &t)| (3 * u64::from(t) + u64::from(p), 1));
        let want = JointCounts::from_pairs(joint.collect());
        let classes = Classes { num_classes: 3, ignore_index: None };
        prop_assert_eq!(&labels::count(&[pair], classes, &Control::new()).unwrap()[0], &want);
    }

    #[test]
    fn encoded_masks_come_back((mask, other, _) in pair()) {
        let (rows, columns) = mask.shape;
        let pixels = (rows * columns) as u32;
        let [runs, other_runs] = [&mask, &other]
            .map(|mask| Runs::from_transposed_mask(&BitMask::pack(&mask.view().transposed())));
        let text = runs.to_severstal();
        let back = Runs::from_severstal(text.as_bytes(), pixels, Overlaps::Error);
        prop_assert_eq!(back.as_ref(), Ok(&runs));
        let back = Runs::from_coco_counts(&runs.to_coco_counts(pixels), pixels);
        prop_assert_eq!(back.as_ref(), Ok(&runs));
        let back = Runs::from_coco_string(runs.to_coco_string(pixels).as_bytes(), pixels);
        prop_assert_eq!(back.as_ref(), Ok(&runs));
        let counts = rle::confusion(&runs, &other_runs, u64::from(pixels));
        prop_assert_eq!(counts, naive(&mask, &other, None));
        let mut image = vec![0; pixels as usize];
        runs.fill(&mut image);
        for (index, &value) in image.iter().enumerate() {
            prop_assert_eq!(value != 0, mask.value(index % rows, index / rows) != 0);
        }
    }

    #[test]
    fn no_text_makes_the_decoders_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
        let decoded = Runs::from_severstal(&text, 1000, Overlaps::Merge);
        if let Ok(runs) = &decoded {
            prop_assert!(runs.bounds().iter().all(|[start, end]| start < end && *end <= 1000));
        }
        let _ = Runs::from_coco_string(&text, 1000);
    }

    #[test]
    fn numbers_and_spaces(values in prop::collection::vec((1..400_u32, 1..20_u32), 0..12),
                          space in prop_oneof![Just(" "), Just("  "), Just("\t")]) {
        let text = values
            .iter()
            .map(|(start, length)| format!("{start}{space}{length}"))
            .collect::<Vec<_>>()
            .join(space);
        let mut pixels = [false; 500];
        for &(start, length) in &values {
            pixels[start as usize - 1..(start + length) as usize - 1].fill(true);
        }
        let merged = Runs::from_severstal(text.as_bytes(), 500, Overlaps::Merge).unwrap();
        let mut decoded = [0; 500];
        merged.fill(&mut decoded);
        prop_assert_eq!(decoded.map(|value| value != 0), pixels);
        let in_order = values.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0);
        let strict = Runs::from_severstal(text.as_bytes(), 500, Overlaps::Error);
        prop_assert_eq!(strict.is_ok(), in_order);
    }
}

#[test]
fn thresholds_of_every_type() {
    fn check<T: Copy, const SIZE: usize>(
        element: Element,
        values: &[T],
        bytes: impl Fn(T) -> [u8; SIZE],
        positive: impl Fn(T, f64) -> bool,
    ) {
        let own: Vec<u8> = values.iter().flat_map(|&value| bytes(value)).collect();
        let mut swapped = own.clone();
        swapped.chunks_exact_mut(SIZE).for_each(<[u8]>::reverse);
        let shape = (1, values.len());
        let target = vec![1; values.len()];
        let target = ImageView::of_bytes(&target, 1, values.len()).unwrap();
        for threshold in [-1e300, -1.0, -0.0, 0.0, 0.5, 1.0, 1.5, 127.5, 1e10, f64::INFINITY] {
            let want = values.iter().filter(|&&value| positive(value, threshold)).count();
            for (bytes, swapped) in [(&own, false), (&swapped, true)] {
                let strides = (0, SIZE as isize);
                let preds = ImageView::new(bytes, 0, shape, strides, element, swapped).unwrap();
                let pair = MaskPair { preds, target, ignore: None };
                for isa in Isa::available() {
                    activate(isa).unwrap();
                    let counts = count(&[pair], Rule::AtLeast(threshold), &Control::new());
                    assert_eq!(counts.unwrap()[0].tp, want as u64, "{element:?} >= {threshold}");
                }
            }
        }
    }
    macro_rules! check {
        ($element:ident, $number:ty, $values:expr) => {
            check(Element::$element, &$values, <$number>::to_ne_bytes, |value, threshold| {
                value as f64 >= threshold
            })
        };
    }
    check!(U8, u8, (0..=u8::MAX).collect::<Vec<_>>());
    check!(I8, i8, (i8::MIN..=i8::MAX).collect::<Vec<_>>());
    check!(U16, u16, [0, 1, 2, 127, 128, u16::MAX]);
    check!(I16, i16, [i16::MIN, -1, 0, 1, 2, 127, 128, i16::MAX]);
    check!(U32, u32, [0, 1, 2, 127, 128, u32::MAX]);
    check!(I32, i32, [i32::MIN, -1, 0, 1, 2, 127, 128, i32::MAX]);
    check!(U64, u64, [0, 1, 2, 127, 128, u64::MAX]);
    check!(I64, i64, [i64::MIN, -1, 0, 1, 2, 127, 128, i64::MAX]);
    let floats = [f32::NEG_INFINITY, -1.0, -0.0, 0.0, 1e-45, 0.5, 1.5, 1e10, f32::INFINITY];
    check!(F32, f32, floats);
    check!(F64, f64, floats.map(f64::from));
    // Half precision: -infinity, -1, -0, 0, the least subnormal, 0.5, 1, 1.5, infinity.
    let halves = [0xFC00, 0xBC00, 0x8000, 0, 1, 0x3800, 0x3C00, 0x3E00, 0x7C00_u16];
    let values = [f64::NEG_INFINITY, -1.0, -0.0, 0.0, 6e-8, 0.5, 1.0, 1.5, f64::INFINITY];
    check(Element::F16, &halves, u16::to_ne_bytes, |bits, threshold| {
        let index = halves.iter().position(|&half| half == bits).unwrap();
        values[index] >= threshold
    });
}

#[test]
fn nan_scores_are_named_unless_ignored() {
    let scores: Vec<u8> = [0.5, f32::NAN, 0.25, 1.0].iter().flat_map(|x| x.to_ne_bytes()).collect();
    let preds = ImageView::new(&scores, 0, (2, 2), (8, 4), Element::F32, false).unwrap();
    let target = ImageView::of_bytes(&[0, 1, 0, 1], 2, 2).unwrap();
    let ignore = ImageView::of_bytes(&[0, 1, 0, 0], 2, 2).unwrap();
    let rule = Rule::AtLeast(0.5);
    let counted = count(&[MaskPair { preds, target, ignore: None }], rule, &Control::new());
    let place = Place { image: 0, row: 0, column: 1 };
    assert_eq!(counted, Err(Error::NanScore { argument: Argument::Preds, place }));
    let pair = MaskPair { preds, target, ignore: Some(ignore) };
    let counts = count(&[pair], rule, &Control::new()).unwrap()[0];
    assert_eq!(counts, Confusion { tp: 1, fp: 1, fn_: 0, tn: 1 });
}

#[test]
fn invalid_labels_are_named() {
    let preds = ImageView::of_bytes(&[0, 1, 9, 1], 2, 2).unwrap();
    let target = ImageView::of_bytes(&[0, 1, 1, 9], 2, 2).unwrap();
    let classes = Classes { num_classes: 2, ignore_index: None };
    let counted = labels::count(&[LabelPair { preds, target }], classes, &Control::new());
    let place = Place { image: 0, row: 1, column: 0 };
    let (argument, value, num_classes) = (Argument::Preds, 9, 2);
    assert_eq!(counted, Err(Error::LabelOutOfRange { argument, place, value, num_classes }));
    let classes = Classes { num_classes: 65_537, ignore_index: None };
    assert!(labels::count(&[], classes, &Control::new()).is_err());
}

#[test]
fn a_cancelled_job_stops() {
    let control = Control::new();
    control.cancel();
    let image = ImageView::of_bytes(&[1], 1, 1).unwrap();
    let pair = MaskPair { preds: image, target: image, ignore: None };
    assert_eq!(count(&[pair], Rule::NonZero, &control), Err(Error::Cancelled));
}

#[test]
fn a_view_stays_in_its_memory() {
    let bytes = [0; 12];
    let view = |origin, shape, strides| {
        ImageView::new(&bytes, origin, shape, strides, Element::U16, false)
    };
    assert!(view(0, (2, 3), (6, 2)).is_some());
    assert!(view(1, (2, 3), (6, 2)).is_none());
    assert!(view(10, (2, 3), (-6, -2)).is_some());
    assert!(view(9, (2, 3), (-6, -2)).is_none());
    assert!(view(0, (usize::MAX, usize::MAX), (isize::MAX, isize::MAX)).is_none());
}

#[test]
fn malformed_runs_are_named() {
    let error =
        |text: &str| Runs::from_severstal(text.as_bytes(), 100, Overlaps::Error).unwrap_err();
    assert_eq!(error("1 2 3"), RleError::OddCount { count: 3 });
    assert_eq!(error("0 2"), RleError::StartTooSmall { position: 1, start: 0 });
    assert_eq!(error("1 0"), RleError::LengthTooSmall { position: 2, length: 0 });
    assert_eq!(error("1 -4"), RleError::LengthTooSmall { position: 2, length: -4 });
    assert_eq!(
        error("1 2 99 3"),
        RleError::PastEnd { position: 3, start: 99, length: 3, pixels: 100 }
    );
    assert_eq!(error("9 2 3 1"), RleError::Unsorted { position: 3, start: 3, previous: 9 });
    assert_eq!(error("3 4 5 1"), RleError::Overlapping { position: 3, start: 5, previous_end: 6 });
    for text in ["1 2.0", "one 2", "1 +2", "1,2", "1 99999999999999999999999999999999999"] {
        assert!(matches!(error(text), RleError::NotANumber { .. }), "{text}");
    }
    let coco = |text: &str| Runs::from_coco_string(text.as_bytes(), 100).unwrap_err();
    assert!(matches!(coco("~"), RleError::BadCompression { position: 1, .. }));
    assert!(matches!(coco("P"), RleError::BadCompression { position: 1, .. }));
    assert!(matches!(coco("1"), RleError::WrongSum { sum: 1, pixels: 100 }));
}
