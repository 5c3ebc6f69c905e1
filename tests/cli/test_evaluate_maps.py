"""``flawgauge evaluate`` and ``flawgauge threshold`` for data sets of image files."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from severstal_files import run
from test_outputs import names, read_until

import flawgauge as fg
from image_bytes import png
from map_files import MapFiles


@pytest.fixture
def parts(tmp_path):
    return MapFiles(tmp_path).write()


def evaluate(parts, *arguments):
    return run("evaluate", "mvtec", *inputs(parts), *arguments)


def inputs(parts):
    return "--truth", parts.root, "--predictions", parts.maps


def test_all_outputs(parts):
    out = [parts.folder / name for name in ("out.json", "out.csv", "regions.csv", "out.md")]
    options = ("--json", "--csv", "--regions-csv", "--markdown")
    pairs = [part for pair in zip(options, out, strict=True) for part in pair]
    done = evaluate(parts, *pairs)
    assert (done.returncode, done.stderr) == (0, "")
    report = fg.evaluate(fg.datasets.MVTecAD(parts.root), parts.maps)
    assert done.stdout == report.to_text() + "\n"
    assert json.loads(out[0].read_text()) == report.to_dict()
    with out[1].open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == list(report.image_ids)
    with out[2].open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(list(report.rows("regions")))
    assert out[3].read_text() == report.to_markdown() + "\n"


def test_options_are_passed_on(parts):
    split = parts.folder / "split.csv"
    split.write_text("id,split\nnut/test,validation\ntile/test,validation\n")
    out = parts.folder / "out.json"
    done = evaluate(
        parts,
        *("--category", "tile", "--split-file", split, "--split", "validation"),
        *("--threshold", "0.75", "--boundary", "1,2", "--metrics", "dice", "boundary_iou"),
        *("--json", out),
    )
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(out.read_text())
    assert list(data["categories"]) == ["tile"]
    assert data["dataset"]["split_file"] == str(split)
    assert data["categories"]["tile"]["threshold"]["value"] == 0.75
    assert list(data["metrics"]) == ["dice", "boundary_iou_1", "boundary_iou_2"]
    assert "Pixels at the threshold: given" in done.stdout


def test_rules_of_image_scores(parts, tmp_path):
    out = tmp_path / "out.json"
    for rule, told in (
        ("max", {"method": "max"}),
        ("top_k_mean:5", {"method": "top_k_mean", "k": 5}),
        ("mean_filter_max", {"method": "mean_filter_max", "size": 21}),
        ("mean_filter_max:3", {"method": "mean_filter_max", "size": 3}),
    ):
        options = ("--image-score", rule, "--metrics", "image_auroc", "--json", out)
        done = evaluate(parts, *options)
        assert (done.returncode, done.stderr) == (0, "")
        data = json.loads(out.read_text())
        assert data["predictions"]["image_score"] == told
        assert ("image score" in done.stdout) == (rule != "max")
        scores = fg.image_scores(parts.scores["nut"], **told)
        assert [row["image_score"] for row in data["images"][:5]] == scores.tolist()


def test_resizing_is_told(parts):
    np.save(parts.maps / "nut/test/bent/002.npy", np.float32([[0, 1], [1, 0]]))
    done = evaluate(parts)
    assert done.returncode == 1
    assert "002.npy: 2 x 2 pixels" in done.stderr
    assert "--resize" in done.stderr
    done = evaluate(parts, "--resize", "bilinear")
    assert done.returncode == 0
    assert "1 of 10 predictions to the size of their masks, bilinear" in done.stdout


def test_grey_masks_need_a_threshold(parts):
    mask = np.zeros((30, 41), np.uint8)
    mask[3:9, 4:9] = 255
    mask[2] = 90
    path = parts.root / "nut/ground_truth/bent/002_mask.png"
    path.write_bytes(png(mask, 8))
    done = evaluate(parts)
    assert done.returncode == 1
    assert str(path) in done.stderr
    done = evaluate(parts, "--mask-threshold", "128", "--json", parts.folder / "out.json")
    assert done.returncode == 0
    data = json.loads((parts.folder / "out.json").read_text())
    assert data["predictions"]["mask_threshold"] == 128
    assert data["images"][0]["defect_pixels"] == 30


def test_arrays_of_archives(parts):
    for path in parts.maps.rglob("*.npy"):
        scores = np.load(path)
        path.unlink()
        np.savez(path.with_suffix(".npz"), map=scores, other=scores[:1])
    assert evaluate(parts).returncode == 1
    done = evaluate(parts, "--map-key", "map")
    assert done.returncode == 0
    assert "folder of .npz" in done.stdout


def test_a_threshold_from_validation_data(parts, tmp_path):
    thresholds = tmp_path / "thresholds.json"
    done = run("threshold", "mvtec", *inputs(parts), "--name", "validation", "--out", thresholds)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Thresholds for f1, selected on validation;")
    chosen = fg.read_thresholds(thresholds)
    for name, scores in parts.scores.items():
        best = fg.f1_max(scores, parts.target[name])
        value = fg.Threshold(best.threshold.value, "f1", "selected on validation")
        assert chosen[name] == value
    # The same images: an oracle, whatever the file says.
    done = evaluate(parts, "--threshold-from", thresholds)
    assert "oracle (best f1 on these very images)" in done.stdout
    other = MapFiles(tmp_path / "other").write(seed=3)
    done = evaluate(other, "--threshold-from", thresholds, "--json", tmp_path / "report.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Pixels at the threshold: f1, selected on validation" in done.stdout
    data = json.loads((tmp_path / "report.json").read_text())
    for name, category in data["categories"].items():
        assert category["threshold"]["source"] == "selected on validation"
        counts = fg.confusion(other.scores[name], other.target[name], threshold=chosen[name]).sum()
        assert category["pixels"]["fp"] == counts.fp
    # A report is a source of thresholds too.
    done = evaluate(parts, "--threshold-from", tmp_path / "report.json", "--metrics", "iou")
    assert "f1, selected on validation" in done.stdout


def test_one_threshold_for_all_categories(parts, tmp_path):
    out = tmp_path / "thresholds.json"
    done = run("threshold", "mvtec", *inputs(parts), "--pooled", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    scores = [*parts.scores["nut"], *parts.scores["tile"]]
    best = fg.f1_max(scores, [*parts.target["nut"], *parts.target["tile"]])
    assert fg.read_thresholds(out).common.value == best.threshold.value
    assert done.stdout.splitlines()[2].split()[:4] == [
        *("pooled", "10", "6", f"{best.threshold.value:.5g}")
    ]
    other = MapFiles(tmp_path / "other").write(seed=3)
    done = evaluate(other, "--threshold-from", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "f1, selected on MVTec AD, split test" in done.stdout
    done = evaluate(parts, "--threshold-from", out)
    assert "oracle (best f1 on these very images)" in done.stdout
    done = evaluate(other, "--threshold-from", out, "--pooled")
    assert "2 categories pooled, 10 images" in done.stdout


def test_objectives(parts, tmp_path):
    out = tmp_path / "thresholds.json"
    for options, objective in (
        (("--objective", "cost", "--cost", "20"), "cost of 20"),
        (("--objective", "recall", "--recall", "0.9"), "recall >= 0.9"),
        (("--objective", "boundary_iou", "--boundary", "2"), "boundary_iou"),
    ):
        done = run("threshold", "mvtec", *inputs(parts), *options, "--out", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert fg.read_thresholds(out)["nut"].objective == objective
    # A good pixel has the highest score of all: no threshold but infinity leaves it out.
    path = parts.maps / "nut/test/good/000.npy"
    scores = np.load(path)
    scores[0, 0] = 9
    np.save(path, scores)
    options = ("--objective", "fpr", "--fpr", "0", "--category", "nut")
    done = run("threshold", "mvtec", *inputs(parts), *options, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert fg.read_thresholds(out)["nut"].value == np.inf
    assert done.stdout.splitlines()[2].split() == ["nut", "5", "3", "inf", "-", "-", "-", "-"]
    done = run("threshold", "mvtec", *inputs(parts), "--cost", "20", "--out", out)
    assert done.returncode == 1
    assert "cost" in done.stderr
    # Told before any file is looked at.
    for options, message in (
        (("--objective", "fpr"), 'fpr goes with the objective "fpr", and is needed there'),
        (("--objective", "recall", "--recall", "2"), "recall is 2.0, want a number from 0 to 1"),
        (("--objective", "cost", "--cost", "-1"), "cost is -1.0"),
    ):
        nowhere = ("--truth", tmp_path / "none", "--predictions", tmp_path / "none")
        done = run("threshold", "mvtec", *nowhere, *options, "--out", out)
        assert done.returncode == 1
        assert message in done.stderr


def test_thresholds_must_fit(parts, tmp_path):
    thresholds = tmp_path / "thresholds.json"
    arguments = (*inputs(parts), "--category", "nut", "--out", thresholds)
    assert run("threshold", "mvtec", *arguments).returncode == 0
    done = evaluate(parts, "--threshold-from", thresholds)
    assert done.returncode == 1
    assert "there is no threshold for tile; there are thresholds for nut" in done.stderr
    done = evaluate(parts, "--threshold-from", tmp_path / "none.json")
    assert done.returncode == 1
    done = evaluate(parts, "--threshold-from", thresholds, "--threshold", "1")
    assert done.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--metrics", "dise"),
        ("--threshold", "nan"),
        ("--threshold", "high"),
        ("--boundary", "2.5"),
        ("--mask-threshold", "0"),
        ("--resize", "cubic"),
        ("--kind", "maps"),
        ("--image-score", "median"),
        ("--image-score", "top_k_mean"),
        ("--image-score", "top_k_mean:0"),
        ("--image-score", "mean_filter_max:4"),
    ],
)
def test_bad_usage(parts, arguments):
    done = evaluate(parts, *arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


def test_outputs_replace_no_input(parts, tmp_path):
    out = tmp_path / "out"
    done = evaluate(parts, "--json", out, "--markdown", out)
    assert done.returncode == 2
    assert "--markdown and --json are the same file" in done.stderr
    split = tmp_path / "split.txt"
    split.write_text("nut/test\ntile/test\n")
    done = evaluate(parts, "--split-file", split, "--regions-csv", split)
    assert done.returncode == 2
    assert "--regions-csv and --split-file are the same file" in done.stderr
    assert split.read_text() == "nut/test\ntile/test\n"


def test_missing_predictions_are_told_before_anything_is_scored(parts, tmp_path):
    missing = [f"nut/test/{name}" for name in ("bent/002", "good/000")]
    for name in missing:
        (parts.maps / f"{name}.npy").unlink()
    out = tmp_path / "out.json"
    done = evaluate(parts, "--json", out)
    assert done.returncode == 1
    assert "2 of 10 samples have no prediction" in done.stderr
    assert all(name in done.stderr for name in missing)
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"II*\0", b"0" * 500])
def test_bad_maps_are_named_and_leave_nothing(parts, tmp_path, content):
    path = parts.maps / "tile/test/bent/003.npy"
    path.write_bytes(content)
    out = tmp_path / "out.json"
    done = evaluate(parts, "--json", out, "--csv", tmp_path / "out.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"flawgauge: error: {path}: ")
    assert done.stderr.count("\n") == 1
    assert names(tmp_path) == ["maps", "root"]


def test_a_folder_of_masks(tmp_path):
    for folder in ("masks", "preds"):
        (tmp_path / folder).mkdir()
    mask = np.zeros((9, 12), np.uint8)
    mask[2:5, 3:9] = 255
    (tmp_path / "masks" / "a_gt.png").write_bytes(png(mask, 8))
    (tmp_path / "preds" / "a-out.png").write_bytes(png(np.roll(mask, 1, axis=0), 8))
    out = tmp_path / "out.json"
    done = run(
        *("evaluate", "folder", "--truth", tmp_path, "--predictions", tmp_path / "preds"),
        *("--masks", "masks/{id}_gt.png", "--maps", "{id}-out.png", "--json", out),
    )
    assert (done.returncode, done.stderr) == (0, "")
    pixels = json.loads(out.read_text())["categories"]["all"]["pixels"]
    assert pixels == {"tp": 12, "fp": 6, "fn": 6, "tn": 84}


def test_facts_of_data_sets(flawgauge):
    done = flawgauge("datasets")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == fg.datasets.facts_table().rstrip() + "\n"
    for name in ("mvtec", "severstal", "kolektorsdd", "kolektorsdd2", "dagm", "neu"):
        assert name in done.stdout


@pytest.fixture
def many(tmp_path):
    """A category of 1,500 images that are links to two, some seconds of work."""
    size = 800
    mask = np.zeros((size, size), np.uint8)
    mask[100:200, 100:300] = 255
    generator = np.random.default_rng(0)
    source = tmp_path / "source"
    source.mkdir()
    (source / "mask.png").write_bytes(png(mask, 8))
    np.save(source / "map.npy", generator.random((size, size), dtype=np.float32))
    for number in range(1500):
        label = "bent" if number % 30 == 0 else "good"
        name = f"nut/test/{label}/{number:04}"
        links = {f"root/{name}.png": "mask.png", f"maps/{name}.npy": "map.npy"}
        if label == "bent":
            links[f"root/nut/ground_truth/bent/{number:04}_mask.png"] = "mask.png"
        for link, target in links.items():
            path = tmp_path / link
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(source / target)
    return tmp_path


def test_an_interrupt_stops_at_once_and_leaves_nothing(many):
    before = names(many)
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", "flawgauge", "evaluate", "mvtec", "--truth", many / "root"]
    command += ["--predictions", many / "maps", "--json", many / "out.json"]
    command += ["--csv", many / "out.csv", "--markdown", many / "out.md"]
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=inner, text=True
    ) as process:
        os.close(inner)
        shown = read_until(terminal, b"nut")
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        shown += read_until(terminal, None)
        output, _ = process.communicate(timeout=30)
        waited = time.monotonic() - start
    os.close(terminal)
    assert (process.returncode, output) == (130, "")
    assert shown.endswith(b"\rflawgauge: interrupted\r\n")
    # A second on a machine that has nothing else to do.
    assert waited < 5
    assert names(many) == before
