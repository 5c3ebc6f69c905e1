//! Sweeps by comparing every score with every threshold.

use flawgauge::boundary::BandRule;
use flawgauge::erosion::band;
use flawgauge::mask::BitMask;
use flawgauge::regions::Connectivity;
use flawgauge::sweep::Wanted;
use flawgauge::sweep_image::ScoredImage;
use flawgauge::view::{Element, ImageView};

pub mod kernels;

/// Random numbers.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below this.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 12) % limit
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A score map, its ground truth, and pixels that count nowhere.
#[derive(Debug, Clone)]
pub struct Map {
    pub rows: usize,
    pub columns: usize,
    pub element: Element,
    /// The bits of each score.
    pub codes: Vec<u64>,
    pub target: Vec<u8>,
    pub ignored: Vec<u8>,
    bytes: Vec<u8>,
}

/// How maps look: percentages of positive and of ignored pixels, and how many scores there are.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub positive: u64,
    pub ignored: u64,
    pub levels: u64,
}

impl Map {
    pub fn random(draw: &mut Draw, shape: (usize, usize), element: Element, look: Look) -> Self {
        let pixels = shape.0 * shape.1;
        let mut mask = |percent| (0..pixels).map(|_| u8::from(draw.chance(percent))).collect();
        let (target, ignored): (Vec<u8>, Vec<u8>) = (mask(look.positive), mask(look.ignored));
        let code = |&ignored: &u8| {
            if ignored != 0 && draw.chance(50) {
                nan(element)
            } else {
                code(draw, element, look.levels)
            }
        };
        let codes = ignored.iter().map(code).collect();
        Self::new(shape, element, codes, target, ignored)
    }

    pub fn new(
        (rows, columns): (usize, usize),
        element: Element,
        codes: Vec<u64>,
        target: Vec<u8>,
        ignored: Vec<u8>,
    ) -> Self {
        let size = element.size();
        let bytes = codes.iter().flat_map(|code| code.to_le_bytes().into_iter().take(size));
        Self { rows, columns, element, bytes: bytes.collect(), codes, target, ignored }
    }

    pub fn view(&self) -> ScoredImage<'_> {
        let Self { rows, columns, element, .. } = *self;
        let size = element.size() as isize;
        let strides = (size * columns as isize, size);
        let swapped = cfg!(target_endian = "big");
        let scores = ImageView::new(&self.bytes, 0, (rows, columns), strides, element, swapped);
        let mask = |pixels| ImageView::of_bytes(pixels, rows, columns).unwrap();
        ScoredImage {
            scores: scores.unwrap(),
            target: mask(&self.target),
            // Without any ignored pixel, both ways must be the same.
            ignore: self.ignored.contains(&1).then(|| mask(&self.ignored)),
        }
    }

    fn score(&self, pixel: usize) -> f64 {
        value(self.element, self.codes[pixel])
    }

    fn pixels(&self) -> std::ops::Range<usize> {
        0..self.codes.len()
    }

    fn is_positive(&self, pixel: usize) -> bool {
        self.target[pixel] != 0 && self.ignored[pixel] == 0
    }

    /// Scores of the pixels that are not ignored and belong to the class.
    fn scores(&self, positive: bool) -> impl Iterator<Item = f64> {
        let chosen = move |&at: &usize| self.ignored[at] == 0 && (self.target[at] != 0) == positive;
        self.pixels().filter(chosen).map(|pixel| self.score(pixel))
    }

    fn mask(&self, chosen: impl Fn(usize) -> bool) -> BitMask {
        let pixels: Vec<_> = self.pixels().map(|pixel| u8::from(chosen(pixel))).collect();
        BitMask::pack(&ImageView::of_bytes(&pixels, self.rows, self.columns).unwrap())
    }

    /// The band of a mask, as one byte a pixel.
    fn band(&self, chosen: impl Fn(usize) -> bool, rule: BandRule, distance: u32) -> Vec<u8> {
        let ignored = self.mask(|pixel| self.ignored[pixel] != 0);
        band(&self.mask(chosen), Some(&ignored), rule.metric, rule.edge, distance).unpack()
    }

    /// The scores of each region, ascending.
    fn regions(&self, connectivity: Connectivity) -> Vec<Vec<f64>> {
        let mut rest: Vec<_> = self.pixels().map(|pixel| self.is_positive(pixel)).collect();
        let mut regions = Vec::new();
        for first in self.pixels() {
            let mut open = if std::mem::take(&mut rest[first]) { vec![first] } else { continue };
            let mut scores = Vec::new();
            while let Some(pixel) = open.pop() {
                scores.push(self.score(pixel));
                let (row, column) = (pixel / self.columns, pixel % self.columns);
                for y in row.saturating_sub(1)..(row + 2).min(self.rows) {
                    for x in column.saturating_sub(1)..(column + 2).min(self.columns) {
                        let straight = y == row || x == column;
                        if (straight || connectivity == Connectivity::Eight)
                            && std::mem::take(&mut rest[y * self.columns + x])
                        {
                            open.push(y * self.columns + x);
                        }
                    }
                }
            }
            regions.push(sorted(scores));
        }
        regions
    }
}

