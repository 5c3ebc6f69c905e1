"""Bands counted by hand, the official procedure, and values known of real files."""

import math

import numpy as np
import pytest

import flawgauge as fg

PICTURE = """\
.......
.#####.
.#####.
.#####.
.#####.
.#####.
.......
"""


def drawn(picture: str) -> np.ndarray:
    """Return a mask from lines of "#" and "."."""
    return np.array([[cell == "#" for cell in line] for line in picture.split()])


@pytest.mark.parametrize(
    ("metric", "distance", "size"),
    [
        # A square of 5 x 5: its outer ring has 16 pixels, the next one 8, the middle is 1.
        ("chessboard", 1, 16),
        ("chessboard", 2, 24),
        ("chessboard", 3, 25),
        ("taxicab", 1, 16),
        ("taxicab", 2, 24),
        ("taxicab", 3, 25),
        ("euclidean", 1, 16),
        ("euclidean", 2, 24),
        ("euclidean", 3, 25),
    ],
)
def test_a_square(metric, distance, size):
    assert fg.boundary_band(drawn(PICTURE), distance=distance, metric=metric).sum() == size


@pytest.mark.parametrize(
    ("metric", "sizes"),
    [
        # One hole in the middle of 9 x 9 pixels, edges ignored: the neighbours of the hole.
        ("taxicab", [4, 12, 24]),
        ("euclidean", [4, 12, 28]),
        ("chessboard", [8, 24, 48]),
    ],
)
def test_a_hole_shows_the_neighbourhoods(metric, sizes):
    mask = np.ones((9, 9), dtype=bool)
    mask[4, 4] = False
    counts = fg.boundary(mask, mask, distance=[1, 2, 3], metric=metric, edge="ignore")
    assert counts.band_target.tolist() == sizes


def test_the_edge_of_the_image():
    mask = np.ones((4, 6), dtype=bool)
    assert fg.boundary_band(mask, distance=1).sum() == 24 - 8
    assert fg.boundary_band(mask, distance=1, edge="ignore").sum() == 0


def test_ignored_pixels():
    target = np.array([[1, 1, 1, 1, 1, 1, 1, 0]])
    ignore = np.array([[0, 0, 1, 0, 0, 0, 0, 0]])
    options = {"distance": [1], "ignore": ignore}
    # As background, the ignored pixel gives its neighbours a band; all others are at the edge.
    assert fg.boundary(target, target, **options).both.tolist() == [6]
    # As nothing, it does not, and only the pixel next to the real background has one.
    assert fg.boundary(target, target, edge="ignore", **options).both.tolist() == [1]


def test_two_shifted_squares():
    target = drawn(PICTURE)
    preds = np.roll(target, 1, axis=1)
    counts = fg.boundary(preds, target, distance=1)
    # Two rings of 5 x 5, one to the right: four pixels of each long side meet, and the inner
    # column of one ring meets the outer column of the other nowhere.
    assert counts.band_preds.tolist() == counts.band_target.tolist() == [16]
    assert counts.both.tolist() == [8]
    assert counts.iou() == 8 / 24
    assert counts.dice() == 16 / 32
    assert counts.precision() == counts.recall() == 0.5


@pytest.mark.parametrize(
    ("size", "at_2_percent", "at_half_percent"),
    [
        # Diagonals times the ratio, rounded by hand.
        ((256, 1600), 32, 8),
        ((512, 512), 14, 4),
        ((200, 200), 6, 1),
        ((1408, 512), 30, 7),
        ((640, 232), 14, 3),
        ((1024, 1024), 29, 7),
    ],
)
def test_ratios_of_common_image_sizes(size, at_2_percent, at_half_percent):
    empty = np.zeros(size, dtype=bool)
    for ratio, distance in ((0.02, at_2_percent), (0.005, at_half_percent)):
        counts = fg.boundary(empty, empty, distance=ratio)
        assert counts.distances.tolist() == [distance]


def test_a_ratio_rounds_half_to_even():
    # The diagonal of 3 x 4 pixels is 5: 2.5 rounds to 2; of 6 x 8 it is 10, and 1.5 to 2.
    for size, ratio in (((3, 4), 0.5), ((6, 8), 0.15)):
        empty = np.zeros(size, dtype=bool)
        assert fg.boundary(empty, empty, distance=ratio).distances.tolist() == [2]


def test_the_official_procedure():
    cv2 = pytest.importorskip("cv2")
    generator = np.random.default_rng(40)
    for _ in range(50):
        height, width = (int(side) for side in generator.integers(1, 90, 2))
        mask = (generator.random((height // 6 + 1, width // 6 + 1)) < 0.6).astype(np.uint8)
        mask = mask.repeat(6, axis=0).repeat(6, axis=1)[:height, :width]
        distance = max(1, round(0.05 * math.sqrt(height**2 + width**2)))
        padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=distance)
        band = mask - eroded[1:-1, 1:-1]
        np.testing.assert_array_equal(fg.boundary_band(mask, distance=0.05), band != 0)
        careless = mask - cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=distance)
        np.testing.assert_array_equal(
            fg.boundary_band(mask, distance=0.05, edge="ignore"), careless != 0
        )


@pytest.mark.parametrize("metric", ["chessboard", "taxicab", "euclidean"])
def test_distance_transforms_of_scipy(metric):
    ndimage = pytest.importorskip("scipy.ndimage")
    generator = np.random.default_rng(41)
    for _ in range(30):
        height, width = generator.integers(1, 130, 2)
        mask = ndimage.gaussian_filter(generator.random((height, width)), 5) > 0.5
        padded = np.pad(mask, 1)
        if metric == "euclidean":
            # Distances of whole pixels: their squares are whole numbers, however they are rounded.
            squares = np.rint(ndimage.distance_transform_edt(padded) ** 2)
        else:
            squares = ndimage.distance_transform_cdt(padded, metric).astype(np.int64) ** 2
        for distance in (1, 2, 5, 9):
            want = mask & (squares[1:-1, 1:-1] <= distance**2)
            got = fg.boundary_band(mask, distance=distance, metric=metric)
            np.testing.assert_array_equal(got, want)


def test_dagm_predictions(shared_data):
    cv2 = pytest.importorskip("cv2")
    folder = shared_data / "dagm2007" / "Class1" / "Test" / "Label"
    files = (folder / "0595_label.PNG", shared_data / "dagm2007_predictions" / "Class1_0595.png")
    target, preds = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in files)
    assert fg.boundary_iou(preds > 127, target > 127, distance=0.02) == 0.0
    assert fg.iou(preds > 127, target > 127) > 0
