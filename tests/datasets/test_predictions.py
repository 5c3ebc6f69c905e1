"""Which file is the prediction of which sample."""

import numpy as np
import pytest
import trees

from flawgauge import datasets
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError

SCORES = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)


@pytest.fixture
def nut(tmp_path):
    """A data set of one category with the test images bent/000, bent/001 and good/000."""
    root = trees.mvtec(tmp_path / "truth", ["nut"])
    trees.write_png(root / "nut" / "test" / "bent" / "001.png", trees.PHOTO)
    trees.write_png(root / "nut" / "ground_truth" / "bent" / "001_mask.png", trees.SQUARE)
    return datasets.MVTecAD(root)


def maps_for(dataset, folder, name, suffix=".npy"):
    """Write a map for each chosen sample, and return the samples."""
    samples = dataset.select()
    for sample in samples:
        trees.write(folder / (name(sample.id) + suffix), b"")
    return samples


@pytest.mark.parametrize(
    "name",
    [
        lambda name: name,
        lambda name: name.replace("test/", ""),
        lambda name: name.replace("/", "_"),
        lambda name: name.replace("test/", "").replace("/", "_"),
    ],
)
@pytest.mark.parametrize("suffix", [".tiff", ".TIF", ".npz"])
def test_layouts_of_folders(nut, tmp_path, name, suffix):
    maps = tmp_path / "maps"
    samples = maps_for(nut, maps, name, suffix)
    found = nut.pair(maps, samples)
    assert found.sources == tuple(maps / (name(sample.id) + suffix) for sample in samples)
    assert found.kind == "scores"
    assert found.source == maps
    assert found.format == f"folder of {suffix.lower()}"
    # In the order of the samples.
    assert nut.pair(maps, samples[::-1]).sources == found.sources[::-1]


def test_names_alone(tmp_path):
    dataset = datasets.KolektorSDD2(trees.kolektorsdd2(tmp_path / "truth"))
    samples = maps_for(dataset, tmp_path / "maps", lambda name: name.split("/")[-1], ".tiff")
    found = dataset.pair(tmp_path / "maps", samples)
    assert [path.name for path in found.sources] == ["20000.tiff", "20001.tiff"]


def test_names_as_the_photographs_have_them(tmp_path):
    dataset = datasets.NEUDET(trees.neu_in_parts(tmp_path / "truth"))
    samples = dataset.select()
    for sample in samples:
        name = sample.image.relative_to(dataset.root).with_suffix(".tiff")
        trees.write(tmp_path / "maps" / name, b"")
    assert len(dataset.pair(tmp_path / "maps", samples).sources) == 2


def test_names_that_are_ambiguous(nut, tmp_path):
    maps = tmp_path / "maps"
    for name in ("000", "001"):
        trees.write(maps / f"{name}.tiff", b"")
    with pytest.raises(DataError) as caught:
        nut.pair(maps, nut.select())
    assert (
        "000.tiff may belong to nut/test/bent/000, nut/test/good/000; "
        "want nut/test/bent/000.tiff and so on" in str(caught.value)
    )


def test_the_layout_that_finds_most_is_used(nut, tmp_path):
    maps = tmp_path / "maps"
    samples = maps_for(nut, maps, lambda name: name.replace("/", "_"), ".tiff")
    trees.write(maps / "nut" / "test" / "bent" / "000.tiff", b"")
    found = nut.pair(maps, samples)
    assert found.sources[0] == maps / "nut_test_bent_000.tiff"


def test_several_files_of_a_sample(nut, tmp_path):
    maps = tmp_path / "maps"
    samples = maps_for(nut, maps, lambda name: name, ".tiff")
    trees.write(maps / "nut" / "test" / "bent" / "001.npy", b"")
    with pytest.raises(DataError, match=r": 1 problem\n.*several predictions: 001\.npy, 001\.tiff"):
        nut.pair(maps, samples)


def test_missing_predictions_are_all_counted(tmp_path):
    root = trees.mvtec(tmp_path / "truth", ["nut"])
    for number in range(1, 3000):
        trees.write_png(root / "nut" / "test" / "good" / f"{number:04}.png", trees.PHOTO)
    dataset = datasets.MVTecAD(root)
    samples = dataset.select()
    trees.write(tmp_path / "maps" / "nut" / "test" / "bent" / "000.tif", b"")
    with pytest.raises(DataError) as caught:
        dataset.pair(tmp_path / "maps", samples)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("maps: 3,000 of 3,001 samples have no prediction")
    assert lines[1] == "  nut/test/good/000: no file nut/test/good/000.tif"
    assert len(lines) == 12
    assert lines[-1] == "  and 2,990 more"


