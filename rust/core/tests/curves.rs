//! Areas of polygons and sums of precisions against going from corner to corner.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use flawgauge::columns::{Column, Numbers, Pair};
use flawgauge::curve_areas::{Area, Piece, Side, area_up_to};
use flawgauge::parallel::{Control, pool, set_num_threads};
use flawgauge::precision_sums::{ExactSum, Rule, sum_precisions};
use proptest::prelude::*;

const SIDES: [Side; 3] = [Side::Value, Side::Lower, Side::Upper];

/// Steps of two columns, and what is below the last threshold.
#[derive(Debug, Clone)]
struct Steps {
    /// Across and up, each between and at.
    steps: [[Vec<u64>; 2]; 2],
    below: [u64; 2],
}

impl Steps {
    fn random(seed: u64, length: usize, bits: u32, below: [u64; 2]) -> Self {
        let mut state = seed | 1;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 8) % below
        };
        let mut steps: [[Vec<u64>; 2]; 2] = Default::default();
        for column in &mut steps {
            for (place, numbers) in column.iter_mut().enumerate() {
                // Columns without anything between occur often.
                let empty = place == 0 && draw(3) == 0;
                let size = if empty { 1 } else { 1 << (1 + draw(u64::from(bits))) };
                *numbers = (0..length).map(|_| draw(2) * draw(size)).collect();
            }
        }
        Self { steps, below }
    }

    fn total(&self, column: usize) -> u64 {
        self.steps[column].iter().flatten().sum::<u64>() + self.below[column]
    }

    /// Calls `work` with both columns, as wide numbers and, if they fit, as narrow ones.
    fn each_width(&self, mut work: impl FnMut(&Pair<'_>)) {
        let [across, up] = [0, 1].map(|column| {
            let [between, at] = &self.steps[column];
            let absent = between.iter().all(|&step| step == 0);
            let between = (!absent).then_some(Numbers::Wide(between));
            Column::new(Numbers::Wide(at), between, self.total(column)).unwrap()
        });
        work(&Pair::new(across, up).unwrap());
        let narrow = |numbers: &Vec<u64>| numbers.iter().map(|&step| step.try_into()).collect();
        let narrow: Result<Vec<Vec<u32>>, _> = self.steps.iter().flatten().map(narrow).collect();
        let Ok(narrow) = narrow else { return };
        let [across, up] = [0, 1].map(|column| {
            let [between, at] = [0, 1].map(|at| Numbers::Narrow(&narrow[2 * column + at][..]));
            Column::new(at, Some(between), self.total(column)).unwrap()
        });
        work(&Pair::new(across, up).unwrap());
    }

    /// All pieces, in order.
    fn pieces(&self) -> Vec<Piece> {
        let mut start = (0, 0);
        let mut pieces = Vec::new();
        let mut go = |across: u64, up: u64, tied: bool| {
            let end = (start.0 + across, start.1 + up);
            pieces.push(Piece { start, end, tied });
            start = end;
        };
        for index in 0..self.steps[0][0].len() {
            for place in 0..2 {
                go(self.steps[0][place][index], self.steps[1][place][index], place == 1);
            }
        }
        go(self.below[0], self.below[1], false);
        pieces
    }

    fn area(&self, limit: u64, side: Side) -> Area {
        let pieces = self.pieces();
        let reaches = |piece: &Piece| piece.end.0 >= limit;
        let count = pieces.iter().position(reaches).unwrap_or(pieces.len() - 1);
        let twice = |piece: &Piece| {
            let height = match if piece.tied { Side::Value } else { side } {
                Side::Value => u128::from(piece.start.1) + u128::from(piece.end.1),
                Side::Lower => 2 * u128::from(piece.start.1),
                Side::Upper => 2 * u128::from(piece.end.1),
            };
            height * u128::from(piece.end.0 - piece.start.0)
        };
        Area { twice: pieces[..count].iter().map(twice).sum(), last: pieces[count] }
    }

    /// Each threshold's part; the first column is the negatives.
    fn precisions(&self, rule: Rule) -> Vec<f64> {
        let precision = |(fp, tp): (u64, u64)| {
            if fp + tp == 0 { 1.0 } else { tp as f64 / (tp as f64 + fp as f64) }
        };
        let part = |piece: &Piece| {
            let gain = (piece.end.1 - piece.start.1) as f64;
            match rule {
                Rule::Step if gain == 0.0 => 0.0,
                Rule::Step => gain * piece.end.1 as f64 / (piece.end.1 as f64 + piece.end.0 as f64),
                Rule::Trapezoid => gain * (precision(piece.start) + precision(piece.end)),
            }
        };
        self.pieces().iter().filter(|piece| piece.tied).map(part).collect()
    }
}

