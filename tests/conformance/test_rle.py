"""The functions on run lengths equal those of `flawgauge.reference` by ``==``."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputValueError
from flawgauge.reference.coco_strings import string_from_counts
from strategies import image_shapes, masks

FORMATS = ["severstal", "coco", "coco-list"]


def decode_or_error(module: Any, *args: Any, **options: Any) -> Any:
    """Return the mask as bytes, or the class of the error."""
    try:
        mask = module.rle_decode(*args, **options)
    except InputValueError:
        return InputValueError
    return mask.shape, mask.dtype, mask.tobytes()


@given(st.data(), image_shapes, st.sampled_from(FORMATS))
def test_encoding_and_back(data, shape, format):
    mask = data.draw(masks(shape))
    encoded = fg.rle_encode(mask, format=format)
    assert encoded == reference.rle_encode(mask, format=format)
    given_shape = data.draw(st.sampled_from([shape, None])) if format != "severstal" else shape
    decoded = fg.rle_decode(encoded, given_shape)
    assert decoded.dtype == np.dtype(bool)
    assert decoded.shape == shape
    assert decoded.flags.f_contiguous
    np.testing.assert_array_equal(decoded, mask != 0)
    np.testing.assert_array_equal(reference.rle_decode(encoded, given_shape), mask != 0)


@st.composite
def severstal_runs(draw: st.DrawFn, num_pixels: int) -> str:
    """Draw pairs of numbers that mostly lie in the image, in any order."""
    pair = st.tuples(st.integers(0, num_pixels + 1), st.integers(0, max(num_pixels // 4, 2)))
    pairs = draw(st.lists(pair, max_size=6))
    if draw(st.booleans()):
        pairs.sort()
    separator = draw(st.sampled_from([" ", "  ", "\t", "\n", " \r\n"]))
    return separator.join(f"{start}{separator}{length}" for start, length in pairs)


@given(st.data(), image_shapes, st.sampled_from(["error", "merge"]))
def test_severstal_strings_of_any_order(data, shape, overlaps):
    text = data.draw(severstal_runs(shape[0] * shape[1]))
    got = decode_or_error(fg, text, shape, overlaps=overlaps)
    assert got == decode_or_error(reference, text, shape, overlaps=overlaps)


@given(st.text("0123456789 -+.ex_\t\n\x0b\x00/:\u0661\u2003", max_size=12))
def test_severstal_strings_of_any_characters(text):
    for overlaps in ("error", "merge"):
        got = decode_or_error(fg, text, (40, 50), overlaps=overlaps)
        assert got == decode_or_error(reference, text, (40, 50), overlaps=overlaps)


@given(st.integers(0, 9), st.integers(0, 9), st.lists(st.integers(-1, 20), max_size=6))
def test_coco_lists_of_any_counts(height, width, counts):
    rle = {"size": [height, width], "counts": counts}
    assert decode_or_error(fg, rle) == decode_or_error(reference, rle)


@given(st.lists(st.integers(0, 3), max_size=9), st.sampled_from([list, tuple, np.array]))
def test_coco_lists_with_empty_runs(counts, kind):
    rle = {"size": (1, sum(counts)), "counts": kind(counts)}
    got = decode_or_error(fg, rle)
    assert got == decode_or_error(reference, rle)
    assert got is not InputValueError


@given(st.integers(0, 200), st.text("".join(map(chr, range(46, 114))) + "\u00e9", max_size=10))
def test_coco_strings_of_any_characters(width, text):
    rle = {"size": [1, width], "counts": text}
    assert decode_or_error(fg, rle) == decode_or_error(reference, rle)


@given(st.lists(st.integers(-40, 3000), min_size=1, max_size=8))
def test_coco_strings_of_any_counts(counts):
    text = string_from_counts(counts)
    for text_or_bytes in (text, text.encode("ascii")):
        rle = {"size": [1, max(sum(counts), 0)], "counts": text_or_bytes}
        assert decode_or_error(fg, rle) == decode_or_error(reference, rle)


@given(st.data(), image_shapes, st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_counting_without_decoding(data, shape, preds_format, target_format):
    preds, target = data.draw(masks(shape)), data.draw(masks(shape))
    encoded = (
        fg.rle_encode(preds, format=preds_format),
        fg.rle_encode(target, format=target_format),
    )
    counts = fg.confusion_from_rle(*encoded, shape=shape)
    assert counts == fg.confusion(preds, target)
    assert counts == reference.confusion_from_rle(*encoded, shape=shape)


@given(st.data(), st.sampled_from(FORMATS), st.integers(1, 5), st.sampled_from([list, tuple]))
def test_counting_sequences(data, format, length, kind):
    sizes = [data.draw(image_shapes)] * length
    if format != "severstal":
        sizes = [data.draw(image_shapes) for _ in range(length)]
    preds = [data.draw(masks(size)) for size in sizes]
    target = [data.draw(masks(size)) for size in sizes]
    encoded = [
        kind(fg.rle_encode(mask, format=format) for mask in images) for images in (preds, target)
    ]
    shape = sizes[0] if format == "severstal" else None
    counts = fg.confusion_from_rle(*encoded, shape=shape)
    assert counts == fg.confusion(preds, target)
    assert counts == reference.confusion_from_rle(*encoded, shape=shape)


@given(st.data(), image_shapes)
def test_counting_overlapping_predictions(data, shape):
    preds = data.draw(severstal_runs(shape[0] * shape[1]))
    target = fg.rle_encode(data.draw(masks(shape)))
    results = []
    for module in (fg, reference):
        try:
            results.append(module.confusion_from_rle(preds, target, shape=shape, overlaps="merge"))
        except InputValueError:
            results.append(InputValueError)
    assert results[0] == results[1]


@pytest.mark.parametrize("format", FORMATS)
def test_large_images(format):
    generator = np.random.default_rng(40)
    preds, target = (generator.random((256, 1600)) < 0.5 for _ in range(2))
    encoded = [fg.rle_encode(mask, format=format) for mask in (preds, target)]
    assert encoded == [reference.rle_encode(mask, format=format) for mask in (preds, target)]
    assert fg.confusion_from_rle(*encoded, shape=(256, 1600)) == fg.confusion(preds, target)


@pytest.mark.parametrize("format", FORMATS)
def test_one_long_run_each(format):
    """Numbers of eight digits, longer than those of any common image."""
    mask = np.zeros((10_000, 1_100), dtype=bool)
    mask.T.reshape(-1)[10_000_100:10_900_000] = True
    encoded = fg.rle_encode(mask, format=format)
    assert encoded == reference.rle_encode(mask, format=format)
    np.testing.assert_array_equal(fg.rle_decode(encoded, mask.shape), mask)
