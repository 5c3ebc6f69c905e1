//! Counts and fingerprints of two tables, against masks spread out pixel by pixel.

mod support;

use std::collections::BTreeMap;

use flawgauge::confusion::Confusion;
use flawgauge::parallel::Control;
use flawgauge_io::{Missing, RunTable, Scores, TableError, fingerprint, score};
use proptest::prelude::*;
use support::{read, read_truth};

const PIXELS: usize = 20;

type Masks = BTreeMap<(u8, u32), [bool; PIXELS]>;

fn score_all(
    truth: &RunTable,
    predictions: &RunTable,
    images: Option<&[String]>,
    missing: Missing,
) -> Result<Scores, TableError> {
    score(truth, predictions, images, missing, &Control::new())
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// Severstal runs of a mask, written here without the crate's own encoder.
fn encode(mask: &[bool; PIXELS]) -> String {
    let mut text = String::new();
    let mut pixel = 0;
    while pixel < PIXELS {
        let length = mask[pixel..].iter().take_while(|positive| **positive).count();
        if length > 0 {
            text.push_str(&format!("{} {length} ", pixel + 1));
        }
        pixel += length + 1;
    }
    text.trim_end().to_owned()
}

/// Writes masks as a table of all pairs, or of defects only.
fn write_table(masks: &Masks, all_pairs: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for (&(image, class), mask) in masks {
        let image = char::from(b'a' + image);
        if all_pairs {
            rows.push(format!("{image}.jpg_{class},{}\n", encode(mask)));
        } else if mask.contains(&true) {
            rows.push(format!("{image}.jpg,{class},{}\n", encode(mask)));
        }
    }
    rows
}

fn with_header(rows: &[String], all_pairs: bool) -> String {
    let columns = if all_pairs { "ImageId_ClassId" } else { "ImageId,ClassId" };
    format!("{columns},EncodedPixels\n{}", rows.concat())
}

fn count(preds: &[bool; PIXELS], target: &[bool; PIXELS]) -> Confusion {
    let number = |wanted: (bool, bool)| {
        let pairs = preds.iter().zip(target);
        pairs.filter(|(pred, target)| (**pred, **target) == wanted).count() as u64
    };
    Confusion {
        tp: number((true, true)),
        fp: number((true, false)),
        fn_: number((false, true)),
        tn: number((false, false)),
    }
}

fn masks() -> impl Strategy<Value = Masks> {
    let mask = prop_oneof![
        Just([false; PIXELS]),
        prop::array::uniform20(any::<bool>()),
        prop::array::uniform20(prop::bool::weighted(0.1)),
    ];
    (1_u8..6).prop_flat_map(move |images| {
        prop::collection::vec(mask.clone(), usize::from(images) * 4).prop_map(|masks| {
            let cells = masks.into_iter().zip(0_u8..);
            cells.map(|(mask, cell)| ((cell / 4, u32::from(cell % 4) + 1), mask)).collect()
        })
    })
}

proptest! {
    #[test]
    fn counts_are_those_of_the_pixels(
        (truth, predictions) in masks().prop_flat_map(|truth| {
            let images = truth.len();
            let predictions = masks()
                .prop_filter("as many images", move |other| other.len() == images);
            (Just(truth), predictions)
        }),
        truth_all in any::<bool>(),
        predictions_all in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut truth_rows = write_table(&truth, truth_all);
        let mut prediction_rows = write_table(&predictions, predictions_all);
        shuffle(&mut truth_rows, seed);
        shuffle(&mut prediction_rows, seed.rotate_left(17));
        let truth_table = read_truth(with_header(&truth_rows, truth_all)).unwrap();
        let prediction_table = read(with_header(&prediction_rows, predictions_all)).unwrap();
        let images: Vec<String> = (0..truth.len() / 4)
            .map(|image| format!("{}.jpg", char::from(b'a' + image as u8)))
            .collect();
        let scores =
            score_all(&truth_table, &prediction_table, Some(&images), Missing::Empty).unwrap();
        let expected: Vec<Confusion> =
            truth.iter().map(|(key, target)| count(&predictions[key], target)).collect();
        prop_assert_eq!(scores.counts, expected);
        prop_assert_eq!(scores.images, images);
    }

    #[test]
    fn fingerprints_tell_contents_apart_and_nothing_else(
        first in masks(), second in masks(), seed in any::<u64>(),
    ) {
        let images = |masks: &Masks| -> Vec<String> {
            let letters = (0..masks.len() / 4).rev().map(|image| b'a' + image as u8);
            letters.map(|letter| format!("{}.jpg", char::from(letter))).collect()
        };
        let mut prints = Vec::new();
        for masks in [&first, &second] {
            let all = read_truth(with_header(&write_table(masks, true), true)).unwrap();
            let mut rows = write_table(masks, false);
            shuffle(&mut rows, seed);
            let defects = read_truth(with_header(&rows, false)).unwrap();
            let print = fingerprint(&all, None).unwrap();
            prop_assert_eq!(&print, &fingerprint(&defects, Some(&images(masks))).unwrap());
            prop_assert_eq!(&print, &fingerprint(&all, Some(&images(masks))).unwrap());
            prints.push(print);
        }
        prop_assert_eq!(first == second, prints[0] == prints[1]);
    }
}

/// Changes the order by a small generator: any permutation will do.
fn shuffle(rows: &mut [String], mut seed: u64) {
    for index in (1..rows.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(index, (seed >> 33) as usize % (index + 1));
    }
}

const TRUTH: &str = "ImageId_ClassId,EncodedPixels\n\
                     a_1,1 4\na_2,\na_3,\na_4,\nb_1,\nb_2,\nb_3,2 2\nb_4,\n";

#[test]
fn a_fingerprint_is_a_hash_of_the_documented_bytes() {
    // sha256 of the bytes described at `fingerprint`, by Python's hashlib.
    let table = read_truth(TRUTH).unwrap();
    let expected = "sha256:26eac8b414dc7de61cd6bb049eb1d256c985cd28e7e532525e532f9aeaea9486";
    assert_eq!(fingerprint(&table, None).unwrap(), expected);
}

#[test]
fn missing_predictions_are_an_error_or_empty() {
    let truth = read_truth(TRUTH).unwrap();
    let partial = read("ImageId_ClassId,EncodedPixels\na_2,1 1\na_1,1 2\n").unwrap();
    let found = score_all(&truth, &partial, None, Missing::Error).unwrap_err().to_string();
    assert!(found.starts_with(
        "predictions table.csv: 2 problems\n  row 2: image a has no row for class 3\n  image b \
         has no row\n"
    ));
    assert!(found.contains("--missing empty"));
    let scores = score_all(&truth, &partial, None, Missing::Empty).unwrap();
    assert_eq!(scores.missing_pairs, 6);
    assert_eq!(scores.counts[0], Confusion { tp: 2, fp: 0, fn_: 2, tn: 16 });
    assert_eq!(scores.counts[1], Confusion { tp: 0, fp: 1, fn_: 0, tn: 19 });
    assert_eq!(scores.counts[6], Confusion { tp: 0, fp: 0, fn_: 2, tn: 18 });

    let defects = read("ImageId,ClassId,EncodedPixels\na,1,1 2\n").unwrap();
    let found = score_all(&truth, &defects, None, Missing::Error).unwrap_err().to_string();
    assert!(found.starts_with("predictions table.csv: image b has no row\n"));
    assert_eq!(score_all(&truth, &defects, None, Missing::Empty).unwrap().missing_pairs, 4);
    let both = read("ImageId,ClassId,EncodedPixels\na,1,1 2\nb,2,\n").unwrap();
    assert_eq!(score_all(&truth, &both, None, Missing::Error).unwrap().missing_pairs, 0);
}

#[test]
fn unknown_images_are_an_error() {
    let truth = read_truth(TRUTH).unwrap();
    let predictions = read("ImageId,ClassId,EncodedPixels\na,1,\nc,1,\nb,1,\n").unwrap();
    let found = score_all(&truth, &predictions, None, Missing::Error).unwrap_err().to_string();
    assert!(found.starts_with("predictions table.csv, row 3: image c is not in the truth\n"));
    let listed = ids(&["a"]);
    let found = score_all(&truth, &predictions, Some(&listed), Missing::Error).unwrap_err();
    assert!(found.to_string().contains("image c is not in the truth"));
}

#[test]
fn a_list_of_images_leaves_out_the_others() {
    let truth = read_truth(TRUTH).unwrap();
    let predictions = read("ImageId,ClassId,EncodedPixels\na,1,1 2\na,2,\nb,3,2 2\n").unwrap();
    let listed = ids(&["b"]);
    let scores = score_all(&truth, &predictions, Some(&listed), Missing::Error).unwrap();
    assert_eq!(scores.images, listed);
    assert_eq!((scores.left_out_truth_rows, scores.left_out_prediction_rows), (4, 2));
    assert_eq!(scores.counts[2], Confusion { tp: 2, fp: 0, fn_: 0, tn: 18 });

    let listed = ids(&["b", "c"]);
    let found = score_all(&truth, &predictions, Some(&listed), Missing::Error).unwrap_err();
    assert!(found.to_string().starts_with("truth table.csv: image c has no row\n"));
    let twice = ids(&["b", "a", "b"]);
    let found = score_all(&truth, &predictions, Some(&twice), Missing::Error).unwrap_err();
    assert_eq!(found.to_string(), "the list of images names b twice");

    // Where the truth lists defects only, an image it does not have has none.
    let defects = read_truth("ImageId,ClassId,EncodedPixels\na,1,1 4\n").unwrap();
    let found = score_all(&defects, &predictions, None, Missing::Error).unwrap_err();
    assert!(found.to_string().contains("it lists defects only"));
    let listed = ids(&["b", "a"]);
    let scores = score_all(&defects, &predictions, Some(&listed), Missing::Error).unwrap();
    assert_eq!(scores.images, ["a", "b"]);
    assert_eq!(scores.counts[6], Confusion { tp: 0, fp: 2, fn_: 0, tn: 18 });
}

#[test]
fn nothing_to_score_is_an_error() {
    let truth = read_truth("ImageId,ClassId,EncodedPixels\n").unwrap();
    let found = score_all(&truth, &truth, None, Missing::Error).unwrap_err().to_string();
    assert!(found.starts_with("truth table.csv: there are no images to score"));
    let truth = read_truth(TRUTH).unwrap();
    assert!(score_all(&truth, &truth, Some(&[]), Missing::Error).is_err());
}

#[test]
fn a_cancelled_job_stops() {
    let control = Control::new();
    control.cancel();
    let table = read_truth(TRUTH).unwrap();
    let error = score(&table, &table, None, Missing::Error, &control).unwrap_err();
    assert!(matches!(error, TableError::Cancelled));
}
