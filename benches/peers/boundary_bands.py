"""W3: boundary bands of a batch of binary masks, at one distance and at twenty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import workloads
from benches.inputs import cached_arrays
from benches.registry import Array, Comparison, Contender, Inputs, Scale, Target

if TYPE_CHECKING:
    from pathlib import Path

PAIRS: dict[Scale, int] = {"tiny": 2, "quick": 2, "full": 64}
FEW: dict[Scale, int] = {"tiny": 2, "quick": 2, "full": 16}
"""Where a contender takes a tenth of a second for a pair."""
SIZES: dict[Scale, int] = {"tiny": 64, "quick": 1024, "full": 1024}
ONE = 29
"""Distance at the ratio 0.02 of 1024 x 1024 pixels."""
CURVE = tuple(range(1, 21))
SQUARE = np.ones((3, 3), np.uint8)

Call = Callable[[], Any]
Prepare = Callable[[Inputs], Call]
# Returns the bands of one mask at each distance.
Bands = Callable[[Array], Sequence[Array]]


def build(scale: Scale, folder: Path) -> Inputs:
    """`preds` and `target`, (N, 1024, 1024) uint8 of 0 and 1."""
    return _inputs(PAIRS[scale], SIZES[scale], folder, "bands", lambda pairs: pairs)


def build_few(scale: Scale, folder: Path) -> Inputs:
    """The same, of fewer images."""
    return _inputs(FEW[scale], SIZES[scale], folder, "bands", lambda pairs: pairs)


def build_dense(scale: Scale, folder: Path) -> Inputs:
    """The same with 0 and 1 exchanged: nearly everything is positive."""

    def exchange(pairs: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple(1 - mask for mask in pairs)

    return _inputs(PAIRS[scale], SIZES[scale], folder, "dense-bands", exchange)


def _inputs(
    count: int,
    size: int,
    folder: Path,
    name: str,
    change: Callable[[tuple[Array, ...]], tuple[Array, ...]],
) -> Inputs:
    arrays = cached_arrays(
        folder,
        f"{name}-{count}-{size}",
        ("preds", "target"),
        lambda: change(workloads.binary_pairs(count, size, size, seed=7)),
    )
    share = 100 * float(np.mean(arrays["target"]))
    description = f"{count} pairs of {size}x{size}, uint8, {share:.1f} % positive"
    return Inputs(arrays["target"].size, description, arrays)


def count_pairs(inputs: Inputs, bands: Bands) -> Array:
    """Sizes of the bands and of their intersection, (N, D, 3) int64."""
    rows = []
    for pred, truth in zip(inputs.arrays["preds"], inputs.arrays["target"], strict=True):
        pairs = zip(bands(pred), bands(truth), strict=True)
        rows.append(
            [
                [
                    np.count_nonzero(first),
                    np.count_nonzero(second),
                    np.count_nonzero(first & second),
                ]
                for first, second in pairs
            ]
        )
    return np.array(rows, np.int64)


def by_bands(make: Callable[[], Bands]) -> Prepare:
    """A contender from a function that makes the bands of one mask."""

    def prepare(inputs: Inputs) -> Call:
        bands = make()
        return lambda: count_pairs(inputs, bands)

    return prepare


def ours(distance: int | tuple[int, ...], metric: str = "chessboard") -> Prepare:
    """Flawgauge: all images and distances in one call."""

    def prepare(inputs: Inputs) -> Call:
        import flawgauge as fg

        preds, target = inputs.arrays["preds"], inputs.arrays["target"]

        def call() -> Array:
            counts = fg.boundary(preds, target, distance=distance, metric=metric)
            return np.stack([counts.band_preds, counts.band_target, counts.both], axis=-1)

        return call

    return prepare


def trusted_chessboard(distances: Sequence[int]) -> Callable[[Inputs], Array]:
    """Windows of ones by sums over the padded image: a pixel is inner iff its window is full."""
    most = max(distances)

    def bands(mask: Array) -> list[Array]:
        height, width = mask.shape
        found = []
        sums = np.pad(mask.astype(np.int32), most + 1).cumsum(axis=0).cumsum(axis=1)
        for distance in distances:
            # Rows and columns of the sums before a window, and its last ones.
            before, last = most - distance, most + distance + 1
            top, bottom = sums[before : before + height], sums[last : last + height]
            left, right = slice(before, before + width), slice(last, last + width)
            windows = bottom[:, right] - bottom[:, left] - top[:, right] + top[:, left]
            side = 2 * distance + 1
            found.append((mask != 0) & (windows < side * side))
        return found

    return lambda inputs: count_pairs(inputs, bands)


def trusted_disk(distance: int) -> Callable[[Inputs], Array]:
    """A pixel is inner iff all rows of the disk around it are full, by sums along the rows."""

    def bands(mask: Array) -> list[Array]:
        padded = np.pad(mask.astype(np.int32), distance)
        sums = np.pad(padded.cumsum(axis=1), ((0, 0), (1, 0)))
        height, width = mask.shape
        inner = mask != 0
        for down in range(-distance, distance + 1):
            half = int(np.sqrt(distance**2 - down**2))
            rows = sums[distance + down : distance + down + height]
            right = rows[:, distance + half + 1 : distance + half + 1 + width]
            left = rows[:, distance - half : distance - half + width]
            inner &= right - left == 2 * half + 1
        return [(mask != 0) & ~inner]

    return lambda inputs: count_pairs(inputs, bands)


def official(distances: Sequence[int]) -> Callable[[], Bands]:
    """The official procedure: pad by one pixel of background, erode d times by a 3 x 3 square."""

    def make() -> Bands:
        import cv2

        def bands(mask: Array) -> list[Array]:
            padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
            return [
                mask - cv2.erode(padded, SQUARE, iterations=distance)[1:-1, 1:-1]
                for distance in distances
            ]

        return bands

    return make


def large_kernel(distances: Sequence[int]) -> Callable[[], Bands]:
    """OpenCV, one erosion by a square of 2 d + 1 pixels."""

    def make() -> Bands:
        import cv2

        squares = [np.ones((2 * distance + 1,) * 2, np.uint8) for distance in distances]
        border = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
        return lambda mask: [mask - cv2.erode(mask, square, **border) for square in squares]

    return make


def scipy_erosion(distance: int) -> Callable[[], Bands]:
    """SciPy's binary erosion, d times by a 3 x 3 square."""

    def make() -> Bands:
        from scipy import ndimage

        return lambda mask: [
            (mask != 0) & ~ndimage.binary_erosion(mask, SQUARE, iterations=distance)
        ]

    return make


