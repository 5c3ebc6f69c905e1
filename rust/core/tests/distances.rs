//! Distances against comparing all pairs of pixels, under every instruction set.

#![allow(clippy::unwrap_used)]

use flawgauge::Error;
use flawgauge::confusion::MaskPair;
use flawgauge::contour::contour;
use flawgauge::distance::{Edge, Job, Metric, Options, transform};
use flawgauge::mask::{BitMask, Rule};
use flawgauge::parallel::Control;
use flawgauge::simd::{Isa, activate};
use flawgauge::surface::{Spacing, measure};
use flawgauge::view::ImageView;
use proptest::prelude::*;

type Pixel = (i64, i64);

/// Rows, columns, and the bytes of two masks of one density each.
type Masks = (usize, usize, [Vec<u8>; 2]);

fn masks() -> impl Strategy<Value = Masks> {
    let length = || prop_oneof![Just(1), Just(63), Just(64), Just(65), Just(130), 2..40_usize];
    let share = || proptest::sample::select(vec![1_u64, 100, 250, 255, 256]);
    (length(), length(), [(any::<u64>(), share()), (any::<u64>(), share())]).prop_map(
        |(rows, columns, seeds)| {
            let bytes = seeds.map(|(seed, share)| {
                let mut state = seed | 1;
                (0..rows * columns)
                    .map(|_| {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        u8::from((state >> 20) % 256 < share)
                    })
                    .collect()
            });
            (rows, columns, bytes)
        },
    )
}

fn pixels(rows: usize, columns: usize, is_in: impl Fn(usize) -> bool) -> Vec<Pixel> {
    (0..rows * columns)
        .filter(|&index| is_in(index))
        .map(|index| ((index / columns) as i64, (index % columns) as i64))
        .collect()
}

fn naive_distance(metric: Metric, (row, column): Pixel, others: &[Pixel]) -> Option<i64> {
    let distance = |&(other_row, other_column): &Pixel| {
        let (down, along) = ((other_row - row).abs(), (other_column - column).abs());
        match metric {
            Metric::Euclidean => down * down + along * along,
            Metric::Chessboard => down.max(along),
            Metric::Taxicab => down + along,
        }
    };
    others.iter().map(distance).min()
}

