"""What each data set finds in its layout."""

import pytest
import trees

import flawgauge as fg
from flawgauge import datasets
from flawgauge.errors import InputTypeError, InputValueError


def ids(samples):
    return [sample.id for sample in samples]


def test_mvtec(tmp_path):
    dataset = datasets.MVTecAD(trees.mvtec(tmp_path))
    assert ids(dataset.samples) == [
        "bottle/test/bent/000",
        "bottle/test/good/000",
        "bottle/train/good/000",
        "nut/test/bent/000",
        "nut/test/good/000",
        "nut/train/good/000",
    ]
    assert dataset.categories == ("bottle", "nut")
    assert dataset.splits == ("test", "train")
    chosen = dataset.select(categories="nut")
    assert ids(chosen) == ["nut/test/bent/000", "nut/test/good/000"]
    assert [sample.label for sample in chosen] == ["bent", "good"]
    assert [trees.mask_of(sample).sum() for sample in chosen] == [6, 0]
    # The good image has no mask: only its photograph tells its size.
    assert chosen[1].size == (6, 8)
    assert chosen[1].mask is None
    assert len(dataset.select("all", ["bottle", "nut"])) == 6
    assert ids(dataset.select("train")) == ["bottle/train/good/000", "nut/train/good/000"]
    assert repr(dataset).endswith("6 samples")


def test_mvtec_without_training_data_and_with_masks_of_good_images(tmp_path):
    folder = trees.mvtec(tmp_path, ["nut"]) / "nut"
    (folder / "train" / "good" / "000.png").unlink()
    (folder / "train" / "good").rmdir()
    (folder / "train").rmdir()
    mask = trees.write_png(folder / "ground_truth" / "good" / "000_mask.png", trees.EMPTY)
    dataset = datasets.MVTecAD(tmp_path)
    assert [sample.mask for sample in dataset.samples if sample.label == "good"] == [mask]


def test_suffixes_in_any_case_and_hidden_files(tmp_path):
    folder = trees.mvtec(tmp_path, ["nut"]) / "nut"
    (folder / "test" / "bent" / "000.png").rename(folder / "test" / "bent" / "000.PNG")
    trees.write(folder / "test" / "bent" / "._000.png", b"resource fork")
    trees.write(folder / "test" / "bent" / "Thumbs.db", b"")
    assert len(datasets.MVTecAD(tmp_path).select()) == 2


def test_kolektorsdd(tmp_path):
    dataset = datasets.KolektorSDD(trees.kolektorsdd(tmp_path))
    assert ids(dataset.samples) == [
        f"{folder}/Part{part}" for folder in ("kos01", "kos02", "kos13") for part in (0, 1)
    ]
    assert dataset.notes == ("kos13/kos08 is a duplicate folder and left out",)
    assert dataset.categories == ("all",)
    assert dataset.splits == ()
    assert [trees.mask_of(sample).sum() for sample in dataset.select()] == [0, 6] * 3
    # Whether there is a defect, only the mask tells.
    assert {sample.label for sample in dataset.samples} == {None}
    with pytest.raises(InputValueError, match=r"split is 'test', want one of: all"):
        dataset.select("test")


def test_kolektorsdd2(tmp_path):
    dataset = datasets.KolektorSDD2(trees.kolektorsdd2(tmp_path))
    assert ids(dataset.select()) == ["test/20000", "test/20001"]
    assert [trees.mask_of(sample).sum() for sample in dataset.select("train")] == [0, 6]


def test_copies_in_kolektorsdd2_are_left_out(tmp_path):
    folder = trees.kolektorsdd2(tmp_path) / "train"
    trees.write_png(folder / "10001 (copy).png", trees.PHOTO)
    trees.write_png(folder / "10001_GT (copy).png", trees.SQUARE)
    dataset = datasets.KolektorSDD2(tmp_path)
    assert ids(dataset.select("train")) == ["train/10000", "train/10001"]
    assert dataset.notes == (
        "train/10001 (copy).png is a copy and left out",
        "train/10001_GT (copy).png is a copy and left out",
    )
    # A copy of nothing is no copy.
    (folder / "10001_GT.png").unlink()
    with pytest.raises(fg.DataError, match=r"10001_GT \(copy\)\.png: has no mask"):
        datasets.KolektorSDD2(tmp_path)


