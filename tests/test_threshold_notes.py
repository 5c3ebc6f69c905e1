"""Results at a chosen threshold say where it came from, whatever is made of them."""

import copy
import json
import pickle

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import reference
from flawgauge.errors import InputTypeError

GENERATOR = np.random.default_rng(90)
SCORES = GENERATOR.random((3, 12, 20), dtype=np.float32)
TARGET = GENERATOR.random(SCORES.shape) < 0.4
ORACLE = fg.sweep(SCORES, TARGET).best("f1").threshold
OTHER = fg.Threshold(0.25, "iou", "selected on line 3")
FUNCTIONS = {
    "confusion": lambda module, threshold: module.confusion(SCORES, TARGET, threshold=threshold),
    "boundary": lambda module, threshold: module.boundary(
        SCORES, TARGET, distance=2, threshold=threshold
    ),
    "surface": lambda module, threshold: module.surface(SCORES, TARGET, threshold=threshold),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_evidence_keeps_the_threshold(name):
    found = FUNCTIONS[name](fg, ORACLE)
    assert found.threshold == FUNCTIONS[name](reference, ORACLE).threshold == ORACLE
    assert ORACLE.source == "oracle"
    again = copy.deepcopy(found)
    for item in (found[1], found[1:], found.sum(), found + found, fg.concat([found, again])):
        assert item.threshold == ORACLE
        assert "(f1, oracle)" in repr(item)
    assert pickle.loads(pickle.dumps(found)).threshold == ORACLE
    again = type(found).from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert again.threshold == ORACLE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_note_is_no_part_of_the_counts(name):
    found = FUNCTIONS[name](fg, ORACLE)
    plain = FUNCTIONS[name](fg, ORACLE.value)
    assert found == plain
    assert hash(found) == hash(plain)
    assert plain.threshold is None
    assert "threshold" not in plain.to_dict()
    assert "oracle" not in repr(plain)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_counts_at_different_thresholds_carry_none(name):
    found, other = FUNCTIONS[name](fg, ORACLE), FUNCTIONS[name](fg, OTHER)
    assert (found + other).threshold is None
    assert fg.concat([found, other]).threshold is None


def test_tables_of_regions_show_it():
    for module in (fg, reference):
        found = module.region_table(SCORES, TARGET, threshold=OTHER)
        assert found.chosen == OTHER
        assert found.threshold == 0.25
        assert "hit at 0.25 (iou, selected on line 3)" in repr(found)
        assert found.to_dict()["chosen"]["source"] == "selected on line 3"
    plain = fg.region_table(SCORES, TARGET, threshold=0.25)
    assert plain.chosen is None
    assert plain == fg.region_table(SCORES, TARGET, threshold=OTHER)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_thresholds_are_json(name, value):
    found = FUNCTIONS[name](fg, fg.Threshold(value, "f1", "selected on validation"))
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert type(found).from_dict(json.loads(text)).threshold == found.threshold


def test_nothing_best_is_json():
    best = fg.sweep(SCORES, np.zeros_like(TARGET)).best("f1")
    assert np.isnan(best.threshold.value)
    data = json.loads(json.dumps(best.to_dict(), allow_nan=False))
    assert (data["value"], data["threshold"]["value"]) == (None, None)


def test_only_a_threshold_is_a_note():
    with pytest.raises(InputTypeError, match="want a Threshold or None"):
        fg.BoundaryCounts([1], [1], [1], distance=1, threshold=0.5)


def test_a_threshold_that_is_nowhere_stays_so():
    none = fg.sweep(np.ones((1, 2), np.float32), np.zeros((1, 2), bool)).best("f1").threshold
    assert np.isnan(none.value)
    text = json.dumps(none.to_dict(), allow_nan=False)
    again = fg.Threshold.from_dict(json.loads(text))
    assert np.isnan(again.value)
    assert (again.objective, again.source) == (none.objective, "oracle")