def test_no_prediction_at_all(nut, tmp_path):
    (tmp_path / "maps" / "metal").mkdir(parents=True)
    trees.write(tmp_path / "maps" / "notes.txt", "")
    with pytest.raises(DataError) as caught:
        nut.pair(tmp_path / "maps", nut.select())
    text = str(caught.value)
    assert "no sample of 3 has a prediction: want nut/test/bent/000.tiff or " in text
    assert "found folders metal; files notes.txt" in text


def test_folders_and_dead_links_in_place_of_predictions(nut, tmp_path):
    maps = tmp_path / "maps"
    samples = maps_for(nut, maps, lambda name: name, ".tiff")
    wrong = maps / "nut" / "test" / "bent"
    (wrong / "000.tiff").unlink()
    (wrong / "000.tiff").mkdir()
    (wrong / "001.tiff").unlink()
    (wrong / "001.tiff").symlink_to("001.tiff")
    with pytest.raises(DataError, match=": 2 problems") as caught:
        nut.pair(maps, samples)
    assert f"{wrong / '000.tiff'}: this is a folder, want a file" in str(caught.value)
    assert f"{wrong / '001.tiff'}: this link leads nowhere" in str(caught.value)


def test_the_data_set_itself_is_no_prediction(nut):
    with pytest.raises(DataError, match="this is the photograph of nut/test/bent/000"):
        nut.pair(nut.root, nut.select())