def test_test_images_that_are_not_there(tmp_path):
    for path in sorted((trees.kolektorsdd2(tmp_path) / "test").iterdir()):
        path.unlink()
    dataset = datasets.KolektorSDD2(tmp_path)
    # Never the training images instead.
    with pytest.raises(InputValueError, match="split is 'test', want one of: train, all"):
        dataset.select()
    assert len(dataset.select("train")) == 2


def test_dagm(tmp_path):
    dataset = datasets.DAGM2007(trees.dagm(tmp_path))
    assert dataset.categories == ("Class1", "Class2")
    chosen = dataset.select(categories="Class2")
    assert ids(chosen) == ["Class2/Test/0001", "Class2/Test/0002"]
    assert [sample.label for sample in chosen] == ["good", "defect"]
    assert [trees.mask_of(sample).sum() for sample in chosen] == [0, 6]
    assert dataset.facts.coarse


def test_neu_as_published(tmp_path):
    dataset = datasets.NEUDET(trees.neu(tmp_path))
    assert ids(dataset.select()) == ["crazing_1", "patches_2"]
    assert dataset.categories == ("crazing", "patches")
    first = dataset.samples[0]
    assert first.boxes == ((1, 0, 20, 10),)
    # Columns 1 to 10 and rows 2 to 20, both ends included.
    assert trees.mask_of(first).sum() == 10 * 19
    assert dataset.facts.coarse


def test_neu_in_parts(tmp_path):
    dataset = datasets.NEUDET(trees.neu_in_parts(tmp_path))
    assert dataset.splits == ("train", "validation")
    assert ids(dataset.select()) == ["crazing_1", "rolled-in_scale_2"]
    chosen = dataset.select("validation")
    assert ids(chosen) == ["rolled-in_scale_2"]
    assert trees.mask_of(chosen[0])[199, 199]
    assert trees.mask_of(chosen[0]).sum() == 1


def test_neu_with_an_annotation_in_the_other_part(tmp_path):
    root = trees.neu_in_parts(tmp_path)
    image = trees.write(
        root / "train" / "images" / "crazing" / "crazing_240.jpg", trees.jpeg_header(200, 200)
    )
    path = root / "validation" / "annotations" / "crazing_240.xml"
    trees.write(path, trees.annotation(("crazing", 1, 1, 2, 2)))
    dataset = datasets.NEUDET(root)
    assert ids(dataset.select("train")) == ["crazing_1", "crazing_240"]
    assert ids(dataset.select("validation")) == ["rolled-in_scale_2"]
    assert dataset.samples[1].image == image
    assert dataset.notes == (
        "crazing_240 is in train as its image, though its annotation is in validation",
    )
    trees.write(root / "train" / "annotations" / path.name, path.read_bytes())
    with pytest.raises(fg.DataError, match="crazing_240: is both in train and in validation"):
        datasets.NEUDET(root)


def test_severstal(tmp_path):
    path = trees.severstal(tmp_path)
    dataset = datasets.Severstal(path)
    assert ids(dataset.select()) == ["a.jpg", "b.jpg"]
    assert {sample.mask for sample in dataset.samples} == {path}
    assert {sample.size for sample in dataset.samples} == {(256, 1600)}
    with pytest.raises(InputTypeError, match="predictions are a table as the truth is"):
        dataset.pair(path, dataset.samples)


