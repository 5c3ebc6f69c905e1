"""``evaluate`` counts in files what the functions of arrays count in memory."""

import json
import math
import struct

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import _core, evaluation_counts
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError
from image_bytes import SIGNATURE, chunk
from map_files import SHAPES, MapFiles

LABELS = ("bent", "bent", "good", "good", "scratch")


@pytest.fixture
def files(tmp_path):
    return MapFiles(tmp_path).write()


def dataset(files):
    return fg.datasets.MVTecAD(files.root)


def passes(files, **options):
    """How often each call read its files."""
    found = []
    plain = _core.score_files

    def counted(samples, **given):
        found.append(2 if given["with_sweep"] else 1)
        return plain(samples, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation_counts._core, "score_files", counted)
        report = fg.evaluate(dataset(files), files.maps, **options)
    return report, found


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.uint16])
def test_all_thresholds(tmp_path, dtype):
    files = MapFiles(tmp_path).write(dtype)
    report = fg.evaluate(dataset(files), files.maps)
    for part in report.categories:
        scores, target = files.scores[part.name], files.target[part.name]
        sweep = fg.sweep(scores, target, regions=True)
        assert part.ids == files.ids[part.name]
        assert part.labels == LABELS
        assert part.sweep == sweep
        assert part.sweep.score_dtype == np.dtype(dtype).name
        assert part.image_sweep == fg.image_sweep(fg.image_scores(scores), fg.image_labels(target))
        best = sweep.best("f1")
        assert part.threshold == best.threshold
        assert part.confusion == fg.confusion(scores, target, threshold=best.threshold)
        assert part.confusion.threshold.source == "oracle"
        bands = fg.boundary(scores, target, distance=0.02, threshold=best.threshold)
        assert part.boundary == bands
        assert part.boundary.threshold == best.threshold
        assert part.regions == fg.region_table(scores, target, threshold=best.threshold)
        expected = {
            "pixel_auroc": sweep.auroc(),
            "pixel_ap": sweep.average_precision(),
            "pixel_f1_max": best.value,
            "aupro_0.3": sweep.aupro(0.3),
            "aupro_0.05": sweep.aupro(0.05),
            "image_auroc": part.image_sweep.auroc(),
            "image_ap": part.image_sweep.average_precision(),
            "image_f1_max": part.image_sweep.best("f1").value,
            "boundary_iou": bands.sum().iou(),
            "region_recall": part.regions.num_hit / len(part.regions),
        }
        for name in ("dice", "iou", "precision", "recall", "fpr", "fnr", "accuracy"):
            expected[name] = getattr(best.counts, name)()
        assert report.values[part.name] == expected
        assert (
            part.detection
            == fg.confusion(
                np.array([part.confusion.predicted > 0]), np.array([part.confusion.support > 0])
            ).sum()
        )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8])
@pytest.mark.parametrize(
    ("rule", "options"),
    [
        (("top_k_mean", 7), {"method": "top_k_mean", "k": 7}),
        ("mean_filter_max", {"method": "mean_filter_max"}),
        (("mean_filter_max", 3), {"method": "mean_filter_max", "size": 3}),
    ],
)
def test_rules_of_image_scores(tmp_path, dtype, rule, options):
    files = MapFiles(tmp_path).write(dtype)
    files.replace_maps(np.asfortranarray)
    report = fg.evaluate(dataset(files), files.maps, image_score=rule)
    plain = fg.evaluate(dataset(files), files.maps)
    for part in report.categories:
        scores, target = files.scores[part.name], files.target[part.name]
        expected = fg.image_scores(scores, **options)
        np.testing.assert_array_equal(part.image_scores, expected)
        assert part.image_sweep == fg.image_sweep(expected, fg.image_labels(target))
        # Nothing else depends on it.
        assert part.sweep == plain[part.name].sweep
        assert part.regions == plain[part.name].regions
        assert part.confusion == plain[part.name].confusion
    data = report.to_dict()
    told = {"size": 21} | options if options["method"] == "mean_filter_max" else options
    assert data["predictions"]["image_score"] == told
    assert report.inputs.image_score_rule in report.to_text()
    assert [row["image_score"] for row in data["images"]] == [
        *report["nut"].image_scores,
        *report["tile"].image_scores,
    ]
    assert plain.to_dict()["predictions"]["image_score"] == {"method": "max"}
    assert report.bootstrap("image_auroc", 5).value == report.value("image_auroc")


