//! Windowed minima against their definition and against eroding once per threshold.

#![allow(clippy::unwrap_used)]

use flawgauge::boundary::BandRule;
use flawgauge::erosion::{Edge, Metric, erode};
use flawgauge::mask::BitMask;
use flawgauge::simd::{Isa, activate};
use flawgauge::view::ImageView;
use flawgauge::window::{Key, KeyImage, Windows, window_minimum};
use proptest::prelude::*;

const METRICS: [Metric; 3] = [Metric::Chessboard, Metric::Taxicab, Metric::Euclidean];
const EDGES: [Edge; 2] = [Edge::Background, Edge::Ignore];

/// Keys from 1 on, and ignored pixels.
#[derive(Debug, Clone)]
struct Image {
    rows: usize,
    columns: usize,
    keys: Vec<u32>,
    ignored: Vec<u8>,
}

impl Image {
    fn new(seed: u64, rows: usize, columns: usize, values: u64, ignored: u64) -> Self {
        let mut state = seed | 1;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 20) % below
        };
        // Some keys have only high bits, which a signed comparison would get wrong.
        let keys = (0..rows * columns)
            .map(|_| if draw(2) == 0 { 1 + draw(values) as u32 } else { !(draw(values) as u32) })
            .collect();
        let ignored = (0..rows * columns).map(|_| u8::from(draw(100) < ignored)).collect();
        Self { rows, columns, keys, ignored }
    }

    fn ignored(&self) -> BitMask {
        BitMask::pack(&ImageView::of_bytes(&self.ignored, self.rows, self.columns).unwrap())
    }

    fn at_least(&self, threshold: u32) -> BitMask {
        let mask: Vec<_> = self.keys.iter().map(|&key| u8::from(key >= threshold)).collect();
        BitMask::pack(&ImageView::of_bytes(&mask, self.rows, self.columns).unwrap())
    }

    fn view<'a>(&'a self, ignored: Option<&'a BitMask>) -> KeyImage<'a, u32> {
        KeyImage { keys: &self.keys, rows: self.rows, columns: self.columns, ignored }
    }

    /// For each pixel, looks at all others.
    fn naive_minima(&self, rule: BandRule, distance: u32) -> Vec<u32> {
        let Self { rows, columns, .. } = *self;
        let filling = if rule.edge == Edge::Background { u32::BELOW } else { u32::ABOVE };
        let pixels = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let index = |(row, column): (usize, usize)| row * columns + column;
        pixels()
            .map(|here| {
                if self.ignored[index(here)] != 0 {
                    return u32::BELOW;
                }
                let to_edge = (here.0 + 1).min(rows - here.0).min(here.1 + 1).min(columns - here.1);
                let outside =
                    if to_edge as u64 <= u64::from(distance) { filling } else { u32::ABOVE };
                pixels()
                    .filter(|&there| is_near(rule.metric, here, there, u64::from(distance)))
                    .map(|there| match self.ignored[index(there)] {
                        0 => self.keys[index(there)],
                        _ => filling,
                    })
                    .fold(outside, u32::min)
            })
            .collect()
    }
}

fn is_near(metric: Metric, here: (usize, usize), there: (usize, usize), distance: u64) -> bool {
    let (down, right) = (here.0.abs_diff(there.0) as u64, here.1.abs_diff(there.1) as u64);
    match metric {
        Metric::Chessboard => down.max(right) <= distance,
        Metric::Taxicab => down + right <= distance,
        Metric::Euclidean => down * down + right * right <= distance * distance,
    }
}

fn images(side: usize) -> impl Strategy<Value = Image> {
    let values = proptest::sample::select(&[1, 3, 1000][..]);
    let ignored = proptest::sample::select(&[0, 2, 30][..]);
    (any::<u64>(), 0..side, 0..side, values, ignored).prop_map(
        |(seed, rows, columns, values, ignored)| Image::new(seed, rows, columns, values, ignored),
    )
}

fn distances() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1), 1..8_u32, 1..40_u32, Just(u32::MAX)]
}

