"""What comes in: array-likes to NumPy arrays of images.

A batch is an array whose last two axes are the image, or a list of images of different sizes.
Every error about an argument's type, shape or options is raised here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from flawgauge.comparison import score_threshold
from flawgauge.errors import InputTypeError, InputValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flawgauge.thresholds import Threshold

    ArrayLike: TypeAlias = Any
    Images: TypeAlias = NDArray[Any] | list[NDArray[Any]]

_MASK_KINDS = "biu"
_SCORE_KINDS = "biuf"
_MAP_KINDS = "uf"
"""Of scores at all thresholds; of unsigned integers those of 8 and 16 bits."""
_WANTED = {
    _MASK_KINDS: "booleans or integers",
    _SCORE_KINDS: "integers, float16, 32 or 64",
    _MAP_KINDS: "float16, float32, float64, bfloat16, uint8 or uint16",
}
_FLOAT_SIZES = (2, 4, 8)
_MAX_IMAGES = 2**24
"""More need too much memory for their counts; counts of several batches line up with concat."""
_CPU_DEVICES = (1, 3, 11, 13)
"""DLPack device types whose memory the CPU can read: CPU, CUDA host, ROCm host, CUDA managed."""


def mask_images(
    preds: ArrayLike,
    target: ArrayLike,
    threshold: float | Threshold | None,
    ignore: ArrayLike | None,
) -> tuple[Images, Images, Images | None, float | None]:
    """Check the arguments of a comparison of masks.

    Parameters
    ----------
    preds, target : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W)
        Masks of booleans or integers; ``preds`` may be scores if there is a threshold.
    threshold : float or None
        The least score that is positive.
    ignore : array-like or None
        Pixels that count nowhere, where not zero; broadcast over the leading axes.

    Returns
    -------
    tuple
        The same, as arrays or lists of arrays, ``ignore`` in the shape of ``preds``, and the
        threshold in the precision of the scores.

    Raises
    ------
    InputTypeError
        A dtype that is no mask, a float array without a threshold, an array on a GPU.
    InputValueError
        Shapes that differ, a wrong number of axes, a threshold that is NaN.
    """
    kinds = _MASK_KINDS if threshold is None else _SCORE_KINDS
    checked_preds = as_images(preds, "preds", kinds)
    checked_target = as_images(target, "target", _MASK_KINDS)
    check_same_shapes(checked_preds, checked_target)
    bound = None if threshold is None else score_threshold(threshold, checked_preds)
    checked_ignore = None if ignore is None else _ignore_images(ignore, checked_preds, "preds")
    return checked_preds, checked_target, checked_ignore, bound


def score_images(
    scores: ArrayLike, target: ArrayLike, ignore: ArrayLike | None
) -> tuple[Images, Images, Images | None]:
    """Check the arguments of what looks at all thresholds of score maps.

    Parameters
    ----------
    scores : array-like (H, W), (N, H, W) or (N, C, H, W), or a list of (H, W)
        float16, float32, float64, uint8, uint16 or bfloat16, which becomes float32.
    target : array-like
        Masks of booleans or integers, in the shape of ``scores``.
    ignore : array-like or None
        Pixels that count nowhere, where not zero; broadcast over the leading axes.

    Returns
    -------
    tuple
        The same, as arrays or lists of arrays, ``ignore`` in the shape of ``scores``.

    Raises
    ------
    InputTypeError
        Another dtype, an array on a GPU.
    InputValueError
        Shapes that differ, a wrong number of axes.
    """
    checked_scores = as_scores(scores, "scores")
    checked_target = as_images(target, "target", _MASK_KINDS)
    check_same_shapes(checked_scores, checked_target, "scores")
    checked_ignore = None if ignore is None else _ignore_images(ignore, checked_scores)
    return checked_scores, checked_target, checked_ignore


def as_scores(scores: ArrayLike, name: str) -> Images:
    """Turn score maps into arrays of a dtype that thresholds are kept for.

    Raises
    ------
    InputTypeError
        A dtype other than float16, float32, float64, bfloat16, uint8 and uint16.
    """
    if isinstance(scores, (list, tuple)):
        return as_images([widened(image) for image in scores], name, _MAP_KINDS)
    return as_images(widened(scores), name, _MAP_KINDS)


def widened(scores: ArrayLike) -> ArrayLike:
    """Turn bfloat16, of which NumPy knows little, into float32, which holds all its numbers."""
    dtype = str(getattr(scores, "dtype", None))
    if dtype == "torch.bfloat16":
        return scores.float()
    return scores.astype(np.float32) if dtype == "bfloat16" else scores


def each_image(images: Images) -> list[NDArray[Any]]:
    """List the images of a batch as views, the last leading axis running fastest.

    Examples
    --------
    >>> images = each_image(np.zeros((2, 3, 5, 7), dtype=bool))
    >>> len(images), images[0].shape
    (6, (5, 7))
    >>> len(each_image(np.zeros((5, 7), dtype=bool)))
    1
    """
    if isinstance(images, list):
        return images
    return [images[index] for index in np.ndindex(images.shape[:-2])]


def label_images(preds: ArrayLike, target: ArrayLike) -> tuple[Images, Images]:
    """Check two batches of label maps: integers, of the same shapes."""
    checked_preds = as_images(preds, "preds", _MASK_KINDS)
    checked_target = as_images(target, "target", _MASK_KINDS)
    check_same_shapes(checked_preds, checked_target)
    return checked_preds, checked_target


def as_images(images: ArrayLike, name: str, kinds: str = _MASK_KINDS) -> Images:
    """Turn an array-like, or a list of them, into arrays whose dtype kind is one of ``kinds``."""
    if type(images) is not np.ndarray:
        if isinstance(images, (list, tuple)) and not _is_nested_numbers(images):
            return _image_list(images, name, kinds)
        images = as_array(images, name)
    if not 2 <= images.ndim <= 4:
        raise InputValueError(
            f"{name} has the shape {images.shape}, want (H, W), (N, H, W) or (N, C, H, W)"
        )
    if images.ndim > 2 and math.prod(images.shape[:-2]) > _MAX_IMAGES:
        raise InputValueError(
            f"{name} has the shape {images.shape}, want at most {_MAX_IMAGES} images at a time"
        )
    _check_dtype(images.dtype, name, kinds)
    array: NDArray[Any] = images
    return array


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """Turn one array-like into a NumPy array, without a copy where its layout allows.

    Raises
    ------
    InputTypeError
        If it lives on a GPU or is nothing like an array.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise InputTypeError(f"{name} is a masked array: give its data, and its mask as ignore")
    if isinstance(values, np.ndarray):
        return values.view(np.ndarray)
    _check_device(values, name)
    if hasattr(values, "detach"):
        # A torch tensor that takes part in a graph refuses to be viewed.
        values = values.detach()
    try:
        if hasattr(values, "__array__"):
            return np.asarray(values)
        if hasattr(values, "__dlpack__"):
            return np.from_dlpack(values)
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        raise InputTypeError(
            f"{name} is a {type(values).__name__} that can't be read as an array: {error}"
        ) from error


