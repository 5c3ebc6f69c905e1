"""Pascal VOC annotations, right and wrong."""

import os

import pytest
import trees

from flawgauge import datasets
from flawgauge.datasets.voc import read_annotation
from flawgauge.errors import DataError, FileError

BOX = ("patches", 1, 2, 10, 20)
GOOD = trees.annotation(BOX)

BOMB = """<?xml version="1.0"?>
<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<annotation><size><width>&b;</width></size></annotation>"""
EXTERNAL = """<!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<annotation>&a;</annotation>"""


def test_boxes(tmp_path):
    text = trees.annotation(BOX, ("crazing", 200, 1, 200, 200))
    found = read_annotation(trees.write(tmp_path / "a.xml", text))
    assert found.size == (200, 200)
    assert found.classes == ("patches", "crazing")
    assert found.boxes == ((1, 0, 20, 10), (0, 199, 200, 200))


def test_declared_encodings_and_byte_order_marks(tmp_path):
    for start in ('<?xml version="1.0" encoding="UTF-8"?>', "\ufeff", '<?xml version="1.0"?>\n'):
        assert read_annotation(trees.write(tmp_path / "a.xml", start + GOOD)).boxes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "declares a document type, which is refused"),
        (EXTERNAL, "declares a document type, which is refused"),
        (BOMB.encode("utf-16"), "not UTF-8 text"),
        ("", "not XML: no element found"),
        (GOOD[:-20], "not XML"),
        (GOOD + "\0", "not XML"),
        (b"\xff" + GOOD.encode(), "not UTF-8 text at byte 0"),
        ("<a>" * 100_000, "not XML"),
        (" " * 2**20 + GOOD, "larger than 1 MiB"),
        ("<html></html>", "the root is 'html', want annotation"),
        ("<annotation></annotation>", "annotation has 0 elements size, want one"),
        (GOOD.replace("<width>200</width>", ""), "size has 0 elements width, want one"),
        (GOOD.replace("<width>", "<width>1</width><width>"), "size has 2 elements width"),
        (GOOD.replace("<name>patches</name>", "<name> </name>"), "object 1: name is empty"),
        (GOOD.replace("bndbox", "polygon"), "object 1 has 0 elements bndbox, want one"),
        (trees.annotation(("x", 0, 2, 10, 20)), "object 1: xmin is 0, want 1 to 200"),
        (trees.annotation(BOX, ("x", 1, 2, 201, 20)), "object 2: xmax is 201, want 1 to 200"),
        (trees.annotation(("x", 11, 2, 10, 20)), "object 1: its box ends before it begins"),
        (trees.annotation(("x", 1, "2.5", 10, 20)), "ymin is '2.5', want a whole number"),
        (trees.annotation(("x", 1, "-2", 10, 20)), "ymin is '-2', want a whole number"),
        (trees.annotation(("x", 1, "9" * 5000, 10, 20)), "want a whole number"),
        (trees.annotation(BOX, size=(0, 200)), "size: height is 0, want 1 to"),
    ],
)
def test_wrong_annotations(tmp_path, content, message):
    path = trees.write(tmp_path / "a.xml", content)
    with pytest.raises(DataError) as caught:
        read_annotation(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_all_wrong_annotations_are_told_at_once(tmp_path):
    root = trees.neu(tmp_path)
    trees.write(root / "ANNOTATIONS" / "crazing_1.xml", BOMB)
    trees.write(root / "ANNOTATIONS" / "patches_2.xml", "<a/>")
    with pytest.raises(DataError, match=r": 2 problems\n.*crazing_1\.xml.*\n.*patches_2\.xml"):
        datasets.NEUDET(root)


def test_names_of_annotations(tmp_path):
    root = trees.neu(tmp_path / "a")
    (root / "ANNOTATIONS" / "crazing_1.xml").rename(root / "ANNOTATIONS" / "crack_1.xml")
    (root / "IMAGES" / "crazing_1.jpg").rename(root / "IMAGES" / "crack_1.jpg")
    with pytest.raises(DataError, match=r"crack_1\.xml: its name has no class, want one of: craz"):
        datasets.NEUDET(root)
    root = trees.neu_in_parts(tmp_path / "b")
    trees.write(root / "validation" / "images" / "crazing_1.jpg", trees.jpeg_header(200, 200))
    trees.write(root / "validation" / "annotations" / "crazing_1.xml", GOOD)
    with pytest.raises(DataError, match="crazing_1: is both in train and in validation"):
        datasets.NEUDET(root)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_annotation(tmp_path / "a.xml")
    with pytest.raises(FileError, match="this is a folder, want a file"):
        read_annotation(tmp_path)
    os.mkfifo(tmp_path / "pipe.xml")
    with pytest.raises(DataError, match=r"pipe\.xml: this is a pipe, want an annotation"):
        read_annotation(tmp_path / "pipe.xml")
