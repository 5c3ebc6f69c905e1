"""Roots that are wrong or incomplete: errors that say where, what, and what is wanted."""

import os

import pytest
import trees

from flawgauge import datasets
from flawgauge.errors import DataError, FileError

ROOTS = {
    datasets.MVTecAD: trees.mvtec,
    datasets.KolektorSDD: trees.kolektorsdd,
    datasets.KolektorSDD2: trees.kolektorsdd2,
    datasets.DAGM2007: trees.dagm,
    datasets.NEUDET: trees.neu,
}


@pytest.mark.parametrize("cls", ROOTS)
def test_wrong_roots(tmp_path, cls):
    root = ROOTS[cls](tmp_path / "here" / "data")
    with pytest.raises(DataError) as caught:
        cls(tmp_path / "here")
    assert f"not the root of {cls.facts.title}: want {cls.layout}" in str(caught.value)
    assert "found folders data; files none" in str(caught.value)
    assert f"{root} looks like it, give that" in str(caught.value)
    inner = next(path for path in sorted(root.iterdir()) if path.is_dir())
    with pytest.raises(DataError, match="looks like it, give that") as caught:
        cls(inner)
    assert str(root) in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"found folders none; files none$"):
        cls(tmp_path / "empty")
    with pytest.raises(FileError, match="nowhere: no such file or folder"):
        cls(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(FileError, match="circle: too many levels of symbolic links"):
        cls(tmp_path / "circle")
    with pytest.raises(FileError, match=r"a\.txt: this is a file, want a folder"):
        cls(trees.write(tmp_path / "a.txt", "text"))


def test_a_folder_instead_of_the_severstal_table(tmp_path):
    path = trees.severstal(tmp_path)
    with pytest.raises(DataError, match=r"want the file train\.csv; found .*; give .*train\.csv"):
        datasets.Severstal(tmp_path)
    path.rename(tmp_path / "other.csv")
    with pytest.raises(DataError, match=r"files other\.csv$"):
        datasets.Severstal(tmp_path)
    for name in ("none.csv", "circle"):
        (tmp_path / "circle").unlink(missing_ok=True)
        (tmp_path / "circle").symlink_to("circle")
        with pytest.raises(FileError, match=name):
            datasets.Severstal(tmp_path / name)


@pytest.mark.parametrize(
    ("cls", "gone", "message"),
    [
        (
            datasets.MVTecAD,
            "nut/ground_truth/bent/000_mask.png",
            "nut/test/bent/000.png: has no mask nut/ground_truth/bent/000_mask.png",
        ),
        (
            datasets.MVTecAD,
            "nut/test/bent/000.png",
            "000_mask.png: has no image in nut/test/bent",
        ),
        (
            datasets.KolektorSDD,
            "kos02/Part1_label.bmp",
            "kos02/Part1.jpg: has no mask Part1_label.bmp",
        ),
        (datasets.KolektorSDD, "kos02/Part1.jpg", "kos02/Part1_label.bmp: has no image"),
        (datasets.KolektorSDD2, "test/20000_GT.png", "20000.png: has no mask 20000_GT.png"),
        (datasets.KolektorSDD2, "test/20000.png", "20000_GT.png: has no image"),
        (datasets.DAGM2007, "Class2/Test/0002.PNG", "0002_label.PNG: has no image in "),
        (datasets.NEUDET, "IMAGES/crazing_1.jpg", "crazing_1.xml: has no image"),
        (datasets.NEUDET, "ANNOTATIONS/crazing_1.xml", "crazing_1.jpg: has no annotation"),
    ],
)
def test_files_without_partner(tmp_path, cls, gone, message):
    root = ROOTS[cls](tmp_path)
    (root / gone).unlink()
    with pytest.raises(DataError) as caught:
        cls(root)
    assert f"{cls.facts.title} in {root}: 1 problem\n" in str(caught.value)
    assert message in str(caught.value)


def test_folders_that_are_missing(tmp_path):
    root = trees.mvtec(tmp_path / "mvtec")
    (root / "nut" / "test").rename(root / "nut" / "tests")
    with pytest.raises(DataError, match="nut: has no folder test"):
        datasets.MVTecAD(root)
    (root / "nut" / "tests").rename(root / "nut" / "test")
    (root / "nut" / "ground_truth").rename(root / "nut" / "masks")
    with pytest.raises(DataError, match=r": 1 problem\n.*nut: has no folder ground_truth"):
        datasets.MVTecAD(root)
    trees.write_png(root / "bottle" / "ground_truth" / "crack" / "000_mask.png", trees.SQUARE)
    with pytest.raises(DataError, match="crack: masks of a defect that test does not have"):
        datasets.MVTecAD(root)
    root = trees.dagm(tmp_path / "dagm")
    (root / "Class1" / "Test" / "Label").rename(root / "Class1" / "Test" / "Labels")
    with pytest.raises(DataError, match="Test: has no folder Label, which holds the masks"):
        datasets.DAGM2007(root)
    (root / "Class3").mkdir()
    with pytest.raises(DataError, match="Class3: has no folder Train or Test"):
        datasets.DAGM2007(root)
    root = trees.neu_in_parts(tmp_path / "neu")
    (root / "train" / "annotations").rename(root / "train" / "labels")
    with pytest.raises(DataError, match="train: has no folder annotations"):
        datasets.NEUDET(root)


def test_many_problems_are_counted(tmp_path):
    root = trees.mvtec(tmp_path)
    for number in range(1, 2001):
        trees.write(root / "nut" / "test" / "bent" / f"{number:04}.png", b"")
    with pytest.raises(DataError, match=r": 2,000 problems\n") as caught:
        datasets.MVTecAD(root)
    lines = str(caught.value).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "  and 1,990 more"


def test_names_that_stand_twice(tmp_path):
    root = trees.mvtec(tmp_path)
    trees.write_bmp(root / "nut" / "test" / "bent" / "000.bmp", trees.PHOTO)
    with pytest.raises(DataError, match=r"000\.bmp and 000\.png have the same name"):
        datasets.MVTecAD(root)


def test_folders_and_links_in_place_of_files(tmp_path):
    root = trees.mvtec(tmp_path)
    bent = root / "nut" / "test" / "bent"
    (bent / "001.png").mkdir()
    (bent / "002.png").symlink_to("002.png")
    (bent / "003.png").symlink_to("nowhere.png")
    with pytest.raises(DataError) as caught:
        datasets.MVTecAD(root)
    text = str(caught.value)
    assert "001.png: this is a folder, want an image file" in text
    assert "002.png: this is a dead link, want an image file" in text
    assert "003.png: this is a dead link, want an image file" in text


def test_links_to_files_and_folders_are_followed(tmp_path):
    root = trees.mvtec(tmp_path / "real")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "nut").symlink_to(root / "nut")
    photo = root / "nut" / "test" / "good" / "001.png"
    photo.symlink_to("000.png")
    assert len(datasets.MVTecAD(tmp_path / "linked").select()) == 3