def check_same_shapes(preds: Images, target: Images, name: str = "preds") -> None:
    """Raise unless two batches, the first called ``name``, have the same shapes."""
    if isinstance(preds, np.ndarray) and isinstance(target, np.ndarray):
        if preds.shape != target.shape:
            raise InputValueError(
                f"{name} has the shape {preds.shape} and target {target.shape}, want the same"
            )
        return
    if isinstance(preds, np.ndarray) or isinstance(target, np.ndarray):
        raise InputValueError(
            f"{name} is {_describe(preds)} and target {_describe(target)}, want two arrays or two "
            "lists of arrays"
        )
    if len(preds) != len(target):
        raise InputValueError(
            f"{name} has {len(preds)} images and target {len(target)}, want the same"
        )
    for index, (first, second) in enumerate(zip(preds, target, strict=True)):
        if first.shape != second.shape:
            raise InputValueError(
                f"{name}[{index}] has the shape {first.shape} and target[{index}] "
                f"{second.shape}, want the same"
            )


def leading_shape(images: Images) -> tuple[int, ...]:
    """Shape of the axes before the image."""
    return images.shape[:-2] if isinstance(images, np.ndarray) else (len(images),)


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Check an integer option."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InputTypeError(f"{name} is {value!r}, want a whole number from {low} to {high}")
    if not low <= value <= high:
        raise InputValueError(f"{name} is {value}, want {low} to {high}")
    return int(value)


