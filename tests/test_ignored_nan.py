"""Many NaN scores under the ignore mask, in images that are counted in parts; little memory."""

import subprocess
import sys

import numpy as np
import pytest

import flawgauge as fg
from flawgauge import InputValueError

SCORERS = {
    "confusion": fg.confusion,
    "boundary": lambda *masks, **options: fg.boundary(*masks, distance=3, **options),
    "surface": fg.surface,
}
OUT_OF_MEMORY = """
import resource
import flawgauge as fg
fg.rle_decode("1 2", (2, 2))
limit = 2**31
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    fg.rle_decode("", (65535, 65535))
except MemoryError:
    print("no memory")
"""
SIDE_BY_SIDE = """
import re
from pathlib import Path
import numpy as np
import flawgauge as fg

def most_memory():
    # Unlike ru_maxrss, which a process takes over from the one that started it.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

masks = np.zeros((2**16, 16, 64), np.uint8, order="F")
masks[:] = 1
before = most_memory()
assert (fg.confusion(masks, masks).tp == 1024).all()
print((most_memory() - before) // 1024)
"""


def maps(dtype, order):
    """Scores with a band of NaN along each axis, and the mask that hides them."""
    generator = np.random.default_rng(11)
    scores = generator.random((1500, 1100)).astype(dtype)
    target = scores > 0.9
    ignore = np.zeros(scores.shape, dtype=np.uint8)
    ignore[:, 300:420] = ignore[700:800] = 3
    clean = scores.copy()
    scores[ignore > 0] = np.nan
    arrays = (scores, clean, target, ignore)
    return [np.asarray(array, order=order) for array in arrays]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f2", ">f4", "f8"])
@pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS)
def test_ignored_nan_changes_nothing(scorer, dtype, order):
    scores, clean, target, ignore = maps(dtype, order)
    found = scorer(scores, target, threshold=0.8, ignore=ignore)
    assert found == scorer(clean, target, threshold=0.8, ignore=ignore)
    # One more that counts, in the last rows, and one before it in another column.
    scores[1400, 20] = scores[1399, 1000] = np.nan
    with pytest.raises(InputValueError, match="image 0, row 1399, column 1000"):
        scorer(scores, target, threshold=0.8, ignore=ignore)


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_no_memory_for_a_decoded_mask():
    assert run(OUT_OF_MEMORY) == "no memory"


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
def test_images_side_by_side_take_little_memory():
    # The masks are 64 MiB; the counts of an image were once kept for each part of the work.
    assert int(run(SIDE_BY_SIDE)) < 100
