"""Every run length encoding that the library refuses, and what the message says about it."""

import re
from typing import Any

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import FlawgaugeError, InputTypeError, InputValueError

MASK = np.zeros((3, 4), dtype=bool)
BOTH = pytest.mark.parametrize("module", [fg, reference])

MALFORMED = {
    "odd number": "1",
    "odd number, longer": "1 2 5",
    "not a number": "1 two",
    "fraction": "1 2.0",
    "exponent": "1 1e1",
    "digits of another script": "1 \u0661",
    "underscore": "1 1_0",
    "plus sign": "+1 2",
    "comma": "1,2",
    "zero byte": "1 2\x00",
    "half a character": "1 \ud800",
    "zero length": "1 0",
    "negative length": "4 -2",
    "start at zero": "0 3",
    "negative start": "-4 3",
    "past the end": "9 5",
    "start past the end": "13 1",
    "unsorted": "7 2 1 2",
    "overlapping": "1 3 3 2",
    "the same run twice": "2 2 2 2",
    "inside the run before": "1 9 4 2",
    "wraps around 32 bits": "4294967297 1",
    "sum wraps around 32 bits": "2 4294967295",
    "wraps around 64 bits": "18446744073709551617 1",
    "sum wraps around 64 bits": "2 18446744073709551615",
    "more digits than any number has": "1 " + "9" * 5000,
}
MERGEABLE = {"unsorted", "overlapping", "the same run twice", "inside the run before"}


@BOTH
@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_severstal_strings(module, kind):
    text = MALFORMED[kind]
    with pytest.raises(InputValueError) as error:
        module.rle_decode(text, (3, 4))
    assert len(str(error.value)) < 300
    for preds, target in [(text, ""), ("", text)]:
        with pytest.raises(InputValueError):
            module.confusion_from_rle(preds, target, shape=(3, 4))
    with pytest.raises(InputValueError):
        module.confusion_from_rle("", text, shape=(3, 4), overlaps="merge")
    if kind in MERGEABLE:
        assert module.rle_decode(text, (3, 4), overlaps="merge").any()
        assert module.confusion_from_rle(text, "", shape=(3, 4), overlaps="merge").fp > 0
    else:
        with pytest.raises(InputValueError):
            module.rle_decode(text, (3, 4), overlaps="merge")


def test_malformed_strings_are_found_in_a_sequence():
    good = ["1 2"] * 5
    with pytest.raises(InputValueError, match=r"preds.*3"):
        fg.confusion_from_rle([*good[:3], "1 0", "1 2"], good, shape=(3, 4))
    with pytest.raises(InputValueError, match=r"target.*3"):
        fg.confusion_from_rle(good, [*good[:3], "7 2 1 2", "1 2"], shape=(3, 4))


MALFORMED_COCO: dict[str, dict[str, Any]] = {
    "sum too small": {"size": [3, 4], "counts": [5, 6]},
    "sum too large": {"size": [3, 4], "counts": [5, 8]},
    "nothing": {"size": [3, 4], "counts": []},
    "negative count": {"size": [3, 4], "counts": [5, -1, 8]},
    "sum wraps around 64 bits": {"size": [3, 4], "counts": [2**63 - 1, 2**63 - 1, 14]},
    "count wraps around 64 bits": {"size": [3, 4], "counts": [2**64 + 12]},
    "count of 64 bits": {"size": [3, 4], "counts": [2**63]},
    "half a character": {"size": [3, 4], "counts": "5\ud8007"},
    "empty string": {"size": [3, 4], "counts": ""},
    "character below the range": {"size": [3, 4], "counts": "5/7"},
    "character above the range": {"size": [3, 4], "counts": "5p7"},
    "character of two bytes": {"size": [3, 4], "counts": "5\u00e97"},
    "byte above the range": {"size": [3, 4], "counts": b"5\xff7"},
    "space": {"size": [3, 4], "counts": "5 7"},
    "string ends within a number": {"size": [3, 4], "counts": "57P"},
    "number without end": {"size": [3, 4], "counts": "o" * 40 + "0"},
    "negative size": {"size": [-3, -4], "counts": [12]},
    "huge size": {"size": [2**40, 2**40], "counts": [12]},
    "size of one": {"size": [12], "counts": [12]},
    "size of three": {"size": [3, 4, 1], "counts": [12]},
    "no size": {"counts": [12]},
    "no counts": {"size": [3, 4]},
}


