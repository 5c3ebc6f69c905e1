"""What counts as an array: nested lists, memory maps, tensors, anything with their protocols."""

from typing import Any

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import InputTypeError

GENERATOR = np.random.default_rng(80)
PREDS, TARGET = GENERATOR.random((2, 3, 5, 70)) < 0.4
SCORES = GENERATOR.random((3, 5, 70), dtype=np.float32)
LABELS = GENERATOR.integers(0, 5, (3, 5, 70))
COUNTS = fg.confusion(PREDS, TARGET)
SCORED = fg.confusion(SCORES, TARGET, threshold=0.25)


class OnlyDlpack:
    """An array that can be reached through DLPack and in no other way."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()


class OnlyArray:
    """An array that can be reached through ``__array__`` and in no other way."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype=dtype, copy=copy)


class Subclass(np.ndarray):
    """An array type of somebody else, whose comparisons are not NumPy's."""

    def __eq__(self, other: object) -> Any:
        raise AssertionError

    def __ne__(self, other: object) -> Any:
        raise AssertionError

    __hash__ = None


WRAPPERS = pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(OnlyDlpack, id="DLPack"),
        pytest.param(OnlyArray, id="__array__"),
        pytest.param(lambda array: array.view(Subclass), id="subclass"),
        pytest.param(np.ndarray.tolist, id="nested lists"),
        pytest.param(lambda array: tuple(array.tolist()), id="nested tuples and lists"),
        pytest.param(memoryview, id="memoryview"),
        pytest.param(list, id="list of arrays"),
        pytest.param(lambda array: tuple(map(OnlyDlpack, array)), id="tuple of arrays"),
    ],
)


@WRAPPERS
def test_masks(wrap):
    assert fg.confusion(wrap(PREDS), wrap(TARGET)) == COUNTS
    ignore = PREDS & TARGET
    got = fg.confusion(wrap(PREDS), wrap(TARGET), ignore=wrap(ignore))
    assert got == fg.confusion(PREDS, TARGET, ignore=ignore)


@WRAPPERS
def test_scores(wrap):
    assert fg.confusion(wrap(SCORES), wrap(TARGET), threshold=0.25) == SCORED


@WRAPPERS
def test_labels(wrap):
    got = fg.confusion_matrix(wrap(LABELS), wrap(LABELS), num_classes=5)
    assert got == fg.confusion_matrix(LABELS, LABELS, num_classes=5)


@pytest.mark.parametrize("wrap", [OnlyDlpack, OnlyArray, np.ndarray.tolist, memoryview])
def test_run_lengths(wrap):
    assert fg.rle_encode(wrap(PREDS[0])) == fg.rle_encode(PREDS[0])


def test_one_image_as_nested_lists():
    assert fg.confusion(PREDS[0].tolist(), TARGET[0].tolist()) == COUNTS[0]


def test_mixed_kinds():
    assert fg.confusion(OnlyDlpack(PREDS), TARGET.tolist()) == COUNTS
    images = [PREDS[0], OnlyDlpack(PREDS[1]), PREDS[2].tolist()]
    assert fg.confusion(images, list(TARGET)) == COUNTS


def test_memory_maps(tmp_path):
    np.save(tmp_path / "preds.npy", PREDS)
    preds = np.load(tmp_path / "preds.npy", mmap_mode="r")
    assert fg.confusion(preds, TARGET) == COUNTS


def test_inputs_are_left_as_they_are():
    preds, target, ignore = PREDS.copy(), TARGET.copy(), (PREDS & TARGET).copy()
    fg.confusion(preds, target, ignore=ignore)
    np.testing.assert_array_equal(preds, PREDS)
    np.testing.assert_array_equal(target, TARGET)
    np.testing.assert_array_equal(ignore, PREDS & TARGET)


def test_ragged_nested_lists():
    with pytest.raises(InputTypeError, match="preds"):
        fg.confusion([[0, 1], [1]], [[0, 1], [1, 1]])


class Nowhere(OnlyDlpack):
    """An array without memory, such as PyTorch's on the device "meta"."""

    def __dlpack_device__(self) -> tuple[int, int]:
        raise ValueError("unknown device type")


def test_arrays_that_refuse_to_say_where_they_are():
    with pytest.raises(InputTypeError, match="preds"):
        fg.confusion(Nowhere(PREDS), TARGET)


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    preds, target = torch.from_numpy(PREDS), torch.from_numpy(TARGET)
    assert fg.confusion(preds, target) == COUNTS
    assert fg.confusion(list(preds), list(target)) == COUNTS
    turned = preds.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    assert fg.confusion(turned, target) == COUNTS
    scores = torch.from_numpy(SCORES).requires_grad_()
    assert fg.confusion(scores, target, threshold=0.25) == SCORED
    assert fg.confusion(preds, target.to(torch.int64)) == COUNTS
    with pytest.raises(InputTypeError, match="preds"):
        fg.confusion(scores.detach().to(torch.bfloat16), target, threshold=0.25)
    with pytest.raises(InputTypeError, match="preds"):
        fg.confusion(torch.zeros(PREDS.shape, device="meta", dtype=torch.bool), target)
