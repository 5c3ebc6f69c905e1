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


def measured(samples: Sequence[Sample], problems: Problems, max_pixels: int) -> tuple[Sample, ...]:
    """Fill in the sizes of samples that have photographs.

    Without them, nothing would tell that a prediction for an image without defect, which has no
    mask, has another size than the image.

    Parameters
    ----------
    samples : sequence of Sample
        The samples. Sizes that are known stay, and are compared with the photographs'.
    problems : Problems
        Takes photographs and masks whose headers can't be read, and pairs of different sizes.
    max_pixels : int
        Images of more pixels are a problem.
    """
    return tuple(_measured(sample, problems, max_pixels) for sample in samples)


def _measured(sample: Sample, problems: Problems, max_pixels: int) -> Sample:
    if sample.image is None:
        return sample
    try:
        size = image_size(sample.image, max_pixels=max_pixels)
        label_size = sample.size
        if sample.mask is not None:
            label_size = image_size(sample.mask, max_pixels=max_pixels)
    except FlawgaugeError as error:
        problems.add(str(error))
        return sample
    if label_size is not None and size != label_size:
        problems.add(
            f"{sample.id}: the image has {_text(size)}, its "
            f"{'mask' if sample.boxes is None else 'annotation'} {_text(label_size)}"
        )
    return replace(sample, size=size)


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"
