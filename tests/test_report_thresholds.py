"""Thresholds that are chosen by a report, for it or for other images, and their files."""

import json
import math

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import FileError, InputValueError
from image_bytes import png
from map_files import MapFiles


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return MapFiles(tmp_path_factory.mktemp("files")).write()


@pytest.fixture(scope="module")
def report(files):
    return fg.evaluate(fg.datasets.MVTecAD(files.root), files.maps)


def evaluate(files, **options):
    return fg.evaluate(fg.datasets.MVTecAD(files.root), files.maps, **options)


def test_thresholds_for_other_images(files, report, tmp_path):
    chosen = report.select_thresholds("f1")
    assert chosen["nut"].value == report["nut"].threshold.value
    assert chosen["nut"].source == "selected on MVTec AD, split test"
    chosen.write_json(tmp_path / "thresholds.json")
    again = fg.read_thresholds(tmp_path / "thresholds.json")
    assert again == chosen
    # On the very images they were chosen by they are an oracle.
    same = evaluate(files, threshold=again)
    assert same["nut"].threshold == fg.Threshold(chosen["nut"].value, "f1", "oracle")
    assert same["nut"].confusion.threshold.source == "oracle"
    assert same.confusion == report.confusion
    other = MapFiles(tmp_path / "other").write(seed=5)
    scored = evaluate(other, threshold=again)
    for part in scored.categories:
        assert part.threshold == chosen[part.name]
        scores, target = other.scores[part.name], other.target[part.name]
        assert part.confusion == fg.confusion(scores, target, threshold=chosen[part.name])
        assert part.boundary.threshold == part.regions.chosen == chosen[part.name]
    assert "f1, selected on MVTec AD, split test" in scored.to_text()
    assert not any(note.startswith("oracle") for note in scored.summary()["notes"])


def test_one_threshold_for_all_categories(files, report, tmp_path):
    pooled = evaluate(files, pooled=True)
    scores = [*files.scores["nut"], *files.scores["tile"]]
    target = [*files.target["nut"], *files.target["tile"]]
    sweep = fg.sweep(scores, target, regions=True)
    (part,) = pooled.categories
    assert (part.name, part.ids) == ("pooled", (*files.ids["nut"], *files.ids["tile"]))
    assert part.sweep == sweep
    assert part.threshold == sweep.best("f1").threshold
    assert pooled.value("pixel_auroc") == sweep.auroc()
    # The same images and masks, though counted in another way.
    assert pooled.fingerprint == report.fingerprint
    assert "MVTec AD: 2 categories pooled, 10 images" in pooled.to_text()
    chosen = pooled.select_thresholds("iou", source="validation")
    best = sweep.best("iou").threshold.value
    assert chosen.common == fg.Threshold(best, "iou", "selected on validation")
    chosen.write_json(tmp_path / "thresholds.json")
    pooled.write_json(tmp_path / "report.json")
    again = fg.read_thresholds(tmp_path / "thresholds.json")
    assert again == chosen
    other = MapFiles(tmp_path / "other").write(seed=5)
    for thresholds, value in (
        (again, best),
        (fg.read_thresholds(tmp_path / "report.json"), part.threshold.value),
    ):
        # Chosen on these very images, whether they are pooled or not, or but a part of them.
        tile = {"categories": "tile"}
        for options in ({}, {"pooled": True}, tile, tile | {"pooled": True}):
            same = evaluate(files, threshold=thresholds, metrics="dice", **options)
            for scored in same.categories:
                assert (scored.threshold.value, scored.threshold.source) == (value, "oracle")
        for scored in evaluate(other, threshold=thresholds, metrics="dice").categories:
            assert scored.threshold.value == value
            assert scored.threshold.source.startswith("selected on")
    with pytest.raises(InputValueError, match="no threshold for pooled; there are thresholds for"):
        evaluate(files, threshold=report.select_thresholds(), pooled=True)


def test_thresholds_of_a_report_file(report, tmp_path):
    report.write_json(tmp_path / "report.json")
    found = fg.read_thresholds(tmp_path / "report.json")
    assert found.by_category == report.select_thresholds("f1").by_category
    assert found.fingerprints == {part.name: part.fingerprint for part in report.categories}