def test_maps_that_have_no_such_score(files):
    with pytest.raises(DataError, match=r"npy: 576 pixels, fewer than the 1000 whose mean"):
        fg.evaluate(dataset(files), files.maps, image_score=("top_k_mean", 1000))
    path = files.maps / "tile/test/good/001.npy"
    scores = np.load(path)
    scores[:2, 0] = np.inf, -np.inf
    np.save(path, scores)
    fg.evaluate(dataset(files), files.maps)
    with pytest.raises(DataError, match=r"001\.npy: the score of the image is a mean of infin"):
        fg.evaluate(dataset(files), files.maps, image_score=("mean_filter_max", 3))
    files.replace_maps(lambda scores: scores > 0.9)
    with pytest.raises(InputValueError, match="image_score is given, but the predictions are mask"):
        fg.evaluate(dataset(files), files.maps, image_score="mean_filter_max")


def test_a_given_threshold(files):
    report = fg.evaluate(dataset(files), files.maps, threshold=0.9, boundary=[1, 3])
    for part in report.categories:
        scores, target = files.scores[part.name], files.target[part.name]
        assert part.threshold == fg.Threshold(0.9)
        assert part.confusion == fg.confusion(scores, target, threshold=0.9)
        bands = fg.boundary(scores, target, distance=[1, 3], threshold=0.9)
        assert part.boundary == bands
        values = report.values[part.name]
        assert [values["boundary_iou_1"], values["boundary_iou_3"]] == bands.sum().iou().tolist()
        assert part.sweep == fg.sweep(scores, target, regions=True)
    scores = [*files.scores["nut"], *files.scores["tile"]]
    target = [*files.target["nut"], *files.target["tile"]]
    pooled = fg.confusion(scores, target, threshold=0.9)
    assert report.confusion == pooled
    assert report.confusion.mean("dice", empty=1).value == pooled.mean("dice", empty=1).value
    assert report.image_ids == (*files.ids["nut"], *files.ids["tile"])
    assert report.value("dice") == np.mean([report.value("dice", name) for name in SHAPES])


def test_boundary_at_all_thresholds(files):
    for boundary in (0.1, 2):
        report = fg.evaluate(
            dataset(files), files.maps, metrics="boundary_iou_max", boundary=boundary
        )
        for part in report.categories:
            scores, target = files.scores[part.name], files.target[part.name]
            sweep = fg.sweep(scores, target, boundary=boundary)
            assert part.sweep == sweep
            assert report.value("boundary_iou_max", part.name) == sweep.best("boundary_iou").value


def test_only_what_metrics_need_is_counted(files):
    report, found = passes(files)
    # Scores of defects, all thresholds, and the best one.
    assert found == [2, 1] * 2
    report, found = passes(files, metrics=["image_auroc"])
    assert found == [1] * 2
    part = report["nut"]
    assert (part.sweep, part.confusion, part.boundary, part.regions) == (None,) * 4
    report, found = passes(files, metrics=["pixel_auroc", "pixel_ap"])
    assert found == [2] * 2
    part = report["nut"]
    assert part.sweep.num_regions is None
    assert part.confusion is None
    report, found = passes(files, metrics="dice", threshold=0.5)
    assert found == [1] * 2
    part = report["nut"]
    assert (part.sweep, part.boundary, part.regions) == (None,) * 3
    report, found = passes(files, metrics=["aupro_0.1", "region_recall"], threshold=0.5)
    assert found == [2] * 2
    assert report["nut"].boundary is None
    assert report.value("aupro_0.1", "nut") == report["nut"].sweep.aupro(0.1)


