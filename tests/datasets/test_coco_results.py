"""Predictions as COCO results."""

import json

import numpy as np
import pytest
import trees

import flawgauge as fg
from flawgauge import datasets
from flawgauge.errors import DataError, FileError, InputTypeError, InputValueError


@pytest.fixture
def dataset(tmp_path):
    return datasets.KolektorSDD2(trees.kolektorsdd2(tmp_path / "truth"))


def test_names_of_images(dataset, tmp_path):
    samples = dataset.select()
    text = fg.rle_encode(trees.SQUARE, format="coco")["counts"]
    entries = [
        trees.entry("test/20000", [1, 47]),
        trees.entry("20001", [2, 46], category_id=3),
        trees.entry("20001.png", [3, 45], score=0.5),
        trees.entry(20001, text, score=1),
        # A training image is left out, an unknown one would be an error.
        trees.entry(10000, [4, 44]),
    ]
    found = dataset.pair(trees.coco(tmp_path / "a.json", entries), samples)
    assert found.kind == "masks"
    assert found.format == "COCO results JSON"
    assert found.sources == (
        ((6, 8, [1, 47]),),
        ((6, 8, [2, 46]), (6, 8, [3, 45]), (6, 8, text)),
    )


def test_images_without_entries_are_empty(dataset, tmp_path):
    samples = dataset.select()
    path = trees.coco(tmp_path / "a.json", [trees.entry(20001, [1, 47])])
    assert dataset.pair(path, samples).sources == ((), ((6, 8, [1, 47]),))
    assert dataset.pair(trees.coco(tmp_path / "b.json", []), samples).sources == ((), ())


def test_score_threshold(dataset, tmp_path):
    samples = dataset.select()
    scores = [0.2, 0.5, 0.7]
    entries = [trees.entry(20000, [i, 48 - i], score=score) for i, score in enumerate(scores)]
    path = trees.coco(tmp_path / "a.json", entries)
    assert len(dataset.pair(path, samples).sources[0]) == 3
    kept = dataset.pair(path, samples, score_threshold=0.5).sources[0]
    assert [counts[0] for _, _, counts in kept] == [1, 2]
    for wrong, error in (
        (np.nan, InputValueError),
        ("0.5", InputTypeError),
        (True, InputTypeError),
    ):
        with pytest.raises(error, match="score_threshold is"):
            dataset.pair(path, samples, score_threshold=wrong)
    with pytest.raises(InputValueError, match="COCO results hold masks"):
        dataset.pair(path, samples, kind="scores")
    path = trees.coco(tmp_path / "b.json", [trees.entry(20000, [48])])
    with pytest.raises(DataError, match="entry 0: has no score, which score_threshold needs"):
        dataset.pair(path, samples, score_threshold=0.5)


GOOD = trees.entry(20000, [1, 47])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (7, "is a number, want an object"),
        (None, "is null, want an object"),
        ({"segmentation": GOOD["segmentation"]}, "has no image_id"),
        ({**GOOD, "image_id": 1.5}, "image_id is a number, want text or a whole number"),
        ({**GOOD, "image_id": True}, "image_id is true or false, want text"),
        ({**GOOD, "image_id": "x"}, "image_id 'x' is no image of the data set"),
        ({**GOOD, "image_id": 7}, "image_id 7 is no image of the data set"),
        ({**GOOD, "image_id": 10**4000}, "is no image of the data set"),
        ({"image_id": 20000}, "has no segmentation"),
        (
            {**GOOD, "segmentation": [[1, 2, 3, 4]]},
            "a list (of polygons, which are not read), want",
        ),
        ({**GOOD, "segmentation": "x"}, "segmentation is text, want run lengths: an object"),
        ({**GOOD, "segmentation": {"size": [6, 8]}}, "has no counts"),
        (trees.entry(20000, [48], size=(6,)), "segmentation.size is wrong"),
        (trees.entry(20000, [48], size=(6, 0)), "segmentation.size is wrong"),
        (trees.entry(20000, [48], size=(6, 8.0)), "segmentation.size is wrong"),
        (trees.entry(20000, [48], size=(6, 2**32)), "segmentation.size is wrong"),
        (trees.entry(20000, [-1, 49]), "segmentation.counts is wrong"),
        (trees.entry(20000, [1.0, 47]), "segmentation.counts is wrong"),
        (trees.entry(20000, [1, 2**32]), "segmentation.counts is wrong"),
        (trees.entry(20000, [1, 2**70]), "segmentation.counts is wrong"),
        (trees.entry(20000, [True, 47]), "segmentation.counts is wrong"),
        (trees.entry(20000, ""), "segmentation.counts is wrong"),
        (trees.entry(20000, "ä"), "segmentation.counts is wrong"),
        (trees.entry(20000, None), "segmentation.counts is wrong"),
        ({**GOOD, "score": "high"}, "score is no number"),
        ({**GOOD, "score": float("nan")}, "score is no number"),
    ],
)
def test_wrong_entries(dataset, tmp_path, wrong, message):
    path = trees.coco(tmp_path / "a.json", [GOOD, wrong])
    with pytest.raises(DataError) as caught:
        dataset.pair(path, dataset.select())
    assert str(caught.value).startswith(f"predictions {path}: 1 problem\n  entry 1: ")
    assert message in str(caught.value)


