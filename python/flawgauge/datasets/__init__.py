"""Data sets: which files there are, what they hold, and the protocol of each.

A data set knows nothing of metrics. One module each: ``severstal``.
"""

from __future__ import annotations

from flawgauge.datasets import severstal

__all__ = ["severstal"]
