"""``flawgauge evaluate severstal``: the table, the JSON and the CSV."""

import csv
import json
import math
import re
import statistics

import numpy as np
import pytest

IMAGES, CLASSES = ("a.jpg", "b.jpg", "c.jpg"), (1, 2, 3)
# tp, fp, fn, tn of the pairs with a positive pixel, counted by hand.
COUNTS = {
    ("a.jpg", 1): (2, 2, 2, 14),
    ("a.jpg", 3): (0, 0, 2, 18),
    ("b.jpg", 2): (0, 1, 0, 19),
    ("c.jpg", 2): (5, 0, 0, 15),
}
EMPTY = (0, 0, 0, 20)


def ratio(numerator, denominator):
    return numerator / denominator if denominator else None


def pooled(counts):
    return tuple(map(sum, zip(*counts, strict=True)))


def rates(counts):
    tp, fp, fn, tn = counts
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    return {
        "dice": ratio(2 * tp, 2 * tp + fp + fn),
        "iou": ratio(tp, tp + fp + fn),
        "precision": precision,
        "recall": recall,
        "fpr": ratio(fp, fp + tn),
        "fnr": ratio(fn, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }


def no_constants(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture
def results(files):
    """JSON and CSV rows of the sample."""
    done = files.evaluate("--json", files.folder / "out.json", "--csv", files.folder / "out.csv")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads((files.folder / "out.json").read_text(), parse_constant=no_constants)
    with (files.folder / "out.csv").open(newline="") as file:
        return data, list(csv.DictReader(file)), done.stdout


def test_json_names_what_was_scored(results, files):
    data, _, _ = results
    assert data["schema_version"] == 1
    assert data["tool"]["name"] == "flawgauge"
    assert data["inputs"] == {
        "truth": {
            "path": str(files.truth),
            "layout": "ImageId_ClassId",
            "rows": 9,
            "left_out_rows": 0,
        },
        "predictions": {
            "path": str(files.predictions),
            "layout": "ImageId_ClassId",
            "rows": 9,
            "left_out_rows": 0,
        },
        "images": None,
    }
    assert data["options"] == {
        "image_size": [4, 5],
        "num_classes": 3,
        "missing": "error",
        "overlaps": "error",
    }
    assert (data["num_images"], data["missing_pairs"]) == (3, 0)
    assert data["fingerprint"].startswith("sha256:")
    assert len(data["fingerprint"]) == len("sha256:") + 64


def test_json_holds_the_numbers(results):
    data, _, _ = results
    pairs = {
        (image, number): COUNTS.get((image, number), EMPTY)
        for image in IMAGES
        for number in CLASSES
    }
    dice = {pair: rates(counts)["dice"] for pair, counts in pairs.items()}
    kaggle = {pair: 1.0 if value is None else value for pair, value in dice.items()}
    assert data["kaggle_mean_dice"]["all"] == statistics.fmean(kaggle.values())
    for number in CLASSES:
        of_class = [pairs[image, number] for image in IMAGES]
        mean = statistics.fmean(kaggle[image, number] for image in IMAGES)
        assert data["kaggle_mean_dice"]["per_class"][str(number)] == mean
        found = data["pixels"]["per_class"][str(number)]
        assert tuple(found.pop(name) for name in ("tp", "fp", "fn", "tn")) == pooled(of_class)
        assert found == rates(pooled(of_class))
        defined = [dice[image, number] for image in IMAGES if dice[image, number] is not None]
        mean = data["image_means"]["per_class"][str(number)]["dice"]
        assert mean["num"] == len(defined)
        assert mean["value"] == (statistics.fmean(defined) if defined else None)
    found = data["pixels"]["all"]
    assert tuple(found.pop(name) for name in ("tp", "fp", "fn", "tn")) == pooled(pairs.values())
    assert found == rates(pooled(pairs.values()))


def test_json_holds_the_counts_of_pairs_and_images(results):
    data, _, _ = results
    outcome = {"both_empty": 0, "missed": 0, "false_alarms": 0, "both": 0}
    assert data["pairs"] == {
        "all": {"both_empty": 5, "missed": 1, "false_alarms": 1, "both": 2},
        "per_class": {
            "1": outcome | {"both_empty": 2, "both": 1},
            "2": outcome | {"both_empty": 1, "false_alarms": 1, "both": 1},
            "3": outcome | {"both_empty": 2, "missed": 1},
        },
    }
    # Per image: a is found, b is a false alarm, c is found.
    images = {
        "any_defect": (2, 1, 0, 0),
        "1": (1, 0, 0, 2),
        "2": (1, 1, 0, 1),
        "3": (0, 0, 1, 2),
    }
    detection = {"any_defect": data["detection"]["any_defect"], **data["detection"]["per_class"]}
    assert detection.keys() == images.keys()
    for name, counts in images.items():
        expected = rates(counts)
        del expected["dice"], expected["iou"]
        fields = dict(zip(("tp", "fp", "fn", "tn"), counts, strict=True))
        assert detection[name] == fields | expected
    # a: class 1 is the largest of two, b: none taken for 2, c: 2.
    assert data["classification"] == {
        "labels": ["none", "1", "2", "3"],
        "matrix": [[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
        "accuracy": 2 / 3,
        "images_with_several_classes": {"truth": 1, "predictions": 0},
    }


def test_csv_has_a_row_for_each_pair(results):
    _, rows, _ = results
    assert list(rows[0]) == [
        *("image", "class", "tp", "fp", "fn", "tn"),
        *("dice", "iou", "precision", "recall", "kaggle_dice"),
    ]
    assert [(row["image"], int(row["class"])) for row in rows] == [
        (image, number) for image in IMAGES for number in CLASSES
    ]
    for row in rows:
        counts = COUNTS.get((row["image"], int(row["class"])), EMPTY)
        assert tuple(int(row[name]) for name in ("tp", "fp", "fn", "tn")) == counts
        expected = rates(counts)
        for name in ("dice", "iou", "precision", "recall"):
            assert row[name] == ("" if expected[name] is None else repr(expected[name]))
        assert float(row["kaggle_dice"]) == (1.0 if expected["dice"] is None else expected["dice"])


def test_text_is_the_json_rounded(results):
    data, _, text = results
    lines = text.splitlines()
    assert max(len(line) for line in lines if "/" not in line) <= 100
    assert lines[0] == "Severstal: 3 images of 4 x 5 pixels, 3 classes"
    assert f"Kaggle mean Dice  {data['kaggle_mean_dice']['all']:.4f}" in lines
    assert f"  fingerprint  {data['fingerprint']}" in lines
    tables = [line.split() for line in lines]
    pixels = [f"{data['pixels']['all'][name]:.4f}" for name in ("dice", "iou", "precision")]
    assert ["all", *pixels] in [row[:4] for row in tables]
    # Class 3 is never predicted: its precision is undefined.
    assert ["3", "0", "0", "1", "2", "-", "0.0000", "0.0000", "1.0000", "0.0000"] in tables
    assert ["none", "0", "0", "1", "0"] in tables
    assert "1 in the truth" in text


LAYOUTS = {
    "defects only": "ImageId,ClassId,EncodedPixels\nc.jpg,2,3 5\na.jpg,1,1 4\na.jpg,3,11 2\n",
    "index column": "Unnamed: 0,EncodedPixels,ImageId,ClassId\n"
    "0,3 5,c.jpg,2\n1,11 2,a.jpg,3\n2,1 4,a.jpg,1\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_truth_in_another_layout_gives_the_same(results, files, name):
    expected, _, _ = results
    files.truth.write_text(LAYOUTS[name])
    ids, out = files.folder / "ids.txt", files.folder / "again.json"
    ids.write_text("# all three\nc.jpg\n\nb.jpg\na.jpg\n")
    done = files.evaluate("--images", ids, "--json", out)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(out.read_text())
    assert found.pop("inputs")["truth"]["layout"] == "ImageId,ClassId"
    assert found == {key: value for key, value in expected.items() if key != "inputs"}


def test_a_list_of_images_leaves_out_the_others(files):
    ids = files.folder / "ids.txt"
    ids.write_text("c.jpg\n")
    done = files.evaluate("--images", ids, "--json", files.folder / "out.json")
    assert done.returncode == 0
    data = json.loads((files.folder / "out.json").read_text())
    assert data["num_images"] == 1
    assert data["kaggle_mean_dice"]["all"] == 1.0
    assert data["inputs"]["images"] == str(ids)
    assert [data["inputs"][role]["left_out_rows"] for role in ("truth", "predictions")] == [6, 6]
    assert "(ImageId_ClassId, 9 rows, 6 left out)" in done.stdout


def test_missing_predictions_as_empty_masks(files):
    text = "ImageId,ClassId,EncodedPixels\na.jpg,1,3 4\n"
    files.predictions.write_text(text)
    done = files.evaluate()
    assert done.returncode == 1
    assert "image b.jpg has no row" in done.stderr
    assert "--missing empty" in done.stderr
    done = files.evaluate("--missing", "empty", "--json", files.folder / "out.json")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads((files.folder / "out.json").read_text())
    assert data["missing_pairs"] == 6
    assert data["pairs"]["all"] == {"both_empty": 6, "missed": 2, "false_alarms": 0, "both": 1}
    assert "6 predictions, taken as empty masks" in done.stdout


def test_overlapping_predictions_where_asked(files):
    text = files.predictions.read_text().replace("3 4", "5 2 3 3 4 1")
    files.predictions.write_text(text)
    done = files.evaluate()
    assert done.returncode == 1
    assert "runs must be sorted" in done.stderr
    done = files.evaluate("--overlaps", "merge", "--json", files.folder / "out.json")
    assert done.returncode == 0
    data = json.loads((files.folder / "out.json").read_text())
    assert data["pixels"]["per_class"]["1"]["tp"] == 2
    assert data["pixels"]["per_class"]["1"]["fp"] == 2


def test_sizes_and_classes_have_severstal_defaults(files, flawgauge):
    rows = [f"a.jpg_{number}," for number in (1, 2, 3)] + ["a.jpg_4,409600 1"]
    files.write(*(["ImageId_ClassId,EncodedPixels\n" + "\n".join(rows)] * 2))
    arguments = ("--truth", files.truth, "--predictions", files.predictions)
    done = flawgauge("evaluate", "severstal", *arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("Severstal: 1 images of 256 x 1600 pixels, 4 classes\n")


def test_many_classes_fit_into_the_table(files, flawgauge):
    rows = [f"a.jpg_{number},1 1" for number in range(1, 61)]
    files.write(*(["ImageId_ClassId,EncodedPixels\n" + "\n".join(rows)] * 2))
    arguments = ("--truth", files.truth, "--predictions", files.predictions, "--classes", "60")
    done = flawgauge("evaluate", "severstal", *arguments)
    assert done.returncode == 0
    assert max(len(line) for line in done.stdout.splitlines() if "/" not in line) <= 100
    assert "61 x 61 numbers, too wide to show here" in done.stdout


def test_an_undefined_mean_is_no_number(files):
    empty = "ImageId_ClassId,EncodedPixels\na.jpg_1,\na.jpg_2,\na.jpg_3,\n"
    files.write(empty, empty)
    done = files.evaluate("--json", files.folder / "out.json")
    assert done.returncode == 0
    data = json.loads((files.folder / "out.json").read_text(), parse_constant=no_constants)
    assert data["kaggle_mean_dice"]["all"] == 1.0
    assert data["pixels"]["all"]["dice"] is None
    assert data["image_means"]["all"]["iou"]["value"] is None
    assert not math.isnan(data["classification"]["accuracy"])
    assert np.sum(data["classification"]["matrix"]) == 1


def test_markdown_shows_the_same_numbers(files):
    out = files.folder / "out.md"
    done = files.evaluate("--boundary", "1,2", "--markdown", out)
    assert (done.returncode, done.stderr) == (0, "")
    text = out.read_text()
    assert text.startswith("# Severstal: 3 images of 4 x 5 pixels, 3 classes\n\n- truth: `")
    assert "\n| 1 | " in text
    numbers = [re.findall(r"\b[0-9]\.[0-9]{4}\b", shown) for shown in (done.stdout, text)]
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) > 40
