"""Many files: Ctrl-C stops the work, other threads go on, files are counted, memory stays."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from flawgauge import _core
from score_options import SCORE_OPTIONS

WORK = """
import sys

from flawgauge import _core
from score_options import SCORE_OPTIONS

scores, mask = sys.argv[1:]
samples = [(str(number), scores, mask, None, None) for number in range(100_000)]

def progress(done, total):
    print(done, total, flush=True)

try:
    _core.score_files(samples, **SCORE_OPTIONS, progress=progress)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.fixture
def files(tmp_path):
    """A map and a mask."""
    generator = np.random.default_rng(3)
    mask = np.zeros((512, 512), np.uint8)
    mask[90:130, 200:300] = 1
    np.save(tmp_path / "scores.npy", generator.random((512, 512), np.float32) + mask)
    np.save(tmp_path / "mask.npy", mask)
    return tmp_path / "scores.npy", tmp_path / "mask.npy"


def many(files, count):
    return [(str(number), *files, None, None) for number in range(count)]


def test_an_interrupt_stops_the_work(files):
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}  # noqa: PTH120
    command = [sys.executable, "-c", WORK, *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        done, total = process.stdout.readline().split()
        # The whole would take minutes.
        assert int(done) < int(total) == 200_000
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        seconds = time.monotonic() - started
    assert output.splitlines()[-1] == "interrupted"
    # Less than one, on a machine that does nothing else.
    assert seconds < 10


def test_other_threads_go_on(files):
    found = []
    work = threading.Thread(
        target=lambda: found.append(_core.score_files(many(files, 1000), **SCORE_OPTIONS))
    )
    work.start()
    steps = 0
    while work.is_alive():
        steps += 1
        time.sleep(0.001)
    assert len(found[0]["image_scores"]) == 1000
    assert steps > 10


def test_files_are_counted(files):
    count, counted = 50, []
    # The count is shown every 50 ms: twice as many files until that was long enough.
    while not counted:
        count *= 2
        assert count < 10_000
        _core.score_files(
            many(files, count),
            **SCORE_OPTIONS,
            progress=lambda done, total: counted.append((done, total)),
        )
    assert {total for _, total in counted} == {2 * count}
    assert [done for done, _ in counted] == sorted(done for done, _ in counted)


def test_an_error_of_progress_stops_the_work(files):
    def progress(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _core.score_files(many(files, 20_000), **SCORE_OPTIONS, progress=progress)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's figures")
def test_memory_does_not_grow_with_the_number_of_files(files):
    def peak(count):
        code = (
            "import sys\nfrom pathlib import Path\nfrom flawgauge import _core\n"
            "from score_options import SCORE_OPTIONS\n"
            f"samples = [(str(n), *sys.argv[1:], None, None) for n in range({count})]\n"
            "_core.score_files(samples, **SCORE_OPTIONS)\n"
            "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
        )
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}  # noqa: PTH120
        command = [sys.executable, "-c", code, *map(str, files)]
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment
        )
        return int(output.stdout)

    # Kilobytes; 180 more maps of 1 MB, if they were kept, would be 180,000.
    assert peak(200) - peak(20) < 20_000
