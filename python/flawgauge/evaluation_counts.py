"""Counting the files of one category."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flawgauge import _core
from flawgauge.arrays import whole_number
from flawgauge.boundary_counts import BoundaryCounts
from flawgauge.confusion import ConfusionCounts
from flawgauge.distances import numbers, pixel_distance
from flawgauge.errors import DataError, InputValueError
from flawgauge.image_files import check_key
from flawgauge.region_table import RegionTable
from flawgauge.report.category import CategoryEvidence
from flawgauge.sweep_evidence import ThresholdSweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    from flawgauge.datasets.predictions import Kind
    from flawgauge.datasets.sample import Sample
    from flawgauge.distances import Distance
    from flawgauge.thresholds import Threshold

    Progress: TypeAlias = Callable[[str, int, int], None]

__all__ = ["Reading", "Wanted", "count_category"]

_RULE = ("chessboard", "background")


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes
    ----------
    kind : {"scores", "masks"}
        What the predictions are.
    resize : {"bilinear", "nearest"} or None
        What to do with predictions of another size than their masks; None makes them an error.
    mask_threshold : int or None
        Grey value from which a pixel of a mask is positive; None refuses masks of grey values.
    map_key : str or None
        The array of an NPZ file.
    max_pixels : int
        An image of more pixels is an error.
    """

    kind: Kind
    resize: str | None
    mask_threshold: int | None
    map_key: str | None
    max_pixels: int

    def __post_init__(self) -> None:
        if self.resize not in (None, "bilinear", "nearest"):
            raise InputValueError(f'resize is {self.resize!r}, want "bilinear", "nearest" or None')
        check_key(self.map_key, "map_key")
        if self.mask_threshold is not None:
            whole_number(self.mask_threshold, "mask_threshold", 1, 2**64 - 1)


@dataclass(frozen=True)
class Wanted:
    """What is counted.

    Attributes
    ----------
    sweep : bool
        All thresholds.
    decisions : bool
        One threshold.
    connectivity : {8, 4} or None
        How pixels of a region touch; None leaves regions out.
    boundary : float, int, tuple of int, or None
        The distance of boundary bands.
    sweep_boundary : bool
        Boundary bands at all thresholds; of several distances the first.
    image_score : (str, int)
        Method of ``image_scores`` and its number.
    """

    sweep: bool
    decisions: bool
    connectivity: int | None
    boundary: Distance | None
    sweep_boundary: bool
    image_score: tuple[str, int]


def count_category(
    name: str,
    samples: Sequence[Sample],
    sources: Sequence[Any],
    *,
    reading: Reading,
    wanted: Wanted,
    threshold: Threshold | None,
    progress: Progress | None,
) -> CategoryEvidence:
    """Score the files of a category's samples.

    Masks and scores with a threshold are read once; a sweep reads the files once more, and a
    threshold that it finds again: memory stays bounded by an image a thread and the scores of
    defective pixels.

    Parameters
    ----------
    name : str
        The category.
    samples : sequence of Sample
        At least one.
    sources : sequence of Path, or of run lengths
        The predictions, in the order of the samples.
    reading, wanted
        How the files are read and what is counted.
    threshold : Threshold or None
        None: the best for F1 on these very images, an "oracle".
    progress : callable, optional
        Called as ``progress(label, done, total)``, in files.

    Raises
    ------
    FileError
        A file can't be read.
    DataError
        A file's content is wrong, or files changed between two passes.
    """
    count = _Counter(name, samples, sources, reading, wanted, progress)
    is_mask = reading.kind == "masks"
    needs_best = wanted.decisions and threshold is None and not is_mask
    found = count.scan(
        name,
        threshold=0.5 if is_mask else None if threshold is None else threshold.value,
        sweep=not is_mask and (wanted.sweep or needs_best),
    )
    evidence = count.evidence(found, threshold)
    if not needs_best:
        return evidence
    best = evidence.best("f1")
    if math.isnan(best.threshold.value):
        return evidence
    found = count.scan(f"{name}, threshold", threshold=best.threshold.value, sweep=False)
    chosen = replace(count.evidence(found, best.threshold), sweep=evidence.sweep)
    if chosen.fingerprint != evidence.fingerprint or (
        chosen.confusion is None or chosen.confusion.sum() != best.counts
    ):
        raise DataError(f"category {name}: files were changed while they were scored")
    return chosen


