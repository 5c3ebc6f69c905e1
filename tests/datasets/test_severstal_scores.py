"""Scores of Severstal files against the reference, and of real files against pycocotools."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import flawgauge as fg
from flawgauge.datasets import severstal

HEIGHT, WIDTH, NUM_CLASSES = 4, 5, 2


def write_tables(folder, truth, predictions, layouts):
    """Write masks (N, C, H, W) in the layouts; returns the two paths and the ids."""
    ids = [f"{chr(ord('z') - index)}.jpg" for index in range(len(truth))]
    paths = []
    for name, masks, layout in zip(
        ("truth", "predictions"), (truth, predictions), layouts, strict=True
    ):
        rows = [f"{layout},EncodedPixels"]
        for image, classes in zip(ids, masks, strict=True):
            for number, mask in enumerate(classes, start=1):
                runs = fg.reference.rle_encode(mask)
                if layout == "ImageId_ClassId":
                    rows.append(f"{image}_{number},{runs}")
                elif runs:
                    rows.append(f"{image},{number},{runs}")
        path = folder / f"{name}.csv"
        path.write_text("\n".join(rows))
        paths.append(path)
    return (*paths, ids)


LAYOUTS = st.sampled_from(["ImageId_ClassId", "ImageId,ClassId"])
MASKS = arrays(bool, (3, NUM_CLASSES, HEIGHT, WIDTH), elements=st.booleans(), fill=st.just(False))


@given(truth=MASKS, predictions=MASKS, layouts=st.tuples(LAYOUTS, LAYOUTS))
def test_counts_are_those_of_the_reference(tmp_path_factory, truth, predictions, layouts):
    folder = tmp_path_factory.mktemp("tables")
    true_path, predicted_path, ids = write_tables(folder, truth, predictions, layouts)
    report = fg.evaluate_severstal(
        true_path,
        predicted_path,
        images=ids,
        image_size=(HEIGHT, WIDTH),
        num_classes=NUM_CLASSES,
        missing="empty",
    )
    # Images come out sorted: the ids were given in reverse.
    assert report.image_ids == tuple(sorted(ids))
    assert report.counts == fg.reference.confusion(predictions, truth)[::-1]


@pytest.fixture(scope="module")
def real(shared_data):
    return shared_data / "severstal"


@pytest.fixture(scope="module")
def expected(real):
    return json.loads((real / "expected.json").read_text())


@pytest.fixture(scope="module")
def report(real):
    return fg.evaluate_severstal(real / "train_image_class.csv", real / "submission.csv")


def test_real_files_score_as_pycocotools_does(report, expected):
    found = report.to_dict()
    assert found["num_images"] == expected["images"]
    kaggle = found["kaggle_mean_dice"]
    # The other tool adds the values in another order.
    assert kaggle["all"] == pytest.approx(expected["kaggle_mean_dice"], abs=1e-12)
    assert list(kaggle["per_class"].values()) == pytest.approx(
        expected["kaggle_mean_dice_per_class"], abs=1e-12
    )
    pairs = found["pairs"]["all"]
    assert pairs == {
        "both_empty": expected["pairs"]["both_empty"],
        "missed": expected["pairs"]["missed"],
        "false_alarms": expected["pairs"]["false_alarm"],
        "both": expected["pairs"]["both"],
    }
    for number, counts in expected["pooled_counts_per_class"].items():
        pixels = found["pixels"]["per_class"][number]
        assert {name: pixels[name] for name in counts} == counts


def test_real_files_of_defects_only_score_the_same(real, report):
    again = fg.evaluate_severstal(
        real / "train_image_and_class.csv", real / "submission.csv", images=report.image_ids
    )
    assert again.truth.layout == "ImageId,ClassId"
    assert again.counts == report.counts
    assert again.fingerprint == report.fingerprint


def test_real_files_of_defects_only_need_the_list_of_images(real):
    with pytest.raises(fg.DataError, match=r"is not in the truth[\s\S]*lists defects only"):
        fg.evaluate_severstal(real / "train_image_and_class.csv", real / "submission.csv")


def test_a_real_file_with_an_index_column(real):
    path = real / "train_with_index_column.csv"
    report = fg.evaluate_severstal(path, path)
    assert report.truth.rows == 1000
    assert report.kaggle_mean_dice == 1.0
    assert not report.counts.fp.any()
    assert not report.counts.fn.any()
    with path.open() as file:
        lines = file.read().splitlines()[1:]
    areas = dict.fromkeys(report.image_ids, 0)
    for line in lines:
        _, image, _, runs = line.split(",")
        areas[image] += sum(map(int, runs.split()[1::2]))
    assert areas == dict(zip(report.image_ids, report.counts.sum(axis=1).tp.tolist(), strict=True))


def test_real_rows_decode_as_the_reference_does(real, report):
    rows = [
        dict(line.split(",") for line in (real / name).read_text().splitlines()[1:])
        for name in ("train_image_class.csv", "submission.csv")
    ]
    truth, predictions = rows
    # Every seventh, and only those with a positive pixel: the reference is slow.
    pairs = [pair for pair in truth if truth[pair] or predictions[pair]][::7]
    assert len(pairs) > 100
    places = {image: place for place, image in enumerate(report.image_ids)}
    expected = fg.reference.confusion_from_rle(
        [predictions[pair] for pair in pairs],
        [truth[pair] for pair in pairs],
        shape=severstal.IMAGE_SIZE,
    )
    for index, pair in enumerate(pairs):
        image, number = pair.rsplit("_", 1)
        assert report.counts[places[image], int(number) - 1] == expected[index]


def test_the_report_is_a_value(report):
    assert report.counts.shape == (1200, 4)
    assert len(report.image_ids) == 1200
    with pytest.raises(AttributeError):
        report.missing = "empty"


@pytest.fixture
def small(tmp_path):
    masks = np.zeros((1, 1, 4, 5), bool)
    truth, predictions, _ = write_tables(tmp_path, masks, masks, ["ImageId_ClassId"] * 2)
    return truth, predictions


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"missing": "skip"}, fg.InputValueError, "missing is 'skip'"),
        ({"overlaps": True}, fg.InputValueError, "overlaps is True"),
        ({"images": ["z.jpg", "z.jpg"]}, fg.InputValueError, "names z.jpg twice"),
        ({"images": [3]}, fg.InputTypeError, "images holds 3"),
        ({"images": []}, fg.DataError, "no images to score"),
        ({"image_size": 5}, fg.InputTypeError, "image_size is 5"),
        ({"image_size": (0, 5)}, fg.InputValueError, r"image_size\[0\] is 0"),
        ({"image_size": (1 << 16, 1 << 16)}, fg.InputValueError, "4294967295 pixels"),
        ({"num_classes": 0}, fg.InputValueError, "num_classes is 0"),
        ({"num_classes": 1.5}, fg.InputTypeError, "num_classes is 1.5"),
    ],
)
def test_wrong_options(small, options, error, message):
    arguments = {"image_size": (4, 5), "num_classes": 1} | options
    with pytest.raises(error, match=message):
        fg.evaluate_severstal(*small, **arguments)


def test_a_table_says_what_it_holds(small):
    path, _ = small
    table = severstal.read_run_table(path, "truth", image_size=(4, 5), num_classes=1)
    assert (table.layout, table.num_rows, table.image_ids) == ("ImageId_ClassId", 1, ["z.jpg"])
    assert table.path == path
