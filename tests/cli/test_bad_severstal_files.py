"""Every kind of wrong file: exit code 1 and one message that says where and what."""

import re
import subprocess
import sys

import pytest
from severstal_files import PREDICTIONS, TRUTH

HEADER = "ImageId_ClassId,EncodedPixels\n"
APART = "ImageId,ClassId,EncodedPixels\n"


def bad_row(row):
    """The predictions with row 2 replaced."""
    return PREDICTIONS.replace("a.jpg_1,3 4", row)


PREDICTION_CASES = {
    "missing column": (
        PREDICTIONS.replace("EncodedPixels", "ClassId"),
        "row 1: columns ImageId_ClassId and ClassId exclude each other",
    ),
    "missing class column": (
        "ImageId,EncodedPixels\na.jpg,1 1\n",
        "row 1: column ClassId is missing; want ImageId_ClassId,EncodedPixels or ImageId,ClassId",
    ),
    "missing runs column": (
        "ImageId,ClassId\na.jpg,1\n",
        "row 1: column EncodedPixels is missing",
    ),
    "unknown header": (
        PREDICTIONS.replace("EncodedPixels", "Pixels"),
        'row 1: unknown column "Pixels", field 2 of the header',
    ),
    "no header": (
        PREDICTIONS.replace(HEADER, ""),
        'row 1: unknown column "a.jpg_1", field 1 of the header',
    ),
    "semicolons": (
        PREDICTIONS.replace(",", ";"),
        'row 1: unknown column "ImageId_ClassId;EncodedPixels", field 1',
    ),
    "odd number of values": (
        bad_row("a.jpg_1,3 4 5"),
        "row 2, column EncodedPixels: 3 values, want an even number",
    ),
    "no number": (
        bad_row("a.jpg_1,3 four"),
        'row 2, column EncodedPixels: value 2 is "four", want a whole number',
    ),
    "not a number": (
        bad_row("a.jpg_1,nan"),
        'row 2, column EncodedPixels: value 1 is "nan", want a whole number',
    ),
    "fraction": (
        bad_row("a.jpg_1,3.0 4"),
        'row 2, column EncodedPixels: value 1 is "3.0", want a whole number',
    ),
    "zero length": (
        bad_row("a.jpg_1,3 0"),
        "row 2, column EncodedPixels: value 2 is the length 0, want 1 or more",
    ),
    "negative length": (
        bad_row("a.jpg_1,3 -4"),
        "row 2, column EncodedPixels: value 2 is the length -4, want 1 or more",
    ),
    "start 0": (
        bad_row("a.jpg_1,0 4"),
        "row 2, column EncodedPixels: value 1 is the start 0, want 1 or more",
    ),
    "past the image": (
        bad_row("a.jpg_1,1 1 17 5"),
        "row 2, column EncodedPixels: the run at value 3 (start 17, length 5) runs past the image",
    ),
    "huge numbers": (
        bad_row("a.jpg_1,4 99999999999999999999"),
        "row 2, column EncodedPixels: the run at value 1 (start 4, length 99999999999999999999)",
    ),
    "unsorted": (
        bad_row("a.jpg_1,9 1 3 1"),
        "row 2, column EncodedPixels: the run at value 3 starts at 3, before the previous",
    ),
    "overlapping": (
        bad_row("a.jpg_1,3 4 5 1"),
        "row 2, column EncodedPixels: the run at value 3 starts at 5, inside the previous",
    ),
    "duplicate row": (
        PREDICTIONS + "a.jpg_1,1 1\n",
        "row 11: image a.jpg, class 1 has a row already: row 2",
    ),
    "unknown image": (
        PREDICTIONS + "z.jpg_1,1 1\n",
        "row 11: image z.jpg is not in the truth",
    ),
    "missing image": (
        "".join(line for line in PREDICTIONS.splitlines(True) if "b.jpg" not in line),
        "image b.jpg has no row",
    ),
    "missing class": (
        "".join(line for line in PREDICTIONS.splitlines(True) if "b.jpg_2" not in line),
        "row 5: image b.jpg has no row for class 2",
    ),
    "class 0": (
        bad_row("a.jpg_0,3 4"),
        'row 2, column ImageId_ClassId: the class is "0", want a whole number from 1 to 3',
    ),
    "class too large": (
        APART + "a.jpg,4,1 1\n",
        'row 2, column ClassId: the class is "4", want a whole number from 1 to 3',
    ),
    "class no number": (
        APART + "a.jpg,1.0,1 1\n",
        'row 2, column ClassId: the class is "1.0", want a whole number from 1 to 3',
    ),
    "no class": (
        bad_row("a.jpg,3 4"),
        'row 2, column ImageId_ClassId: "a.jpg" does not end in an underscore and a class',
    ),
    "no image id": (APART + ",1,1 1\n", "row 2, column ImageId: the image id is empty"),
    "empty file": ("", "the file is empty, want a header row and data rows"),
    "not UTF-8": (
        bad_row("a.jpg_1,3 4").encode().replace(b"b.jpg_1", b"\xe4.jpg_1"),
        "row 5, column ImageId_ClassId: not UTF-8 text: \\xe4.jpg_1",
    ),
    "UTF-16": (PREDICTIONS.encode("utf-16"), "row 1: not UTF-8 text: \\xff\\xfe"),
    "an image": (b"\x89PNG\r\n\x1a\n\x00\x00", "row 1: not UTF-8 text: \\x89PNG"),
    "too few fields": (bad_row("a.jpg_1"), "row 2: 1 fields, want 2"),
    "too many fields": (bad_row("a.jpg_1,3 4,0.97"), "row 2: 3 fields, want 2"),
    "too long": (
        bad_row("a.jpg_1," + "1 1 " * 300_000),
        "row 2: longer than 1048576 bytes, which no row for images of this size needs",
    ),
}

