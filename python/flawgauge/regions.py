"""Regions of masks: connected components, where they are and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge import _core
from flawgauge.arrays import as_images, leading_shape
from flawgauge.errors import InputValueError
from flawgauge.evidence import ROWS_SHOWN, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.arrays import ArrayLike, Images

__all__ = ["Regions", "label_regions"]

CONNECTIVITIES = (4, 8)


def label_regions(mask: ArrayLike, *, connectivity: int = 8) -> Regions:
    """Find the regions of masks: their connected components.

    Parameters
    ----------
    mask : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W) of any sizes
        Booleans or integers; a pixel is in the mask iff it is not zero.
    connectivity : {8, 4}
        Whether pixels that share only a corner are neighbours (8) or not (4).

    Returns
    -------
    Regions
        Areas, boxes and centroids of all regions; ``labels`` is the label image.

    Raises
    ------
    InputTypeError
        Floats, other dtypes, an array on a GPU.
    InputValueError
        A wrong number of axes, another connectivity, an image of 2^32 rows or columns.

    Notes
    -----
    Labels follow the regions' first pixels, row after row from the left, as those of
    ``scipy.ndimage.label`` do. The region overlap of MVTec AD's evaluation (Bergmann et al., IJCV
    2021) is over 8-connected regions.

    Examples
    --------
    >>> import flawgauge as fg
    >>> found = fg.label_regions([[1, 0, 0, 1], [0, 1, 0, 1]])
    >>> found
    Regions: 2 in 1 image
    image  label  area  top  left  bottom  right
        0      1     2    0     0       2      2
        0      2     2    0     3       2      4
    >>> found.labels
    array([[1, 0, 0, 2],
           [0, 1, 0, 2]], dtype=int32)
    >>> fg.label_regions([[1, 0], [0, 1]], connectivity=4).num_regions
    2
    """
    images = as_images(mask, "mask")
    check_connectivity(connectivity)
    runs, numbers = _core.label_regions(images, connectivity)
    return Regions._of(images, numbers, runs)


def check_connectivity(connectivity: Any) -> None:
    """Raise unless ``connectivity`` is 4 or 8."""
    whole = isinstance(connectivity, (int, np.integer)) and not isinstance(connectivity, bool)
    if not whole or connectivity not in CONNECTIVITIES:
        raise InputValueError(f"connectivity is {connectivity!r}, want 4 or 8")


class Regions:
    """The regions of a batch of masks, image after image; an immutable value.

    Made by ``label_regions``. All columns have one row a region.

    Attributes
    ----------
    image : ndarray of int64, shape (R,)
        The region's image, counted over all leading axes in C order.
    label : ndarray of int64, shape (R,)
        Its label in that image, from 1.
    area : ndarray of int64, shape (R,)
        Its pixels.
    box : ndarray of int64, shape (R, 4)
        Top, left, bottom, right in pixels; the last two are just outside.
    centroid : ndarray of float64, shape (R, 2)
        Mean row and mean column of its pixels.

    Examples
    --------
    >>> import flawgauge as fg
    >>> found = fg.label_regions([[1, 1, 0], [0, 0, 1]])
    >>> found.box.tolist(), found.centroid.tolist()
    ([[0, 0, 2, 3]], [[0.3333333333333333, 1.0]])
    """

    __slots__ = ("_numbers", "_runs", "_shape", "leading")

    leading: tuple[int, ...]
    # Of the array of masks, or of each mask of a list.
    _shape: tuple[int, ...] | list[tuple[int, ...]]
    _numbers: NDArray[np.int64]
    _runs: list[NDArray[np.uint32]]

    @classmethod
    def _of(
        cls, images: Images, numbers: NDArray[np.int64], runs: list[NDArray[np.uint32]]
    ) -> Regions:
        """Wrap what the compiled part returns for these images."""
        self = object.__new__(cls)
        numbers.flags.writeable = False
        values = {
            "leading": leading_shape(images),
            "_shape": [image.shape for image in images]
            if isinstance(images, list)
            else images.shape,
            "_numbers": numbers,
            "_runs": runs,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        return self

    @property
    def image(self) -> NDArray[np.int64]:
        """Image of each region."""
        return self._numbers[:, 0]

    @property
    def label(self) -> NDArray[np.int64]:
        """Label of each region in its image, from 1."""
        first = np.searchsorted(self.image, self.image)
        return np.arange(len(self)) - first + 1

    @property
    def area(self) -> NDArray[np.int64]:
        """Pixels of each region."""
        return self._numbers[:, 1]

    @property
    def box(self) -> NDArray[np.int64]:
        """Top, left, bottom and right of each region, the last two just outside."""
        return self._numbers[:, 2:6]

    @property
    def centroid(self) -> NDArray[np.float64]:
        """Mean row and mean column of each region."""
        centroid: NDArray[np.float64] = self._numbers[:, 6:] / self.area[:, np.newaxis]
        return centroid

    @property
    def num_regions(self) -> int:
        """Number of regions."""
        return len(self)

    @property
    def labels(self) -> Any:
        """The label image: int32 in the shape of the masks, 0 outside of all regions.

        A list of them for a list. Made anew each time: four bytes a pixel.
        """
        if isinstance(self._shape, list):
            images = [np.zeros(shape, dtype=np.int32) for shape in self._shape]
            for runs, image in zip(self._runs, images, strict=True):
                _core.paint_regions(runs, image)
            return images
        out = np.zeros(self._shape, dtype=np.int32)
        for runs, index in zip(self._runs, np.ndindex(self.leading), strict=True):
            _core.paint_regions(runs, out[index])
        return out

    def __len__(self) -> int:
        return len(self._numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Regions):
            return NotImplemented
        return (
            self._shape == other._shape
            and np.array_equal(self._numbers, other._numbers)
            and all(
                np.array_equal(mine, theirs)
                for mine, theirs in zip(self._runs, other._runs, strict=True)
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Regions is immutable, {name} can't be set")

    def __repr__(self) -> str:
        images = len(self._runs)
        title = f"Regions: {len(self)} in {images} image{'' if images == 1 else 's'}"
        rows: list[tuple[str, ...]] = [("image", "label", "area", "top", "left", "bottom", "right")]
        for index in range(min(len(self), ROWS_SHOWN)):
            numbers = [self.image[index], self.label[index], self.area[index], *self.box[index]]
            rows.append(tuple(str(number) for number in numbers))
        return f"{title}\n{table(rows, len(self) - ROWS_SHOWN)}" if len(self) else title
