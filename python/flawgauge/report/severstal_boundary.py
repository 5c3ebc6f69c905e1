"""The boundary numbers of a Severstal report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.band_metrics import BAND_METRICS
from flawgauge.report.numbers import plain
from flawgauge.report.tables import Table

if TYPE_CHECKING:
    from flawgauge.boundary_counts import BoundaryCounts

__all__ = ["CONVENTION", "columns", "numbers", "tables"]

CONVENTION = (
    "pixels of a mask at most a distance away from a pixel outside of the mask, what lies "
    "outside of the image included; of the bands of truth and prediction: |both| / |either|, ..."
)


def numbers(bands: BoundaryCounts) -> dict[str, Any]:
    """Return the numbers of all classes at all distances, ready for JSON.

    Parameters
    ----------
    bands : BoundaryCounts (N, C)
        Of N images and C classes.
    """
    distance = bands.distance
    per_class = {str(index + 1): bands[:, index] for index in range(bands.shape[1])}
    return {
        "distance": list(distance) if isinstance(distance, tuple) else distance,
        "metric": bands.metric,
        "edge": bands.edge,
        "distances": _distances(bands),
        "pooled": {
            "all": _pooled(bands),
            "per_class": {name: _pooled(part) for name, part in per_class.items()},
        },
        "image_means": {
            "all": _means(bands),
            "per_class": {name: _means(part) for name, part in per_class.items()},
        },
    }


def columns(bands: BoundaryCounts) -> dict[str, Any]:
    """Return Boundary IoU at each distance d as columns "boundary_iou_d", arrays (N, C)."""
    values = bands.iou().reshape((*bands.shape, -1))
    return {
        f"boundary_iou_{distance}": values[..., place]
        for place, distance in enumerate(_distances(bands))
    }


def tables(data: dict[str, Any]) -> list[Table]:
    """Return ``numbers`` as tables of a row for each distance."""
    pooled, means = data["pooled"], data["image_means"]
    names = [*pooled["per_class"], "all"]

    def rows(part: dict[str, Any], value: str) -> list[list[Any]]:
        lists = [*part["per_class"].values(), part["all"]]
        return [
            [str(distance), *(_value(entries[place][value]) for entries in lists)]
            for place, distance in enumerate(data["distances"])
        ]

    title = f"Boundary IoU by distance in pixels ({data['metric']}) and class"
    if isinstance(data["distance"], float):
        title += f"; {data['distance']} of the diagonal"
    mean = "The same, mean over the pairs of image and class that are not both empty"
    size = f"{len(names)} columns"
    return [
        Table(heading, ["distance", *names], rows(part, "iou"), size=size)
        for heading, part in ((f"{title}, pooled over the images", pooled), (mean, means))
    ]


def _value(entry: Any) -> float | None:
    value: float | None = entry["value"] if isinstance(entry, dict) else entry
    return value


def _distances(bands: BoundaryCounts) -> list[int]:
    # All images of a report have one size, so a ratio is one distance as well.
    found: list[int] = bands.max_distances.reshape(-1, bands.max_distances.shape[-1])[0].tolist()
    return found


def _pooled(bands: BoundaryCounts) -> list[dict[str, Any]]:
    """Counts and ratios over all images, for each distance."""
    total = bands.sum()
    values = {metric: _list(getattr(total, metric)()) for metric in BAND_METRICS}
    return [
        {
            "band_preds": int(total.band_preds[place]),
            "band_target": int(total.band_target[place]),
            "both": int(total.both[place]),
            **{metric: plain(found[place]) for metric, found in values.items()},
        }
        for place in range(total.both.size)
    ]


def _means(bands: BoundaryCounts) -> list[dict[str, Any]]:
    """Means over pairs of image and class, undefined values left out, for each distance."""
    means = {metric: vars(bands.mean(metric, empty="skip")) for metric in BAND_METRICS}
    return [
        {
            metric: {name: plain(np.atleast_1d(field)[place]) for name, field in fields.items()}
            for metric, fields in means.items()
        }
        for place in range(bands.both.shape[-1])
    ]


def _list(values: Any) -> list[float]:
    return [values] if isinstance(values, float) else list(values)