def test_folder(tmp_path):
    for name in ("a/1", "b/1", "b/2"):
        trees.write_png(tmp_path / "masks" / f"{name}_mask.PNG", trees.SQUARE)
    dataset = datasets.Folder(tmp_path, masks="masks/{id}_mask.png")
    assert ids(dataset.samples) == ["a/1", "b/1", "b/2"]
    dataset = datasets.Folder(tmp_path / "masks", masks="{category}/{id}_mask.png")
    assert ids(dataset.samples) == ["a/1", "b/1", "b/2"]
    assert dataset.categories == ("a", "b")
    assert ids(dataset.select(categories=["b"])) == ["b/1", "b/2"]


def test_folder_with_images_and_splits(tmp_path):
    for split in ("test", "train"):
        trees.write_png(tmp_path / split / "x.png", trees.PHOTO)
        trees.write_png(tmp_path / split / "x_mask.png", trees.SQUARE)
        trees.write_png(tmp_path / split / "y.png", trees.PHOTO)
    patterns = {"masks": "{split}/{id}_mask.png", "images": "{split}/{id}.png"}
    dataset = datasets.Folder(tmp_path, **patterns, unmasked="good")
    chosen = dataset.select()
    assert ids(chosen) == ["test/x", "test/y"]
    assert [sample.label for sample in chosen] == [None, "good"]
    assert chosen[1].size == (6, 8)
    with pytest.raises(fg.DataError, match=r"y\.png: has no mask test/y_mask\.png"):
        datasets.Folder(tmp_path, **patterns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masks": "masks/x.png"}, "want {id} once"),
        ({"masks": "{id}/{id}.png"}, "want {id} once"),
        ({"masks": "{name}/{id}.png"}, "{name} is no place; want {id}, {category} or {split}"),
        ({"masks": "{id.png"}, "want {id} once"),
        ({"masks": "{id}}.png"}, "a brace without its partner"),
        ({"masks": "{id}\0.png"}, "want a path without null characters"),
        ({"masks": "../{id}.png"}, "want a relative path"),
        ({"masks": "/{id}.png"}, "want a relative path"),
        ({"masks": "{id}.png", "images": "{category}/{id}.jpg"}, "want the places of masks"),
        ({"unmasked": "good"}, "needs a pattern of the images"),
        ({"unmasked": "bad"}, 'want "error" or "good"'),
    ],
)
def test_wrong_options_of_a_folder(tmp_path, options, message):
    with pytest.raises(InputValueError) as caught:
        datasets.Folder(tmp_path, **options)
    assert message in str(caught.value)


def test_wrong_selections(tmp_path):
    dataset = datasets.MVTecAD(trees.mvtec(tmp_path))
    with pytest.raises(InputValueError, match="'nail', want one of: bottle, nut"):
        dataset.select(categories=["bottle", "nail"])
    with pytest.raises(InputValueError, match="split is 'tset', want one of: test, train, all"):
        dataset.select("tset")
    with pytest.raises(InputValueError, match="categories is empty"):
        dataset.select(categories=[])
    with pytest.raises(InputTypeError, match="split is a int"):
        dataset.select(3)
    with pytest.raises(InputTypeError, match="categories is a int, want names"):
        dataset.select(categories=3)
    with pytest.raises(InputTypeError, match="root is a int, want a path"):
        datasets.MVTecAD(7)
    for wrong in ("", "a\0b"):
        with pytest.raises(InputValueError, match=r"root is '.*', want a path"):
            datasets.MVTecAD(wrong)
        with pytest.raises(InputValueError, match=r"predictions is '.*', want a path"):
            dataset.pair(wrong, dataset.samples)


def test_facts_are_told_of_every_data_set():
    lines = datasets.facts_table().splitlines()
    assert max(map(len, lines)) <= 100
    names = [cls.name for cls in (datasets.MVTecAD, datasets.Severstal, datasets.KolektorSDD)]
    names += [cls.name for cls in (datasets.KolektorSDD2, datasets.DAGM2007, datasets.NEUDET)]
    assert [line.split()[0] for line in lines[1:7]] == names
    for name in names:
        assert any(line.startswith(f"{name}: ") for line in lines)
    coarse = [line.split()[0] for line in lines[1:7] if "*" in line]
    assert coarse == ["dagm", "neu"]
