"""`SurfaceDistances`: a value that adds, compares, prints and travels."""

import copy
import json
import pickle

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import FlawgaugeError, InputTypeError, InputValueError


def make(
    shape: tuple[int, ...] = (2, 3), seed: int = 0, spacing: tuple[float, float] = (1, 1)
) -> fg.SurfaceDistances:
    """Return distances of any leading shape of at most two axes, some masks empty."""
    generator = np.random.default_rng(seed)
    preds, target = generator.random((2, *shape, 6, 9)) < 0.2
    if preds.ndim > 2 and preds.size:
        preds[0] = False
    return fg.surface(preds, target, spacing=spacing)


def test_equality_and_hash():
    assert make() == make()
    assert hash(make()) == hash(make())
    assert make(seed=1) != make(seed=2)
    assert make((2,)) != make((1,))
    assert make(spacing=(2, 2)) != make()
    assert make() != 3
    assert len({make(), make(), make(seed=1)}) == 2


@pytest.mark.parametrize("spacing", [(1, 1), (1, 2)])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3), (0, 2)])
def test_pickle_copies_and_dicts(shape, spacing):
    evidence = make(shape, spacing=spacing)
    assert evidence.shape == shape
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(evidence, protocol)) == evidence
    assert copy.copy(evidence) == evidence
    assert copy.deepcopy(evidence) == evidence
    plain = json.loads(json.dumps(evidence.to_dict()))
    assert plain["type"] == "SurfaceDistances"
    assert fg.SurfaceDistances.from_dict(plain) == evidence


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Telegram"},
        {"counts": [1]},
        {"counts": [-1, 1, 1]},
        {"keys": [-1, 0, 1]},
        {"places": [0, 1, 2]},
        {"unmatched": [0]},
        {"unmatched": [0, -1]},
        {"spacing": [0, 1]},
        {"shape": [2]},
    ],
)
def test_a_dict_of_something_else(change):
    plain = {"type": "SurfaceDistances", "shape": [], "spacing": [1, 1], "unmatched": [0, 0]}
    plain |= {"places": [0, 1, 1], "keys": [4, 1, 1], "counts": [2, 1, 1]}
    evidence = fg.SurfaceDistances.from_dict(plain)
    assert evidence.histogram("target")[1].tolist() == [2]
    with pytest.raises(FlawgaugeError):
        fg.SurfaceDistances.from_dict({**plain, **change})


def test_nothing_can_be_set():
    for name in ("shape", "spacing", "_keys", "anything"):
        with pytest.raises(AttributeError):
            setattr(make(), name, 1)
        with pytest.raises(AttributeError):
            delattr(make(), name)
    with pytest.raises(TypeError, match="surface"):
        fg.SurfaceDistances()


def test_adding():
    a, b, c = (make(seed=seed) for seed in (1, 2, 3))
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert sum([a, b, c]) == a + b + c
    assert (a + b).preds_pixels.tolist() == (a.preds_pixels + b.preds_pixels).tolist()
    assert a.sum() == a.sum(0).sum() == a.sum(1).sum() == a.sum((0, 1))
    assert a.sum(1).target_pixels.tolist() == a.target_pixels.sum(1).tolist()
    np.testing.assert_allclose((a + a).assd(one_empty=3), a.assd(one_empty=3), rtol=1e-14)


def test_adding_what_does_not_fit():
    for other in (make((3,)), make(spacing=(1, 2))):
        with pytest.raises(InputValueError):
            make() + other
    for other in (1, np.ones((2, 3))):
        with pytest.raises(TypeError):
            make() + other


