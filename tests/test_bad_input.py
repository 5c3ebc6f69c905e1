"""Every input that the library refuses, and what the message says about it."""

import re
from typing import Any

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import FlawgaugeError, InputTypeError, InputValueError

MASK = np.zeros((2, 3, 4), dtype=bool)
SCORES = np.full((2, 3, 4), 0.5, dtype=np.float32)
LABELS = np.zeros((2, 3, 4), dtype=np.uint8)
BOTH = pytest.mark.parametrize("module", [fg, reference])


def numbers_in(error: pytest.ExceptionInfo[Any]) -> set[int]:
    """Return the whole numbers that a message names."""
    return {int(number) for number in re.findall(r"-?\d+", str(error.value))}


def test_errors_are_of_two_families():
    assert issubclass(InputValueError, FlawgaugeError)
    assert issubclass(InputValueError, ValueError)
    assert issubclass(InputTypeError, FlawgaugeError)
    assert issubclass(InputTypeError, TypeError)


# ---- shapes -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("preds", "target"),
    [
        (MASK, MASK[:1]),
        (MASK, MASK[:, :2]),
        (MASK, MASK[:, :, :3]),
        (MASK, MASK[0]),
        (MASK, MASK[np.newaxis]),
        (MASK[0], MASK[0].T),
        (MASK[:0], MASK[:, :, :0]),
        ([MASK[0], MASK[1]], [MASK[0], MASK[1, :2]]),
    ],
)
def test_shapes_that_differ(module, preds, target):
    with pytest.raises(InputValueError, match=r"preds.*target"):
        module.confusion(preds, target)
    if np.ndim(preds) < 4:
        with pytest.raises(InputValueError):
            module.confusion_matrix(preds, target, num_classes=2)


def test_shapes_that_differ_are_named():
    with pytest.raises(InputValueError) as error:
        fg.confusion(np.zeros((5, 6, 7), dtype=bool), np.zeros((5, 6, 8), dtype=bool))
    assert {5, 6, 7, 8} <= numbers_in(error)
    images = [np.zeros((6, 7), dtype=bool)] * 4
    with pytest.raises(InputValueError) as error:
        fg.confusion(images, [*images[:3], np.zeros((6, 8), dtype=bool)])
    assert {3, 6, 7, 8} <= numbers_in(error)


@BOTH
@pytest.mark.parametrize("shape", [(), (5,), (1, 1, 1, 2, 2)])
def test_wrong_number_of_axes(module, shape):
    array = np.zeros(shape, dtype=np.uint8)
    with pytest.raises(InputValueError, match=rf"preds.*{re.escape(str(shape))}"):
        module.confusion(array, array)
    with pytest.raises(InputValueError, match=rf"preds.*{re.escape(str(shape))}"):
        module.confusion_matrix(array, array, num_classes=2)


@BOTH
@pytest.mark.parametrize("empty", [[], ()])
def test_empty_list(module, empty):
    with pytest.raises(InputValueError, match="empty"):
        module.confusion(empty, empty)
    with pytest.raises(InputValueError, match="empty"):
        module.confusion_matrix(empty, empty, num_classes=2)


@BOTH
def test_lists_of_different_lengths(module):
    with pytest.raises(InputValueError):
        module.confusion([MASK[0]] * 3, [MASK[0]] * 2)
    with pytest.raises(InputValueError):
        module.confusion([MASK[0]] * 2, [MASK[0]] * 2, ignore=[MASK[0]] * 3)
    with pytest.raises(InputValueError):
        module.confusion_matrix([LABELS[0]] * 3, [LABELS[0]] * 2, num_classes=2)


@BOTH
def test_images_of_a_list_have_two_axes(module):
    with pytest.raises(InputValueError, match=r"preds.*1"):
        module.confusion([MASK[0], MASK], [MASK[0], MASK])
    with pytest.raises(InputValueError, match=r"target.*1"):
        module.confusion([MASK[0], MASK[0]], [MASK[0], MASK[0, 0]])


@BOTH
@pytest.mark.parametrize("shape", [(4, 3), (3, 1), (1, 4), (3, 3, 4), (5, 2, 3, 4), (4,)])
def test_ignore_of_another_shape(module, shape):
    with pytest.raises(InputValueError, match="ignore"):
        module.confusion(MASK, MASK, ignore=np.zeros(shape, dtype=bool))


