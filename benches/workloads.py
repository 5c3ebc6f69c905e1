"""The inputs of the workloads: generated, and the same on every run.

Ground truth is sparse blobs and scratches. A prediction draws the same defects shifted and grown,
leaves some out, invents some, and flips single pixels at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benches.registry import Array

Generator = np.random.Generator


@dataclass(frozen=True)
class Defect:
    """A bent bar (scratch) or a wobbly ellipse (blob), in pixels and radians."""

    row: float
    column: float
    half_length: float
    half_width: float
    angle: float
    bend: float
    is_scratch: bool
    label: int


def random_defect(
    generator: Generator, height: int, width: int, num_classes: int, blob_size: float
) -> Defect:
    """A defect somewhere in the image; `blob_size` is the largest radius of a blob in pixels."""
    is_scratch = bool(generator.random() < 0.4)
    if is_scratch:
        half_length = generator.uniform(20, max(21.0, 0.4 * min(height, width)))
        half_width = generator.uniform(0.6, 3.0)
    else:
        half_length = math.exp(generator.uniform(math.log(3), math.log(blob_size)))
        half_width = half_length * generator.uniform(0.3, 1.0)
    return Defect(
        row=generator.uniform(0, height),
        column=generator.uniform(0, width),
        half_length=half_length,
        half_width=half_width,
        angle=generator.uniform(0, math.pi),
        bend=generator.uniform(-0.15, 0.15),
        is_scratch=is_scratch,
        label=int(generator.integers(1, num_classes)),
    )


def predicted_defect(generator: Generator, defect: Defect, num_classes: int) -> Defect:
    """The defect as a model might see it: shifted, grown, sometimes of another class."""
    label = defect.label
    if generator.random() < 0.1:
        label = int(generator.integers(1, num_classes))
    return replace(
        defect,
        row=defect.row + generator.uniform(-4, 4),
        column=defect.column + generator.uniform(-4, 4),
        half_length=defect.half_length + generator.uniform(-1, 4),
        half_width=max(0.6, defect.half_width + generator.uniform(-0.5, 3)),
        label=label,
    )


def draw(image: Array, defect: Defect, value: int) -> tuple[int, int]:
    """Set the defect's pixels of an (H, W) image to `value`; return the rows touched."""
    wobble = 1.0 + abs(defect.bend)
    reach = defect.half_length * wobble
    sine, cosine = math.sin(defect.angle), math.cos(defect.angle)
    sag = abs(defect.bend) * defect.half_length
    down = reach * abs(sine) + (defect.half_width * wobble + sag) * abs(cosine) + 1
    right = reach * abs(cosine) + (defect.half_width * wobble + sag) * abs(sine) + 1
    top, bottom = _clip(defect.row - down, defect.row + down, image.shape[0])
    left, end = _clip(defect.column - right, defect.column + right, image.shape[1])
    rows = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(defect.row)
    columns = np.arange(left, end, dtype=np.float32)[None, :] - np.float32(defect.column)
    along = (columns * cosine + rows * sine) / defect.half_length
    across = (rows * cosine - columns * sine) / defect.half_width
    if defect.is_scratch:
        across += along * along * (defect.bend * defect.half_length / defect.half_width)
        inside = (np.abs(along) <= 1) & (np.abs(across) <= 1)
    else:
        radius_squared = along * along + across * across
        inside = radius_squared <= 1 + defect.bend * np.sin(9 * along + 5 * across)
    image[top:bottom, left:end][inside] = value
    return top, bottom


def _clip(low: float, high: float, size: int) -> tuple[int, int]:
    first = min(max(math.floor(low), 0), size)
    return first, max(first, min(math.ceil(high), size))


def flip_pixels(generator: Generator, mask: Array, share: float) -> None:
    """Flip about `share` of the pixels of a C-contiguous 0/1 mask in place."""
    where = generator.integers(0, mask.size, int(mask.size * share))
    mask.reshape(-1)[where] ^= 1


