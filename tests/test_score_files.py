"""Scoring files as a stream counts what scoring their arrays counts."""

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import _core
from flawgauge.errors import DataError, FileError
from score_options import SCORE_OPTIONS


@pytest.fixture(params=["f4", "f8", "f2"])
def files(tmp_path, request):
    """Maps and masks of different sizes in .npy files, one of them good, without a mask."""
    generator = np.random.default_rng(2)
    samples, scores, target = [], [], []
    for number, shape in enumerate([(40, 50), (33, 70), (1, 9), (64, 64)]):
        mask = np.zeros(shape, np.uint8)
        if number != 1:
            mask[shape[0] // 3 :, 4:9] = 255
        image = (generator.random(shape) + 0.3 * (mask > 0)).astype(request.param)
        np.save(tmp_path / f"map{number}.npy", image)
        np.save(tmp_path / f"mask{number}.npy", mask)
        path = None if number == 1 else tmp_path / f"mask{number}.npy"
        samples.append((f"image {number}", tmp_path / f"map{number}.npy", path, None, None))
        scores.append(image)
        target.append(mask)
    return samples, scores, target


def test_equal_to_the_arrays(files):
    samples, scores, target = files
    found = _core.score_files(samples, **SCORE_OPTIONS)
    sweep = fg.sweep(scores, target, regions=True, boundary=2)
    rule = {"connectivity": 8, "distance": 2, "metric": "chessboard", "edge": "background"}
    assert fg.ThresholdSweep._of({**found["sweep"], **rule}) == sweep
    confusion = fg.confusion(scores, target, threshold=0.5)
    np.testing.assert_array_equal(found["confusion"][:, 0], confusion.tp)
    np.testing.assert_array_equal(found["confusion"][:, 3], confusion.tn)
    np.testing.assert_array_equal(found["image_scores"], fg.image_scores(scores))
    bands = fg.boundary(scores, target, distance=2, threshold=0.5)
    np.testing.assert_array_equal(found["bands"][:, 0, 2], bands.both[:, 0])
    table = fg.region_table(scores, target, threshold=0.5)
    np.testing.assert_array_equal(found["regions"][0][:, 1], table.area)
    np.testing.assert_array_equal(found["regions"][1], table.highest)
    np.testing.assert_array_equal(found["regions"][2], table.predicted)
    again = _core.score_files(samples, **SCORE_OPTIONS)
    assert again["fingerprint"] == found["fingerprint"]


def test_bad_files_are_named(files, tmp_path):
    samples, scores, _ = files
    wrong = tmp_path / "wrong.npy"
    np.save(wrong, scores[0][:5])
    with pytest.raises(DataError, match=r"wrong\.npy"):
        _core.score_files([("a", wrong, samples[0][2], None, None)], **SCORE_OPTIONS)
    with pytest.raises(FileError, match=r"none\.npy"):
        _core.score_files([("a", tmp_path / "none.npy", None, None, None)], **SCORE_OPTIONS)
    missing = scores[0].copy()
    missing[3, 4] = np.nan
    np.save(wrong, missing)
    with pytest.raises(DataError, match=r"wrong\.npy.*row 3, column 4"):
        _core.score_files([("a", wrong, samples[0][2], None, None)], **SCORE_OPTIONS)


def coco(mask, *, compressed):
    """A mask as height, width and COCO counts."""
    encoded = fg.rle_encode(mask, format="coco" if compressed else "coco-list")
    return (*encoded["size"], encoded["counts"])


@pytest.mark.parametrize("compressed", [False, True])
def test_run_lengths_are_masks(files, tmp_path, compressed):
    samples, scores, _ = files
    options = {**SCORE_OPTIONS, "masks": True}
    as_files, as_runs = [], []
    for (name, _, mask, *rest), image in zip(samples, scores, strict=True):
        preds = image > 0.6
        path = tmp_path / f"{name}.npy"
        np.save(path, preds)
        as_files.append((name, path, mask, *rest))
        # Two that overlap: the union counts.
        middle = preds.shape[0] // 2
        parts = [np.where(np.arange(len(preds))[:, None] < middle + 1, preds, 0), preds]
        runs = [coco(part, compressed=compressed) for part in parts]
        as_runs.append((name, runs, mask, *rest))
    expected = _core.score_files(as_files, **options)
    found = _core.score_files(as_runs, **options)
    assert found.keys() == expected.keys()
    np.testing.assert_equal(found, expected)


def test_no_runs_are_an_empty_mask(files):
    samples, _, target = files
    empty = [(name, [], mask, None, None) for name, _, mask, *_ in samples if mask]
    found = _core.score_files(empty, **{**SCORE_OPTIONS, "masks": True})
    counts = found["confusion"][:, :3]
    areas = [np.count_nonzero(mask) for mask in target if mask.any()]
    np.testing.assert_array_equal(counts, [(0, 0, area) for area in areas])
    good = [("good", [], None, (7, 9), None)]
    found = _core.score_files(good, **{**SCORE_OPTIONS, "masks": True})
    np.testing.assert_array_equal(found["confusion"], [[0, 0, 0, 63]])


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([(40, 50, [1])], "image 7: run lengths 0: .*2000"),
        ([(40, 50, [2000]), (40, 50, [-1, 2001])], "image 7: run lengths 1: .*-1"),
        ([(40, 50, [2000]), (40, 51, [2040])], "image 7: .* 40 x 51 pixels .* of 40 x 50"),
        ([(40, 50, "~~")], "image 7: run lengths 0: "),
        ([(33, 70, [33 * 70])], "run lengths of image 7: 33 x 70 pixels .* has 40 x 50"),
        ([(2**40, 2**40, [1])], "image 7: .* larger than the limit"),
        ([(0, 3, [])], "run lengths of image 7: 0 x 3 pixels"),
    ],
)
def test_bad_run_lengths_name_the_sample(files, runs, message):
    mask = files[0][0][2]
    with pytest.raises(DataError, match=message):
        _core.score_files([("image 7", runs, mask, None, None)], **SCORE_OPTIONS)


def test_no_runs_for_an_image_of_unknown_size():
    with pytest.raises(DataError, match=r"image 7: neither .* how large the image is"):
        _core.score_files([("image 7", [], None, None, None)], **SCORE_OPTIONS)


def test_large_images_are_counted_in_parts(tmp_path):
    generator = np.random.default_rng(3)
    shape = (2100, 2050)
    scores = generator.random(shape, np.float32)
    mask = np.zeros(shape, np.uint8)
    mask[900:1300, 1000:1100] = 1
    np.save(tmp_path / "map.npy", scores)
    np.save(tmp_path / "mask.npy", mask)
    samples = [("large", tmp_path / "map.npy", tmp_path / "mask.npy", None, None)]
    found = _core.score_files(samples, **SCORE_OPTIONS)
    rule = {"connectivity": 8, "distance": 2, "metric": "chessboard", "edge": "background"}
    want = fg.sweep(scores, mask, regions=True, boundary=2)
    assert fg.ThresholdSweep._of({**found["sweep"], **rule}) == want