# ---- data types ---------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8"])
def test_floats_without_a_threshold(module, dtype):
    with pytest.raises(InputTypeError, match=r"preds"):
        module.confusion(SCORES.astype(dtype), MASK)
    with pytest.raises(InputTypeError, match="target"):
        module.confusion(MASK, SCORES.astype(dtype))
    with pytest.raises(InputTypeError, match="target"):
        module.confusion(SCORES, SCORES.astype(dtype), threshold=0.5)
    with pytest.raises(InputTypeError, match="ignore"):
        module.confusion(MASK, MASK, ignore=SCORES.astype(dtype))
    with pytest.raises(InputTypeError, match="preds"):
        module.confusion_matrix(SCORES.astype(dtype), LABELS, num_classes=2)
    with pytest.raises(InputTypeError, match="target"):
        module.confusion_matrix(LABELS, SCORES.astype(dtype), num_classes=2)
    with pytest.raises(InputTypeError, match="mask"):
        module.rle_encode(SCORES[0].astype(dtype))


def test_the_message_about_floats_names_the_threshold():
    with pytest.raises(InputTypeError, match="threshold"):
        fg.confusion(SCORES, MASK)


@BOTH
@pytest.mark.parametrize("dtype", ["O", "c8", "c16", "U1", "S1", "M8[s]", "m8[s]", "V2"])
@pytest.mark.parametrize("threshold", [None, 0.5])
def test_data_types_without_an_order(module, dtype, threshold):
    array = np.zeros((2, 3, 4), dtype=dtype)
    with pytest.raises(InputTypeError, match="preds"):
        module.confusion(array, MASK, threshold=threshold)
    with pytest.raises(InputTypeError, match="target"):
        module.confusion(MASK if threshold is None else SCORES, array, threshold=threshold)
    with pytest.raises(InputTypeError, match="preds"):
        module.confusion_matrix(array, LABELS, num_classes=2)
    with pytest.raises(InputTypeError):
        module.rle_encode(array[0])


@BOTH
def test_scores_wider_than_64_bits(module):
    with pytest.raises(InputTypeError, match="preds"):
        module.confusion(SCORES.astype(np.longdouble), MASK, threshold=0.5)


@pytest.mark.parametrize("value", [None, "mask.png", 3.5, {"mask": MASK}, object()])
def test_things_that_are_no_arrays(value):
    with pytest.raises(FlawgaugeError, match="preds"):
        fg.confusion(value, MASK)
    with pytest.raises(FlawgaugeError, match="target"):
        fg.confusion(MASK, value)


class DlpackOnGpu:
    """As much of an array on a GPU as the DLPack protocol shows before any data is touched."""

    shape = (2, 3, 4)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)

    def __dlpack__(self, **_: Any) -> Any:
        raise BufferError("the data is not on the CPU")


class CudaArray:
    """As much of an array on a GPU as the CUDA array interface shows."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {"shape": (2, 3, 4), "typestr": "|b1", "data": (1 << 40, True), "version": 3}


class CudaTensor(DlpackOnGpu):
    """A tensor that also offers a conversion, which fails as PyTorch's does on a GPU."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


@pytest.mark.parametrize("array", [DlpackOnGpu(), CudaArray(), CudaTensor()])
def test_array_on_a_gpu(array):
    for preds, target, name in [(array, MASK, "preds"), (MASK, array, "target")]:
        with pytest.raises(InputTypeError, match=rf"{name}(.|\n)*\.cpu\(\)"):
            fg.confusion(preds, target)
    with pytest.raises(InputTypeError, match=r"\.cpu\(\)"):
        fg.confusion(MASK, MASK, ignore=array)
    with pytest.raises(InputTypeError, match=r"\.cpu\(\)"):
        fg.confusion([array], [MASK[0]])
    with pytest.raises(InputTypeError, match=r"\.cpu\(\)"):
        fg.confusion_matrix(array, LABELS, num_classes=2)
    with pytest.raises(InputTypeError, match=r"\.cpu\(\)"):
        fg.rle_encode(array)


