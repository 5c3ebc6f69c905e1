"""Threads, processes and instruction sets change the time a count takes, never the count."""

import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flawgauge as fg

HERE = Path(__file__).parent
GENERATOR = np.random.default_rng(70)
PREDS, TARGET = GENERATOR.random((2, 11, 512, 301)) < 0.3
SCORES = GENERATOR.random((11, 512, 301), dtype=np.float32)
LABELS = GENERATOR.integers(0, 150, (2, 11, 512, 301)).astype(np.uint8)
CODES = [[fg.rle_encode(mask) for mask in masks] for masks in (PREDS, TARGET)]


def everything() -> list[Any]:
    """Count inputs large enough to be shared among threads."""
    return [
        fg.confusion(PREDS, TARGET),
        fg.confusion(np.asfortranarray(PREDS), TARGET, ignore=TARGET[0]),
        fg.confusion(list(PREDS), list(TARGET)),
        fg.confusion(SCORES, TARGET, threshold=0.5),
        fg.confusion_matrix(*LABELS, num_classes=150),
        fg.confusion_matrix(*LABELS, num_classes=65536, ignore_index=3),
        fg.confusion_from_rle(*CODES, shape=(512, 301)),
        fg.surface(PREDS, TARGET),
        fg.sweep(SCORES, TARGET, regions=True, boundary=3),
        fg.sweep(SCORES, TARGET, thresholds=[0.25, 0.5, 0.75], ignore=PREDS),
        fg.sweep(SCORES, TARGET, bins=2**12, regions=True),
        fg.positive_scores(SCORES, TARGET),
        fg.surface(PREDS.reshape(-1, 301), TARGET.reshape(-1, 301), spacing=(1, 2)),
    ]


@pytest.fixture
def _threads_given_back():
    before = fg.get_num_threads()
    yield
    fg.set_num_threads(before)


def run_digest(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the digest script in a process of its own, with these environment variables."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FLAWGAUGE_")}
    path = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    environment = {**inherited, "PYTHONPATH": path, **variables}
    return subprocess.run(
        [sys.executable, str(HERE / "digest.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def digest(**variables: str) -> dict[str, Any]:
    """Return the report of the digest script."""
    done = run_digest(**variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def plain_digest() -> str:
    """Return the digest without any setting."""
    return digest()["digest"]


# ---- threads ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_threads_given_back")
def test_number_of_threads():
    want = everything()
    for number in (1, 2, 3, 8, 33):
        fg.set_num_threads(number)
        assert fg.get_num_threads() == number
        assert everything() == want


@pytest.mark.usefixtures("_threads_given_back")
def test_errors_do_not_depend_on_the_number_of_threads():
    labels = LABELS[0].copy()
    labels[3, 100, 100] = labels[3, 100, 7] = labels[9, 0, 0] = 200
    messages = set()
    for number in (1, 2, 5):
        fg.set_num_threads(number)
        for _ in range(3):
            with pytest.raises(ValueError, match="200") as error:
                fg.confusion_matrix(labels, LABELS[1], num_classes=150)
            messages.add(str(error.value))
    assert len(messages) == 1


def test_threads_by_environment_variable(plain_digest):
    report = digest(FLAWGAUGE_NUM_THREADS="3")
    assert report["threads"] == 3
    assert report["digest"] == plain_digest


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_environment_variable_that_is_no_number_of_threads(value):
    done = run_digest(FLAWGAUGE_NUM_THREADS=value)
    assert done.returncode != 0
    assert "FLAWGAUGE_NUM_THREADS" in done.stderr
    assert "panicked" not in done.stderr


def test_calls_from_many_threads():
    want = everything()
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: everything(), range(4)):
            assert got == want


def _count_in_child(connection: Any) -> None:
    connection.send(fg.confusion(PREDS, TARGET).to_dict())
    connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.usefixtures("_threads_given_back")
def test_counting_after_a_fork():
    """The threads of the parent do not exist in the child; waiting for them would never end."""
    fg.set_num_threads(4)
    want = fg.confusion(PREDS, TARGET)
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_count_in_child, args=(theirs,))
    child.start()
    try:
        assert ours.poll(30), "the child does not answer"
        assert fg.ConfusionCounts.from_dict(ours.recv()) == want
    finally:
        child.join(5)
        child.kill()
    assert fg.confusion(PREDS, TARGET) == want


INTERRUPTED = """
import numpy as np, flawgauge as fg, os, signal, threading, time
masks = np.broadcast_to(np.zeros((4096, 4096), dtype=bool), (20_000, 4096, 4096))
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    fg.confusion(masks, masks)
except KeyboardInterrupt:
    print("interrupted after", time.monotonic() - start)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that a process sends itself")
def test_long_calls_notice_ctrl_c():
    """Without an interruption the call would take about a minute."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=30, check=True
    )
    assert float(done.stdout.removeprefix("interrupted after")) < 5


# ---- instruction sets ---------------------------------------------------------------------------


def test_portable_code_is_always_there():
    assert "portable" in fg.available_isas()
    assert fg.isa() in fg.available_isas()


@pytest.mark.parametrize("isa", fg.available_isas())
def test_instruction_sets(isa, plain_digest):
    report = digest(FLAWGAUGE_ISA=isa)
    assert report["isa"] == isa
    assert report["digest"] == plain_digest


def test_unknown_instruction_set():
    done = run_digest(FLAWGAUGE_ISA="abacus")
    assert done.returncode != 0
    assert "FLAWGAUGE_ISA" in done.stderr
    assert "panicked" not in done.stderr
