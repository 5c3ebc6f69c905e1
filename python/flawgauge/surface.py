"""Distances between contours: measuring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flawgauge import _core
from flawgauge.arrays import leading_shape, mask_images
from flawgauge.surface_distances import SurfaceDistances
from flawgauge.surface_evidence import check_spacing

if TYPE_CHECKING:
    from flawgauge.arrays import ArrayLike
    from flawgauge.thresholds import Threshold

__all__ = ["SurfaceDistances", "surface"]


def surface(
    preds: ArrayLike,
    target: ArrayLike,
    *,
    spacing: tuple[float, float] = (1, 1),
    threshold: float | Threshold | None = None,
    ignore: ArrayLike | None = None,
) -> SurfaceDistances:
    """Measure the distances between the contours of two masks, per image.

    The contour of a mask is the set of its pixels that have a pixel outside of the mask above,
    below, to the left or to the right; what is outside of the image counts as outside of the mask.
    Each contour pixel of one mask has a distance: that of the nearest contour pixel of the other.

    Parameters
    ----------
    preds : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Predicted masks of booleans or integers, positive where not zero; scores with ``threshold``.
    target : array-like
        True masks of booleans or integers, in the shape of ``preds``.
    spacing : (float, float)
        Distance of neighbouring rows and of neighbouring columns, in any unit; distances are in
        that unit.
    threshold : float or Threshold, optional
        A pixel is predicted positive iff ``preds >= threshold``.
    ignore : array-like, optional
        Pixels that count nowhere, where not zero: they are on no contour, and a mask does not end
        where they begin. Broadcast over the leading axes.

    Returns
    -------
    SurfaceDistances
        Of shape (), (N,) or (N, C).

    Raises
    ------
    InputTypeError, InputValueError
        As ``confusion``; a spacing that is not two positive numbers.

    Notes
    -----
    The contour is ``mask ^ scipy.ndimage.binary_erosion(mask)``, as in MedPy (``connectivity=1``)
    and MONAI. DeepMind's surface-distance takes the edges between pixels instead and weighs them by
    their length, so that its values differ from these in general; MONAI's ``use_subvoxels`` too.

    Examples
    --------
    >>> import flawgauge as fg
    >>> preds = [[0, 1, 1, 1], [0, 0, 0, 0]]
    >>> target = [[0, 1, 0, 0], [0, 0, 0, 0]]
    >>> distances = fg.surface(preds, target)
    >>> distances.hausdorff(), distances.assd(), distances.nsd(1)
    (2.0, 0.5, 0.75)
    """
    steps = check_spacing(spacing)
    images, truth, ignored, bound = mask_images(preds, target, threshold, ignore)
    squares = None if steps[0] == steps[1] else (steps[0] ** 2, steps[1] ** 2)
    numbers = _core.surface_distances(images, truth, ignored, bound, squares)
    return SurfaceDistances._wrap(leading_shape(images), steps, *numbers, threshold)