def test_a_folder_without_masks(tmp_path):
    trees.write_png(tmp_path / "masks" / "a.png", trees.SQUARE)
    with pytest.raises(
        DataError, match=r"no files \{id\}_gt\.png; found folders masks; files none$"
    ):
        datasets.Folder(tmp_path, masks="{id}_gt.png")
    with pytest.raises(FileError, match="truth: no such file or folder"):
        datasets.Folder(tmp_path, masks="truth/{id}.png")


def test_a_circle_of_links(tmp_path):
    trees.write_png(tmp_path / "masks" / "a.png", trees.SQUARE)
    (tmp_path / "masks" / "again").symlink_to("..")
    with pytest.raises(DataError, match="again/masks: this link leads back to"):
        datasets.Folder(tmp_path)


def test_names_that_are_not_utf8(tmp_path):
    root = trees.mvtec(tmp_path / "a")
    (root / "nut" / "test" / "good" / os.fsdecode(b"\xff.png")).touch()
    with pytest.raises(DataError, match=r"good/\\xff\.png: the file's name is not UTF-8"):
        datasets.MVTecAD(root)
    (root / "nut" / "test" / "good" / os.fsdecode(b"\xff.png")).unlink()
    (root / "nut").rename(root / os.fsdecode(b"n\xfft"))
    with pytest.raises(
        DataError, match=r"n\\xfft/test/bent/000: the name of a folder is not UTF-8"
    ):
        datasets.MVTecAD(root)
    trees.write_png(tmp_path / "b" / "masks" / "a.png", trees.SQUARE)
    (tmp_path / "b" / "masks" / os.fsdecode(b"\xfe.png")).touch()
    with pytest.raises(DataError, match=r"masks/\\xfe\.png: the file's name is not UTF-8"):
        datasets.Folder(tmp_path / "b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(tmp_path):
    folder = trees.mvtec(tmp_path) / "nut" / "test" / "bent"
    folder.chmod(0)
    try:
        with pytest.raises(FileError, match="bent: permission denied"):
            datasets.MVTecAD(tmp_path)
    finally:
        folder.chmod(0o700)


def test_sizes_that_disagree(tmp_path):
    root = trees.mvtec(tmp_path / "mvtec")
    trees.write_png(root / "nut" / "ground_truth" / "bent" / "000_mask.png", trees.SQUARE[:5])
    dataset = datasets.MVTecAD(root)
    with pytest.raises(DataError) as caught:
        dataset.select()
    assert "nut/test/bent/000: the image has 6 x 8 pixels, its mask 5 x 8 pixels" in str(
        caught.value
    )
    # Images that are not chosen are not looked at.
    assert len(dataset.select(categories="bottle")) == 2
    root = trees.neu(tmp_path / "neu")
    trees.write(root / "IMAGES" / "crazing_1.jpg", trees.jpeg_header(100, 200))
    with pytest.raises(DataError, match="the image has 100 x 200 pixels, its annotation 200 x 200"):
        datasets.NEUDET(root).select()


def test_photographs_that_are_wrong(tmp_path):
    root = trees.mvtec(tmp_path)
    trees.write(root / "nut" / "test" / "good" / "000.png", b"")
    trees.write(root / "bottle" / "test" / "good" / "000.png", b"GIF89a" * 10)
    with pytest.raises(DataError, match=": 2 problems") as caught:
        datasets.MVTecAD(root).select()
    assert "nut/test/good/000.png" in str(caught.value)
    assert "bottle/test/good/000.png" in str(caught.value)
    huge = trees.png(trees.PHOTO, 8).replace(
        b"IHDR\0\0\0\x08\0\0\0\x06", b"IHDR\0\1\x86\xa0\0\1\x86\xa0"
    )
    trees.write(root / "nut" / "test" / "good" / "000.png", huge)
    trees.write_png(root / "bottle" / "test" / "good" / "000.png", trees.PHOTO)
    with pytest.raises(DataError, match=r": 1 problem\n.*nut/test/good/000\.png"):
        datasets.MVTecAD(root).select()
    with pytest.raises(DataError, match=": 4 problems"):
        datasets.MVTecAD(root).select(max_pixels=47)


def test_maps_of_scores_are_no_root_of_mvtec(tmp_path):
    root = trees.mvtec(tmp_path / "data", ["nut"])
    for suffix in (".tiff", ".npy"):
        trees.write(tmp_path / "a_maps" / "nut" / "test" / "good" / f"000{suffix}", b"")
    with pytest.raises(DataError, match=r"a_maps: not the root of MVTec AD: .* folders nut"):
        datasets.MVTecAD(tmp_path / "a_maps")
    # Maps that are PNG files look like photographs, yet are not worth a hint.
    trees.write_png(tmp_path / "b_maps" / "nut" / "test" / "good" / "000.png", trees.PHOTO)
    with pytest.raises(DataError) as caught:
        datasets.MVTecAD(tmp_path)
    assert str(caught.value).endswith(f"; {root} looks like it, give that")


def test_an_mvtec_root_without_masks(tmp_path):
    root = trees.mvtec(tmp_path, ["nut"])
    (root / "nut" / "ground_truth").rename(root / "nut" / "elsewhere")
    with pytest.raises(DataError, match="nut: has no folder ground_truth, which holds the masks"):
        datasets.MVTecAD(root)
    for path in (root / "nut" / "test" / "bent").iterdir():
        path.unlink()
    (root / "nut" / "test" / "bent").rmdir()
    # Good images only.
    assert len(datasets.MVTecAD(root).select()) == 1