def binary_pairs(count: int, height: int, width: int, seed: int) -> tuple[Array, Array]:
    """Predictions and target, each (count, height, width) uint8 of 0 and 1.

    Four images of ten have no defect; one of ten of those gets a false alarm, and one defect of
    ten is missed.
    """
    generator = np.random.default_rng(seed)
    preds = np.zeros((count, height, width), np.uint8)
    target = np.zeros_like(preds)
    for pred, truth in zip(preds, target, strict=True):
        number = 0 if generator.random() < 0.4 else 1 + int(generator.poisson(4))
        for _ in range(number):
            defect = random_defect(generator, height, width, 2, 100.0)
            draw(truth, defect, 1)
            if generator.random() < 0.9:
                draw(pred, predicted_defect(generator, defect, 2), 1)
        if number == 0 and generator.random() < 0.1:
            draw(pred, random_defect(generator, height, width, 2, 20.0), 1)
        if number > 0:
            flip_pixels(generator, pred, 0.0005)
    return preds, target


def surface_pairs(count: int, size: int, seed: int) -> tuple[Array, Array]:
    """Predictions and target, each (count, size, size) uint8 of 0 and 1, about 3 % positive.

    Six defects an image, none missed; the predictions have a few wrong pixels. No mask is empty.
    """
    generator = np.random.default_rng(seed)
    preds = np.zeros((count, size, size), np.uint8)
    target = np.zeros_like(preds)
    for pred, truth in zip(preds, target, strict=True):
        # A defect may lie outside; the one in the middle does not.
        draw(truth, Defect(size / 2, size / 2, size / 14, size / 20, 0.3, 0.1, False, 1), 1)
        draw(pred, Defect(size / 2 + 2, size / 2, size / 13, size / 20, 0.3, 0.1, False, 1), 1)
        for _ in range(6):
            defect = random_defect(generator, size, size, 2, 100.0 * size / 1024)
            draw(truth, defect, 1)
            draw(pred, predicted_defect(generator, defect, 2), 1)
        flip_pixels(generator, pred, 0.00001)
    return preds, target


def score_maps(preds: Array, seed: int) -> Array:
    """Float32 scores in [0, 1] for 0/1 predictions; none is exactly 0.5.

    Some tools take ``>`` and some ``>=`` at the threshold, so that a tie would be no equal work.
    """
    generator = np.random.default_rng(seed)
    scores = generator.random(preds.shape, np.float32)
    scores *= np.float32(0.499)
    scores += preds * np.float32(0.501)
    return scores


def anomaly_maps(count: int, size: int, seed: int) -> tuple[Array, Array]:
    """Float32 scores and uint8 target of 0 and 1, each (count, size, size).

    One image of five is good; defects cover about 3 % of the pixels. Scores are high at the
    predicted defects, on a smooth background with fine noise; nearly all are distinct.
    """
    generator = np.random.default_rng(seed)
    scores = np.empty((count, size, size), np.float32)
    target = np.zeros((count, size, size), np.uint8)
    for score, truth in zip(scores, target, strict=True):
        seen = np.zeros((size, size), np.uint8)
        defects: list[Defect] = []
        if generator.random() < 0.8:
            row, column = generator.uniform(0.2 * size, 0.8 * size, 2)
            angle = generator.uniform(0, math.pi)
            defects = [Defect(row, column, 0.12 * size, 0.08 * size, angle, 0.1, False, 1)]
            more = int(generator.poisson(2))
            defects += [random_defect(generator, size, size, 2, 0.15 * size) for _ in range(more)]
        for defect in defects:
            draw(truth, defect, 1)
            if generator.random() < 0.9:
                draw(seen, predicted_defect(generator, defect, 2), 1)
        generator.random(out=score, dtype=np.float32)
        score *= np.float32(0.2)
        score += smooth(generator, size, 16) * np.float32(0.5)
        score += seen * (smooth(generator, size, 64) * np.float32(0.7))
    return scores, target


