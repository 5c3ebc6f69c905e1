"""``flawgauge demo``."""

import csv
import json
import os
import shlex
import time

import numpy as np

import flawgauge as fg


def decode(text):
    """A mask from its runs, pixel by pixel."""
    mask = np.zeros(256 * 1600, bool)
    values = [int(value) for value in text.split()]
    for start, length in zip(values[::2], values[1::2], strict=True):
        mask[start - 1 : start - 1 + length] = True
    return mask


def read(path):
    with path.open(newline="") as file:
        return {
            row["ImageId_ClassId"]: decode(row["EncodedPixels"]) for row in csv.DictReader(file)
        }


def test_demo_is_the_same_every_time(tmp_path, flawgauge):
    folders = tmp_path / "first", tmp_path / "second"
    outputs = []
    for folder, seed in zip(folders, ("1", "2"), strict=True):
        start = time.monotonic()
        done = flawgauge("demo", "--out", folder, env=os.environ | {"PYTHONHASHSEED": seed})
        assert time.monotonic() - start < 5
        assert (done.returncode, done.stderr) == (0, "")
        outputs.append(done.stdout.replace(str(folder), "DIR"))
    assert outputs[0] == outputs[1]
    names = [path.relative_to(folders[0]) for path in folders[0].rglob("*.*")]
    assert len(names) == 2 + 28 + 16 + 28
    for name in names:
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second


def test_demo_scores_its_files(tmp_path, flawgauge):
    done = flawgauge("demo", "--out", tmp_path)
    truth, predictions = read(tmp_path / "train.csv"), read(tmp_path / "submission.csv")
    assert truth.keys() == predictions.keys()
    assert len(truth) == 24 * 4
    dice = []
    for pair, target in truth.items():
        preds = predictions[pair]
        areas = int(preds.sum()) + int(target.sum())
        dice.append(2 * int((preds & target).sum()) / areas if areas else 1.0)
    assert f"\nKaggle mean Dice  {np.mean(dice):.4f}\n" in done.stdout
    outcomes = [(truth[pair].any(), predictions[pair].any()) for pair in truth]
    # The sample shows everything that a real prediction set has.
    assert {(False, False), (True, False), (False, True), (True, True)} == set(outcomes)
    per_class = {pair[-1] for pair, target in truth.items() if target.any()}
    assert per_class == {"1", "2", "3", "4"}


def test_demo_says_how_to_score_its_files_again(tmp_path, flawgauge):
    folder = tmp_path / "a folder"
    done = flawgauge("demo", "--out", folder)
    assert f"The files are in {folder}; to score them again:" in done.stdout
    shown, outputs = done.stdout, []
    for number, line in enumerate(done.stdout.splitlines()[-2:]):
        command = shlex.split(line)
        assert command[:2] == ["flawgauge", "evaluate"]
        out = folder / f"out{number}.json"
        again = flawgauge(*command[1:], "--json", out)
        assert again.returncode == 0
        assert shown.startswith(again.stdout)
        shown = shown.removeprefix(again.stdout).lstrip("\n")
        outputs.append(json.loads(out.read_text()))
    assert [output["num_images"] for output in outputs] == [24, 28]
    assert shown.startswith("The files are in")


def test_demo_fits_a_terminal(tmp_path, flawgauge):
    done = flawgauge("demo", "--out", tmp_path)
    wide = [line for line in done.stdout.splitlines() if len(line) > 100]
    assert [line for line in wide if str(tmp_path) not in line] == []


def test_demo_makes_a_new_temporary_folder(tmp_path, flawgauge):
    done = flawgauge("demo", env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0
    (folder,) = tmp_path.iterdir()
    assert f"The files are in {folder}; to score them again:" in done.stdout
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["maps", "parts", "submission.csv", "train.csv"]


def test_demo_replaces_its_own_files_only(tmp_path, flawgauge):
    assert flawgauge("demo", "--out", tmp_path).returncode == 0
    assert flawgauge("demo", "--out", tmp_path).returncode == 0
    (tmp_path / "submission.csv").unlink()
    (tmp_path / "train.csv").write_text("mine")
    done = flawgauge("demo", "--out", tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path / 'train.csv'}: exists already, and is not replaced" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["maps", "parts", "train.csv"]
    assert (tmp_path / "train.csv").read_text() == "mine"
    # To read a pipe would wait for ever.
    (tmp_path / "train.csv").unlink()
    os.mkfifo(tmp_path / "train.csv")
    done = flawgauge("demo", "--out", tmp_path)
    assert f"{tmp_path / 'train.csv'}: exists already, and is not replaced" in done.stderr


def test_demo_without_a_path_is_an_error(flawgauge):
    done = flawgauge("demo", "--out", "")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "flawgauge: error: folder is '', want a path\n"


def test_demo_in_a_file_is_an_error(tmp_path, flawgauge):
    (tmp_path / "file").touch()
    done = flawgauge("demo", "--out", tmp_path / "file")
    assert done.returncode == 1
    assert "can't be made a folder" in done.stderr


def test_a_run_table_reads_back(tmp_path):
    generator = np.random.default_rng(1)
    masks = [generator.random((4, 5)) < share for share in (0.0, 0.3, 1.0)]
    path = tmp_path / "masks.csv"
    with path.open("w", newline="") as file:
        fg.datasets.severstal.write_run_table(file, [("a_1.jpg", masks), ("b,c.jpg", masks[::-1])])
    report = fg.evaluate_severstal(path, path, image_size=(4, 5), num_classes=3)
    assert report.image_ids == ("a_1.jpg", "b,c.jpg")
    areas = [int(mask.sum()) for mask in masks]
    assert report.counts.tp.tolist() == [areas, areas[::-1]]
    assert report.kaggle_mean_dice == 1.0