fn rules() -> impl Strategy<Value = BandRule> {
    (proptest::sample::select(&METRICS), proptest::sample::select(&EDGES))
        .prop_map(|(metric, edge)| BandRule { metric, edge })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn minima_equal_the_definition(image in images(24), rule in rules(), distance in distances()) {
        let want = image.naive_minima(rule, distance);
        let ignored = image.ignored();
        let view = image.view(Some(&ignored));
        let wide: Vec<_> = image.keys.iter().map(|&key| u64::from(key) << 32 | 7).collect();
        let (rows, columns) = (image.rows, image.columns);
        let wide = KeyImage { keys: &wide, rows, columns, ignored: Some(&ignored) };
        for isa in Isa::available() {
            activate(isa).unwrap();
            prop_assert_eq!(&window_minimum(&view, rule, distance), &want, "{:?}", isa);
            let got: Vec<_> = window_minimum(&wide, rule, distance)
                .into_iter()
                .map(|key| if key == u64::MAX { u32::MAX } else { (key >> 32) as u32 })
                .collect();
            prop_assert_eq!(&got, &want, "64 bits, {:?}", isa);
        }
        if image.ignored.iter().all(|&ignored| ignored == 0) {
            prop_assert_eq!(&window_minimum(&image.view(None), rule, distance), &want);
        }
    }

    #[test]
    fn minima_are_erosions_at_every_threshold(image in images(150), rule in rules(),
        distance in distances(), chosen in any::<[proptest::sample::Index; 4]>())
    {
        prop_assume!(!image.keys.is_empty());
        let ignored = image.ignored();
        let minima = window_minimum(&image.view(Some(&ignored)), rule, distance);
        for index in chosen {
            let threshold = *index.get(&image.keys);
            let mask = image.at_least(threshold);
            let eroded = erode(&mask, Some(&ignored), rule.metric, rule.edge, distance);
            let got: Vec<_> = minima.iter().map(|&key| u8::from(key >= threshold)).collect();
            prop_assert_eq!(got, eroded.unpack());
        }
    }

    #[test]
    fn strips_give_the_minima_of_the_whole(image in images(90), rule in rules(),
        distance in 1..12_u32, cuts in any::<[proptest::sample::Index; 2]>())
    {
        let ignored = image.ignored();
        let whole = window_minimum(&image.view(Some(&ignored)), rule, distance);
        let mut cuts = cuts.map(|cut| cut.index(image.rows + 1));
        cuts.sort_unstable();
        let rows = cuts[0]..cuts[1];
        let reach = distance as usize;
        let near = rows.start.saturating_sub(reach)..(rows.end + reach).min(image.rows);
        let pixels = near.start * image.columns..near.end * image.columns;
        let strip = Image {
            rows: near.len(),
            keys: image.keys[pixels.clone()].to_vec(),
            ignored: image.ignored[pixels].to_vec(),
            ..image
        };
        let ignored = strip.ignored();
        let counted = rows.start - near.start..rows.end - near.start;
        // What another image left in the buffers must not matter.
        let (mut windows, mut minima) = (Windows::default(), vec![5; 10]);
        let other = KeyImage { keys: &[1; 3000], rows: 1, columns: 3000, ignored: None };
        windows.find_minima(&other, rule, 3, 0..1, &mut minima);
        windows.find_minima(&strip.view(Some(&ignored)), rule, distance, counted, &mut minima);
        let want = &whole[rows.start * image.columns..rows.end * image.columns];
        prop_assert_eq!(&minima[..], want);
    }
}

/// Images that are long and thin, or have no pixels at all, must take no time.
#[test]
fn extreme_shapes_are_quick() {
    let rule = |metric| BandRule { metric, edge: Edge::Ignore };
    for metric in METRICS {
        for (rows, columns) in [(1 << 40, 0), (0, 1 << 40)] {
            let image = KeyImage::<u32> { keys: &[], rows, columns, ignored: None };
            assert!(window_minimum(&image, rule(metric), u32::MAX).is_empty());
        }
        let keys: Vec<_> = (0..200_000).map(|index| u32::MAX - index).collect();
        for (rows, columns) in [(200_000, 1), (1, 200_000), (100_000, 2)] {
            for distance in [70_000, u32::MAX] {
                let image = KeyImage { keys: &keys, rows, columns, ignored: None };
                let minima = window_minimum(&image, rule(metric), distance);
                let is_near = |index: &usize| {
                    is_near(metric, (0, 0), (index / columns, index % columns), distance.into())
                };
                let last = (0..keys.len()).rev().find(is_near).unwrap();
                assert_eq!(minima[0], keys[last]);
            }
        }
    }
}
