"""Run lengths against values worked out by hand, published, or computed by pycocotools."""

import csv
import json

import numpy as np
import pytest

import flawgauge as fg

# Down the columns: 0 1 1 0, 1 1 0 0, 0 0 0 1.
MASK = np.array([[0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_worked_out_by_hand():
    assert fg.rle_encode(MASK) == "2 2 5 2 12 1"
    assert fg.rle_encode(MASK, format="coco-list") == {
        "size": [4, 3],
        "counts": [1, 2, 1, 2, 5, 1],
    }


def test_a_run_crosses_the_end_of_a_column():
    mask = fg.rle_decode("3 4", (4, 3))
    assert mask.astype(int).tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0]]
    assert fg.rle_encode(mask) == "3 4"


def test_published_example_of_the_severstal_competition():
    """Evaluation page of the competition: "1 3 10 5" are the pixels 1, 2, 3, 10, 11, 12, 13, 14."""
    mask = fg.rle_decode("1 3 10 5", (256, 1600))
    assert (np.flatnonzero(mask.ravel(order="F")) + 1).tolist() == [1, 2, 3, 10, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("pixels", "counts"),
    [([0, 0, 1, 1, 1, 0, 1], [2, 3, 1, 1]), ([1, 1, 1, 1, 1, 1, 0], [0, 6, 1])],
)
def test_published_examples_of_coco(pixels, counts):
    """The two examples in the documentation of ``pycocotools.mask``."""
    mask = np.array(pixels).reshape(7, 1)
    assert fg.rle_encode(mask, format="coco-list")["counts"] == counts
    np.testing.assert_array_equal(fg.rle_decode({"size": [7, 1], "counts": counts}), mask != 0)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_images_without_pixels(shape):
    mask = np.zeros(shape, dtype=bool)
    assert fg.rle_encode(mask) == ""
    # pycocotools 2.0.11 writes the same.
    assert fg.rle_encode(mask, format="coco") == {"size": list(shape), "counts": "0"}
    assert fg.rle_decode("", shape).shape == shape


def test_empty_and_full_masks():
    empty, full = np.zeros((256, 1600), dtype=bool), np.ones((256, 1600), dtype=bool)
    assert fg.rle_encode(empty) == ""
    assert fg.rle_encode(full) == "1 409600"
    # pycocotools 2.0.11: encode.
    assert fg.rle_encode(empty, format="coco")["counts"] == "PP`<"
    assert fg.rle_encode(full, format="coco")["counts"] == "0PP`<"


# pycocotools 2.0.11: encode, area, iou, on the masks below.
PATTERN_STRINGS = (
    r"027OO080C0002050O0K03000L010O02040O0N0M010=0E0M0f00\O030L070H",
    "036NN0M0=0E030O050G0202050H02020K010g00A0H090H0308",
)
BOX_AREAS = (5000, 5001)
BOX_INTERSECTION = 2100
BOX_IOU = 0.265789140615112


def pattern_masks() -> tuple[np.ndarray, np.ndarray]:
    """Return the patterns that pycocotools was given."""
    rows, columns = np.mgrid[0:9, 0:20]
    pattern = 37 * rows * rows + 101 * columns + 17 * rows * columns
    return (pattern + 60) % 1000 < 170, pattern % 1000 < 150


def box_masks() -> tuple[np.ndarray, np.ndarray]:
    """Return the boxes that pycocotools was given."""
    preds, target = np.zeros((2, 100, 200), dtype=bool)
    preds[10:60, 20:120] = True
    target[30:80, 50:150] = True
    target[0, 0] = True
    return preds, target


def test_strings_of_pycocotools():
    for mask, text in zip(pattern_masks(), PATTERN_STRINGS, strict=True):
        assert fg.rle_encode(mask, format="coco") == {"size": [9, 20], "counts": text}
        np.testing.assert_array_equal(fg.rle_decode({"size": [9, 20], "counts": text}), mask)
        np.testing.assert_array_equal(
            fg.rle_decode({"size": [9, 20], "counts": text.encode()}), mask
        )


def test_areas_and_overlap_of_pycocotools():
    preds, target = (fg.rle_encode(mask, format="coco") for mask in box_masks())
    counts = fg.confusion_from_rle(preds, target)
    assert (int(counts.predicted), int(counts.support)) == BOX_AREAS
    assert int(counts.tp) == BOX_INTERSECTION
    assert counts.iou() == pytest.approx(BOX_IOU, rel=1e-14)


def test_counts_of_severstal_strings(shared_data):
    """1,200 real images; the expected counts were made with pycocotools from the same files."""
    expected = json.loads((shared_data / "severstal" / "expected.json").read_text())
    tables = []
    for name in ("train_image_class.csv", "submission.csv"):
        with (shared_data / "severstal" / name).open(newline="") as file:
            tables.append({row[0]: row[1] for row in csv.reader(file)})
    truth, submission = tables
    truth.pop("ImageId_ClassId")
    for number, pooled in expected["pooled_counts_per_class"].items():
        keys = sorted(key for key in truth if key.endswith(f"_{number}"))
        counts = fg.confusion_from_rle(
            [submission[key] for key in keys], [truth[key] for key in keys], shape=(256, 1600)
        )
        total = counts.sum()
        assert {name: int(getattr(total, name)) for name in pooled} == pooled
        kaggle = expected["kaggle_mean_dice_per_class"][int(number) - 1]
        assert float(counts.mean("dice", empty=1)) == pytest.approx(kaggle, rel=1e-12)
