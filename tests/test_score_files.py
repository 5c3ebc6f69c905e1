"""Scoring files as a stream counts what scoring their arrays counts."""

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import _core
from flawgauge.errors import DataError, FileError

OPTIONS = {
    "masks": False,
    "map_key": None,
    "mask_threshold": None,
    "resize": None,
    "max_pixels": 10**8,
    "connectivity": 8,
    "threshold": 0.5,
    "boundary": (None, [2], "chessboard", "background"),
    "with_sweep": True,
    "sweep_boundary": True,
}


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
    found = _core.score_files(samples, **OPTIONS)
    sweep = fg.sweep(scores, target, regions=True, boundary=2)
    rule = {"connectivity": 8, "distance": 2, "metric": "chessboard", "edge": "background"}
    assert fg.ThresholdSweep._of({**found["sweep"], **rule}) == sweep
    confusion = fg.confusion(scores, target, threshold=0.5)
    np.testing.assert_array_equal(found["confusion"][:, 0], confusion.tp)
    np.testing.assert_array_equal(found["confusion"][:, 3], confusion.tn)
    np.testing.assert_array_equal(found["highest"], fg.image_scores(scores))
    bands = fg.boundary(scores, target, distance=2, threshold=0.5)
    np.testing.assert_array_equal(found["bands"][:, 0, 2], bands.both[:, 0])
    table = fg.region_table(scores, target, threshold=0.5)
    np.testing.assert_array_equal(found["regions"][0][:, 1], table.area)
    np.testing.assert_array_equal(found["regions"][1], table.highest)
    np.testing.assert_array_equal(found["regions"][2], table.predicted)
    again = _core.score_files(samples, **OPTIONS)
    assert again["fingerprint"] == found["fingerprint"]


def test_bad_files_are_named(files, tmp_path):
    samples, scores, _ = files
    wrong = tmp_path / "wrong.npy"
    np.save(wrong, scores[0][:5])
    with pytest.raises(DataError, match=r"wrong\.npy"):
        _core.score_files([("a", wrong, samples[0][2], None, None)], **OPTIONS)
    with pytest.raises(FileError, match=r"none\.npy"):
        _core.score_files([("a", tmp_path / "none.npy", None, None, None)], **OPTIONS)
    missing = scores[0].copy()
    missing[3, 4] = np.nan
    np.save(wrong, missing)
    with pytest.raises(DataError, match=r"wrong\.npy.*row 3, column 4"):
        _core.score_files([("a", wrong, samples[0][2], None, None)], **OPTIONS)