def faster_coco_eval() -> Bands:
    """The C++ of faster-coco-eval at the ratio 0.02, on run lengths, encoding included."""
    from faster_coco_eval.core import mask as coco

    def bands(mask: Array) -> list[Array]:
        encoded = coco.encode(np.asfortranarray(mask))
        return [coco.decode(coco.rleToBoundary(encoded, 0.02, backend="mask_api"))]

    return bands


def opencv_distances(distances: Sequence[int], metric: str) -> Callable[[], Bands]:
    """OpenCV's distance transform of the padded mask, compared with each distance."""

    def make() -> Bands:
        import cv2

        # The precise Euclidean transform gives square roots in float32, close enough to compare.
        kind, size = {
            "chessboard": (cv2.DIST_C, 3),
            "euclidean": (cv2.DIST_L2, cv2.DIST_MASK_PRECISE),
        }[metric]

        def bands(mask: Array) -> list[Array]:
            padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
            inner = cv2.distanceTransform(padded, kind, size)[1:-1, 1:-1]
            return [(inner > 0) & (inner < distance + 1e-3) for distance in distances]

        return bands

    return make


def opencv_histograms(distances: Sequence[int]) -> Prepare:
    """OpenCV's distance transform, then a histogram of distances for each of the three counts."""

    def prepare(inputs: Inputs) -> Call:
        import cv2

        length = max(distances) + 1

        def inner(mask: Array) -> Array:
            padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
            found = cv2.distanceTransform(padded, cv2.DIST_C, 3)[1:-1, 1:-1]
            return np.minimum(found, length).astype(np.uint8)

        def sizes(values: Array) -> Array:
            # Value 0 is background, `length` is beyond the last distance.
            counts = cv2.calcHist([values], [0], None, [length + 1], [0, length + 1])
            return np.cumsum(counts.ravel()[1:length].astype(np.int64))

        def call() -> Array:
            rows = []
            for pred, truth in zip(inputs.arrays["preds"], inputs.arrays["target"], strict=True):
                first, second = inner(pred), inner(truth)
                both = np.maximum(first, second)
                both[(first == 0) | (second == 0)] = 0
                rows.append(np.stack([sizes(first), sizes(second), sizes(both)], axis=-1))
            return np.array(rows)

        return call

    return prepare