def test_categories_and_splits(files):
    report = fg.evaluate(dataset(files), files.maps, categories="tile")
    assert [part.name for part in report.categories] == ["tile"]
    split = files.folder / "split.csv"
    split.write_text("id,split\nnut/test/good,validation\nnut/test/bent/002,validation\n")
    chosen = fg.datasets.MVTecAD(files.root, split_file=split)
    report = fg.evaluate(chosen, files.maps, split="validation", metrics="pixel_auroc")
    assert report.image_ids == ("nut/test/bent/002", "nut/test/good/000", "nut/test/good/001")
    assert report.inputs.images == "MVTec AD, split validation"


def test_masks_have_no_curves(files):
    files.replace_maps(lambda scores: scores > 0.9)
    report = fg.evaluate(dataset(files), files.maps)
    names = [metric.name for metric in report.metrics]
    assert names == [
        *("dice", "iou", "boundary_iou", "precision", "recall", "fpr", "fnr", "accuracy"),
        "region_recall",
    ]
    for part in report.categories:
        masks = [scores > 0.9 for scores in files.scores[part.name]]
        target = files.target[part.name]
        assert part.confusion == fg.confusion(masks, target)
        assert part.boundary == fg.boundary(masks, target, distance=0.02)
        assert (part.threshold, part.image_scores, part.sweep, part.image_sweep) == (None,) * 4
        table = fg.region_table([mask.astype(np.uint8) for mask in masks], target, threshold=1)
        np.testing.assert_array_equal(part.regions.predicted, table.predicted)
    with pytest.raises(InputValueError, match=r"'pixel_auroc', which needs scores, but .* masks"):
        fg.evaluate(dataset(files), files.maps, metrics="pixel_auroc")
    with pytest.raises(InputValueError, match="threshold is given, but the predictions are masks"):
        fg.evaluate(dataset(files), files.maps, threshold=0.5)


def test_run_lengths(files):
    entries = []
    for category, names in files.ids.items():
        for name, scores in zip(names, files.scores[category], strict=True):
            # Two masks of one image, which are united.
            for mask in (scores > 0.95, (scores > 0.9) & (scores < 1.1)):
                segmentation = fg.rle_encode(mask, format="coco")
                entries.append({"image_id": name, "segmentation": segmentation})
    path = files.folder / "results.json"
    path.write_text(json.dumps(entries))
    files.replace_maps(lambda scores: scores > 0.9)
    runs = fg.evaluate(dataset(files), path)
    masks = fg.evaluate(dataset(files), files.maps)
    assert runs.inputs.format == "COCO results JSON"
    assert runs.confusion == masks.confusion
    assert runs.boundary == masks.boundary
    assert runs.values == masks.values


def test_other_sizes_are_resized_only_if_wanted(files):
    np.save(files.maps / "nut/test/bent/002.npy", np.float32([[0, 1], [1, 0]]))
    with pytest.raises(DataError, match=r"002\.npy: 2 x 2 pixels .* --resize"):
        fg.evaluate(dataset(files), files.maps)
    report = fg.evaluate(dataset(files), files.maps, resize="nearest", threshold=0.5)
    assert report["nut"].resized.tolist() == [True, False, False, False, False]
    assert "resized      1 of 10 predictions" in report.to_text()
    assert report.to_dict()["predictions"]["num_resized"] == 1


