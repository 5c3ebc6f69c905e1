//! Threshold sweeps against comparing every score with every threshold.

#![allow(clippy::unwrap_used)]

use std::thread;

use flawgauge::Error;
use flawgauge::boundary::BandRule;
use flawgauge::erosion::{Edge, Metric};
use flawgauge::error::{Argument, Place};
use flawgauge::parallel::Control;
use flawgauge::regions::Connectivity;
use flawgauge::scores::Key;
use flawgauge::simd::{Isa, activate};
use flawgauge::sweep::{SweepCounter, Thresholds, Wanted, collect, count, count_each};
use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::Element;
use proptest::prelude::*;

mod naive_sweep;
use naive_sweep::kernels::{Score, found, is_double, swept, thresholds, views};
use naive_sweep::{Draw, Found, Limits, Look, Map, Request, naive};

const ELEMENTS: [Element; 5] =
    [Element::U8, Element::U16, Element::F16, Element::F32, Element::F64];

fn maps() -> impl Strategy<Value = Vec<Map>> {
    let side = || prop_oneof![Just(0), Just(1), 2..12_usize, Just(64), Just(65)];
    let shapes = proptest::collection::vec((side(), 0..12_usize, any::<bool>()), 1..4);
    let element = proptest::sample::select(&ELEMENTS[..]);
    let look = (
        proptest::sample::select(&[0, 3, 50, 100][..]),
        proptest::sample::select(&[0, 0, 10, 100][..]),
        proptest::sample::select(&[1, 3, 40, 100_000][..]),
    );
    (any::<u64>(), shapes, element, look).prop_map(|(seed, shapes, element, look)| {
        let mut draw = Draw::new(seed);
        let (positive, ignored, levels) = look;
        let look = Look { positive, ignored, levels };
        let turn = |(long, short, turned)| if turned { (short, long) } else { (long, short) };
        let maps = shapes.into_iter().map(turn);
        maps.map(|shape| Map::random(&mut draw, shape, element, look)).collect()
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let values = [-f64::INFINITY, -1.0, 0.0, 1e-45, 0.25, 1.0, 1.000001, 2.0, 30.0, f64::INFINITY];
    let given = proptest::sample::subsequence(values.to_vec(), 0..values.len());
    prop_oneof![
        3 => Just(Limits::Exact),
        2 => given.prop_map(|mut values| {
            // As single precision rounds them.
            values.iter_mut().for_each(|value| *value = f64::from(*value as f32));
            values.reverse();
            Limits::Given(values)
        }),
        1 => (8..11_u32).prop_map(Limits::Bins),
    ]
}

fn rules() -> impl Strategy<Value = BandRule> {
    let metric =
        proptest::sample::select(&[Metric::Chessboard, Metric::Taxicab, Metric::Euclidean][..]);
    let edge = proptest::sample::select(&[Edge::Background, Edge::Ignore][..]);
    (metric, edge).prop_map(|(metric, edge)| BandRule { metric, edge })
}

fn regions() -> impl Strategy<Value = Option<Connectivity>> {
    proptest::option::of(proptest::sample::select(&[Connectivity::Four, Connectivity::Eight][..]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn counts_equal_the_definition(maps in maps(), limits in limits(), regions in regions()) {
        let wanted = Wanted { regions, bands: None };
        let request = Request { thresholds: limits, wanted, distance: 0 };
        let want = naive(&maps, &request);
        for isa in Isa::available() {
            activate(isa).unwrap();
            prop_assert_eq!(&swept(&maps, &request), &want, "{:?}", isa);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn bands_equal_eroding_once_a_threshold(maps in maps(), limits in limits(), rule in rules(),
        distance in prop_oneof![1..5_u32, 1..70_u32])
    {
        prop_assume!(!matches!(limits, Limits::Bins(_)));
        let wanted = Wanted { regions: None, bands: Some(rule) };
        let request = Request { thresholds: limits, wanted, distance };
        let want = naive(&maps, &request);
        for isa in Isa::available() {
            activate(isa).unwrap();
            prop_assert_eq!(&swept(&maps, &request), &want, "{:?}", isa);
        }
    }

    #[test]
    fn images_may_come_from_any_thread(maps in maps(), regions in regions(), rule in rules()) {
        let wanted = Wanted { regions, bands: Some(rule) };
        let request = Request { thresholds: Limits::Exact, wanted, distance: 2 };
        let want = swept(&maps, &request);
        let got = if is_double(&maps) {
            counted_by_threads::<u64>(&maps, &request)
        } else {
            counted_by_threads::<u32>(&maps, &request)
        };
        prop_assert_eq!(got, want);
    }

    #[test]
    fn each_image_has_its_own_sweep(maps in maps(), limits in limits(), regions in regions()) {
        let wanted = Wanted { regions, bands: None };
        let request = Request { thresholds: limits, wanted, distance: 0 };
        let got = if is_double(&maps) {
            swept_each::<u64>(&maps, &request)
        } else {
            swept_each::<u32>(&maps, &request)
        };
        let want: Vec<_> = maps.chunks(1).map(|map| naive(map, &request)).collect();
        prop_assert_eq!(got, want);
    }
}

fn counted_by_threads<K: Key<Score: Score>>(maps: &[Map], request: &Request) -> Found {
    let images = views(maps);
    let positives = collect::<K>(&images, &Control::new()).unwrap();
    let counter = SweepCounter::exact(positives, request.wanted);
    thread::scope(|scope| {
        // The last image first.
        for (index, image) in images.iter().enumerate().rev() {
            let counter = &counter;
            scope.spawn(move || {
                counter.add_image(index, image, request.distance, &Control::new()).unwrap()
            });
        }
    });
    found(&counter.finish().unwrap())
}

fn swept_each<K: Key<Score: Score>>(maps: &[Map], request: &Request) -> Vec<Found> {
    let limits = thresholds::<K>(maps, &request.thresholds);
    let distances = [request.distance];
    let counts =
        count_each(&views(maps), &limits, request.wanted, &distances, &Control::new()).unwrap();
    counts.iter().map(found).collect()
}

/// Enough pixels for several threads, and thresholds in many parts of the table.
#[test]
fn threads_and_instruction_sets_count_the_same() {
    let mut draw = Draw::new(7);
    let look = Look { positive: 10, ignored: 1, levels: 1 << 22 };
    let shapes = [(700, 900), (1, 1000), (600, 801)];
    let maps = shapes.map(|shape| Map::random(&mut draw, shape, Element::F32, look));
    let request = Request { thresholds: Limits::Exact, wanted: Wanted::default(), distance: 0 };
    let want = naive(&maps, &request);
    assert!(want.thresholds.len() > 80_000);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| swept(&maps, &request))
    };
    for isa in Isa::available() {
        activate(isa).unwrap();
        assert!(with_threads(2) == want, "{isa:?}");
    }
    for threads in [1, 3] {
        assert!(with_threads(threads) == want, "{threads} threads");
    }
}

/// A map with single-precision scores between 1 and 2, in this many steps or in a few of the last.
fn steps_above_one(draw: &mut Draw, shape: (usize, usize), steps: u64) -> Map {
    let look = Look { positive: 50, ignored: 2, levels: 1 };
    let mut map = Map::random(draw, shape, Element::F32, look);
    for code in &mut map.codes {
        let step = if draw.chance(90) { draw.below(steps) } else { steps - 1 - draw.below(99) };
        *code = u64::from(1_f32.to_bits()) + step;
    }
    Map::new(shape, map.element, map.codes, map.target, map.ignored)
}

/// Whatever the table is cut into: blocks of keys, some without thresholds, or parts of equally
/// many thresholds.
#[test]
fn parts_of_a_table_count_as_one() {
    let rule = BandRule { metric: Metric::Chessboard, edge: Edge::Background };
    let regions = Some(Connectivity::Eight);
    let mut draw = Draw::new(11);
    for (shape, steps, bands) in [
        ((40, 65), 1 << 19, Some(rule)),
        ((40, 65), 1 << 23, Some(rule)),
        ((100, 101), 1 << 23, None),
    ] {
        let maps = [0, 1].map(|_| steps_above_one(&mut draw, shape, steps));
        let wanted = Wanted { regions, bands };
        let request = Request { thresholds: Limits::Exact, wanted, distance: 1 };
        let exact = naive(&maps, &request);
        assert!(swept(&maps, &request) == exact, "{shape:?}, {steps} steps");
        // Neither the highest nor the lowest scores, and none in the middle of the rest.
        let kept = |&(index, _): &(usize, &f64)| index > 9 && !(700..1500).contains(&index);
        let count = exact.thresholds.len() - 10;
        let given = exact.thresholds[..count].iter().enumerate().filter(kept);
        let limits = Limits::Given(given.map(|(_, &limit)| limit).collect());
        let request = Request { thresholds: limits, ..request };
        assert!(swept(&maps, &request) == naive(&maps, &request), "{shape:?}, {steps} steps");
    }
}

/// Large images are cut into strips, but not their regions, and the rows around each must be seen.
#[test]
fn strips_have_the_regions_and_bands_of_the_whole() {
    let look = Look { positive: 50, ignored: 1, levels: 3 };
    let map = Map::random(&mut Draw::new(8), (1500, 800), Element::U8, look);
    let rule = BandRule { metric: Metric::Chessboard, edge: Edge::Background };
    let wanted = Wanted { regions: Some(Connectivity::Eight), bands: Some(rule) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for distance in [3, 300] {
        let request = Request { thresholds: Limits::Exact, wanted, distance };
        let got = pool.install(|| swept(std::slice::from_ref(&map), &request));
        assert!(got == naive(std::slice::from_ref(&map), &request), "distance {distance}");
    }
}

/// A row of scores given as numbers.
fn row(scores: &[f64], target: &[u8]) -> Map {
    let codes = scores.iter().map(|score| score.to_bits()).collect();
    let nothing = vec![0; scores.len()];
    Map::new((1, scores.len()), Element::F64, codes, target.to_vec(), nothing)
}

fn swept_row(scores: &[f64], target: &[u8]) -> Found {
    let request = Request { thresholds: Limits::Exact, wanted: Wanted::default(), distance: 0 };
    swept(&[row(scores, target)], &request)
}

#[test]
fn negative_zero_is_zero() {
    let found = swept_row(&[0.0, -0.0, 0.0, -0.0, 5e-324, -5e-324], &[1, 1, 0, 0, 0, 0]);
    assert_eq!(found.thresholds, [0.0]);
    assert!(found.thresholds[0].is_sign_positive());
    assert_eq!(
        (&found.at[0][..], &found.at[1][..], &found.between[1][..]),
        (&[2][..], &[2][..], &[1][..])
    );
}

#[test]
fn infinities_are_scores() {
    let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
    let found = swept_row(&[most, most, f64::MAX, least, least], &[1, 0, 0, 1, 0]);
    assert_eq!(found.thresholds, [most, least]);
    assert_eq!(found.at[..2], [vec![1, 1], vec![1, 1]]);
    assert_eq!(found.between[1], [0, 1]);
}

#[test]
fn constant_maps_have_one_threshold() {
    let found = swept_row(&[0.5; 5], &[1, 0, 0, 1, 0]);
    assert_eq!((found.thresholds, found.at[0][0], found.at[1][0]), (vec![0.5], 2, 3));
}

#[test]
fn one_class_alone() {
    let found = swept_row(&[3.0, 1.0, 2.0], &[0, 0, 0]);
    assert_eq!((found.thresholds, found.totals), (vec![], [0, 3, 0]));
    let found = swept_row(&[3.0, 1.0, 3.0], &[1, 1, 1]);
    assert_eq!((found.thresholds, found.totals), (vec![3.0, 1.0], [3, 0, 0]));
    assert_eq!(found.at[..2], [vec![2, 1], vec![0, 0]]);
}

/// The first NaN is named, wherever the work was cut.
#[test]
fn nan_is_an_error_unless_ignored() {
    let look = Look { positive: 5, ignored: 0, levels: 100 };
    let mut map = Map::random(&mut Draw::new(9), (1200, 1000), Element::F32, look);
    for place in [700_321, 1_100_000] {
        map.codes[place] = f32::NAN.to_bits().into();
        map.target[place] = 0;
    }
    let Map { rows, columns, element, codes, target, ignored, .. } = map;
    let nan = Map::new((rows, columns), element, codes, target, ignored);
    let other = Map::random(&mut Draw::new(10), (2, 2), Element::F32, look);
    let run = |maps: &[Map]| {
        let images = views(maps);
        count::<u32>(&images, &Thresholds::Exact, Wanted::default(), &[], &Control::new())
    };
    let maps = [other, nan];
    let place = Place { image: 1, row: 700, column: 321 };
    let want = Error::NanScore { argument: Argument::Scores, place };
    assert_eq!(run(&maps).unwrap_err(), want);
    let [other, mut nan] = maps;
    nan.ignored[700_321] = 1;
    nan.ignored[1_100_000] = 1;
    let counts = run(&[other, nan]).unwrap();
    assert_eq!(counts.num_positives + counts.num_negatives, 4 + 1_200_000 - 2);
}

#[test]
fn images_of_other_types_or_shapes_are_errors() {
    let look = Look { positive: 50, ignored: 0, levels: 9 };
    let map = |element, shape| Map::random(&mut Draw::new(3), shape, element, look);
    let (single, double) = (map(Element::F32, (2, 3)), map(Element::F64, (2, 3)));
    let run = |image: ScoredImage<'_>, limits: Thresholds<u32>| {
        count(&[image], &limits, Wanted::default(), &[], &Control::new()).unwrap_err()
    };
    assert_eq!(run(double.view(), Thresholds::Exact), Error::ScoreType { image: 0 });
    let bins = Thresholds::Bins(Element::F16, 8);
    assert_eq!(run(single.view(), bins), Error::ScoreType { image: 0 });
    let other = map(Element::F32, (3, 2));
    let torn = ScoredImage { target: other.view().target, ..single.view() };
    let shapes = ((2, 3), (3, 2));
    assert_eq!(
        run(torn, Thresholds::Exact),
        Error::ShapesDiffer { image: 0, preds: shapes.0, target: shapes.1 }
    );
}

/// Scores that are at no threshold, in tables of one part and of many, end with an error, too.
#[test]
fn other_positives_than_before_are_an_error() {
    let mut draw = Draw::new(12);
    let wanted = Wanted { regions: Some(Connectivity::Eight), bands: None };
    for side in [2, 80] {
        let mut before = steps_above_one(&mut draw, (side, side), 1 << 20);
        (before.target[0], before.ignored[0]) = (1, 0);
        let positives = collect::<u32>(&[before.view()], &Control::new()).unwrap();
        let counted_after = |target: &[u8], shift: u64| {
            let Map { rows, columns, element, ref ignored, .. } = before;
            let codes = before.codes.iter().map(|code| code.wrapping_add(shift)).collect();
            let after = Map::new((rows, columns), element, codes, target.to_vec(), ignored.clone());
            let counter = SweepCounter::exact(positives.clone(), wanted);
            counter.add_image(0, &after.view(), 0, &Control::new()).unwrap();
            counter.finish().map(|counts| counts.num_positives)
        };
        let nothing = vec![0; before.target.len()];
        assert!(counted_after(&before.target, 0).is_ok());
        assert_eq!(counted_after(&nothing, 0), Err(Error::Changed));
        // Below and above all thresholds.
        assert_eq!(counted_after(&before.target, 1 << 22), Err(Error::Changed));
        assert_eq!(counted_after(&before.target, 0_u64.wrapping_sub(1 << 22)), Err(Error::Changed));
    }
}

#[test]
fn a_cancelled_job_ends() {
    let look = Look { positive: 5, ignored: 0, levels: 9 };
    let map = Map::random(&mut Draw::new(4), (20, 20), Element::U8, look);
    let control = Control::new();
    control.cancel();
    let images = [map.view()];
    let got = count::<u32>(&images, &Thresholds::Exact, Wanted::default(), &[], &control);
    assert_eq!(got.unwrap_err(), Error::Cancelled);
}