/// The mantissas of all numbers with the same exponent, by its place in an exact sum.
fn by_place(numbers: &[f64]) -> BTreeMap<u32, u128> {
    let mut sums = BTreeMap::new();
    for number in numbers.iter().filter(|&&number| number > 0.0) {
        let (exponent, fraction) = (number.to_bits() >> 52, number.to_bits() % (1 << 52));
        let place = exponent as u32 + ExactSum::UNIT - 1023 - 52;
        *sums.entry(place).or_insert(0) += u128::from(fraction + (1 << 52));
    }
    sums
}

fn check_areas(steps: &Steps, limits: &[u64]) {
    for (&limit, side) in limits.iter().flat_map(|limit| SIDES.map(|side| (limit, side))) {
        let want = steps.area(limit, side);
        steps.each_width(|pair| {
            assert_eq!(area_up_to(pair, limit, side, &Control::new()).unwrap(), want, "{side:?}");
        });
    }
}

fn check_precisions(steps: &Steps) {
    for rule in [Rule::Step, Rule::Trapezoid] {
        let want = by_place(&steps.precisions(rule));
        steps.each_width(|pair| {
            let got = sum_precisions(pair, rule, &Control::new()).unwrap();
            assert_eq!(got.terms().collect::<BTreeMap<_, _>>(), want, "{rule:?}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn sums_equal_the_definition(seed: u64, length in prop_oneof![0..9_usize, 500..1100_usize],
        bits in prop_oneof![Just(2), Just(20), Just(45)], below in [0..2_u64, 0..1_u64 << 40],
        place: proptest::sample::Index)
    {
        let steps = Steps::random(seed, length, bits, below);
        let pieces = steps.pieces();
        let corner = pieces[place.index(pieces.len())].end.0;
        check_areas(&steps, &[1, corner.max(1), corner + 1, steps.total(0).max(1)]);
        check_precisions(&steps);
    }
}

/// More thresholds than one thread counts.
#[test]
fn parts_give_the_sum_of_the_whole() {
    let steps = Steps::random(5, 200_000, 12, [7, 9]);
    let total = steps.total(0);
    for threads in [1, 2, 3] {
        set_num_threads(threads);
        pool().unwrap().install(|| {
            check_areas(&steps, &[total / 20, total / 2, total]);
            check_precisions(&steps);
        });
    }
    set_num_threads(0);
}

/// Twice the height of all regions that there may be needs 65 bits.
#[test]
fn the_largest_areas_fit() {
    let (across, up) = (1 << 61, 1 << 63);
    let empty = || vec![0, 0, 0];
    let steps = [[empty(), vec![0, across, 1]], [empty(), vec![up - 9, 0, 9]]];
    check_areas(&Steps { steps, below: [0, 0] }, &[1, across, across + 1]);
    let steps = [[empty(), vec![0, 0, across]], [vec![up, 0, 0], empty()]];
    check_areas(&Steps { steps, below: [5, 0] }, &[1, across, across + 5]);
}

#[test]
fn ends_are_running_sums() {
    let (at, between) = ([1_u32, 2, 3, 4, 5], [0_u64, 10, 0, 0, 1 << 40]);
    let column = Column::new(Numbers::Narrow(&at), Some(Numbers::Wide(&between)), 0).unwrap();
    assert_eq!(column.ends(2), [13, 20, 25 + (1 << 40)]);
    assert_eq!(column.ends(5), [25 + (1 << 40)]);
    assert_eq!(column.ends(usize::MAX), [25 + (1 << 40)]);
    let nothing = Column::new(Numbers::Wide(&[]), None, 3).unwrap();
    assert_eq!(nothing.ends(1), [] as [u64; 0]);
}

#[test]
fn columns_have_the_same_thresholds() {
    let [one, two] = [&[1][..], &[1, 2]].map(Numbers::Narrow);
    assert!(Column::new(two, Some(one), 9).is_none());
    let column = |at| Column::new(at, None, 9).unwrap();
    assert!(Pair::new(column(two), column(one)).is_none());
}
