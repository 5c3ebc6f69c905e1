"""Exact distance transforms of masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flawgauge import _core
from flawgauge.arrays import as_images, whole_number
from flawgauge.errors import InputValueError

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike, Images

__all__ = ["distance_transform"]

METRICS = ("euclidean", "chessboard", "taxicab")
EDGES = ("background", "ignore")
_MAX_DISTANCE = 2**30
_MAX_SIDE = 2**30


def distance_transform(
    mask: ArrayLike,
    *,
    metric: str = "euclidean",
    edge: str = "ignore",
    max_distance: int | None = None,
    squared: bool = False,
) -> Any:
    """Compute for each mask pixel the distance to the nearest background pixel.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Booleans or integers; a pixel is in the mask iff it is not zero.
    metric : {"euclidean", "chessboard", "taxicab"}
        The straight line; the larger of the differences of rows and of columns; their sum.
    edge : {"ignore", "background"}
        "ignore": only pixels of the image are background, as in SciPy, OpenCV and ``edt``.
        "background": so is everything outside of the image.
    max_distance : int, optional
        Larger distances become this one, in pixels: ``minimum(distance, max_distance)``. A small
        one saves time.
    squared : bool
        Return the squared Euclidean distances, which are whole numbers.

    Returns
    -------
    ndarray, or list of ndarray for a list
        In the shape of ``mask``, in pixels; 0 on the background. float64 for Euclidean distances,
        each the exact one rounded once; int64 for squared ones and for the other metrics. Where an
        image has no background at all, Euclidean distances are infinite, or ``max_distance``.

    Raises
    ------
    InputTypeError
        Floats, other dtypes, an array on a GPU.
    InputValueError
        A wrong number of axes, an unknown option; or an image without background if the distances
        are integers, which have no infinity.

    Notes
    -----
    Equals ``scipy.ndimage.distance_transform_edt`` ("euclidean") and ``distance_transform_cdt``
    ("chessboard", "taxicab"), except for images without background, for which SciPy's values have
    no meaning. Method: a pass down the columns, then the lower envelope along each row
    (Felzenszwalb and Huttenlocher 2012; Meijster et al. 2000), in integers.

    Examples
    --------
    >>> import flawgauge as fg
    >>> mask = [[0, 1, 1], [1, 1, 1]]
    >>> fg.distance_transform(mask, squared=True)
    array([[0, 1, 4],
           [1, 2, 5]])
    >>> fg.distance_transform(mask, metric="chessboard", edge="background")
    array([[0, 1, 1],
           [1, 1, 1]])
    """
    images = as_images(mask, "mask")
    _check_sides(images)
    check_options(metric, edge, squared)
    cap = None if max_distance is None else _max_distance(max_distance)
    root = metric == "euclidean" and not squared
    return _core.distance_transform(images, metric, edge, cap, root)


def check_options(metric: Any, edge: Any, squared: Any) -> None:
    """Raise unless the options name something."""
    if metric not in METRICS:
        raise InputValueError(f"metric is {metric!r}, want one of: {', '.join(METRICS)}")
    if edge not in EDGES:
        raise InputValueError(f"edge is {edge!r}, want one of: {', '.join(EDGES)}")
    if squared and metric != "euclidean":
        raise InputValueError(f'squared is for the metric "euclidean", not for {metric!r}')


def _check_sides(images: Images) -> None:
    for image in images if isinstance(images, list) else [images]:
        if max(image.shape[-2:]) >= _MAX_SIDE:
            raise InputValueError(
                f"mask has the shape {image.shape}, which is too large: want sides below "
                f"{_MAX_SIDE}"
            )


def _max_distance(max_distance: Any) -> int:
    return whole_number(max_distance, "max_distance", 1, _MAX_DISTANCE)
