"""What a report tells: rows, files, intervals, thresholds for other images."""

import csv
import json
import math
import pickle
import re
import sys

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.report.evaluation_rows import CLASS_COLUMNS
from flawgauge.report.markdown import markdown_table
from image_bytes import png
from map_files import MapFiles


def no_constants(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return MapFiles(tmp_path_factory.mktemp("files")).write()


@pytest.fixture(scope="module")
def report(files):
    return fg.evaluate(fg.datasets.MVTecAD(files.root), files.maps)


def evaluate(files, **options):
    return fg.evaluate(fg.datasets.MVTecAD(files.root), files.maps, **options)


def test_json_holds_everything(files, report, tmp_path):
    path = tmp_path / "out.json"
    report.write_json(path)
    data = json.loads(path.read_text(), parse_constant=no_constants)
    assert data == report.to_dict()
    assert data["tool"] == {"name": "flawgauge", "version": fg.__version__}
    assert data["dataset"]["title"] == "MVTec AD"
    assert data["dataset"]["split"] == "test"
    assert data["predictions"]["source"] == str(files.maps)
    assert data["predictions"]["boundary"] == 0.02
    assert (data["num_images"], data["num_defective"]) == (10, 6)
    assert data["fingerprint"] == report.fingerprint
    for name, category in data["categories"].items():
        part = report[name]
        assert category["metrics"] == report.values[name]
        assert category["undefined"] == {}
        assert category["threshold"] == part.threshold.to_dict()
        counts = part.confusion.sum()
        assert category["pixels"] == {key: getattr(counts, key) for key in ("tp", "fp", "fn", "tn")}
        assert category["best_f1"]["pixel"]["counts"] == category["pixels"]
        assert category["images"]["tp"] + category["images"]["fn"] == 3
        assert category["num_regions"] == len(part.regions)
    for name, mean in data["mean"].items():
        values = [category["metrics"][name] for category in data["categories"].values()]
        assert mean == {"value": math.fsum(values) / 2, "num": 2, "skipped": 0}


def test_a_report_is_pickled_whole(report, files):
    several = evaluate(files, threshold=0.9, boundary=[1, 3])
    for found in (report, several):
        again = pickle.loads(pickle.dumps(found))
        assert again.to_dict() == found.to_dict()
        assert again["nut"].sweep == found["nut"].sweep


def test_a_report_has_its_categories(report):
    assert list(report) == ["nut", "tile"]
    assert len(report) == 2
    assert "bolt" not in report


def test_rows_of_images(files, report):
    rows = list(report.rows())
    assert [row["image"] for row in rows] == [*files.ids["nut"], *files.ids["tile"]]
    masks = [*files.target["nut"], *files.target["tile"]]
    scores = [*files.scores["nut"], *files.scores["tile"]]
    counts, bands = report.confusion, report.boundary
    for index, row in enumerate(rows):
        assert (row["height"], row["width"]) == masks[index].shape
        assert row["defect_pixels"] == np.count_nonzero(masks[index])
        assert row["image_score"] == scores[index].max()
        assert row["threshold"] == report[row["category"]].threshold.value
        assert row["threshold_source"] == "oracle"
        assert [row[key] for key in ("tp", "fp", "fn", "tn")] == counts._counts[index].tolist()
        for name in ("dice", "iou", "precision", "recall", "fpr", "fnr"):
            value = getattr(counts[index], name)()
            assert row[name] == (None if math.isnan(value) else value)
        value = bands[index].iou()
        assert row["boundary_iou"] == (None if math.isnan(value) else value)
        assert row["regions"] == len(fg.label_regions(masks[index]))
        predicted, defective = counts.predicted[index] > 0, masks[index].any()
        words = {
            (True, True): "detected",
            (False, True): "missed",
            (True, False): "false alarm",
            (False, False): "correctly passed",
        }
        assert row["outcome"] == words[bool(predicted), bool(defective)]
        assert row["label_kind"] == "pixel mask"


def test_rows_of_regions(report):
    rows = list(report.rows("regions"))
    expected = [
        (part.ids[row["image"]], row["label"], row["area"], row["highest"], row["hit"])
        for part in report.categories
        for row in part.regions.rows()
    ]
    keys = ("image", "region", "area", "highest_score", "hit")
    assert [tuple(row[key] for key in keys) for row in rows] == expected
    assert [row["predicted_pixels"] for row in rows] == [
        int(pixels) for part in report.categories for pixels in part.regions.predicted
    ]


def test_rows_of_classes(report):
    rows = list(report.rows("classes"))
    assert [(row["category"], row["label"], row["images"]) for row in rows] == [
        (category, label, count)
        for category in ("nut", "tile")
        for label, count in (("bent", 2), ("good", 2), ("scratch", 1))
    ]
    part = report["nut"]
    assert rows[0]["dice"] == part.confusion[:2].sum().dice()
    assert rows[2]["recall"] == part.confusion[4].recall()
    assert rows[1]["regions"] == 0
    hit = part.regions.hit[part.regions.image < 2]
    assert (rows[0]["regions"], rows[0]["regions_hit"]) == (len(hit), hit.sum())
    with pytest.raises(InputValueError, match="table is 'pixels', want one of: 'images'"):
        next(report.rows("pixels"))


def test_csv(report, tmp_path):
    for table in ("images", "regions", "classes"):
        report.write_csv(tmp_path / "out.csv", table)
        with (tmp_path / "out.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        expected = list(report.rows(table))
        assert rows == [
            {key: "" if value is None else str(value) for key, value in row.items()}
            for row in expected
        ]


@pytest.mark.parametrize("boundary", [0.02, 2, [1, 3]])
def test_categories_without_a_threshold_have_the_same_columns(files, tmp_path, boundary):
    split = tmp_path / "split.txt"
    split.write_text("nut/test/good\ntile/test/bent\n")
    chosen = fg.datasets.MVTecAD(files.root, split_file=split)
    report = fg.evaluate(chosen, files.maps, boundary=boundary)
    assert report["nut"].boundary is None
    rows = list(report.rows())
    assert len({tuple(row) for row in rows}) == 1
    report.write_csv(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {key: "" if value is None else str(value) for key, value in row.items()} for row in rows
        ]


def test_csv_of_no_classes(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").write_bytes(png(np.eye(4, dtype=np.uint8) * 255, 8))
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / "a.npy", np.eye(4, dtype=np.float32))
    report = fg.evaluate(fg.datasets.Folder(tmp_path), tmp_path / "maps")
    assert list(report.rows("classes")) == []
    report.write_csv(tmp_path / "classes.csv", "classes")
    text = (tmp_path / "classes.csv").read_text()
    assert text.startswith("category,label,images,defective,missed,false_alarms,dice,")
    assert text.count("\n") == 1


def test_csv_of_no_regions(files, tmp_path):
    split = tmp_path / "split.txt"
    split.write_text("nut/test/good\n")
    chosen = fg.datasets.MVTecAD(files.root, split_file=split)
    report = fg.evaluate(chosen, files.maps, threshold=0.5)
    report.write_csv(tmp_path / "regions.csv", "regions")
    text = (tmp_path / "regions.csv").read_text()
    assert text.startswith("image,category,label,region,area,")
    assert text.count("\n") == 1
    report = fg.evaluate(chosen, files.maps, metrics="fpr", threshold=0.5)
    with pytest.raises(InputValueError, match="no regions counted"):
        report.write_csv(tmp_path / "none.csv", "regions")
    assert not (tmp_path / "none.csv").exists()


def test_columns_of_classes(report):
    rows = report.rows("classes")
    assert {tuple(row) for row in rows} == {(*CLASS_COLUMNS, "label_kind")}


def test_markdown_signs_in_names_are_escaped():
    table = markdown_table(["a~b", "c&d"], [["$x$", 0.5]])
    assert table.splitlines()[0] == r"| a\~b | c\&d |"
    assert table.splitlines()[2] == r"| \$x\$ | 0.5000 |"


def test_text_and_markdown_show_the_same_numbers(report, tmp_path):
    text = report.to_text()
    assert repr(report) == text
    assert max(map(len, text.splitlines())) <= 100 + len(report.inputs.predictions)
    report.write_markdown(tmp_path / "out.md")
    markdown = (tmp_path / "out.md").read_text()
    for shown in (text, markdown):
        assert "oracle" in shown
        assert "accuracy is misleading" in shown
        for name in ("pixel_auroc", "aupro_0.05", "dice", "boundary_iou"):
            assert f"{report.value(name):.4f}" in shown
            assert f"{report.value(name, 'nut'):.4f}" in shown
    numbers = [re.findall(r"[0-9]\.[0-9]{4}\b", shown) for shown in (text, markdown)]
    assert numbers[0] == numbers[1]


def test_headings_tell_images_and_pixels_apart(files, report):
    header = next(line for line in report.to_text().splitlines() if "AUROC" in line)
    assert re.split(" {2,}", header) == [
        *("category", "image AUROC", "AP", "best F1", "pixel AUROC", "AP", "best F1"),
        *("AUPRO 0.3", "AUPRO 0.05"),
    ]
    names = ["pixel_ap", "image_ap", "image_f1_max", "pixel_f1_max", "aupro_0.3"]
    markdown = evaluate(files, metrics=names).to_markdown()
    titles = "pixel AP | image AP | best F1 | pixel best F1 | AUPRO 0.3"
    assert f"| category | {titles} |" in markdown


def test_coarse_labels_are_marked_everywhere(tmp_path):
    root, maps = tmp_path / "neu", tmp_path / "maps"
    (root / "ANNOTATIONS").mkdir(parents=True)
    maps.mkdir()
    (root / "ANNOTATIONS" / "patches_1.xml").write_text(
        "<annotation><filename>patches_1.jpg</filename>"
        "<size><width>200</width><height>200</height><depth>1</depth></size>"
        "<object><name>patches</name><bndbox><xmin>1</xmin><ymin>11</ymin><xmax>20</xmax>"
        "<ymax>40</ymax></bndbox></object></annotation>"
    )
    scores = np.zeros((200, 200), np.float32)
    scores[10:40, :20] = 1
    np.save(maps / "patches_1.npy", scores)
    report = fg.evaluate(fg.datasets.NEUDET(root), maps)
    # Corners are inclusive.
    assert report.value("dice") == 1.0
    assert report["patches"].num_positives.tolist() == [30 * 20]
    assert "NEU-DET (coarse)" in report.to_text()
    assert "NEU-DET (coarse)" in report.to_markdown()
    data = report.to_dict()
    assert (data["dataset"]["coarse"], data["dataset"]["label_kind"]) == (True, "box")
    assert data["notes"][0].startswith("coarse: the labels are boxes")
    for table in ("images", "regions", "classes"):
        assert {row["label_kind"] for row in report.rows(table)} == {"box, coarse"}


def test_pandas_is_asked_for_only_when_needed(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_pandas needs pandas: pip install pandas"):
        report.to_pandas()


def test_pandas(report):
    pytest.importorskip("pandas")
    frame = report.to_pandas()
    assert frame["image"].tolist() == list(report.image_ids)
    assert frame["tp"].tolist() == report.confusion.tp.tolist()
    assert len(report.to_pandas("regions")) == sum(len(part.regions) for part in report.categories)


def test_bootstrap_of_counts(files):
    # Every image has a pixel of this score, so that Dice is defined in every draw.
    report = evaluate(files, threshold=0.9)
    n, seed = 50, 7
    generator = np.random.default_rng(seed)
    means = []
    for part in report.categories:
        drawn = generator.integers(0, 5, size=(n, 5))
        values = []
        for row in drawn:
            tp, fp, fn, _ = part.confusion._counts[row].sum(axis=0)
            values.append(2 * tp / (2 * tp + fp + fn))
        means.append(values)
    expected = np.mean(means, axis=0)
    found = report.bootstrap("dice", n, seed)
    assert found.value == report.value("dice")
    np.testing.assert_allclose(
        [found.low, found.high], np.percentile(expected, [2.5, 97.5]), rtol=1e-14
    )
    assert found == report.bootstrap("dice", n, seed)
    assert found != report.bootstrap("dice", n, seed + 1)
    assert (found.n, found.seed, found.level, found.undefined) == (n, seed, 0.95, 0)
    assert json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("metric", ["boundary_iou", "region_recall", "fpr", "image_auroc"])
def test_bootstrap_of_one_category(report, metric):
    found = report.bootstrap(metric, 200, category="nut", level=0.9)
    assert found.value == report.value(metric, "nut")
    assert 0 <= found.low <= found.value <= found.high <= 1
    wider = report.bootstrap(metric, 200, category="nut", level=0.99)
    assert wider.low <= found.low
    assert wider.high >= found.high


def test_bootstrap_leaves_out_undefined_draws(files, tmp_path):
    split = tmp_path / "split.txt"
    split.write_text("nut/test/good\nnut/test/bent/002\n")
    chosen = fg.datasets.MVTecAD(files.root, split_file=split)
    report = fg.evaluate(chosen, files.maps, threshold=0.5)
    found = report.bootstrap("recall", 300)
    # Draws without the one defective image: (2/3)^3 of all.
    assert 40 < found.undefined < 150
    assert found.low == found.high == found.value


def test_bootstraps_have_the_value_of_the_report(tmp_path):
    # Three categories, whose values a plain sum rounds.
    for number, name in enumerate(("a", "b", "c"), start=1):
        for folder in ("masks", "maps"):
            (tmp_path / folder / name).mkdir(parents=True)
        mask = np.zeros((1, 10), np.uint8)
        mask[0, :number] = 255
        (tmp_path / "masks" / name / "x.png").write_bytes(png(mask, 8))
        np.save(tmp_path / "maps" / name / "x.npy", np.ones((1, 10), np.float32))
    chosen = fg.datasets.Folder(tmp_path, masks="masks/{category}/{id}.png")
    report = fg.evaluate(chosen, tmp_path / "maps", threshold=0.5, metrics="precision")
    found = report.bootstrap("precision", 2)
    assert found.value == found.low == found.high == report.value("precision")


def test_levels_are_told_as_they_are(report):
    assert "99.5% interval" in str(report.bootstrap("dice", 10, level=0.995))


def test_bootstrap_of_several_distances(files):
    report = evaluate(files, threshold=0.9, boundary=[1, 3])
    for distance, place in ((1, 0), (3, 1)):
        found = report.bootstrap(f"boundary_iou_{distance}", 20, category="nut")
        assert found.value == report["nut"].boundary.sum().iou()[place]
        assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pixel_auroc",), "'pixel_auroc', which follows from all pixels at once"),
        (("mcc",), "metric is 'mcc', want one of the report's: image_auroc"),
        (("dice", 0), "n is 0"),
        (("dice", 10, -1), "seed is -1"),
    ],
)
def test_wrong_bootstraps(report, arguments, message):
    with pytest.raises(InputValueError, match=message):
        report.bootstrap(*arguments)


def test_wrong_levels_and_names(report):
    with pytest.raises(InputValueError, match="level is 1"):
        report.bootstrap("dice", level=1)
    with pytest.raises(InputTypeError, match="level is '95'"):
        report.bootstrap("dice", level="95")
    with pytest.raises(InputValueError, match="category is 'bolt', want one of: nut, tile"):
        report.value("dice", "bolt")