# ---- values -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_nan_names_image_and_pixel(module, dtype, order):
    scores = np.zeros((11, 71, 150), dtype=dtype, order=order)
    scores[7, 53, 129] = np.nan
    with pytest.raises(InputValueError, match=r"preds|score") as error:
        module.confusion(scores, np.zeros(scores.shape, dtype=bool), threshold=0.5)
    assert {7, 53, 129} <= numbers_in(error)
    assert "NaN" in str(error.value) or "nan" in str(error.value)


@BOTH
def test_the_first_nan_is_named(module):
    scores = np.zeros((11, 71, 150))
    scores[7, 53, 129] = scores[7, 53, 130] = scores[7, 54, 2] = scores[9, 0, 0] = np.nan
    ignore = np.zeros((71, 150), dtype=bool)
    for _ in range(3):
        with pytest.raises(InputValueError) as error:
            module.confusion(scores, scores > 0, threshold=0.5)
        assert {7, 53, 129} <= numbers_in(error)
    ignore[53, 129] = True
    with pytest.raises(InputValueError) as error:
        module.confusion(scores, scores > 0, threshold=0.5, ignore=ignore)
    assert {7, 53, 130} <= numbers_in(error)


@BOTH
def test_nan_in_a_list(module):
    scores = [np.zeros((9, 8)), np.zeros((7, 6)), np.full((5, 4), np.nan)]
    target = [image > 1 for image in scores]
    with pytest.raises(InputValueError) as error:
        module.confusion(scores, target, threshold=0.5)
    assert {2, 0} <= numbers_in(error)


def test_nan_in_channels():
    scores = np.zeros((5, 4, 31, 37))
    scores[3, 2, 17, 29] = np.nan
    with pytest.raises(InputValueError) as error:
        fg.confusion(scores, scores > 0, threshold=0.5)
    assert {17, 29} <= numbers_in(error)
    # Image 3 and channel 2.
    assert {3, 2} <= numbers_in(error)


@BOTH
@pytest.mark.parametrize("threshold", [float("nan"), np.float32("nan")])
@pytest.mark.parametrize("preds", [SCORES, LABELS])
def test_nan_as_threshold(module, preds, threshold):
    with pytest.raises(InputValueError, match="threshold"):
        module.confusion(preds, MASK, threshold=threshold)


@BOTH
@pytest.mark.parametrize("threshold", [2**53 + 1, 2**63 - 1, np.uint64(2**64 - 1), -(2**60) - 1])
def test_integer_thresholds_that_no_float_holds(module, threshold):
    with pytest.raises(InputValueError, match="threshold"):
        module.confusion(LABELS.astype(np.int64), MASK, threshold=threshold)


@BOTH
def test_thresholds_that_differ_between_the_images_of_a_list(module):
    """0.7 is another number in each of the types; 0.5 is the same."""
    scores = [SCORES[0], SCORES[1].astype(np.float64), LABELS[0]]
    for images in (scores[:2], scores[1:], scores):
        target = [MASK[0]] * len(images)
        assert module.confusion(images, target, threshold=0.5).shape == (len(images),)
    for images in (scores[:2], [scores[0], scores[2]]):
        with pytest.raises(InputValueError, match="threshold"):
            module.confusion(images, [MASK[0]] * 2, threshold=0.7)


@pytest.mark.parametrize("threshold", ["0.5", [0.5], np.array([0.5, 0.6]), 1j, object()])
def test_thresholds_that_are_no_numbers(threshold):
    with pytest.raises(InputTypeError, match="threshold"):
        fg.confusion(SCORES, MASK, threshold=threshold)


@BOTH
@pytest.mark.parametrize(("dtype", "value"), [("i2", -37), ("i8", -(2**63)), ("u1", 99)])
@pytest.mark.parametrize(("dtype2", "layout"), [("u1", "C"), ("i4", "F")])
def test_labels_out_of_range(module, dtype, value, dtype2, layout):
    bad = np.zeros((13, 71, 150), dtype=dtype, order=layout)
    good = np.zeros(bad.shape, dtype=dtype2)
    bad[7, 53, 129] = value
    for preds, target, name in [(bad, good, "preds"), (good, bad, "target")]:
        with pytest.raises(InputValueError, match=name) as error:
            module.confusion_matrix(preds, target, num_classes=5)
        assert {7, 53, 129, value} <= numbers_in(error)


