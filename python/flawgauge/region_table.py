"""What becomes of each single defect: a table of the ground truth's regions."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import score_images
from flawgauge.comparison import score_threshold
from flawgauge.evidence import ROWS_SHOWN, table
from flawgauge.regions import check_connectivity
from flawgauge.thresholds import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike

__all__ = ["RegionTable", "region_table"]

_COLUMNS = ("image", "label", "area", "row", "column", "highest", "overlap", "hit")
_BOX = ("top", "left", "bottom", "right")
_NAMES = (*_COLUMNS[:5], *_BOX, *_COLUMNS[5:])


@dataclass(frozen=True, eq=False)
class RegionTable:
    """The regions of a batch, image after image, one row each.

    Attributes
    ----------
    image : ndarray of int64, shape (R,)
        The region's image, counted over all leading axes in C order.
    label : ndarray of int64, shape (R,)
        Its label in that image, from 1, as ``label_regions`` gives it.
    area : ndarray of int64, shape (R,)
        Its pixels.
    centroid : ndarray of float64, shape (R, 2)
        Mean row and mean column of its pixels.
    box : ndarray of int64, shape (R, 4)
        Top, left, bottom, right in pixels; the last two are just outside.
    highest : ndarray of float64, shape (R,)
        Its highest score: the highest threshold at which it is hit.
    predicted : ndarray of int64, shape (R,), or None
        Its pixels with a score of at least the threshold; None without a threshold.
    threshold : float or None
        The threshold.
    chosen : Threshold or None
        Where it came from, if it was given as a ``Threshold``. A note: it takes no part in ``==``.

    Examples
    --------
    >>> import flawgauge as fg
    >>> found = fg.region_table([[0.2, 0.9, 0.1]], [[1, 1, 0]], threshold=0.5)
    >>> next(found.rows())["overlap"]
    0.5
    """

    image: NDArray[np.int64]
    label: NDArray[np.int64]
    area: NDArray[np.int64]
    centroid: NDArray[np.float64]
    box: NDArray[np.int64]
    highest: NDArray[np.float64]
    predicted: NDArray[np.int64] | None
    threshold: float | None
    chosen: Threshold | None = None

    @classmethod
    def _of(
        cls,
        numbers: NDArray[np.int64],
        highest: NDArray[np.float64],
        predicted: NDArray[np.int64],
        least: float | None,
        threshold: float | Threshold | None,
    ) -> RegionTable:
        """Wrap rows (image, area, box, sum of rows, sum of columns), image after image.

        ``least`` is the threshold in the precision of the scores.
        """
        image, area = numbers[:, 0], numbers[:, 1]
        return cls(
            image=image,
            label=np.arange(len(numbers)) - np.searchsorted(image, image) + 1,
            area=area,
            centroid=numbers[:, 6:] / area[:, np.newaxis],
            box=numbers[:, 2:6],
            highest=highest,
            predicted=None if least is None else predicted,
            threshold=least,
            chosen=threshold if isinstance(threshold, Threshold) else None,
        )

    @property
    def overlap(self) -> NDArray[np.float64] | None:
        """Share of each region that is predicted; None without a threshold."""
        return None if self.predicted is None else self.predicted / self.area

    @property
    def hit(self) -> NDArray[np.bool_] | None:
        """Whether any pixel of each region is predicted; None without a threshold."""
        return None if self.predicted is None else self.predicted > 0

    @property
    def num_regions(self) -> int:
        """Number of regions."""
        return len(self)

    @property
    def num_hit(self) -> int | None:
        """Number of regions of which any pixel is predicted; None without a threshold."""
        return None if self.predicted is None else int(np.sum(self.predicted > 0))

    def __len__(self) -> int:
        return len(self.image)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RegionTable) and all(
            np.array_equal(getattr(self, field.name), getattr(other, field.name))
            if isinstance(getattr(self, field.name), np.ndarray)
            else getattr(self, field.name) == getattr(other, field.name)
            for field in fields(self)
            if field.name != "chosen"
        )

    __hash__ = None  # type: ignore[assignment]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each region as a dict of plain values."""
        overlap, hit = self.overlap, self.hit
        for index in range(len(self)):
            top, left, bottom, right = self.box[index].tolist()
            row, column = self.centroid[index].tolist()
            yield {
                "image": int(self.image[index]),
                "label": int(self.label[index]),
                "area": int(self.area[index]),
                "row": row,
                "column": column,
                "top": top,
                "left": left,
                "bottom": bottom,
                "right": right,
                "highest": float(self.highest[index]),
                "overlap": None if overlap is None else float(overlap[index]),
                "hit": None if hit is None else bool(hit[index]),
            }

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, one a column, ready for JSON."""
        columns: dict[str, list[Any]] = {name: [] for name in _NAMES}
        for row in self.rows():
            for name, value in row.items():
                columns[name].append(value)
        chosen = None if self.chosen is None else self.chosen.to_dict()
        return {
            "type": "RegionTable",
            "threshold": self.threshold,
            "chosen": chosen,
            "columns": columns,
        }

    def __repr__(self) -> str:
        title = f"RegionTable of {len(self)} region{'' if len(self) == 1 else 's'}"
        if self.threshold is not None:
            title += f", {self.num_hit} hit at {self.chosen or f'{self.threshold:g}'}"
        if not len(self):
            return title
        columns = _COLUMNS if self.threshold is not None else _COLUMNS[:-2]
        rows: list[tuple[str, ...]] = [columns]
        for _, row in zip(range(ROWS_SHOWN), self.rows(), strict=False):
            rows.append(tuple(_cell(row[name]) for name in columns))
        return f"{title}\n{table(rows, len(self) - ROWS_SHOWN)}"


def region_table(
    scores: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
    connectivity: int = 8,
) -> RegionTable:
    """List the ground truth's regions with their highest scores, and which of them are hit.

    Parameters
    ----------
    scores : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Anomaly maps: float16, float32, float64, bfloat16, uint8 or uint16. A predicted mask as
        uint8, with a threshold of 1, works as well.
    target : array-like
        True masks of booleans or integers, in the shape of ``scores``.
    threshold : float or Threshold, optional
        A pixel is predicted positive iff its score is at least this.
    ignore : array-like, optional
        Pixels that belong to no region, where not zero.
    connectivity : {8, 4}
        Whether pixels that share only a corner are neighbours.

    Returns
    -------
    RegionTable
        One row a region: image, label, area in pixels, centroid, box, highest score; with a
        threshold the overlap as a fraction, and whether it is hit.

    Raises
    ------
    InputTypeError, InputValueError
        Wrong arrays or options; a NaN score in a region.

    Notes
    -----
    The overlap is that of PRO (Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021).

    Examples
    --------
    >>> import flawgauge as fg
    >>> scores = np.array([[0.1, 0.8, 0.0, 0.3], [0.0, 0.6, 0.0, 0.2]])
    >>> target = [[0, 1, 0, 1], [0, 1, 0, 1]]
    >>> fg.region_table(scores, target, threshold=0.5)
    RegionTable of 2 regions, 1 hit at 0.5
    image  label  area  row  column  highest  overlap    hit
        0      1     2  0.5       1      0.8        1   True
        0      2     2  0.5       3      0.3        0  False
    """
    maps, masks, ignored = score_images(scores, target, ignore)
    check_connectivity(connectivity)
    least = None if threshold is None else score_threshold(threshold, maps, "scores")
    found = _core.score_regions(maps, masks, ignored, connectivity=connectivity, threshold=least)
    return RegionTable._of(*found, least, threshold)


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