@dataclass(frozen=True)
class _Counter:
    name: str
    samples: Sequence[Sample]
    sources: Sequence[Any]
    reading: Reading
    wanted: Wanted
    progress: Progress | None

    def scan(self, label: str, *, threshold: float | None, sweep: bool) -> dict[str, Any]:
        reading, wanted = self.reading, self.wanted
        progress = self.progress
        report = None if progress is None else lambda done, total: progress(label, done, total)
        return _core.score_files(
            [
                _row(sample, source)
                for sample, source in zip(self.samples, self.sources, strict=True)
            ],
            masks=reading.kind == "masks",
            map_key=reading.map_key,
            mask_threshold=reading.mask_threshold,
            resize=reading.resize,
            max_pixels=reading.max_pixels,
            connectivity=wanted.connectivity,
            threshold=threshold,
            boundary=_band(wanted.boundary),
            with_sweep=sweep,
            # Bands at the threshold alone are counted by image, at less cost.
            sweep_boundary=wanted.sweep_boundary,
            image_score=wanted.image_score,
            progress=report,
        )

    def evidence(self, found: dict[str, Any], threshold: Threshold | None) -> CategoryEvidence:
        """Wrap what was found; without a threshold the counts are None."""
        is_mask = self.reading.kind == "masks"
        confusion = found["confusion"]
        if confusion is not None:
            confusion = ConfusionCounts._wrap(confusion, threshold)
        bands = found["bands"]
        if bands is not None and self.wanted.boundary is not None:
            bands = BoundaryCounts._of_images(
                bands, self.wanted.boundary, *_RULE, found["distances"], threshold
            )
        regions = None
        if self.wanted.connectivity is not None:
            least = 0.5 if is_mask else None if threshold is None else threshold.value
            rows, highest, predicted = found["regions"]
            regions = RegionTable._of(rows, highest, predicted, least, threshold)
        sweep = found["sweep"]
        if sweep is not None:
            rule = self._sweep_rule(found["shapes"])
            dtypes = set(found["dtypes"])
            sweep = ThresholdSweep._of(
                {**sweep, **rule, "score_dtype": dtypes.pop() if len(dtypes) == 1 else None}
            )
        return CategoryEvidence(
            name=self.name,
            ids=tuple(sample.id for sample in self.samples),
            labels=tuple(sample.label for sample in self.samples),
            shapes=found["shapes"],
            resized=found["resized"],
            num_positives=found["num_positives"],
            image_scores=None if is_mask else found["image_scores"],
            threshold=None if is_mask else threshold,
            confusion=confusion,
            boundary=bands,
            regions=regions,
            sweep=sweep,
            fingerprint=found["fingerprint"],
            fingerprints=self._fingerprints(found["digests"]),
        )

    def _fingerprints(self, digests: Sequence[bytes]) -> dict[str, str]:
        """Fingerprint of the images of each category of the data set."""
        masks: dict[str, list[tuple[str, bytes]]] = {}
        for sample, digest in zip(self.samples, digests, strict=True):
            masks.setdefault(sample.category, []).append((sample.id, digest))
        return {name: _core.fingerprint_masks(part) for name, part in sorted(masks.items())}

    def _sweep_rule(self, shapes: NDArray[np.int64]) -> dict[str, Any]:
        """How the regions and bands of a sweep were counted."""
        rule: dict[str, Any] = {"connectivity": self.wanted.connectivity}
        distance = self.wanted.boundary
        if not self.wanted.sweep_boundary or distance is None:
            return rule
        rule |= dict(zip(("metric", "edge"), _RULE, strict=True))
        if isinstance(distance, float):
            pixels = [pixel_distance(distance, *shape) for shape in shapes.tolist()]
            return rule | {
                "distance": distance,
                "min_distance": min(pixels),
                "max_distance": max(pixels),
            }
        return rule | {"distance": numbers(distance)[0]}


def _row(sample: Sample, source: Any) -> tuple[Any, ...]:
    mask = None if sample.mask is None else str(sample.mask)
    boxes = None if sample.boxes is None else [list(box) for box in sample.boxes]
    prediction = source if isinstance(source, (list, tuple)) else str(source)
    return sample.id, prediction, mask, sample.size, boxes


def _band(boundary: Distance | None) -> tuple[float | None, list[int], str, str] | None:
    if boundary is None:
        return None
    if isinstance(boundary, float):
        return boundary, [], *_RULE
    return None, list(numbers(boundary)), *_RULE
