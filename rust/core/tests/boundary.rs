//! Bands against measuring every distance, under every instruction set.

#![allow(clippy::unwrap_used)]

use flawgauge::boundary::{BandRule, Bands, count, count_classes, count_runs};
use flawgauge::confusion::MaskPair;
use flawgauge::erosion::{Edge, Metric, band, erode};
use flawgauge::labels::{Classes, LabelPair};
use flawgauge::mask::{BitMask, Rule};
use flawgauge::parallel::Control;
use flawgauge::rle::Runs;
use flawgauge::simd::{Isa, activate};
use flawgauge::view::ImageView;
use proptest::prelude::*;

const METRICS: [Metric; 3] = [Metric::Chessboard, Metric::Taxicab, Metric::Euclidean];
const EDGES: [Edge; 2] = [Edge::Background, Edge::Ignore];

/// An image of bytes.
#[derive(Debug, Clone, PartialEq)]
struct Image {
    rows: usize,
    columns: usize,
    pixels: Vec<u8>,
}

impl Image {
    fn view(&self) -> ImageView<'_> {
        ImageView::of_bytes(&self.pixels, self.rows, self.columns).unwrap()
    }

    fn at(&self, row: usize, column: usize) -> bool {
        self.pixels[row * self.columns + column] != 0
    }
}

fn is_near(metric: Metric, down: usize, right: usize, distance: u32) -> bool {
    let (down, right, distance) = (down as u64, right as u64, u64::from(distance));
    match metric {
        Metric::Chessboard => down.max(right) <= distance,
        Metric::Taxicab => down + right <= distance,
        Metric::Euclidean => down * down + right * right <= distance * distance,
    }
}

/// The band by its definition: for each pixel, look at all others.
fn naive_band(mask: &Image, ignored: &Image, rule: BandRule, distance: u32) -> Vec<u8> {
    let Image { rows, columns, .. } = *mask;
    let solid = |row: usize, column: usize| mask.at(row, column) && !ignored.at(row, column);
    let erodes = |row: usize, column: usize| {
        if ignored.at(row, column) { rule.edge == Edge::Background } else { !mask.at(row, column) }
    };
    let mut band = vec![0; rows * columns];
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let to_edge = (row + 1).min(rows - row).min(column + 1).min(columns - column);
        let outside = rule.edge == Edge::Background && to_edge as u64 <= u64::from(distance);
        let near = outside
            || (0..rows).any(|y| {
                (0..columns).any(|x| {
                    erodes(y, x)
                        && is_near(rule.metric, y.abs_diff(row), x.abs_diff(column), distance)
                })
            });
        band[row * columns + column] = u8::from(solid(row, column) && near);
    }
    band
}

fn naive_counts(preds: &[u8], target: &[u8]) -> Bands {
    let size = |band: &[u8]| band.iter().map(|&pixel| u64::from(pixel)).sum();
    let both = preds.iter().zip(target).map(|(first, second)| u64::from(first & second)).sum();
    Bands { preds: size(preds), target: size(target), both }
}

/// Blobs with some noise: where the noise is dense, nothing is left to erode.
fn image(seed: u64, (rows, columns): (usize, usize), values: u64) -> Image {
    let mut state = seed | 1;
    let mut draw = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % below.max(1)
    };
    let mut pixels = vec![0; rows * columns];
    for _ in 0..draw(6) {
        let (top, left) = (draw(rows as u64) as usize, draw(columns as u64) as usize);
        let bottom = rows.min(top + 1 + draw(rows as u64) as usize);
        let right = columns.min(left + 1 + draw(columns as u64) as usize);
        let value = draw(values) as u8;
        for row in top..bottom {
            pixels[row * columns + left..row * columns + right].fill(value);
        }
    }
    let noise = [0, 0, 1, 10][draw(4) as usize];
    for pixel in &mut pixels {
        if draw(100) < noise {
            *pixel = draw(values) as u8;
        }
    }
    Image { rows, columns, pixels }
}

fn shape() -> impl Strategy<Value = (usize, usize)> {
    let height = || prop_oneof![Just(0), Just(1), 2..30_usize];
    let width = || prop_oneof![Just(1), Just(63), Just(64), Just(65), Just(130), 2..80_usize];
    (height(), width(), any::<bool>())
        .prop_map(|(height, width, turned)| if turned { (width, height) } else { (height, width) })
}

fn distances() -> impl Strategy<Value = Vec<u32>> {
    let distance = prop_oneof![Just(1), 1..12_u32, 1..100_u32, Just(u32::MAX)];
    proptest::collection::btree_set(distance, 1..5).prop_map(|set| set.into_iter().collect())
}

