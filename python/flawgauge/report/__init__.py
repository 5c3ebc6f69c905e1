"""Reports: evidence of a data set with the numbers that follow, as text, JSON, CSV and Markdown."""

from __future__ import annotations

from flawgauge.report.bootstrap import Interval
from flawgauge.report.category import CategoryEvidence
from flawgauge.report.evaluation import Report
from flawgauge.report.evaluation_metrics import DEFAULT_METRICS, KNOWN_METRICS, Metric
from flawgauge.report.inputs import Inputs
from flawgauge.report.severstal import SeverstalReport, TableInfo

__all__ = [
    "DEFAULT_METRICS",
    "KNOWN_METRICS",
    "CategoryEvidence",
    "Inputs",
    "Interval",
    "Metric",
    "Report",
    "SeverstalReport",
    "TableInfo",
]
