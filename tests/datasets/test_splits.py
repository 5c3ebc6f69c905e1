"""Splits of one's own."""

import pickle

import pytest
import trees

from flawgauge import datasets
from flawgauge.errors import DataError, FileError, InputValueError


@pytest.fixture
def root(tmp_path):
    return trees.kolektorsdd(tmp_path / "truth")


def test_a_list_of_ids_and_folders(root, tmp_path):
    path = trees.write(tmp_path / "fold.txt", "\ufeff# fold 1\r\nkos13\r\n\r\nkos01/Part1.jpg\r\n")
    dataset = datasets.KolektorSDD(root, split_file=path)
    assert [sample.id for sample in dataset.samples] == [
        "kos01/Part1",
        "kos13/Part0",
        "kos13/Part1",
    ]
    assert dataset.splits == ("custom",)
    assert dataset.split_file == path
    assert dataset.select() == dataset.select("custom") == dataset.select("all")


def test_ids_as_windows_writes_them(root, tmp_path):
    path = trees.write(tmp_path / "fold.txt", "kos01\\Part1.jpg\r\nkos02\\Part0\r\n")
    dataset = datasets.KolektorSDD(root, split_file=path)
    assert [sample.id for sample in dataset.samples] == ["kos01/Part1", "kos02/Part0"]


@pytest.mark.parametrize("name", ["fold.csv", "fold.txt"])
def test_a_table_with_splits(root, tmp_path, name):
    text = 'id,note,split\nkos01,a,train\n"kos02/Part0","b, c",test\n'
    path = trees.write(tmp_path / name, text)
    dataset = datasets.KolektorSDD(root, split_file=path)
    assert dataset.splits == ("test", "train")
    assert [sample.id for sample in dataset.select()] == ["kos02/Part0"]
    assert [sample.id for sample in dataset.select("train")] == ["kos01/Part0", "kos01/Part1"]


def test_the_published_split_is_replaced(tmp_path):
    root = trees.kolektorsdd2(tmp_path / "truth")
    path = trees.write(tmp_path / "fold.csv", "split,id\nfold1,10000\nfold1,20001\nfold2,20000\n")
    dataset = datasets.KolektorSDD2(root, split_file=path)
    assert dataset.splits == ("fold1", "fold2")
    assert [sample.id for sample in dataset.select("fold1")] == ["test/20001", "train/10000"]
    assert len(dataset.select()) == 3
    with pytest.raises(InputValueError, match="split is 'train', want one of: fold1, fold2, all"):
        dataset.select("train")


def test_severstal(tmp_path):
    table = trees.severstal(tmp_path)
    path = trees.write(tmp_path / "ids.txt", "b.jpg\nwithout_defect.jpg\n")
    dataset = datasets.Severstal(table, split_file=path)
    found = [(sample.id, sample.label) for sample in dataset.select()]
    assert found == [("b.jpg", None), ("without_defect.jpg", "good")]
    trees.write(table, "ImageId_ClassId,EncodedPixels\n" + "".join(f"a.jpg_{i},\n" for i in "1234"))
    # A table that has all images can't lack one.
    with pytest.raises(DataError, match=r"line 1: no sample is called b\.jpg"):
        datasets.Severstal(table, split_file=path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("content", [["kos01"], {"train": ["kos01"]}, (["kos01"], ["kos02"])])
def test_pickles_are_refused(root, tmp_path, protocol, content):
    data = pickle.dumps(content, protocol)
    for name in ("split.txt", "split.pyb", "split.csv"):
        with pytest.raises(DataError, match="this is a pickle, which can run any program"):
            datasets.KolektorSDD(root, split_file=trees.write(tmp_path / name, data))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pkl", "kos01\n", "this is a pickle"),
        ("a.txt", "", "the file names no samples"),
        ("a.txt", "# nothing\n", "the file names no samples"),
        ("a.csv", "", "the file names no samples"),
        ("a.csv", "id\n", "the file names no samples"),
        ("a.csv", "image,split\nx,y\n", "line 1: columns image, split, want id,split"),
        ("a.csv", "id,id\nx,y\n", "line 1: columns id, id, want id,split"),
        ("a.csv", "id,split\nkos01\n", "line 2: 1 cells, want 2 as the header"),
        ("a.csv", "id,split\nkos01,\n", "line 2: an empty cell, want an id and a split"),
        ("a.txt", b"kos01\n\xff\n", "not UTF-8 text at byte 6"),
        ("a.txt", "x" * 5000, "line 1: longer than 4096 characters"),
        ("a.txt", "kos99\n", "line 1: no sample is called kos99"),
        ("a.txt", "Part0\n", "line 1: Part0 may be kos01/Part0, kos02/Part0, kos13/Part0"),
        ("a.txt", "kos01\nkos01/Part0\n", "line 2: kos01/Part0 stands in line 1 already"),
        # The duplicate folder is no part of the data set.
        ("a.txt", "kos13/kos08\n", "line 1: no sample is called kos13/kos08"),
    ],
)
def test_wrong_files(root, tmp_path, name, content, message):
    path = trees.write(tmp_path / name, content)
    with pytest.raises(DataError) as caught:
        datasets.KolektorSDD(root, split_file=path)
    assert str(caught.value).startswith(f"split file {path}")
    assert message in str(caught.value)


def test_files_that_cannot_be_read(root, tmp_path):
    with pytest.raises(FileError, match=r"split file .*none\.txt: no such file"):
        datasets.KolektorSDD(root, split_file=tmp_path / "none.txt")
    with pytest.raises(FileError, match="this is a folder, want a file"):
        datasets.KolektorSDD(root, split_file=tmp_path)