def scipy_distances(distances: Sequence[int], metric: str) -> Callable[[], Bands]:
    """SciPy's distance transform of the padded mask."""

    def make() -> Bands:
        from scipy import ndimage

        def bands(mask: Array) -> list[Array]:
            padded = np.pad(mask, 1)
            if metric == "euclidean":
                inner = ndimage.distance_transform_edt(padded)
            else:
                inner = ndimage.distance_transform_cdt(padded, metric)
            inner = inner[1:-1, 1:-1]
            return [(inner > 0) & (inner < distance + 1e-6) for distance in distances]

        return bands

    return make


def edt_distances(distances: Sequence[int]) -> Callable[[], Bands]:
    """The package edt, on one thread a mask, what lies outside of the image being background."""

    def make() -> Bands:
        import edt

        def bands(mask: Array) -> list[Array]:
            inner = edt.edtsq(mask, black_border=True)
            return [(inner > 0) & (inner <= distance**2) for distance in distances]

        return bands

    return make


def _one(
    key: str,
    kind: str,
    inputs: Callable[[Scale, Path], Inputs],
    more: tuple[Contender, ...] = (),
) -> Comparison:
    return Comparison(
        key=key,
        title=f"Boundary bands at one distance, d = {ONE}, chessboard{kind}",
        item="pixel",
        build=inputs,
        trusted=trusted_chessboard((ONE,)),
        contenders=(
            Contender("flawgauge", ours((ONE,)), "flawgauge", "ours"),
            Contender("official (OpenCV)", by_bands(official((ONE,))), "cv2"),
            Contender("OpenCV, large kernel", by_bands(large_kernel((ONE,))), "cv2"),
            Contender("OpenCV, distances", by_bands(opencv_distances((ONE,), "chessboard")), "cv2"),
            Contender("SciPy, distances", by_bands(scipy_distances((ONE,), "chessboard")), "scipy"),
            *more,
        ),
        targets=(
            Target("flawgauge", "rate", 0.15e-9),
            Target("flawgauge", "speedup", 30.0, "official (OpenCV)"),
            Target("flawgauge", "speedup", 20.0, "fastest peer"),
        ),
    )


COMPARISONS = (
    _one(
        "W3-one",
        "",
        build,
        # These take seconds for each image that is nearly all positive.
        (
            Contender("SciPy, erosion", by_bands(scipy_erosion(ONE)), "scipy"),
            Contender("faster-coco-eval", by_bands(faster_coco_eval), "faster_coco_eval"),
        ),
    ),
    _one("W3-one-dense", ", nearly everything positive", build_dense),
    Comparison(
        key="W3-curve",
        title=f"Boundary bands at the distances {CURVE[0]} to {CURVE[-1]}, chessboard",
        item="pixel",
        build=build_few,
        trusted=trusted_chessboard(CURVE),
        contenders=(
            Contender("flawgauge", ours(CURVE), "flawgauge", "ours"),
            Contender("official (OpenCV)", by_bands(official(CURVE)), "cv2"),
            Contender("OpenCV, distances, histograms", opencv_histograms(CURVE), "cv2"),
        ),
        targets=(
            Target("flawgauge", "rate", 0.8e-9),
            Target("flawgauge", "speedup", 130.0, "official (OpenCV)"),
            Target("flawgauge", "speedup", 10.0, "fastest peer"),
        ),
    ),
    Comparison(
        key="W3-disk",
        title=f"Boundary bands at one distance, d = {ONE}, Euclidean",
        item="pixel",
        build=build_few,
        trusted=trusted_disk(ONE),
        contenders=(
            Contender("flawgauge", ours((ONE,), "euclidean"), "flawgauge", "ours"),
            Contender("OpenCV, distances", by_bands(opencv_distances((ONE,), "euclidean")), "cv2"),
            Contender("edt", by_bands(edt_distances((ONE,))), "edt"),
            Contender("SciPy, distances", by_bands(scipy_distances((ONE,), "euclidean")), "scipy"),
        ),
        targets=(
            Target("flawgauge", "rate", 0.6e-9),
            Target("flawgauge", "speedup", 16.0, "fastest peer"),
        ),
    ),
)