def smooth(generator: Generator, size: int, cells: int) -> Array:
    """A float32 image of random values in [0, 1] at so many places a side, linear between them."""
    values = generator.random((cells, cells), np.float32)
    places, columns = np.arange(cells), np.linspace(0, cells - 1, size)
    lower = np.minimum(columns.astype(np.intp), cells - 2)
    share = (columns - places[lower]).astype(np.float32)
    rows = values[lower] * (1 - share)[:, None] + values[lower + 1] * share[:, None]
    return rows[:, lower] * (1 - share) + rows[:, lower + 1] * share


def label_maps(
    count: int, size: int, num_classes: int, defects: int, blob_size: float, seed: int
) -> tuple[Array, Array]:
    """Predicted and target label maps, each (count, size, size) uint8, mostly background 0."""
    generator = np.random.default_rng(seed)
    preds = np.zeros((count, size, size), np.uint8)
    target = np.zeros_like(preds)
    for pred, truth in zip(preds, target, strict=True):
        for _ in range(defects):
            defect = random_defect(generator, size, size, num_classes, blob_size)
            draw(truth, defect, defect.label)
            seen = predicted_defect(generator, defect, num_classes)
            draw(pred, seen, seen.label)
        where = generator.integers(0, pred.size, pred.size // 1000)
        pred.reshape(-1)[where] = generator.integers(0, num_classes, where.size)
    return preds, target


def random_labels(count: int, size: int, num_classes: int, seed: int) -> tuple[Array, Array]:
    """Label maps of independent random pixels: no two neighbours alike, the worst case."""
    generator = np.random.default_rng(seed)
    shape = (count, size, size)
    preds = generator.integers(0, num_classes, shape, np.uint8)
    return preds, generator.integers(0, num_classes, shape, np.uint8)


def severstal_rows(
    images: int, height: int, width: int, num_classes: int, seed: int, share: float = 0.8
) -> tuple[list[str], list[str], list[str]]:
    """Names ("00000a.jpg_1"), predicted run strings and true run strings, one a row.

    Of all rows the given share has a defect (in the real files one of seven has: the others cost
    little); one of ten of those is missed, and one of ten of the rest has a false alarm.
    """
    generator = np.random.default_rng(seed)
    names, preds, target = [], [], []
    # Runs go down the columns, so the canvas is transposed: its rows are the image's columns.
    canvas = np.zeros((width, height), np.uint8)
    for image in range(images):
        for class_number in range(1, num_classes + 1):
            names.append(f"{image:08x}.jpg_{class_number}")
            defects: list[Defect] = []
            if generator.random() < share:
                number = 1 + int(generator.poisson(2))
                defects = [random_defect(generator, width, height, 2, 80.0) for _ in range(number)]
            seen = [predicted_defect(generator, defect, 2) for defect in defects]
            if generator.random() < 0.1:
                seen = [] if defects else [random_defect(generator, width, height, 2, 20.0)]
            target.append(_draw_runs(generator, canvas, defects, 0.0))
            preds.append(_draw_runs(generator, canvas, seen, 0.0005))
    return names, preds, target


def _draw_runs(generator: Generator, canvas: Array, defects: list[Defect], noise: float) -> str:
    """The runs of the defects as "start length start length ..."; leaves the canvas empty."""
    if not defects:
        return ""
    spans = [draw(canvas, defect, 1) for defect in defects]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    slab = canvas[first:last]
    flip_pixels(generator, slab, noise)
    padded = np.zeros(slab.size + 2, np.int8)
    padded[1:-1] = slab.reshape(-1)
    edges = np.flatnonzero(np.diff(padded))
    slab[:] = 0
    runs = np.column_stack([edges[::2] + first * canvas.shape[1] + 1, edges[1::2] - edges[::2]])
    return " ".join(map(str, runs.reshape(-1).tolist()))
