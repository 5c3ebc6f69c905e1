"""From a batch to its images."""

from flawgauge.arrays import each_image

__all__ = ["each_image"]