fn images(values: u64) -> impl Strategy<Value = [Image; 3]> {
    (shape(), any::<[u64; 3]>())
        .prop_map(move |(shape, seeds)| seeds.map(|seed| image(seed, shape, values)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn counts_equal_the_definition([preds, target, ignored] in images(2), distances in distances(),
        metric in proptest::sample::select(&METRICS), edge in proptest::sample::select(&EDGES),
        with_ignored: bool)
    {
        let rule = BandRule { metric, edge };
        let nothing = Image { pixels: vec![0; ignored.pixels.len()], ..ignored.clone() };
        let ignored = if with_ignored { ignored } else { nothing };
        let want: Vec<_> = distances
            .iter()
            .map(|&distance| {
                let [preds, target] =
                    [&preds, &target].map(|mask| naive_band(mask, &ignored, rule, distance));
                naive_counts(&preds, &target)
            })
            .collect();
        let ignore = with_ignored.then(|| ignored.view());
        let pair = MaskPair { preds: preds.view(), target: target.view(), ignore };
        for isa in Isa::available() {
            activate(isa).unwrap();
            let lists = [&distances[..]];
            let got = count(&[pair], Rule::NonZero, rule, &lists, &Control::new()).unwrap();
            prop_assert_eq!(&got[0], &want, "{:?}", isa);
            let turned = pair_transposed(pair);
            let got = count(&[turned], Rule::NonZero, rule, &lists, &Control::new()).unwrap();
            prop_assert_eq!(&got[0], &want, "transposed, {:?}", isa);
        }
    }

    #[test]
    fn bands_equal_the_definition([mask, ignored, _] in images(2), distances in distances(),
        metric in proptest::sample::select(&METRICS), edge in proptest::sample::select(&EDGES))
    {
        let rule = BandRule { metric, edge };
        let (packed, packed_ignored) = (BitMask::pack(&mask.view()), BitMask::pack(&ignored.view()));
        for distance in distances {
            let want = naive_band(&mask, &ignored, rule, distance);
            let got = band(&packed, Some(&packed_ignored), metric, edge, distance);
            prop_assert_eq!(got.unpack(), want);
            let words = mask.columns.div_ceil(64);
            for row in 0..mask.rows {
                let padding = got.row(row).last().map_or(0, |last| {
                    if mask.columns == 64 * words { 0 } else { last >> (mask.columns % 64) }
                });
                prop_assert_eq!(padding, 0);
            }
        }
    }

    #[test]
    fn runs_give_the_counts_of_their_masks([preds, target, _] in images(2),
        distances in distances(), metric in proptest::sample::select(&METRICS),
        edge in proptest::sample::select(&EDGES))
    {
        prop_assume!(preds.rows > 0 && preds.columns > 0);
        let rule = BandRule { metric, edge };
        // The rows of the packed images are the columns of the encoded ones.
        let size = (preds.columns as u32, preds.rows as u32);
        let [preds_runs, target_runs] = [&preds, &target]
            .map(|image| Runs::from_transposed_mask(&BitMask::pack(&image.view())));
        let pair = MaskPair { preds: preds.view(), target: target.view(), ignore: None };
        let want = count(&[pair], Rule::NonZero, rule, &[&distances], &Control::new()).unwrap();
        let got = count_runs(&preds_runs, &target_runs, size, rule, &distances);
        prop_assert_eq!(&got, &want[0]);
    }

    #[test]
    fn classes_give_the_counts_of_their_masks([preds, target, _] in images(5),
        distances in distances(), metric in proptest::sample::select(&METRICS),
        edge in proptest::sample::select(&EDGES), ignore_index in proptest::option::of(0..6_i64))
    {
        let rule = BandRule { metric, edge };
        let classes = Classes { num_classes: 5, ignore_index };
        let pair = LabelPair { preds: preds.view(), target: target.view() };
        let got =
            count_classes(&[pair], classes, rule, &[&distances], &Control::new()).unwrap();
        let mask_of = |image: &Image, value: i64| Image {
            pixels: image.pixels.iter().map(|&label| u8::from(i64::from(label) == value)).collect(),
            ..image.clone()
        };
        let ignored = mask_of(&target, ignore_index.unwrap_or(-1));
        for class in 0..5 {
            let found = got[0].iter().find(|(label, _)| *label == class as u32);
            let [preds, target] = [&preds, &target].map(|image| mask_of(image, class));
            for (index, &distance) in distances.iter().enumerate() {
                let bands = [&preds, &target].map(|mask| naive_band(mask, &ignored, rule, distance));
                let want = naive_counts(&bands[0], &bands[1]);
                let got = found.map_or(Bands::default(), |(_, bands)| bands[index]);
                prop_assert_eq!(got, want);
            }
        }
    }

    #[test]
    fn eroding_in_steps_is_eroding_at_once([mask, ignored, _] in images(2), first in 1..20_u32,
        second in 1..20_u32, edge in proptest::sample::select(&EDGES),
        metric in proptest::sample::select(&METRICS[..2]))
    {
        let (mask, ignored) = (BitMask::pack(&mask.view()), BitMask::pack(&ignored.view()));
        let once = erode(&mask, None, metric, edge, first + second);
        let inner = erode(&mask, None, metric, edge, first);
        prop_assert_eq!(erode(&inner, None, metric, edge, second), once);
        let zero = erode(&mask, Some(&ignored), metric, edge, 0);
        for row in 0..mask.rows() {
            for (index, word) in zero.row(row).iter().enumerate() {
                prop_assert_eq!(*word, mask.row(row)[index] & !ignored.row(row)[index]);
            }
        }
    }
}

fn pair_transposed(pair: MaskPair<'_>) -> MaskPair<'_> {
    MaskPair {
        preds: pair.preds.transposed(),
        target: pair.target.transposed(),
        ignore: pair.ignore.map(ImageView::transposed),
    }
}

/// Large images are cut into strips; the rows around each must be seen.
#[test]
fn strips_give_the_counts_of_the_whole() {
    let image = |seed| image(seed, (3000, 300), 2);
    let (preds, target) = (image(11), image(12));
    for (metric, edge) in METRICS.into_iter().zip([Edge::Background, Edge::Ignore, EDGES[0]]) {
        let rule = BandRule { metric, edge };
        let distances = [1, 2, 17, 40];
        let pair = MaskPair { preds: preds.view(), target: target.view(), ignore: None };
        let got = count(&[pair], Rule::NonZero, rule, &[&distances], &Control::new()).unwrap();
        for (got, distance) in got[0].iter().zip(distances) {
            let [preds, target] = [&preds, &target].map(|image| {
                band(&BitMask::pack(&image.view()), None, metric, edge, distance).unpack()
            });
            assert_eq!(*got, naive_counts(&preds, &target));
        }
    }
}
