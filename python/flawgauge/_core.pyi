"""The compiled part: conversions in front of the Rust crate. Not a public interface."""

from collections.abc import Callable
from os import PathLike
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

_Column = tuple[NDArray[Any], NDArray[Any] | None, int]

__version__: Final[str]
is_debug_build: Final[bool]

def confusion(
    preds: Any, target: Any, ignore: Any | None = None, threshold: float | None = None
) -> NDArray[np.int64]: ...
def joint_counts(
    preds: Any, target: Any, num_classes: int, ignore_index: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
def boundary(
    preds: Any,
    target: Any,
    distances: list[list[int]],
    metric: str,
    edge: str,
    ignore: Any | None = None,
    threshold: float | None = None,
) -> NDArray[np.int64]: ...
def boundary_labels(
    preds: Any,
    target: Any,
    distances: list[list[int]],
    metric: str,
    edge: str,
    num_classes: int,
    ignore_index: int | None = None,
) -> NDArray[np.int64]: ...
def boundary_bands(
    masks: Any, distances: list[int], metric: str, edge: str
) -> list[NDArray[np.uint8]]: ...
def block_ends(counts: _Column, size: int) -> NDArray[np.uint64]: ...
def area_up_to(
    across: _Column, up: _Column, limit: int, side: str
) -> tuple[int, tuple[tuple[int, int], tuple[int, int], bool]]: ...
def sum_precisions(
    negatives: _Column, positives: _Column, rule: str
) -> tuple[list[tuple[int, int]], int]: ...
def distance_transform(
    mask: Any, metric: str, edge: str, max_distance: int | None = None, root: bool = False
) -> Any: ...
def surface_distances(
    preds: Any,
    target: Any,
    ignore: Any | None = None,
    threshold: float | None = None,
    squares: tuple[float, float] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...
def image_scores(
    scores: Any, method: str, number: int, ignore: Any | None = None
) -> NDArray[np.float64]: ...
def read_labels(path: str, key: str | None, max_pixels: int) -> NDArray[Any]: ...
def read_mask(
    path: str, key: str | None, threshold: int | None, max_pixels: int
) -> NDArray[np.bool_]: ...
def read_scores(path: str, key: str | None, max_pixels: int) -> NDArray[Any]: ...
def read_image_size(path: str, key: str | None, max_pixels: int) -> tuple[int, int]: ...
def score_files(
    samples: list[
        tuple[
            str,
            str | PathLike[str] | list[tuple[int, int, str | bytes | list[int]]],
            str | PathLike[str] | None,
            tuple[int, int] | None,
            list[list[int]] | None,
        ]
    ],
    *,
    masks: bool,
    map_key: str | None,
    mask_threshold: int | None,
    resize: str | None,
    max_pixels: int,
    connectivity: int | None,
    threshold: float | None,
    boundary: tuple[float | None, list[int], str, str] | None,
    with_sweep: bool,
    sweep_boundary: bool,
    image_score: tuple[str, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]: ...
def fingerprint_masks(masks: list[tuple[str, bytes]]) -> str: ...
def label_regions(
    mask: Any, connectivity: int
) -> tuple[list[NDArray[np.uint32]], NDArray[np.int64]]: ...
def score_regions(
    scores: Any,
    target: Any,
    ignore: Any | None = None,
    *,
    connectivity: int = 8,
    threshold: float | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]: ...
def paint_regions(runs: NDArray[np.uint32], image: NDArray[np.int32]) -> None: ...
def sweep(
    scores: Any,
    target: Any,
    ignore: Any | None = None,
    *,
    thresholds: NDArray[Any] | None = None,
    bins: int | None = None,
    regions: bool = False,
    connectivity: int = 8,
    boundary: tuple[list[int], str, str] | None = None,
    per_image: bool = False,
) -> list[dict[str, Any]]: ...
def positive_scores(scores: Any, target: Any, ignore: Any | None = None) -> NDArray[Any]: ...
def rle_encode_severstal(mask: NDArray[Any]) -> str: ...
def rle_encode_coco(mask: NDArray[Any], compressed: bool) -> str | list[int]: ...
def rle_decode(encoded: tuple[bool, Any, int, int], merge: bool) -> NDArray[np.bool_]: ...
def confusion_from_rle(
    preds: list[tuple[bool, Any, int, int]],
    target: list[tuple[bool, Any, int, int]],
    merge: bool,
) -> NDArray[np.int64]: ...
def set_num_threads(threads: int) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def available_isas() -> list[str]: ...

@final
class RunTable:
    @property
    def layout(self) -> str: ...
    @property
    def path(self) -> PathLike[str]: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def image_ids(self) -> list[str]: ...

def read_run_table(
    path: str | PathLike[str],
    *,
    height: int,
    width: int,
    num_classes: int,
    merge_overlaps: bool,
    role: str,
    progress: Callable[[int, int], None] | None = None,
) -> RunTable: ...
def score_run_tables(
    truth: RunTable, predictions: RunTable, images: list[str] | None, missing: str
) -> tuple[list[str], NDArray[np.int64], dict[str, int]]: ...
def score_boundary_of_run_tables(
    truth: RunTable,
    predictions: RunTable,
    images: list[str] | None,
    missing: str,
    distances: list[int],
    metric: str,
    edge: str,
) -> NDArray[np.int64]: ...
def fingerprint_run_table(truth: RunTable, images: list[str] | None) -> str: ...