TRUTH_CASES = {
    "missing class row": (
        TRUTH.replace("b.jpg_2,\n", ""),
        "row 5: image b.jpg has no row for class 2",
    ),
    "overlapping runs": (
        TRUTH.replace("11 2", "11 2 12 4"),
        "row 4, column EncodedPixels: the run at value 3 starts at 12, inside the previous",
    ),
    "unsorted runs": (
        TRUTH.replace("11 2", "11 2 1 4"),
        "row 4, column EncodedPixels: the run at value 3 starts at 1, before the previous",
    ),
    "quoted run": (
        TRUTH.replace("11 2", '"11\n2 1"'),
        "row 4, column EncodedPixels: 3 values, want an even number",
    ),
}


def assert_error(done, start):
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"flawgauge: error: {start}"), done.stderr
    assert "Traceback" not in done.stderr


def located(role, path, message):
    joint = ", " if message.startswith("row ") else ": "
    return f"{role} {path}{joint}{message}"


@pytest.mark.parametrize("name", PREDICTION_CASES)
def test_bad_predictions(files, name):
    text, message = PREDICTION_CASES[name]
    files.write(predictions=text)
    assert_error(files.evaluate(), located("predictions", files.predictions, message))


@pytest.mark.parametrize("name", TRUTH_CASES)
def test_bad_truth(files, name):
    text, message = TRUTH_CASES[name]
    files.write(truth=text)
    # Overlaps are never accepted in the truth.
    done = files.evaluate("--overlaps", "merge")
    assert_error(done, located("truth", files.truth, message))


def test_an_incomplete_truth_says_what_to_do(files):
    files.write(truth=TRUTH_CASES["missing class row"][0])
    error = files.evaluate().stderr
    assert "add the row with empty EncodedPixels, or use the columns ImageId,ClassId" in error


def test_no_images_to_score(files):
    files.write(truth=APART, predictions=APART)
    message = "there are no images to score; the truth lists defects only"
    assert_error(files.evaluate(), f"truth {files.truth}: {message}")