fn outside(rows: usize, columns: usize) -> Vec<Pixel> {
    let (rows, columns) = (rows as i64, columns as i64);
    let sides = (0..rows).flat_map(|row| [(row, -1), (row, columns)]);
    sides.chain((0..columns).flat_map(|column| [(-1, column), (rows, column)])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_distance_is_the_least((rows, columns, [bytes, _]) in masks(), cap in 1..60_u32) {
        let mask = ImageView::of_bytes(&bytes, rows, columns).unwrap();
        let background = pixels(rows, columns, |index| bytes[index] == 0);
        let around: Vec<_> = background.iter().copied().chain(outside(rows, columns)).collect();
        for metric in [Metric::Euclidean, Metric::Chessboard, Metric::Taxicab] {
            for (edge, others) in [(Edge::Ignore, &background), (Edge::Background, &around)] {
                for max_distance in [None, Some(cap)] {
                    let limit = max_distance.map_or(i64::MAX, |cap| match metric {
                        Metric::Euclidean => i64::from(cap * cap),
                        _ => i64::from(cap),
                    });
                    let options = Options { metric, edge, max_distance };
                    for isa in Isa::available() {
                        activate(isa).unwrap();
                        let mut got = vec![0_i64; bytes.len()];
                        let jobs = vec![Job { mask, distances: &mut got }];
                        let done = transform(jobs, options, &Control::new());
                        if others.is_empty() && max_distance.is_none() {
                            prop_assert_eq!(done, Err(Error::NoBackground { image: 0 }));
                            continue;
                        }
                        prop_assert_eq!(done, Ok(()));
                        for (index, &distance) in got.iter().enumerate() {
                            let pixel = ((index / columns) as i64, (index % columns) as i64);
                            let want = match bytes[index] {
                                0 => 0,
                                _ => naive_distance(metric, pixel, others).unwrap_or(i64::MAX),
                            };
                            prop_assert_eq!(distance, want.min(limit));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn contour_pixels_have_a_neighbour_outside((rows, columns, [bytes, _]) in masks()) {
        let mask = ImageView::of_bytes(&bytes, rows, columns).unwrap();
        let found = contour(&BitMask::pack(&mask), None);
        let is_in = |row: i64, column: i64| {
            (0..rows as i64).contains(&row)
                && (0..columns as i64).contains(&column)
                && bytes[row as usize * columns + column as usize] != 0
        };
        for (row, column) in pixels(rows, columns, |_| true) {
            let around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)];
            let want = is_in(row, column) && !around.iter().all(|&(row, column)| is_in(row, column));
            let bit = found.row(row as usize)[column as usize / 64] >> (column % 64) & 1;
            prop_assert_eq!(bit == 1, want);
        }
    }

    #[test]
    fn surface_distances_are_the_least((rows, columns, [preds, target]) in masks()) {
        let views = [&preds, &target].map(|bytes| ImageView::of_bytes(bytes, rows, columns).unwrap());
        let contours = views.map(|view| contour(&BitMask::pack(&view), None)).map(|contour| {
            pixels(rows, columns, |index| {
                let (row, column) = (index / columns, index % columns);
                contour.row(row)[column / 64] >> (column % 64) & 1 == 1
            })
        });
        let pair = MaskPair { preds: views[0], target: views[1], ignore: None };
        let (row_square, column_square) = (0.3 * 0.3, 1.7 * 1.7);
        let uneven = Spacing::Squares { rows: row_square, columns: column_square };
        for isa in Isa::available() {
            activate(isa).unwrap();
            let even = measure(&[pair], Rule::NonZero, Spacing::Even, &Control::new()).unwrap();
            let other = measure(&[pair], Rule::NonZero, uneven, &Control::new()).unwrap();
            for (direction, (own, others)) in
                [(&contours[0], &contours[1]), (&contours[1], &contours[0])].into_iter().enumerate()
            {
                let mut want: Vec<u64> = own
                    .iter()
                    .filter_map(|&pixel| naive_distance(Metric::Euclidean, pixel, others))
                    .map(|distance| distance as u64)
                    .collect();
                want.sort_unstable();
                let got = &even[0][direction];
                let repeated: Vec<u64> = got
                    .counts
                    .iter()
                    .flat_map(|&(key, count)| std::iter::repeat_n(key, count as usize))
                    .collect();
                prop_assert_eq!(repeated, want);
                let unmatched = if others.is_empty() { own.len() as u64 } else { 0 };
                prop_assert_eq!(got.unmatched, unmatched);
                let length = |down: u64, along: u64| {
                    (down * down) as f64 * row_square + (along * along) as f64 * column_square
                };
                let mut want: Vec<f64> = own
                    .iter()
                    .filter_map(|&(row, column)| {
                        others
                            .iter()
                            .map(|other| length(other.0.abs_diff(row), other.1.abs_diff(column)))
                            .min_by(f64::total_cmp)
                    })
                    .collect();
                want.sort_unstable_by(f64::total_cmp);
                let mut repeated: Vec<f64> = other[0][direction]
                    .counts
                    .iter()
                    .flat_map(|&(key, count)| {
                        let value = length(key >> 32, key & u64::from(u32::MAX));
                        std::iter::repeat_n(value, count as usize)
                    })
                    .collect();
                repeated.sort_unstable_by(f64::total_cmp);
                prop_assert_eq!(repeated, want);
            }
        }
    }
}

#[test]
fn euclidean_distances_as_floats_are_roots() {
    let mask = ImageView::of_bytes(&[0, 1, 1, 1, 1, 1], 2, 3).unwrap();
    let mut distances = [0.0; 6];
    let options = Options { metric: Metric::Euclidean, edge: Edge::Ignore, max_distance: None };
    let jobs = vec![Job { mask, distances: &mut distances[..] }];
    transform(jobs, options, &Control::new()).unwrap();
    assert_eq!(distances, [0.0, 1.0, 2.0, 1.0, 2_f64.sqrt(), 5_f64.sqrt()]);
    let full = ImageView::of_bytes(&[1, 1], 1, 2).unwrap();
    let jobs = vec![Job { mask: full, distances: &mut distances[..2] }];
    transform(jobs, options, &Control::new()).unwrap();
    assert_eq!(distances[..2], [f64::INFINITY; 2]);
}

#[test]
fn cancelled_jobs_stop() {
    let control = Control::new();
    control.cancel();
    let image = ImageView::of_bytes(&[1, 0], 1, 2).unwrap();
    let mut distances = [0_i64; 2];
    let options = Options { metric: Metric::Taxicab, edge: Edge::Ignore, max_distance: None };
    let jobs = vec![Job { mask: image, distances: &mut distances[..] }];
    assert_eq!(transform(jobs, options, &control), Err(Error::Cancelled));
    let pair = MaskPair { preds: image, target: image, ignore: None };
    let measured = measure(&[pair], Rule::NonZero, Spacing::Even, &control);
    assert_eq!(measured, Err(Error::Cancelled));
}

#[test]
fn images_too_large_are_an_error() {
    // One byte seen as an image of a million million pixels.
    let huge =
        ImageView::new(&[1], 0, (1 << 20, 1 << 31), (0, 0), flawgauge::view::Element::U8, false)
            .unwrap();
    let pair = MaskPair { preds: huge, target: huge, ignore: None };
    let measured = measure(&[pair], Rule::NonZero, Spacing::Even, &Control::new());
    assert!(matches!(measured, Err(Error::TooLarge { .. })));
}