def test_lining_up():
    parts = [make((2,), 1), make((0,), 2), make((3,), 3)]
    whole = fg.concat(parts)
    assert whole.shape == (5,)
    assert whole.sum() == sum(part.sum() for part in parts)
    assert fg.concat([make(()), make(())]).shape == (2,)
    wide = fg.concat([make((2, 3), 1), make((2, 1), 2)], axis=1)
    assert wide.shape == (2, 4)
    assert wide[:, 3] == make((2, 1), 2)[:, 0]
    with pytest.raises(InputValueError):
        fg.concat([make((2,)), make((2,), spacing=(1, 2))])
    with pytest.raises(InputTypeError):
        fg.concat([make((2,)), fg.ConfusionCounts([1], [1], [1], [1])])


def test_length_and_index():
    distances = make((2, 3))
    assert len(distances) == 2
    assert distances[1, -1].shape == ()
    pixels = distances.preds_pixels
    for index in (0, (slice(None), 1), (..., 1), [1, 0], np.array([False, True]), pixels > 5):
        assert distances[index].preds_pixels.tolist() == pixels[index].tolist()
    assert [part.shape for part in distances] == [(3,), (3,)]
    with pytest.raises(IndexError):
        distances[2]
    with pytest.raises(TypeError):
        len(make(()))
    with pytest.raises(IndexError):
        make(())[0]
    with pytest.raises(InputValueError, match="sum"):
        distances.histogram()


def test_distances_print_as_a_table():
    text = repr(make((3,)))
    for word in ("SurfaceDistances of 3 images", "preds_pixels", "hausdorff", "nan"):
        assert word in text
    assert "preds_pixels" in repr(make(()))
    assert len(repr(make((1000,))).splitlines()) < 50
    assert repr(make((0,)))


def test_options_that_are_none():
    distances = make()
    for call in (
        lambda: distances.hausdorff(101),
        lambda: distances.hausdorff("95"),
        lambda: distances.hausdorff(rule="median"),
        lambda: distances.assd(rule="max"),
        lambda: distances.assd(empty="zero"),
        lambda: distances.hausdorff(one_empty=-1),
        lambda: distances.nsd(-1),
        lambda: distances.nsd([[1]]),
        lambda: distances.nsd(np.nan),
        lambda: distances.nsd(1, empty=2),
        lambda: distances.mean("dice"),
        lambda: distances.mean("nsd", tolerance=[1, 2]),
        lambda: distances.histogram(),
        lambda: fg.hd95([[1]], [[1]], average="weighted"),
    ):
        with pytest.raises(InputValueError):
            call()
    with pytest.raises(InputTypeError):
        distances.nsd("1")


def test_one_call():
    generator = np.random.default_rng(3)
    preds, target = generator.random((2, 4, 20, 30)) < 0.2
    distances = fg.surface(preds, target, spacing=(1, 2))
    options = {"spacing": (1, 2)}
    pairs = [
        (fg.hausdorff_distance(preds, target, **options), distances.hausdorff()),
        (fg.hd95(preds, target, rule="pooled", **options), distances.hausdorff(95, rule="pooled")),
        (fg.assd(preds, target, **options), distances.assd()),
        (fg.surface_dice(preds, target, tolerance=1, **options), distances.nsd(1)),
    ]
    for got, want in pairs:
        assert got.tolist() == want.tolist()
    assert fg.hd95(preds, target, average="pooled", **options) == distances.sum().hausdorff(95)
    assert fg.assd(preds, target, average="macro", **options) == distances.mean("assd")


@pytest.mark.parametrize("shape", [(2**20, 2**29), (2**31, 3), (3, 2**31), (2**62, 1)])
def test_images_larger_than_any_memory(shape):
    huge = np.broadcast_to(np.ones((1, 1), dtype=bool), shape)
    with pytest.raises(InputValueError, match="too large"):
        fg.surface(huge, huge)
    with pytest.raises((InputValueError, MemoryError)):
        fg.distance_transform(huge)


@pytest.mark.parametrize("shape", [(0, 2**29), (2**29, 0), (0, 5, 5)])
def test_images_without_pixels(shape):
    nothing = np.zeros(shape, dtype=bool)
    assert not np.any(fg.surface(nothing, nothing).preds_pixels)
    assert fg.distance_transform(nothing).shape == shape