fn sorted(mut scores: Vec<f64>) -> Vec<f64> {
    scores.sort_by(|one, other| one.partial_cmp(other).unwrap());
    scores
}

/// The number that the bits of an element mean.
pub fn value(element: Element, code: u64) -> f64 {
    match element {
        Element::F64 => f64::from_bits(code),
        Element::F32 => f32::from_bits(code as u32).into(),
        Element::F16 => {
            let (exponent, fraction) = ((code >> 10 & 31) as i32, (code & 1023) as f64);
            let magnitude = match exponent {
                0 => fraction * 2_f64.powi(-24),
                31 if fraction == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
            };
            if code >> 15 == 0 { magnitude } else { -magnitude }
        }
        _ => code as f64,
    }
}

/// Bits of a type, and bits of its infinity: of a float, all bits of the exponent.
fn infinity(element: Element) -> (u32, u64) {
    match element {
        Element::F64 => (64, f64::INFINITY.to_bits()),
        Element::F32 => (32, f32::INFINITY.to_bits().into()),
        Element::F16 => (16, 0x7C00),
        element => (8 * element.size() as u32, 0),
    }
}

fn nan(element: Element) -> u64 {
    let (_, infinity) = infinity(element);
    if infinity == 0 { 0 } else { infinity + 1 }
}

/// A score: of floats a few levels above 1, which neighbours in a sequence of all numbers, of
/// either sign, and now and then zeros, subnormal numbers and infinities.
fn code(draw: &mut Draw, element: Element, levels: u64) -> u64 {
    let (bits, infinity) = infinity(element);
    if infinity == 0 {
        return draw.below(levels) % (1 << bits);
    }
    let one = match element {
        Element::F64 => 1_f64.to_bits(),
        Element::F32 => 1_f32.to_bits().into(),
        _ => 0x3C00,
    };
    let magnitude = if draw.chance(90) {
        (one + draw.below(levels)).min(infinity)
    } else {
        [0, 0, 1, 2, infinity - 1, infinity][draw.below(6) as usize]
    };
    magnitude | draw.below(2) << (bits - 1)
}

/// The lower edges of the bins, from high to low, and whether each has room for one score only.
pub fn bin_edges(element: Element, bits: u32) -> Vec<(f64, bool)> {
    let (size, infinity) = infinity(element);
    let zero = if infinity == 0 { 0 } else { 1_u128 << (size - 1) };
    let (lowest, highest) = match infinity {
        0 => (0, (1_u128 << size) - 1),
        infinity => (zero - u128::from(infinity), zero + u128::from(infinity)),
    };
    let shift = size.saturating_sub(bits);
    let edge = |bin: u128| {
        let first = (bin << shift).max(lowest);
        let last = ((bin << shift) + (1 << shift) - 1).min(highest);
        let magnitude = value(element, first.abs_diff(zero) as u64);
        (if first < zero { -magnitude } else { magnitude }, first == last)
    };
    (lowest >> shift..=highest >> shift).rev().map(edge).collect()
}