def test_many_wrong_entries_are_counted(dataset, tmp_path):
    path = trees.coco(tmp_path / "a.json", [{}] * 500)
    with pytest.raises(DataError, match=": 500 problems") as caught:
        dataset.pair(path, dataset.select())
    assert str(caught.value).endswith("and 490 more")


def test_numbers_of_several_images(tmp_path):
    dataset = datasets.MVTecAD(trees.mvtec(tmp_path / "truth"))
    path = trees.coco(tmp_path / "a.json", [trees.entry(0, [48])])
    with pytest.raises(DataError, match="image_id 0 may be bottle/test/bent/000, bottle/test/good"):
        dataset.pair(path, dataset.select())


# Numbers of their own, one of them that of another image of the data set.
IMAGES = [
    {"id": 20001, "file_name": "test/20000.png", "height": 6, "width": 8},
    {"id": "b", "file_name": "20001.png"},
    {"id": 3, "file_name": "train/10000.png"},
]


def test_annotations_with_their_images(dataset, tmp_path):
    entries = [
        trees.entry(20001, [1, 47], score=0.5),
        trees.entry("b", [2, 46], iscrowd=1, score=0.2),
        trees.entry(20001, [3, 45], score=0.5),
        trees.entry(3, [4, 44], score=0.5),
    ]
    content = {"info": {}, "images": IMAGES, "annotations": entries, "categories": []}
    path = trees.coco(tmp_path / "a.json", content)
    first, second = ((6, 8, [1, 47]), (6, 8, [3, 45])), ((6, 8, [2, 46]),)
    assert dataset.pair(path, dataset.select()).sources == (first, second)
    assert dataset.pair(path, dataset.select(), score_threshold=0.5).sources == (first, ())
    counts = fg.evaluate(dataset, path)["all"].confusion
    # 20001 is the good image here, b the other one.
    assert (counts.tp.tolist(), counts.fp.tolist()) == ([0, 6], [47, 40])


@pytest.mark.parametrize(
    ("images", "entries", "messages"),
    [
        (IMAGES[1:], [], ["test/20000: is not among the images"]),
        (IMAGES[1:], [GOOD], ["entry 0: image_id 20000 is the id of none of the images"]),
        ([*IMAGES, IMAGES[0]], [], ["image 3: id 20001 stands twice"]),
        ([*IMAGES, {**IMAGES[0], "id": 9}], [], ["test/20000: is 2 of the images"]),
        ([*IMAGES, 3], [], ["image 3: is a number, want an object"]),
        ([*IMAGES, {"id": 1}], [], ["image 3: has no file_name"]),
        ([*IMAGES, {"id": 1, "file_name": 2}], [], ["image 3: file_name is a number, want text"]),
        ([*IMAGES, {"id": True, "file_name": "a"}], [], ["image 3: id is true or false, want"]),
        (
            [*IMAGES, {"id": 1, "file_name": "c.png"}],
            [trees.entry(1, [48]), {"image_id": 1, "segmentation": [[0, 0, 0, 5, 5, 5]]}],
            [
                ": 2 problems",
                "image 3: file_name 'c.png' is no image of the data set",
                "entry 1: segmentation is a list (of polygons, which are not read), want run len",
            ],
        ),
    ],
)
def test_wrong_images(dataset, tmp_path, images, entries, messages):
    path = trees.coco(tmp_path / "a.json", {"images": images, "annotations": entries})
    with pytest.raises(DataError) as caught:
        dataset.pair(path, dataset.select())
    assert str(caught.value).startswith(f"predictions {path}: ")
    for message in messages:
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        (json.dumps([GOOD])[:-4], "not JSON"),
        (b"\xff\xfe\xfd", "not JSON"),
        ("[" * 200_000, "lists are nested too deeply"),
        ("[" + "9" * 5000 + "]", "not JSON"),
        (json.dumps({"annotations": []}), "holds an object without a list of images, want COCO"),
        (json.dumps({"images": {}}), "holds an object without a list of annotations and of images"),
        ("3", "holds a number, want COCO results"),
    ],
)
def test_wrong_files(dataset, tmp_path, content, message):
    path = trees.write(tmp_path / "a.json", content)
    with pytest.raises(DataError) as caught:
        dataset.pair(path, dataset.select())
    assert str(caught.value).startswith(f"predictions {path}: {message}")


def test_files_that_are_not_there(dataset, tmp_path):
    with pytest.raises(FileError, match=r"predictions .*a\.json: no such file"):
        dataset.pair(tmp_path / "a.json", dataset.select())
