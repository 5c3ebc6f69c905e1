"""Bad files among many: the first one is named, whichever it is and whatever it stands for."""

import os
import struct

import numpy as np
import pytest

from flawgauge import _core
from flawgauge.errors import DataError, FileError
from image_bytes import SIGNATURE, chunk, png
from score_options import SCORE_OPTIONS

MASK = np.zeros((20, 30), np.uint8)
MASK[4:9, 5:11] = 1


def saved(path, array):
    np.save(path, array)
    return path.read_bytes()


def make(kind, folder, *, truth):
    """A bad mask or map, and what is said of it."""
    name = "mask.png" if truth else "map.npy"
    path = folder / name
    good = png(MASK, 8) if truth else saved(path, MASK.astype("f4"))
    path.unlink(missing_ok=True)
    match kind:
        case "absent":
            return path, "no such file"
        case "folder":
            path.mkdir()
            return path, "a folder"
        case "pipe":
            os.mkfifo(path)
            return path, "a pipe"
        case "device":
            return folder.__class__("/dev/zero"), "a device"
        case "loop":
            path.symlink_to(path)
            return path, "symbolic links"
        case "empty":
            path.write_bytes(b"")
            return path, "zero bytes"
        case "cut":
            path.write_bytes(good[: len(good) * 2 // 3])
            return path, "truncated|cannot hold"
        case "other content":
            path.write_bytes(b"GIF89a and more")
            return path, "a GIF image"
        case "photograph":
            path = path.with_suffix(".jpg")
            path.write_bytes(b"\xff\xd8\xff\xe0 photograph")
            return path, "JPEG changes the values"
        case "huge":
            path = path.with_suffix(".png")
            header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
            parts = [chunk(b"IHDR", header), chunk(b"IDAT", b""), chunk(b"IEND", b"")]
            path.write_bytes(SIGNATURE + b"".join(parts))
            return path, "100000 x 100000 pixels"
        case "colours":
            path = path.with_suffix(".png")
            path.write_bytes(png(MASK, 8, color=2))
            return path, "3 channels"
        case "grey fringe":
            path.write_bytes(png(MASK + np.arange(30, dtype=np.uint8), 8))
            return path, "different values"
        case "nan":
            saved(path, np.where(MASK, np.nan, 1))
            return path, "NaN at row 4, column 5"
        case "other size":
            path.unlink(missing_ok=True)
            path = path.with_suffix(".npy")
            saved(path, np.zeros((20, 31), np.uint8))
            return path, "20 x 3[01] pixels .* has 20 x 3[01]"


BOTH = [
    "absent",
    "folder",
    "pipe",
    "device",
    "loop",
    "empty",
    "cut",
    "other content",
    "photograph",
    "huge",
    "colours",
    "other size",
]


@pytest.fixture
def samples(tmp_path):
    saved(tmp_path / "scores.npy", np.arange(600, dtype="f4").reshape(20, 30))
    (tmp_path / "truth.png").write_bytes(png(MASK, 8))
    return [
        (f"good {number}", tmp_path / "scores.npy", tmp_path / "truth.png", None, None)
        for number in range(40)
    ]


@pytest.mark.parametrize("with_sweep", [False, True])
@pytest.mark.parametrize(
    ("kind", "truth"),
    [(kind, truth) for kind in BOTH for truth in (False, True)]
    + [("grey fringe", True), ("nan", False)],
)
def test_the_first_bad_file_is_named(samples, tmp_path, kind, truth, with_sweep):
    folder = tmp_path / "bad"
    folder.mkdir()
    path, message = make(kind, folder, truth=truth)
    name, scores, mask, *rest = samples[7]
    samples[7] = (name, scores, path, *rest) if truth else (name, path, mask, *rest)
    # A later one must not hide it.
    samples[9] = ("later", tmp_path / "later.npy", mask, None, None)
    with pytest.raises((FileError, DataError), match=message) as caught:
        _core.score_files(samples, **{**SCORE_OPTIONS, "with_sweep": with_sweep})
    assert str(path) in str(caught.value)


def test_a_file_that_changes_type_between_samples(samples, tmp_path):
    saved(tmp_path / "double.npy", np.zeros((20, 30), "f8"))
    samples[3] = ("double", tmp_path / "double.npy", *samples[3][2:])
    with pytest.raises(DataError, match=r"double\.npy: the scores are float64.*scores\.npy"):
        _core.score_files(samples, **SCORE_OPTIONS)


def test_boxes_that_leave_the_image(samples):
    name, scores, *_ = samples[0]
    for box in [(0, 0, 21, 5), (3, 5, 3, 9)]:
        wrong = [(name, scores, None, (20, 30), [list(box)])]
        with pytest.raises(DataError, match="good 0: the box"):
            _core.score_files(wrong, **SCORE_OPTIONS)


def test_sizes_beyond_the_limit(samples):
    name, scores, *_ = samples[0]
    with pytest.raises(DataError, match="good 0: an image of 100000 x 100000"):
        _core.score_files([(name, scores, None, (100_000, 100_000), [])], **SCORE_OPTIONS)


def test_names_that_are_no_text(samples, tmp_path):
    path = os.fsencode(tmp_path) + b"/m\xffp.npy"
    os.rename(samples[0][1], path)  # noqa: PTH104 - a path of bytes
    renamed = [(name, os.fsdecode(path), *rest) for name, _, *rest in samples]
    assert len(_core.score_files(renamed, **SCORE_OPTIONS)["image_scores"]) == 40
    with pytest.raises(FileError, match=r"n\\xFF\.npy.*no such file"):
        _core.score_files([("a", os.fsdecode(b"n\xff.npy"), None, None, None)], **SCORE_OPTIONS)


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may read everything")
def test_files_that_may_not_be_read(samples):
    samples[0][1].chmod(0)
    with pytest.raises(FileError, match=r"scores\.npy.*permission denied"):
        _core.score_files(samples, **SCORE_OPTIONS)
