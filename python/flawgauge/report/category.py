"""What was counted of the images of one category."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.image_scores import image_sweep
from flawgauge.report.image_level import detection_any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flawgauge.best_thresholds import BestThreshold
    from flawgauge.boundary_counts import BoundaryCounts
    from flawgauge.confusion import ConfusionCounts
    from flawgauge.region_table import RegionTable
    from flawgauge.sweep_evidence import ThresholdSweep
    from flawgauge.thresholds import Threshold

__all__ = ["CategoryEvidence"]


@dataclass(frozen=True, eq=False)
class CategoryEvidence:
    """Counts of the N images of a category; every number of a report follows from them.

    Attributes
    ----------
    name : str
        The category.
    ids : tuple of str
        The images.
    labels : tuple of str or None
        "good" or the class of the defect, as the data set has it; None where only masks tell.
    shapes : ndarray of int64, shape (N, 2)
        Height and width of the masks in pixels.
    resized : ndarray of bool, shape (N,)
        Whether the prediction had another size.
    num_positives : ndarray of int64, shape (N,)
        Defective pixels. An image is defective iff it has one.
    image_scores : ndarray of float64, shape (N,), or None
        The score of each image, the highest one of its pixels unless ``evaluate`` was told another
        rule; None for masks.
    threshold : Threshold or None
        Where the counts below were made, and how it was chosen; None for masks and where no
        threshold was needed or found.
    confusion : ConfusionCounts (N,), or None
        In pixels; None without a threshold.
    boundary : BoundaryCounts (N,), or None
        In pixels, if distances were asked for.
    regions : RegionTable or None
        The defects, numbered by image.
    sweep : ThresholdSweep or None
        Counts of all pixels at all thresholds; None for masks.
    fingerprint : str
        Equal iff two results are about the same ids and the same true masks.
    fingerprints : mapping of str to str
        The same for each category of the data set; several where they were pooled.
    """

    name: str
    ids: tuple[str, ...]
    labels: tuple[str | None, ...]
    shapes: NDArray[np.int64]
    resized: NDArray[np.bool_]
    num_positives: NDArray[np.int64]
    image_scores: NDArray[np.float64] | None
    threshold: Threshold | None
    confusion: ConfusionCounts | None
    boundary: BoundaryCounts | None
    regions: RegionTable | None
    sweep: ThresholdSweep | None
    fingerprint: str
    fingerprints: Mapping[str, str]

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.ids)

    @property
    def is_defective(self) -> NDArray[np.bool_]:
        """Whether each image has a defective pixel, shape (N,)."""
        return self.num_positives > 0

    @property
    def num_defective(self) -> int:
        """Number of images with a defective pixel."""
        return int(self.is_defective.sum())

    @property
    def detection(self) -> ConfusionCounts | None:
        """Counts of images: predicted iff any pixel is, wherever it is."""
        return None if self.confusion is None else detection_any(self.confusion[:, np.newaxis])

    @cached_property
    def image_sweep(self) -> ThresholdSweep | None:
        """Counts of whole images at all thresholds of their scores; None for masks."""
        if self.image_scores is None:
            return None
        return image_sweep(self.image_scores, self.is_defective)

    def best(self, metric: str) -> BestThreshold:
        """Best threshold of the pixels' sweep for a metric; found once, an oracle."""
        if metric not in self._best:
            if self.sweep is None:
                raise ValueError("there is no sweep")
            self._best[metric] = self.sweep.best(metric)
        return self._best[metric]

    @cached_property
    def _best(self) -> dict[str, BestThreshold]:
        return {}

    def with_threshold(self, threshold: Threshold) -> CategoryEvidence:
        """Tell another source of the same threshold."""
        if threshold == self.threshold:
            return self
        confusion, boundary, regions = self.confusion, self.boundary, self.regions
        return replace(
            self,
            threshold=threshold,
            confusion=None if confusion is None else confusion._with_threshold(threshold),
            boundary=_told(boundary, threshold),
            regions=None if regions is None else replace(regions, chosen=threshold),
        )

    def regions_of_images(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Regions of each image, and how many of them are hit (None without a threshold)."""
        if self.regions is None:
            raise ValueError("regions were not counted")
        size = self.num_images
        every = np.bincount(self.regions.image, minlength=size)
        hit = self.regions.hit
        if hit is None:
            return every, None
        return every, np.bincount(self.regions.image[hit], minlength=size)

    def outcome(self, index: int) -> str | None:
        """What became of an image at the threshold, in words; None without a threshold."""
        if self.confusion is None:
            return None
        predicted = bool(self.confusion.predicted[index] > 0)
        if self.is_defective[index]:
            return "detected" if predicted else "missed"
        return "false alarm" if predicted else "correctly passed"

    def __repr__(self) -> str:
        parts: list[Any] = [f"{self.num_images} images", f"{self.num_defective} defective"]
        if self.regions is not None:
            parts.append(f"{len(self.regions)} regions")
        if self.threshold is not None:
            parts.append(f"threshold {self.threshold}")
        return f"CategoryEvidence {self.name!r}: {', '.join(parts)}"


def _told(boundary: BoundaryCounts | None, threshold: Threshold) -> BoundaryCounts | None:
    if boundary is None:
        return None
    return boundary._with(boundary._counts, boundary._pixels, threshold=threshold)