@BOTH
def test_the_largest_label_is_named_exactly(module):
    labels = np.zeros((3, 4), dtype=np.uint64)
    labels[1, 2] = 2**64 - 1
    with pytest.raises(InputValueError) as error:
        module.confusion_matrix(labels, LABELS[0], num_classes=65536)
    assert {1, 2, 2**64 - 1} <= numbers_in(error)


@BOTH
def test_the_label_equal_to_the_number_of_classes(module):
    labels = np.full((1, 5), 4)
    with pytest.raises(InputValueError):
        module.confusion_matrix(labels, labels, num_classes=4)
    assert module.confusion_matrix(labels, labels, num_classes=5).matrix[4, 4] == 5


@BOTH
def test_ignored_label_excuses_the_target_only(module):
    target, preds = np.array([[255, 0]]), np.array([[0, 255]])
    with pytest.raises(InputValueError, match="preds"):
        module.confusion_matrix(preds, target, num_classes=2, ignore_index=255)


@BOTH
@pytest.mark.parametrize("num_classes", [0, -1, 65537, 2**70])
def test_number_of_classes_out_of_range(module, num_classes):
    with pytest.raises(InputValueError, match="num_classes"):
        module.confusion_matrix(LABELS, LABELS, num_classes=num_classes)


@pytest.mark.parametrize("num_classes", [2.0, "2", None])
def test_number_of_classes_is_an_integer(num_classes):
    with pytest.raises(InputTypeError, match="num_classes"):
        fg.confusion_matrix(LABELS, LABELS, num_classes=num_classes)


@pytest.mark.parametrize("ignore_index", [1.5, "255", [255]])
def test_ignored_label_is_an_integer(ignore_index):
    with pytest.raises(InputTypeError, match="ignore_index"):
        fg.confusion_matrix(LABELS, LABELS, num_classes=2, ignore_index=ignore_index)


# ---- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["NaN", "zero", 2, 0.5, -1, None, float("nan"), [0]])
def test_unknown_policy(empty):
    counts = fg.confusion(MASK, MASK)
    calls = [
        lambda: counts.iou(empty=empty),
        lambda: counts.f_beta(2, empty=empty),
        lambda: counts.mean("iou", empty=empty),
        lambda: fg.dice(MASK, MASK, empty=empty),
        lambda: fg.dice(MASK, MASK, average="macro", empty=empty),
    ]
    for call in calls:
        with pytest.raises(InputValueError, match="empty"):
            call()


@pytest.mark.parametrize("average", ["micro", "mean", "", 1, "per_class"])
def test_unknown_average(average):
    with pytest.raises(InputValueError, match="average"):
        fg.iou(MASK, MASK, average=average)
    if average != "per_class":
        with pytest.raises(InputValueError, match="average"):
            fg.iou(LABELS, LABELS, num_classes=2, average=average)


def test_unknown_metric_and_weights():
    counts = fg.confusion(MASK, MASK)
    for name in ("jaccard", "", "sum", "tp", "mean", "__class__"):
        with pytest.raises(InputValueError, match="iou"):
            counts.mean(name)
    with pytest.raises(InputValueError, match="weights"):
        counts.mean("iou", weights="area")
    with pytest.raises(InputValueError, match="axis"):
        counts.mean("iou", axis=1)
    with pytest.raises(InputValueError, match="axis"):
        counts.outcomes(axis=1)


@pytest.mark.parametrize("beta", [-1, float("nan"), float("inf"), 1e200, "1"])
def test_beta_out_of_range(beta):
    with pytest.raises(FlawgaugeError, match="beta"):
        fg.confusion(MASK, MASK).f_beta(beta)
    with pytest.raises(FlawgaugeError, match="beta"):
        fg.f_beta(MASK, MASK, beta=beta)


def test_options_that_exclude_each_other():
    with pytest.raises(InputValueError, match="threshold"):
        fg.iou(LABELS, LABELS, num_classes=2, threshold=0.5)
    with pytest.raises(InputValueError, match="ignore"):
        fg.iou(LABELS, LABELS, num_classes=2, ignore=MASK)
    with pytest.raises(InputValueError, match="num_classes"):
        fg.iou(LABELS, LABELS, ignore_index=255)


@pytest.mark.parametrize("threads", [0, -1, 2**70])
def test_number_of_threads_out_of_range(threads):
    before = fg.get_num_threads()
    with pytest.raises(InputValueError):
        fg.set_num_threads(threads)
    assert fg.get_num_threads() == before