def test_thousands_of_problems_are_summarised(files):
    rows = "".join(f"a{number}.jpg,1,1 2 3\n" for number in range(5000))
    files.write(predictions=APART + rows + "a.jpg,9,1 1\n")
    lines = files.evaluate().stderr.splitlines()
    assert lines[0] == f"flawgauge: error: predictions {files.predictions}: 5001 problems"
    assert lines[1].startswith("  row 2, column EncodedPixels: 3 values")
    assert lines[4] == "  ... and 4997 more of this kind"
    assert lines[5].startswith('  row 5002, column ClassId: the class is "9"')
    assert len(lines) == 6


def test_a_missing_file(files):
    files.predictions.unlink()
    assert_error(files.evaluate(), f"predictions {files.predictions}: no such file")


def test_a_folder(files):
    files.truth.unlink()
    files.truth.mkdir()
    assert_error(files.evaluate(), f"truth {files.truth}: this is a folder, want a CSV file")


MOST_MEMORY = """
import sys
from pathlib import Path
from flawgauge.cli import main

status = main(sys.argv[1:])
# Unlike ru_maxrss, which a process takes over from the one that started it.
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's figures")
def test_a_line_of_two_gigabytes_is_not_loaded(files):
    with files.predictions.open("ab") as file:
        file.truncate(2 << 30)
    command = [sys.executable, "-c", MOST_MEMORY, "evaluate", "severstal", *files.arguments()]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    start = f"flawgauge: error: predictions {files.predictions}, row 11: longer than 1048576 bytes"
    assert done.stderr.startswith(start)
    # In kilobytes; most of it is Python and NumPy.
    assert int(done.stdout) < 400_000


IMAGE_LISTS = {
    "duplicate": (b"a.jpg\n\nb.jpg\na.jpg\n", ", line 4: image a.jpg stands in line 1 already"),
    "not UTF-8": (b"a.jpg\n\xff\n", ", line 2: not UTF-8 text"),
    "no ids": (b"# none\n\n", ": the file names no images"),
    "long line": (b"a" * 5000, ", line 1: longer than 4096 bytes, want one image id"),
}


@pytest.mark.parametrize("name", IMAGE_LISTS)
def test_bad_image_lists(files, name):
    text, message = IMAGE_LISTS[name]
    ids = files.folder / "ids.txt"
    ids.write_bytes(text)
    assert_error(files.evaluate("--images", ids), f"images {ids}{message}")


def test_image_lists_that_do_not_fit(files):
    ids = files.folder / "ids.txt"
    assert_error(files.evaluate("--images", ids), f"images {ids}: no such file")
    assert_error(
        files.evaluate("--images", files.folder),
        f"images {files.folder}: this is a folder, want a text file",
    )
    ids.write_text("a.jpg\nz.jpg\n")
    done = files.evaluate("--images", ids)
    assert_error(done, f"truth {files.truth}: image z.jpg has no row")
    assert "its layout has rows for all images" in done.stderr


def test_a_prediction_in_neither_list_nor_truth(files):
    files.write(truth=APART + "a.jpg,1,1 4\n")
    ids = files.folder / "ids.txt"
    ids.write_text("a.jpg\nb.jpg\n")
    done = files.evaluate("--images", ids)
    assert_error(done, f"predictions {files.predictions}, row 8: image c.jpg is not in the truth")
    assert "the list of images to score does not name them either" in done.stderr


USAGE = {
    "no command": [],
    "no data set": ["evaluate"],
    "no files": ["evaluate", "severstal"],
    "unknown option": ["demo", "--size", "3"],
    "image size": ["--image-size", "256"],
    "empty image": ["--image-size", "0x1600"],
    "huge image": ["--image-size", "65536x65536"],
    "classes": ["--classes", "0"],
    "too many classes": ["--classes", "1001"],
    "missing": ["--missing", "skip"],
    "overlaps": ["--overlaps", "yes"],
}


@pytest.mark.parametrize("name", USAGE)
def test_bad_usage(files, flawgauge, name):
    arguments = USAGE[name]
    own = bool(arguments) and arguments[0].startswith("--")
    done = files.evaluate(*arguments) if own else flawgauge(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(r"^flawgauge.*: error: ", done.stderr, re.MULTILINE)
    if own:
        assert f"argument {arguments[0]}" in done.stderr