@pytest.mark.parametrize("kind", MALFORMED_COCO)
def test_malformed_coco(kind):
    with pytest.raises(FlawgaugeError):
        fg.rle_decode(MALFORMED_COCO[kind])
    good = {"size": [3, 4], "counts": [12]}
    for pair in [(MALFORMED_COCO[kind], good), (good, MALFORMED_COCO[kind])]:
        with pytest.raises(FlawgaugeError):
            fg.confusion_from_rle(*pair)


def test_the_message_names_both_sums():
    with pytest.raises(InputValueError) as error:
        fg.rle_decode({"size": [30, 40], "counts": [500, 617]})
    assert {"1117", "1200"} <= set(re.findall(r"\d+", str(error.value)))


@pytest.mark.parametrize("counts", [[5.5, 6.5], ["5", "7"], None, 12, [None]])
def test_coco_counts_that_are_no_integers(counts):
    with pytest.raises(InputTypeError, match="counts"):
        fg.rle_decode({"size": [3, 4], "counts": counts})


@pytest.mark.parametrize("rle", [None, 12, 1.5, [1, 2], b"1 2", float("nan")])
def test_things_that_are_no_run_lengths(rle):
    with pytest.raises(InputTypeError):
        fg.rle_decode(rle, (3, 4))


@BOTH
def test_shapes_of_run_lengths(module):
    coco = {"size": [3, 4], "counts": [12]}
    with pytest.raises(InputValueError, match="shape"):
        module.rle_decode("1 2")
    with pytest.raises(InputValueError, match="shape"):
        module.confusion_from_rle("1 2", "1 2")
    with pytest.raises(InputValueError, match=r"shape|size"):
        module.rle_decode(coco, (4, 3))
    with pytest.raises(InputValueError):
        module.confusion_from_rle(coco, {"size": [4, 3], "counts": [12]})


@pytest.mark.parametrize("shape", [(3,), (3, 4, 5), (-3, 4), (-3, -4), (2**40, 2**40), (2**64, 1)])
def test_shapes_that_no_image_has(shape):
    with pytest.raises(InputValueError, match="shape"):
        fg.rle_decode("", shape)
    with pytest.raises(InputValueError, match="shape"):
        fg.confusion_from_rle("", "", shape=shape)


@pytest.mark.parametrize("shape", ["34", 12, (3.0, 4.0), ("3", "4")])
def test_shapes_of_another_type(shape):
    with pytest.raises(FlawgaugeError, match="shape"):
        fg.rle_decode("", shape)


@BOTH
def test_sequences_of_run_lengths(module):
    with pytest.raises(InputValueError):
        module.confusion_from_rle(["1 2"] * 3, ["1 2"] * 2, shape=(3, 4))
    with pytest.raises(InputValueError):
        module.confusion_from_rle(["1 2"], "1 2", shape=(3, 4))
    assert module.confusion_from_rle([], [], shape=(3, 4)).shape == (0,)


@BOTH
def test_unknown_options_of_run_lengths(module):
    for unknown in ("kaggle", "", None, "COCO"):
        with pytest.raises(InputValueError, match="format"):
            module.rle_encode(MASK, format=unknown)
    for overlaps in ("ignore", "", None, True):
        with pytest.raises(InputValueError, match="overlaps"):
            module.rle_decode("", (3, 4), overlaps=overlaps)
        with pytest.raises(InputValueError, match="overlaps"):
            module.confusion_from_rle("", "", shape=(3, 4), overlaps=overlaps)


@BOTH
@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 4)])
def test_encoding_takes_one_image(module, shape):
    with pytest.raises(InputValueError, match="mask"):
        module.rle_encode(np.zeros(shape, dtype=bool))
