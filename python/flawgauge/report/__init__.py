"""Reports: evidence of a data set with the numbers that follow, as text, JSON and CSV."""

from __future__ import annotations

from flawgauge.report.severstal import SeverstalReport, TableInfo

__all__ = ["SeverstalReport", "TableInfo"]
