//! Threshold sweeps of images in memory.

use std::ops::Range;

use crate::error::Error;
use crate::parallel::{Control, TASK, map_tasks};
use crate::positives::{CountedKeys, Positives};
use crate::scores::Key;
use crate::sweep::{SweepCounter, SweepCounts, Wanted};
use crate::sweep_image::ScoredImage;
use crate::thresholds::Table;
use crate::view::Element;

/// Thresholds of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thresholds<K> {
    /// The distinct scores of the positive pixels.
    Exact,
    /// These keys, ascending and distinct.
    Given(Vec<K>),
    /// The lower edges of bins of keys that agree in so many high bits, see [`Table::of_bins`].
    Bins(Element, u32),
}

/// Sweeps over all images of a batch together.
///
/// `distances` are those of the bands: one for each image, or a single one; none without bands.
/// Uses the rayon pool it is called in; a small batch stays on the calling thread. The result is
/// the same for any number of threads.
///
/// # Errors
/// As [`SweepCounter::add_image`], or a cancelled job.
pub fn count<K: Key>(
    images: &[ScoredImage<'_>],
    thresholds: &Thresholds<K>,
    wanted: Wanted,
    distances: &[u32],
    control: &Control,
) -> Result<SweepCounts<K::Score>, Error> {
    let counter = match thresholds {
        Thresholds::Given(keys) => SweepCounter::new(Table::new(keys.clone()), wanted),
        Thresholds::Exact => {
            let positives = collect(images, control)?;
            control.install(|| SweepCounter::exact(positives, wanted))
        }
        Thresholds::Bins(element, bits) => {
            SweepCounter::new(Table::of_bins(*element, *bits), wanted)
        }
    };
    for (index, image) in images.iter().enumerate() {
        counter.check(index, image)?;
    }
    let distance = |index| distances.get(index).or(distances.first()).copied().unwrap_or(0);
    let reach = |index| counter.reach(distance(index));
    for_each_strip(images, reach, control, |index, image, lines| {
        counter.add_lines(index, image, lines, distance(index))
    })?;
    if wanted.regions.is_some() {
        let add = |index, image: &ScoredImage<'_>, _, _| counter.add_regions(index, image, control);
        map_tasks(images, |image| image.scores.pixels().min(TASK), control, add)?;
    }
    control.install(|| counter.finish())
}

/// A sweep over each image of a batch; otherwise as [`count`].
///
/// # Errors
/// As [`count`].
pub fn count_each<K: Key>(
    images: &[ScoredImage<'_>],
    thresholds: &Thresholds<K>,
    wanted: Wanted,
    distances: &[u32],
    control: &Control,
) -> Result<Vec<SweepCounts<K::Score>>, Error> {
    let sweep = |index: usize, image: &ScoredImage<'_>, _: usize, _: usize| {
        let distance = distances.get(index).or(distances.first());
        let distances = distance.map_or(&[][..], std::slice::from_ref);
        count(&[*image], thresholds, wanted, distances, control)
            .map_err(|error| error.of_image(index))
    };
    // An image is one task, however large it is; then it is cut itself.
    let counts = map_tasks(images, |image| image.scores.pixels().min(TASK), control, sweep)?;
    Ok(counts.into_iter().map(|(_, counts)| counts).collect())
}

/// Collects the distinct keys of the positive pixels of all images.
///
/// # Errors
/// As [`count`], but of NaN only at a positive pixel.
pub fn collect<K: Key>(
    images: &[ScoredImage<'_>],
    control: &Control,
) -> Result<CountedKeys<K>, Error> {
    for (index, image) in images.iter().enumerate() {
        image.check::<K>(index)?;
    }
    let positives = Positives::<K>::new();
    for_each_strip(
        images,
        |_| 0,
        control,
        |index, image, lines| positives.add_lines(index, image, lines),
    )?;
    Ok(control.install(|| positives.finish()))
}

/// Calls `work` for strips of lines of all images; `reach(index)` lines around each are needed as
/// well.
fn for_each_strip(
    images: &[ScoredImage<'_>],
    reach: impl Fn(usize) -> u32,
    control: &Control,
    work: impl Fn(usize, &ScoredImage<'_>, Range<usize>) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let mut strips = Vec::with_capacity(images.len());
    for (index, image) in images.iter().enumerate() {
        strips.extend(image.strips(TASK, reach(index)).map(|lines| (index, lines)));
    }
    // A strip is one task, however large it is.
    let pixels = |(index, lines): &(usize, Range<usize>)| {
        let image = &images[*index];
        (image.scores.pixels() / image.lines().max(1) * lines.len()).min(TASK)
    };
    let strip = |_, (index, lines): &(usize, Range<usize>), _, _| {
        work(*index, &images[*index], lines.clone())
    };
    match map_tasks(&strips, pixels, control, strip) {
        Ok(_) => Ok(()),
        // Another one may come before it that this pass does not look at.
        Err(error @ Error::NanScore { place, .. }) => {
            let all = images[..place.image].iter().enumerate();
            let mut found = all.filter_map(|(index, image)| image.find_nan(index));
            Err(found.next().unwrap_or(error))
        }
        Err(error) => Err(error),
    }
}