def test_a_category_without_defects(files):
    split = files.folder / "good.txt"
    split.write_text("nut/test/good\ntile/test/bent\n")
    chosen = fg.datasets.MVTecAD(files.root, split_file=split)
    report = fg.evaluate(chosen, files.maps)
    nut, tile = report["nut"], report["tile"]
    assert (nut.threshold, nut.confusion, nut.boundary) == (None,) * 3
    assert nut.regions.hit is None
    assert all(math.isnan(value) for value in report.values["nut"].values())
    assert not math.isnan(report.value("dice"))
    assert report.value("dice") == tile.confusion.sum().dice()
    summary = report.summary()
    reasons = summary["categories"]["nut"]["undefined"]
    assert reasons["pixel_auroc"] == "no defective pixels"
    assert reasons["dice"] == "no defective pixels to choose a threshold by"
    assert summary["categories"]["tile"]["undefined"] == {"image_auroc": "no good images"}
    assert summary["mean"]["pixel_auroc"] == {
        "value": report.value("pixel_auroc", "tile"),
        "num": 1,
        "skipped": 1,
    }
    assert "undefined in nut" in report.to_text()
    with pytest.raises(InputValueError, match="a category has no such counts"):
        _ = report.confusion
    with pytest.raises(InputValueError, match="category nut has no defective pixels to choose by"):
        report.select_thresholds()


def test_infinite_scores_and_thresholds(files):
    def change(scores):
        scores = scores.copy()
        scores[0, 0] = np.inf
        return scores

    files.replace_maps(change)
    report = fg.evaluate(dataset(files), files.maps, threshold=math.inf)
    row = report.to_dict()["images"][0]
    assert (row["image_score"], row["threshold"], row["fp"]) == ("inf", "inf", 1)


def test_files_that_change_between_passes_are_an_error(files, monkeypatch):
    plain = _core.score_files
    calls = []

    def changing(samples, **options):
        calls.append(options)
        if len(calls) == 2:
            path = files.maps / "nut/test/good/000.npy"
            np.save(path, np.load(path) + np.float32(5))
        return plain(samples, **options)

    monkeypatch.setattr(evaluation_counts._core, "score_files", changing)
    with pytest.raises(DataError, match="category nut: files were changed"):
        fg.evaluate(dataset(files), files.maps)


def test_severstal_goes_to_its_own_report(tmp_path):
    truth, predictions = tmp_path / "train.csv", tmp_path / "submission.csv"
    truth.write_text("ImageId,ClassId,EncodedPixels\na.jpg,1,1 30\nb.jpg,2,5 9\n")
    predictions.write_text("ImageId,ClassId,EncodedPixels\na.jpg,1,11 30\nb.jpg,2,6 9\n")
    severstal = fg.datasets.Severstal(truth)
    report = fg.evaluate(severstal, predictions, boundary=2)
    expected = fg.evaluate_severstal(truth, predictions, boundary=2)
    assert report.counts == expected.counts
    assert report.boundary == expected.boundary
    assert report.to_dict() == expected.to_dict()
    split = tmp_path / "split.txt"
    split.write_text("b.jpg\n")
    report = fg.evaluate(fg.datasets.Severstal(truth, split_file=split), predictions)
    assert report.image_ids == ("b.jpg",)
    with pytest.raises(InputValueError, match="resize does not go with Severstal"):
        fg.evaluate(severstal, predictions, resize="nearest")
    with pytest.raises(InputValueError, match="image_score does not go with Severstal"):
        fg.evaluate(severstal, predictions, image_score=("top_k_mean", 3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"metrics": ["dice", "dise"]},
            r"metrics holds 'dise', want some of: image_auroc",
        ),
        ({"metrics": []}, "metrics is empty"),
        ({"metrics": "aupro_2"}, "metrics holds 'aupro_2'"),
        ({"metrics": "aupro_0.0"}, "metrics holds 'aupro_0.0'"),
        ({"image_score": "median"}, "image_score is 'median', want \"max\""),
        ({"image_score": "top_k_mean"}, "image_score is 'top_k_mean', want"),
        ({"image_score": ("max", 3)}, r"image_score is \('max', 3\), want"),
        ({"image_score": ("mean_filter_max", 4)}, "size is 4, want an odd number"),
        ({"image_score": ("top_k_mean", 0)}, "k is 0"),
        ({"metrics": "boundary_iou_2"}, "'boundary_iou_2', whose distance boundary does not"),
        ({"metrics": "boundary_iou_2", "boundary": [1, 3]}, "'boundary_iou_2', whose distance"),
        ({"metrics": "boundary_iou", "boundary": None}, "'boundary_iou', which needs boundary"),
        ({"boundary": 1.5}, "boundary is 1.5"),
        ({"connectivity": 6}, "connectivity"),
        ({"resize": "cubic"}, "resize is 'cubic'"),
        ({"mask_threshold": 0}, "mask_threshold"),
        ({"max_pixels": 0}, "max_pixels is 0"),
        ({"threshold": math.nan}, "threshold is nan"),
        ({"threshold": {"nut": 1.0}}, "no threshold for tile; there are thresholds for nut"),
        ({"split": "train"}, "split is 'train'"),
        ({"categories": "bolt"}, "'bolt', want one of: nut, tile"),
        ({"kind": "maps"}, "kind is 'maps'"),
        ({"map_key": "\udcff"}, r"map_key is '\\udcff', want Unicode text"),
    ],
)
def test_wrong_values(files, options, message):
    with pytest.raises(InputValueError, match=message):
        fg.evaluate(dataset(files), files.maps, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": [3]}, "metrics holds 3, want names"),
        ({"threshold": "0.5"}, "threshold is '0.5', want a number"),
        ({"threshold": {3: 0.5}}, "threshold has the key 3"),
        ({"map_key": 3}, "map_key is a int"),
        ({"image_score": ("top_k_mean", 1.5)}, "k is 1.5"),
    ],
)
def test_wrong_types(files, options, message):
    with pytest.raises(InputTypeError, match=message):
        fg.evaluate(dataset(files), files.maps, **options)


