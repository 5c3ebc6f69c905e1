"""Whatever is in a file, the answer is a result or an error of ours."""

import contextlib
import json

import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st

from flawgauge.datasets.coco_results import read_coco_results
from flawgauge.datasets.splits import read_split
from flawgauge.datasets.voc import read_annotation
from flawgauge.errors import DataError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["image_id", "segmentation", "size", "counts", "score"]), inner
        )
    ),
    max_leaves=12,
)
LINES = st.lists(
    st.sampled_from(["id", "id,split", "a", '"', "a,", ",", "\0", "#", "é", '"a\n"', "a,b", "a\rb"])
)
ANNOTATION = trees.annotation(("patches", 1, 2, 10, 20))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "file"


@given(entries=st.lists(JSON, max_size=3))
def test_coco_results(path, entries):
    trees.write(path, json.dumps(entries))
    with contextlib.suppress(DataError):
        # Only an empty list says nothing wrong about no samples at all.
        assert read_coco_results(path, []) == ()
        assert entries == []


@given(content=st.binary(max_size=60))
def test_bytes(path, content):
    trees.write(path, content)
    for read in (lambda: read_coco_results(path, []), lambda: read_annotation(path)):
        with contextlib.suppress(DataError):
            read()
    with contextlib.suppress(DataError):
        assert read_split(path).rows


@given(lines=LINES)
def test_splits(path, lines):
    trees.write(path, "\n".join(lines))
    with contextlib.suppress(DataError):
        assert all(name and part for _, name, part in read_split(path).rows)


@given(place=st.integers(0, len(ANNOTATION)), removed=st.integers(0, 40), added=st.text(max_size=9))
def test_annotations(path, place, removed, added):
    text = ANNOTATION[:place] + added + ANNOTATION[place + removed :]
    trees.write(path, text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(DataError):
        found = read_annotation(path)
        height, width = found.size
        for top, left, bottom, right in found.boxes:
            assert 0 <= top < bottom <= height
            assert 0 <= left < right <= width