def test_the_data_set_by_another_path_is_no_prediction_either(nut, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(nut.root)
    monkeypatch.chdir(tmp_path)
    for path in ("truth", "truth/../truth", tmp_path / "link"):
        with pytest.raises(DataError, match="this is the photograph of nut/test/bent/000"):
            nut.pair(path, nut.select())
    # Names alone, and names by a pattern.
    trees.write_png(tmp_path / "own" / "masks" / "a.png", trees.SQUARE)
    trees.write_png(tmp_path / "own" / "images" / "a.png", trees.PHOTO)
    patterns = {"masks": "masks/{id}.png", "images": "images/{id}.png"}
    for pattern in (None, "{id}.png"):
        dataset = datasets.Folder(tmp_path / "own", **patterns, predictions=pattern)
        with pytest.raises(DataError, match="this is the photograph of a"):
            dataset.pair("own/images", dataset.select())
        assert dataset.pair("own/masks", dataset.select()).kind == "masks"


def test_wrong_sources(nut, tmp_path):
    samples = nut.select()
    with pytest.raises(FileError, match=r"predictions .*nowhere: no such file or folder"):
        nut.pair(tmp_path / "nowhere", samples)
    with pytest.raises(DataError, match="want a folder of maps or masks, or a COCO results file"):
        nut.pair(trees.write(tmp_path / "a.tiff", b""), samples)
    with pytest.raises(DataError, match="run lengths in a CSV file are for the data set severstal"):
        nut.pair(trees.write(tmp_path / "a.csv", ""), samples)
    with pytest.raises(InputTypeError, match="predictions is a NoneType, want a path"):
        nut.pair(None, samples)
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(FileError, match="circle: too many levels of symbolic links"):
        nut.pair(tmp_path / "circle", samples)
    maps_for(nut, tmp_path / "maps", lambda name: name)
    with pytest.raises(InputValueError, match="kind is 'map', want"):
        nut.pair(tmp_path / "maps", samples, kind="map")
    with pytest.raises(InputValueError, match="score_threshold is for COCO results"):
        nut.pair(tmp_path / "maps", samples, score_threshold=0.5)


def test_patterns_of_predictions(tmp_path):
    for name in ("a/1", "b/1"):
        trees.write_png(tmp_path / "truth" / f"{name}.png", trees.SQUARE)
        category, number = name.split("/")
        trees.write(tmp_path / "maps" / f"{number}_{category}_score.TIFF", b"")
        trees.write(tmp_path / "maps" / f"{number}_{category}_score.png", b"")
    options = {"masks": "{category}/{id}.png", "predictions": "{id}_{category}_score.tiff"}
    dataset = datasets.Folder(tmp_path / "truth", **options)
    found = dataset.pair(tmp_path / "maps", dataset.select())
    assert [path.name for path in found.sources] == ["1_a_score.TIFF", "1_b_score.TIFF"]
    (tmp_path / "maps" / "1_b_score.TIFF").unlink()
    with pytest.raises(DataError, match="b/1: no file 1_b_score"):
        dataset.pair(tmp_path / "maps", dataset.select())
    for pattern in ("{id}_{category}_score", "{id}_{category}_score.jpg"):
        dataset = datasets.Folder(tmp_path / "truth", **{**options, "predictions": pattern})
        with pytest.raises(InputValueError, match=r"names the file 1_a_score.*, want a name that"):
            dataset.pair(tmp_path / "maps", dataset.select())


TWO = (SCORES > 0.5).astype(np.uint8)
MANY = (SCORES * 255).astype(np.uint8)
CONSTANT = np.zeros_like(TWO)


@pytest.mark.parametrize(
    ("suffix", "arrays", "kind"),
    [
        (".npy", [SCORES] * 3, "scores"),
        # Of floats, even those that hold two values.
        (".npy", [TWO.astype(np.float32)] * 3, "scores"),
        (".npy", [TWO.astype(bool)] * 3, "masks"),
        (".npy", [CONSTANT, TWO, TWO], "masks"),
        (".npy", [CONSTANT, MANY, TWO], "scores"),
        # Of 64 bits, as NumPy makes them by default.
        (".npy", [TWO.astype(np.int64)] * 3, "masks"),
        (".npy", [CONSTANT, MANY.astype(np.uint64), CONSTANT], "scores"),
        (".png", [CONSTANT, TWO * 255, CONSTANT], "masks"),
        (".png", [CONSTANT, CONSTANT, MANY], "scores"),
        (".png", [CONSTANT] * 3, "masks"),
        (".bmp", [MANY] * 3, "masks"),
    ],
)
def test_scores_or_masks(nut, tmp_path, suffix, arrays, kind):
    write = {".npy": trees.write_map, ".png": trees.write_png, ".bmp": trees.write_bmp}[suffix]
    samples = nut.select()
    for sample, values in zip(samples, arrays, strict=True):
        write(tmp_path / "maps" / (sample.id + suffix), values)
    assert nut.pair(tmp_path / "maps", samples).kind == kind
    other = {"scores": "masks", "masks": "scores"}[kind]
    assert nut.pair(tmp_path / "maps", samples, kind=other).kind == other


def test_palettes_are_masks(nut, tmp_path):
    samples = nut.select()
    for sample in samples:
        path = tmp_path / "maps" / f"{sample.id}.png"
        trees.write(path, trees.png(TWO + TWO[::-1], 8, palette=True))
    assert nut.pair(tmp_path / "maps", samples).kind == "masks"


def test_mixed_formats(nut, tmp_path):
    samples = nut.select()
    for sample, suffix in zip(samples, (".tiff", ".npz", ".bmp"), strict=True):
        trees.write(tmp_path / "maps" / (sample.id + suffix), b"")
    with pytest.raises(InputValueError, match=r"files of \.bmp and \.npz and \.tiff; want one"):
        nut.pair(tmp_path / "maps", samples)
    found = nut.pair(tmp_path / "maps", samples, kind="scores")
    assert found.format == "folder of .bmp and .npz and .tiff"


def test_a_wrong_file_that_is_looked_at(nut, tmp_path):
    samples = maps_for(nut, tmp_path / "maps", lambda name: name, ".png")
    with pytest.raises(DataError, match=r"maps/nut/test/bent/000\.png"):
        nut.pair(tmp_path / "maps", samples)


@pytest.mark.parametrize("suffix", [".npy", ".png"])
def test_the_limit_of_pixels_is_that_of_the_call(nut, tmp_path, suffix):
    samples = nut.select()
    for sample in samples:
        path = tmp_path / "maps" / (sample.id + suffix)
        (trees.write_png if suffix == ".png" else trees.write_map)(path, TWO)
    with pytest.raises(DataError, match=r"more than the limit of 47 \(max_pixels\)"):
        nut.pair(tmp_path / "maps", samples, max_pixels=47)
    assert nut.pair(tmp_path / "maps", samples, max_pixels=48).kind == "masks"