def test_objectives_and_names(report):
    chosen = report.select_thresholds("fpr", source="validation", fpr=0.05)
    sweep = report["tile"].sweep
    value = sweep.threshold_at_fpr(0.05).value
    assert chosen["tile"] == fg.Threshold(value, "fpr <= 0.05", "selected on validation")
    with pytest.raises(InputValueError, match="source is 'oracle'"):
        report.select_thresholds(source="oracle")
    with pytest.raises(InputValueError, match="fpr goes with the objective"):
        report.select_thresholds("fpr")


def test_a_threshold_for_all_and_for_each():
    one = fg.ThresholdSet({"nut": fg.Threshold(1)}, fg.Threshold(2))
    assert (one["nut"].value, one["tile"].value) == (1, 2)
    assert (list(one), len(one)) == (["nut"], 1)


def threshold_file(**changes):
    """A file of one threshold, with some values changed."""
    entry = {"value": 1, "objective": None, "source": "given"} | changes
    return {"type": "thresholds", "schema_version": 1, "common": None, "origin": {}} | {
        "thresholds": {"nut": entry},
        "fingerprints": {},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "want what flawgauge threshold --out"),
        ('{"type": "thresholds"}', "wrong entry: KeyError"),
        (json.dumps(threshold_file() | {"schema_version": 9}), "schema_version is 9, want 1"),
        (json.dumps(threshold_file() | {"thresholds": {}}), "holds no threshold"),
        (json.dumps(threshold_file(value="x")), "value is 'x', want a number"),
        (json.dumps(threshold_file(source="guess")), "source is 'guess'"),
        (json.dumps(threshold_file(value=10**400)), "a whole number that no float holds"),
        (json.dumps(threshold_file(value=math.nan)), "threshold is nan"),
    ],
)
def test_wrong_threshold_files(tmp_path, text, message):
    path = tmp_path / "thresholds.json"
    path.write_text(text)
    with pytest.raises(fg.DataError, match=message) as error:
        fg.read_thresholds(path)
    assert str(path) in str(error.value)


def test_every_oracle_is_told(files):
    report = evaluate(files, metrics=["boundary_iou_max", "dice"], threshold=0.5)
    (note,) = report.summary()["notes"]
    assert note.startswith("best Boundary IoU is an oracle")
    report = evaluate(files, metrics="dice", threshold=fg.Threshold(0.5, None, "oracle"))
    assert "Pixels at the threshold: oracle (chosen on these very images)" in report.to_text()
    found = report.summary()["notes"]
    assert any(note.startswith("oracle: the threshold was chosen") for note in found)
    rate = fg.Threshold(0.5, "fpr <= 0.1", "oracle")
    report = evaluate(files, metrics="dice", threshold=rate)
    assert "oracle (fpr <= 0.1 on these very images)" in report.to_text()


def test_missing_threshold_files(tmp_path):
    with pytest.raises(FileError, match=r"none\.json: no such file"):
        fg.read_thresholds(tmp_path / "none.json")


def test_objectives_that_are_nowhere_defined(tmp_path):
    for folder in ("masks", "maps"):
        (tmp_path / folder).mkdir()
    (tmp_path / "masks" / "a.png").write_bytes(png(np.full((3, 4), 255, np.uint8), 8))
    np.save(tmp_path / "maps" / "a.npy", np.ones((3, 4), np.float32))
    report = fg.evaluate(fg.datasets.Folder(tmp_path), tmp_path / "maps")
    with pytest.raises(InputValueError, match="category all: youden is nowhere defined"):
        report.select_thresholds("youden")


def test_infinite_thresholds_are_kept(tmp_path):
    chosen = fg.ThresholdSet({"nut": fg.Threshold(math.inf, "f1", "selected on validation")})
    chosen.write_json(tmp_path / "thresholds.json")
    assert '"inf"' in (tmp_path / "thresholds.json").read_text()
    assert fg.read_thresholds(tmp_path / "thresholds.json") == chosen
