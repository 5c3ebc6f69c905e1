"""Sizes of photographs, by their headers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flawgauge.errors import FlawgaugeError
from flawgauge.image_files import image_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flawgauge.datasets.problems import Problems
    from flawgauge.datasets.sample import Sample

__all__ = ["measured"]


def measured(samples: Sequence[Sample], problems: Problems) -> tuple[Sample, ...]:
    """Fill in the sizes of samples that have photographs.

    Without them, nothing would tell that a prediction for an image without defect, which has no
    mask, has another size than the image.

    Parameters
    ----------
    samples : sequence of Sample
        The samples; sizes that are known stay.
    problems : Problems
        Takes photographs and masks whose headers can't be read, and pairs of different sizes.
    """
    return tuple(_measured(sample, problems) for sample in samples)


def _measured(sample: Sample, problems: Problems) -> Sample:
    if sample.size is not None or sample.image is None:
        return sample
    try:
        size = image_size(sample.image)
        mask_size = size if sample.mask is None else image_size(sample.mask)
    except FlawgaugeError as error:
        problems.add(str(error))
        return sample
    if size != mask_size:
        problems.add(f"{sample.id}: the image has {_text(size)}, its mask {_text(mask_size)}")
    return replace(sample, size=size)


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"
