//! Sweeps by the kernels, in the form of the naive ones.

use flawgauge::counts::{Counts, Increments};
use flawgauge::parallel::Control;
use flawgauge::scores::Key;
use flawgauge::sweep::{SweepCounts, Thresholds, count};
use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::Element;

use super::{Found, Limits, Map, Request};

/// Single or double precision.
pub trait Score: Into<f64> + Copy {
    fn of(value: f64) -> Self;
}

impl Score for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
}

impl Score for f64 {
    fn of(value: f64) -> Self {
        value
    }
}

pub fn thresholds<K: Key<Score: Score>>(maps: &[Map], limits: &Limits) -> Thresholds<K> {
    match limits {
        Limits::Exact => Thresholds::Exact,
        Limits::Given(limits) => {
            Thresholds::Given(limits.iter().rev().map(|&limit| K::of(Score::of(limit))).collect())
        }
        Limits::Bins(bits) => Thresholds::Bins(maps[0].element, *bits),
    }
}

pub fn views(maps: &[Map]) -> Vec<ScoredImage<'_>> {
    maps.iter().map(Map::view).collect()
}

fn wide(counts: &Counts) -> Vec<u64> {
    (0..counts.len()).map(|index| counts.get(index)).collect()
}

fn signed(increments: &Increments) -> Vec<i64> {
    (0..increments.len()).map(|index| increments.get(index)).collect()
}

/// In the form of the naive counts.
pub fn found<S: Score>(counts: &SweepCounts<S>) -> Found {
    let nothing = || vec![0; counts.thresholds.len()];
    let mut found = Found {
        thresholds: counts.thresholds.iter().map(|&score| score.into()).collect(),
        at: [wide(&counts.positives_at), wide(&counts.negatives_at), Vec::new()],
        between: [
            counts.positives_between.as_ref().map_or_else(nothing, wide),
            wide(&counts.negatives_between),
            Vec::new(),
        ],
        totals: [counts.num_positives, counts.num_negatives, 0],
        ..Found::default()
    };
    if let Some(overlaps) = &counts.overlaps {
        found.at[2].clone_from(&overlaps.at);
        found.between[2] = overlaps.between.clone().unwrap_or_else(nothing);
        found.totals[2] = overlaps.num_regions;
    }
    if let Some(bands) = &counts.bands {
        found.bands = [signed(&bands.preds), signed(&bands.both)];
        found.band_target = bands.target;
    }
    found
}

pub fn swept(maps: &[Map], request: &Request) -> Found {
    fn run<K: Key<Score: Score>>(maps: &[Map], request: &Request) -> Found {
        let Request { thresholds: limits, wanted, distance } = request;
        let limits = thresholds::<K>(maps, limits);
        found(&count(&views(maps), &limits, *wanted, &[*distance], &Control::new()).unwrap())
    }
    if is_double(maps) { run::<u64>(maps, request) } else { run::<u32>(maps, request) }
}

pub fn is_double(maps: &[Map]) -> bool {
    maps.iter().any(|map| map.element == Element::F64)
}