def test_wrong_data_sets_and_files(files):
    with pytest.raises(InputTypeError, match="dataset is a PosixPath, want a data set"):
        fg.evaluate(files.root, files.maps)
    path = files.maps / "tile/test/good/001.npy"
    path.unlink()
    with pytest.raises(DataError, match="tile/test/good/001"):
        fg.evaluate(dataset(files), files.maps)
    path.write_bytes(b"no array")
    with pytest.raises(DataError, match=r"001\.npy"):
        fg.evaluate(dataset(files), files.maps)
    with pytest.raises(FileError, match="none"):
        fg.evaluate(dataset(files), files.folder / "none")


def test_the_limit_of_pixels_is_that_of_photographs_too(files):
    path = files.root / "nut/test/good/000.png"
    # The header is all that is read of a photograph.
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    path.write_bytes(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", bytes(10**6)))
    with pytest.raises(DataError, match=r"000\.png: .*20000 x 20000"):
        fg.evaluate(dataset(files), files.maps)
    # Then the size of the map is what is wrong.
    with pytest.raises(DataError, match=r"000\.npy: 30 x 41 pixels .* has 20000 x 20000"):
        fg.evaluate(dataset(files), files.maps, max_pixels=10**9)


def test_progress_counts_files(files):
    seen = []

    def progress(label, done, total):
        seen.append((label, done, total))

    fg.evaluate(dataset(files), files.maps, progress=progress)
    assert all(0 <= done <= total and total in (5, 10) for _, done, total in seen)


def test_an_interrupt_in_progress_is_passed_on(tmp_path):
    files = MapFiles(tmp_path).write()
    files.replace_maps(lambda scores: np.kron(scores, np.ones((130, 130), np.float32)))

    def progress(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fg.evaluate(dataset(files), files.maps, resize="bilinear", progress=progress)


def test_the_limit_of_pixels_holds_for_photographs_too(files):
    with pytest.raises(fg.DataError) as caught:
        fg.evaluate(dataset(files), files.maps, max_pixels=2)
    assert ".png: the header claims" in str(caught.value)
    assert "more than the limit of 2 (max_pixels)" in str(caught.value)
