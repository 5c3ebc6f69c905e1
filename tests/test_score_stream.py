"""One pass over batches gives the sweep of all of them."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flawgauge as fg
from flawgauge.errors import InputTypeError, InputValueError


@st.composite
def batches(draw):
    """Batches of images of one precision, some without pixels."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(["f2", "f4", "f8", "u1"]))
    levels = draw(st.sampled_from([3, 60]))
    found = []
    for _ in range(draw(st.integers(1, 5))):
        shape = draw(st.sampled_from([(2, 4, 5), (1, 1, 70), (3, 0, 5), (1, 9, 9)]))
        scores = (generator.integers(0, levels, shape) / (1 if dtype == "u1" else 4)).astype(dtype)
        found.append((scores, generator.random(shape) < 0.4, generator.random(shape) < 0.1))
    return found


@given(batches(), st.booleans(), st.sampled_from([4, 8]), st.booleans())
def test_equal_to_the_pooled_sweep(parts, regions, connectivity, by_adding):
    options = {"regions": regions, "connectivity": connectivity}
    streams = [fg.ScoreStream(**options) for _ in (parts if by_adding else [0])]
    for number, (scores, target, ignore) in enumerate(parts):
        streams[number % len(streams)].update(scores, target, ignore=ignore)
    stream = pickle.loads(pickle.dumps(sum(streams)))
    scores, target, ignore = ([image for part in parts for image in part[at]] for at in range(3))
    assert stream.sweep() == fg.sweep(scores, target, ignore=ignore, **options)
    assert stream.num_positives == sum(int((t & ~i).sum()) for _, t, i in parts)


def test_many_small_updates_are_few_pieces_of_few_bytes():
    generator = np.random.default_rng(1)
    stream = fg.ScoreStream()
    scores, target = generator.random((3000, 4, 10), np.float32), generator.random((3000, 4, 10))
    for image, mask in zip(scores, target > 0.97, strict=True):
        stream.update(image, mask)
    assert len(stream._negatives.parts) < 20
    assert stream.nbytes == 4 * scores.size
    assert stream.sweep() == fg.sweep(scores, target > 0.97)
    assert repr(stream).startswith("ScoreStream of ")


def test_adding_a_small_stream_copies_little_of_a_large_one():
    scores = np.random.default_rng(2).random((4, 300, 300), np.float32)
    large, small = fg.ScoreStream(regions=True), fg.ScoreStream(regions=True)
    large.update(scores, scores > 0.5)
    small.update(scores[:1, :5, :5], scores[:1, :5, :5] > 0.5)
    total = large + small
    for name in ("_positives", "_negatives", "_labels", "_areas"):
        assert getattr(total, name).parts[0] is getattr(large, name).parts[0]
    assert total.num_positives == large.num_positives + small.num_positives


def test_a_sum_of_one_stream_is_another_stream():
    stream = fg.ScoreStream(regions=True)
    stream.update(np.float32([[0.5, 0.25]]), [[1, 0]])
    before, total = stream.sweep(), sum([stream])
    total.update(np.float32([[0.75, 0.25]]), [[1, 0]])
    assert stream.sweep() == before
    assert total.num_positives == 2


def test_an_empty_stream():
    found = fg.ScoreStream(regions=True).sweep()
    assert (found.num_positives, found.num_negatives, found.num_regions) == (0, 0, 0)
    assert np.isnan(found.aupro())


def test_bad_arguments_leave_the_stream_as_it_is():
    stream = fg.ScoreStream(regions=True)
    stream.update(np.float32([[0.5, 0.25]]), [[1, 0]])
    before = stream.sweep()
    with pytest.raises(InputValueError, match="NaN at image 0, row 0, column 1"):
        stream.update(np.float32([[0.5, np.nan]]), [[1, 0]])
    with pytest.raises(InputTypeError, match="float64 thresholds, earlier ones float32"):
        stream.update([[0.5, 0.25]], [[1, 0]])
    with pytest.raises(InputValueError, match="shape"):
        stream.update(np.float32([[0.5, 0.25]]), [[1]])
    assert stream.sweep() == before
    with pytest.raises(InputValueError, match="other options"):
        stream + fg.ScoreStream()
    with pytest.raises(InputValueError, match="connectivity is 3"):
        fg.ScoreStream(connectivity=3)
