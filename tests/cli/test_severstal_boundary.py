"""``flawgauge evaluate severstal --boundary``: the same numbers as decoding every mask."""

import csv
import json

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.datasets.severstal import write_run_table
from flawgauge.evaluation import evaluate_severstal

SIZE = (70, 90)
IDS = [f"{index}.jpg" for index in range(12)]


@pytest.fixture
def masks(tmp_path):
    """True and predicted masks of 12 images and 3 classes, and the files that hold them."""
    generator = np.random.default_rng(50)
    coarse = generator.random((2, len(IDS), 3, 10, 9)) < 0.3
    target, preds = coarse.repeat(7, axis=-2).repeat(10, axis=-1)
    preds = preds ^ (generator.random(preds.shape) < 0.002)
    target[generator.random(target.shape[:2]) < 0.4] = False
    preds[generator.random(preds.shape[:2]) < 0.4] = False
    files = []
    for name, array in (("truth.csv", target), ("predictions.csv", preds)):
        files.append(tmp_path / name)
        with files[-1].open("w", newline="") as stream:
            write_run_table(stream, zip(IDS, array, strict=True))
    # The report lists images in the order of their ids.
    order = np.argsort(IDS)
    return files, preds[order], target[order]


@pytest.mark.parametrize("distance", [0.02, 3, (1, 2, 8, 200)])
def test_counts_equal_those_of_decoded_masks(masks, distance):
    (truth, predictions), preds, target = masks
    options = {"image_size": SIZE, "num_classes": 3, "boundary": distance}
    report = evaluate_severstal(truth, predictions, **options)
    assert report.boundary == fg.boundary(preds, target, distance=distance)
    assert report.counts == fg.confusion(preds, target)


def test_without_a_distance_there_are_no_bands(masks):
    (truth, predictions), _, _ = masks
    report = evaluate_severstal(truth, predictions, image_size=SIZE, num_classes=3)
    assert report.boundary is None
    assert "boundary" not in report.to_dict()


def test_outputs(masks, flawgauge, tmp_path):
    (truth, predictions), preds, target = masks
    done = flawgauge(
        *("evaluate", "severstal", "--truth", truth, "--predictions", predictions),
        *("--image-size", "70x90", "--classes", "3", "--boundary", "1,4"),
        *("--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    counts = fg.boundary(preds, target, distance=[1, 4])
    found = json.loads((tmp_path / "out.json").read_text())["boundary"]
    assert (found["distance"], found["distances"]) == ([1, 4], [1, 4])
    pooled = counts.sum()
    for place, distance in enumerate((1, 4)):
        entry = found["pooled"]["all"][place]
        assert entry["both"] == pooled.at(distance).both[0]
        assert entry["iou"] == pooled.at(distance).iou()
        of_class = counts[:, 1].at(distance)
        assert found["pooled"]["per_class"]["2"][place]["recall"] == of_class.sum().recall()
        mean = of_class.mean("iou", empty="skip")
        assert found["image_means"]["per_class"]["2"][place]["iou"]["value"] == mean.value
        row = [f"{value:.4f}" for value in counts.sum(axis=0).at(distance).iou()]
        assert [str(distance), *row, f"{entry['iou']:.4f}"] in [
            line.split() for line in done.stdout.splitlines()
        ]
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    values = counts.at(4).iou().ravel()
    for row, value in zip(rows, values, strict=True):
        assert row["boundary_iou_4"] == ("" if np.isnan(value) else repr(float(value)))


def test_a_ratio_names_the_pixels(masks, flawgauge):
    (truth, predictions), _, _ = masks
    done = flawgauge(
        *("evaluate", "severstal", "--truth", truth, "--predictions", predictions),
        *("--image-size", "70x90", "--classes", "3", "--boundary", "0.05"),
    )
    assert done.returncode == 0
    # The diagonal of 70 x 90 pixels is 114.02.
    assert "\n6 " in done.stdout
    assert "0.05 of the diagonal" in done.stdout


@pytest.mark.parametrize("text", ["", "0", "0.0", "1.5", "a", "1,1", "4,2", "1,0.5", "-1", "nan"])
def test_bad_distances(files, text):
    done = files.evaluate(f"--boundary={text}")
    assert done.returncode == 2
    assert "--boundary" in done.stderr
    assert "Traceback" not in done.stderr


def test_real_files(shared_data):
    folder = shared_data / "severstal"
    truth, predictions = folder / "train_image_class.csv", folder / "submission.csv"
    options = {"overlaps": "merge", "boundary": [2, 32]}
    report = evaluate_severstal(truth, predictions, missing="empty", **options)
    rows = []
    for path in (truth, predictions):
        with path.open(newline="") as file:
            rows.append({row["ImageId_ClassId"]: row for row in csv.DictReader(file)})
    checked = 0
    for place in range(0, len(report.image_ids), 40):
        for number in range(1, 5):
            name = f"{report.image_ids[place]}_{number}"
            codes = [table.get(name, {}).get("EncodedPixels", "") for table in rows]
            target, preds = (fg.rle_decode(code, (256, 1600), overlaps="merge") for code in codes)
            want = fg.boundary(preds, target, distance=[2, 32])
            assert report.boundary[place, number - 1] == want
            checked += any(codes)
    assert checked > 10