def _image_list(images: Sequence[Any], name: str, kinds: str) -> list[NDArray[Any]]:
    if not images:
        raise InputValueError(f"{name} is an empty list, want at least one image")
    arrays = []
    for index, image in enumerate(images):
        array = as_array(image, f"{name}[{index}]")
        if array.ndim != 2:
            raise InputValueError(
                f"{name}[{index}] has the shape {array.shape}, want (H, W): a list holds single "
                "images"
            )
        _check_dtype(array.dtype, f"{name}[{index}]", kinds)
        arrays.append(array)
    return arrays


def _ignore_images(ignore: ArrayLike, preds: Images, name: str = "scores") -> Images:
    """Check the pixels to ignore in images of the argument called ``name``."""
    if isinstance(preds, list):
        if not isinstance(ignore, (list, tuple)):
            raise InputValueError(f"ignore is a single array, want a list like {name}")
        images = as_images(ignore, "ignore")
        if len(images) != len(preds):
            raise InputValueError(
                f"ignore has {len(images)} images and {name} {len(preds)}, want the same"
            )
        for index, (mask, image) in enumerate(zip(images, preds, strict=True)):
            if mask.shape != image.shape:
                raise InputValueError(
                    f"ignore[{index}] has the shape {mask.shape} and {name}[{index}] "
                    f"{image.shape}, want the same"
                )
        return images
    array = as_array(ignore, "ignore")
    _check_dtype(array.dtype, "ignore", _MASK_KINDS)
    if array.ndim < 2 or array.shape[-2:] != preds.shape[-2:]:
        raise InputValueError(
            f"ignore has the shape {array.shape}, want {preds.shape} or one that broadcasts to it "
            "over the leading axes"
        )
    try:
        return np.broadcast_to(array, preds.shape)
    except ValueError as error:
        raise InputValueError(
            f"ignore has the shape {array.shape}, want {preds.shape} or one that broadcasts to it"
        ) from error


def _check_dtype(dtype: np.dtype[Any], name: str, kinds: str) -> None:
    wide = _FLOAT_SIZES if dtype.kind == "f" else (1, 2) if kinds == _MAP_KINDS else None
    if dtype.kind in kinds and (wide is None or dtype.itemsize in wide):
        return
    hint = ""
    if dtype.kind == "f" and kinds == _MASK_KINDS and name.startswith("preds"):
        hint = ": give a threshold"
    raise InputTypeError(f"{name} has the dtype {dtype}, want {_WANTED[kinds]}{hint}")


def _check_device(values: Any, name: str) -> None:
    try:
        on_cpu = not hasattr(values, "__cuda_array_interface__") and (
            not hasattr(values, "__dlpack_device__")
            or int(values.__dlpack_device__()[0]) in _CPU_DEVICES
        )
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        raise InputTypeError(f"{name} is an array that is in no memory: {error}") from error
    if not on_cpu:
        raise InputTypeError(f"{name} is an array on a GPU, want one in main memory: call .cpu()")


def _is_nested_numbers(images: Sequence[Any]) -> bool:
    """Whether a list is one array written as nested lists of numbers, of at least two axes."""
    first = images[0] if images else None
    while isinstance(first, (list, tuple)) and first:
        inner = first[0]
        if isinstance(inner, (bool, int, float, np.number, np.bool_)):
            return True
        first = inner
    return isinstance(first, (bool, int, float, np.number, np.bool_))


def _describe(images: Images) -> str:
    if isinstance(images, np.ndarray):
        return f"an array of shape {images.shape}"
    return f"a list of {len(images)} arrays"