/// What to count.
#[derive(Debug, Clone)]
pub struct Request {
    pub thresholds: Limits,
    pub wanted: Wanted,
    pub distance: u32,
}

/// Which thresholds to count at.
#[derive(Debug, Clone)]
pub enum Limits {
    Exact,
    /// Descending.
    Given(Vec<f64>),
    Bins(u32),
}

/// What was counted, in the widest types.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    pub thresholds: Vec<f64>,
    /// Positives, negatives, overlaps: at each threshold, and between.
    pub at: [Vec<u64>; 3],
    pub between: [Vec<u64>; 3],
    pub totals: [u64; 3],
    /// Increments of the band of the prediction, and of the intersection of both.
    pub bands: [Vec<i64>; 2],
    pub band_target: u64,
}

/// All that a request asks for, of these maps together.
pub fn naive(maps: &[Map], request: &Request) -> Found {
    let [positives, negatives] =
        [true, false].map(|class| sorted(maps.iter().flat_map(|map| map.scores(class)).collect()));
    let limits: Vec<(f64, bool)> = match &request.thresholds {
        Limits::Exact => {
            let mut distinct = positives.clone();
            distinct.dedup();
            distinct.iter().rev().map(|&score| (score, true)).collect()
        }
        Limits::Given(thresholds) => thresholds.iter().map(|&score| (score, true)).collect(),
        Limits::Bins(bits) => bin_edges(maps[0].element, *bits),
    };
    let mut found = Found {
        thresholds: limits.iter().map(|&(limit, _)| limit).collect(),
        totals: [positives.len() as u64, negatives.len() as u64, 0],
        ..Found::default()
    };
    found.add(0, &limits, |is_below| number(&positives, is_below));
    found.add(1, &limits, |is_below| number(&negatives, is_below));
    if let Some(connectivity) = request.wanted.regions {
        let regions: Vec<_> = maps.iter().flat_map(|map| map.regions(connectivity)).collect();
        found.totals[2] = regions.len() as u64;
        found.add(2, &limits, |is_below| {
            let overlap = |region: &Vec<f64>| {
                (u128::from(number(region, is_below)) << 40) / region.len() as u128
            };
            regions.iter().map(|region| overlap(region) as u64).sum()
        });
    }
    if let Some(rule) = request.wanted.bands {
        found.add_bands(maps, rule, request.distance);
    }
    found
}

/// How many of the ascending scores are not below a threshold.
fn number(scores: &[f64], is_below: &dyn Fn(f64) -> bool) -> u64 {
    (scores.len() - scores.partition_point(|&score| is_below(score))) as u64
}

impl Found {
    fn add(
        &mut self,
        column: usize,
        limits: &[(f64, bool)],
        number: impl Fn(&dyn Fn(f64) -> bool) -> u64,
    ) {
        let mut before = 0;
        for &(limit, resolved) in limits {
            let at = number(&|score| score < limit);
            // Else scores that equal the threshold are not told from those above it.
            let above = if resolved { number(&|score| score <= limit) } else { at };
            self.at[column].push(at - above);
            self.between[column].push(above - before);
            before = at;
        }
    }

    /// Erodes once for each threshold.
    fn add_bands(&mut self, maps: &[Map], rule: BandRule, distance: u32) {
        let targets: Vec<_> =
            maps.iter().map(|map| map.band(|at| map.target[at] != 0, rule, distance)).collect();
        let size = |band: &[u8]| band.iter().map(|&pixel| u64::from(pixel)).sum::<u64>();
        self.band_target = targets.iter().map(|band| size(band)).sum();
        let mut before = [0; 2];
        for &limit in &self.thresholds {
            let mut sizes = [0; 2];
            for (map, target) in maps.iter().zip(&targets) {
                let preds = map.band(|pixel| map.score(pixel) >= limit, rule, distance);
                let both: Vec<_> = preds.iter().zip(target).map(|(one, two)| one & two).collect();
                sizes[0] += size(&preds) as i64;
                sizes[1] += size(&both) as i64;
            }
            for (steps, (now, before)) in self.bands.iter_mut().zip(sizes.iter().zip(&before)) {
                steps.push(now - before);
            }
            before = sizes;
        }
    }
}
