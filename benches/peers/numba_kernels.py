"""The same counts in numba, in the plain way and in the fastest way found.

Every kernel takes C-contiguous arrays, one row an image, and shares the images among the threads.
Compiled code is kept in the folder the variable NUMBA_CACHE_DIR names, for the child processes.
"""

# Numba infers types of its own: what mypy makes of NumPy scalars here is beside the point.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, assignment, arg-type"

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange

if TYPE_CHECKING:
    from benches.registry import Array


@njit(parallel=True, cache=True)
def read_both(preds: Array, target: Array) -> Array:
    """OR of all words of (N, L) and (N, M) uint64 arrays: reads everything, computes nothing."""
    result = np.empty(preds.shape[0], np.uint64)
    for image in prange(preds.shape[0]):
        seen = np.uint64(0)
        for word in range(preds.shape[1]):
            seen |= preds[image, word]
        for word in range(target.shape[1]):
            seen |= target[image, word]
        result[image] = seen
    return result


@njit(parallel=True, cache=True)
def binary_plain(preds: Array, target: Array) -> Array:
    """Counts tp, fp, fn, tn of (N, M) masks, as one writes it down."""
    images, pixels = preds.shape
    result = np.empty((images, 4), np.int64)
    for image in prange(images):
        both, predicted, true = 0, 0, 0
        for pixel in range(pixels):
            pred, truth = preds[image, pixel] != 0, target[image, pixel] != 0
            both += pred & truth
            predicted += pred
            true += truth
        _store(result[image], both, predicted, true, pixels)
    return result


@njit(inline="always")
def _store(row: Array, both: int, predicted: int, true: int, pixels: int) -> None:
    row[0] = both
    row[1] = predicted - both
    row[2] = true - both
    row[3] = pixels - predicted - true + both


# Three counters of 10 bits share a 32-bit word, so a block may hold up to 1,023 pixels.
BLOCK = 1000


@njit(inline="always")
def _count_image(preds: Array, target: Array) -> tuple[int, int, int]:
    pixels = preds.shape[0]
    both, predicted, true = 0, 0, 0
    blocks = pixels // BLOCK
    for block in range(blocks):
        packed = np.uint32(0)
        start = block * BLOCK
        for offset in range(BLOCK):
            pred = np.uint32(preds[start + offset] != 0)
            truth = np.uint32(target[start + offset] != 0)
            joint = (pred & truth) << np.uint32(20)
            packed = np.uint32(packed + (pred | (truth << np.uint32(10)) | joint))
        predicted += packed & 1023
        true += (packed >> 10) & 1023
        both += packed >> 20
    for pixel in range(blocks * BLOCK, pixels):
        pred, truth = preds[pixel] != 0, target[pixel] != 0
        both += pred & truth
        predicted += pred
        true += truth
    return both, predicted, true


@njit(parallel=True, cache=True)
def binary_tuned(preds: Array, target: Array) -> Array:
    """The same with three counters in one word: fewer vector additions a pixel."""
    images, pixels = preds.shape
    result = np.empty((images, 4), np.int64)
    for image in prange(images):
        both, predicted, true = _count_image(preds[image], target[image])
        _store(result[image], both, predicted, true, pixels)
    return result


@njit(cache=True)
def binary_one_image(preds: Array, target: Array) -> tuple[int, int, int]:
    """The intersection and the two areas of one pair of flat masks, on the calling thread."""
    return _count_image(preds, target)


@njit(parallel=True, cache=True)
def binary_scores(scores: Array, target: Array, threshold: np.float32) -> Array:
    """Counts of (N, M) float32 scores, positive from the threshold on, and masks."""
    images, pixels = scores.shape
    result = np.empty((images, 4), np.int64)
    for image in prange(images):
        both, predicted, true = np.int32(0), np.int32(0), np.int32(0)
        for pixel in range(pixels):
            pred = np.int32(scores[image, pixel] >= threshold)
            truth = np.int32(target[image, pixel] != 0)
            both = np.int32(both + (pred & truth))
            predicted = np.int32(predicted + pred)
            true = np.int32(true + truth)
        _store(result[image], np.int64(both), np.int64(predicted), np.int64(true), pixels)
    return result


@njit(parallel=True, cache=True)
def joint_plain(preds: Array, target: Array, num_classes: int) -> Array:
    """Joint counts of (N, M) label maps by image, as one writes it down; labels are trusted."""
    images, pixels = preds.shape
    result = np.zeros((images, num_classes, num_classes), np.int64)
    for image in prange(images):
        for pixel in range(pixels):
            result[image, target[image, pixel], preds[image, pixel]] += 1
    return result


@njit(parallel=True, cache=True)
def joint_skipping(preds: Array, target: Array, num_classes: int) -> Array:
    """The same, where eight pixels that are all alike are counted at once.

    M must be a multiple of 8 and the labels uint8; they are trusted.
    """
    images, pixels = preds.shape
    classes = np.uint64(num_classes)
    spread = np.uint64(0x0101010101010101)
    pred_words, target_words = preds.view(np.uint64), target.view(np.uint64)
    result = np.empty((images, num_classes * num_classes), np.int64)
    for image in prange(images):
        # Four counters of each cell, taken in turn: adding to one waits for the addition before.
        counters = np.zeros((4, num_classes * num_classes), np.uint32)
        for word in range(pixels // 8):
            first = word * 8
            pred, truth = np.uint64(preds[image, first]), np.uint64(target[image, first])
            alike = pred_words[image, word] == pred * spread
            if alike and target_words[image, word] == truth * spread:
                counters[word & 3, truth * classes + pred] += 8
                continue
            for pixel in range(first, first + 8):
                cell = np.uint64(target[image, pixel]) * classes + preds[image, pixel]
                counters[pixel & 3, cell] += 1
        for cell in range(num_classes * num_classes):
            total = np.int64(0)
            for lane in range(4):
                total += counters[lane, cell]
            result[image, cell] = total
    return result.reshape(images, num_classes, num_classes)
