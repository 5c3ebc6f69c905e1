"""Output files, pipes, terminals, signals."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading

import pytest
from severstal_files import run

from flawgauge.errors import FileError
from flawgauge.report.files import check_writable, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_outputs_are_checked_before_anything_is_read(files):
    files.truth.unlink()
    missing = files.folder / "none" / "out.json"
    done = files.evaluate("--json", missing)
    assert done.returncode == 1
    message = f"{missing}: can't be written: its folder does not exist"
    assert done.stderr == f"flawgauge: error: {message}\n"
    done = files.evaluate("--csv", files.folder)
    assert done.returncode == 1
    assert done.stderr == f"flawgauge: error: {files.folder}: this is a folder, want a file\n"


def test_bad_data_leaves_no_output(files):
    files.predictions.write_text("ImageId_ClassId,EncodedPixels\na.jpg_1,1\n")
    out = files.folder / "out.json"
    assert files.evaluate("--json", out, "--csv", files.folder / "out.csv").returncode == 1
    assert names(files.folder) == ["submission.csv", "train.csv"]


def test_outputs_must_differ_from_inputs_and_each_other(files):
    before = files.truth.read_bytes()
    done = files.evaluate("--json", files.truth)
    assert done.returncode == 2
    assert "--json and --truth are the same file" in done.stderr
    assert files.truth.read_bytes() == before
    out = files.folder / "out"
    done = files.evaluate("--json", out, "--csv", f"{files.folder}/./out")
    assert done.returncode == 2
    assert "--csv and --json are the same file" in done.stderr
    assert not out.exists()


def test_a_full_disk_is_an_error(files):
    done = files.evaluate("--json", "/dev/full")
    assert done.returncode == 1
    assert done.stderr == "flawgauge: error: /dev/full: can't be written: No space left on device\n"
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "flawgauge", "evaluate", "severstal", *files.arguments()]
        done = subprocess.run(map(str, command), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("flawgauge: error: the output can't be written: No space left")


def test_paths_that_are_not_utf_8(files):
    for path in (files.truth, files.predictions):
        path.rename(files.folder / os.fsdecode(b"\xff" + os.fsencode(path.name)))
    out = [files.folder / name for name in ("out.json", "out.md")]
    images = files.folder / os.fsdecode(b"ids\xff.txt")
    images.write_text("a.jpg\nb.jpg\nc.jpg\n")
    done = run(
        *("evaluate", "severstal", "--image-size", "4x5", "--classes", "3", "--images", images),
        *("--truth", files.folder / os.fsdecode(b"\xfftrain.csv")),
        *("--predictions", files.folder / os.fsdecode(b"\xffsubmission.csv")),
        *("--json", out[0], "--markdown", out[1]),
    )
    assert (done.returncode, done.stderr) == (0, "")
    inputs = json.loads(out[0].read_text())["inputs"]
    assert inputs["truth"]["path"] == f"{files.folder}/\\xfftrain.csv"
    for shown in (done.stdout, out[1].read_text()):
        for name in ("\\xfftrain.csv", "\\xffsubmission.csv", "ids\\xff.txt"):
            assert name in shown


def test_json_to_standard_output(files):
    done = files.evaluate("--json", "/dev/stdout")
    assert done.returncode == 0
    assert done.stdout.startswith('{\n  "schema_version": 1,')


def test_a_closed_pipe_is_no_error(files):
    command = [sys.executable, "-m", "flawgauge", "evaluate", "severstal", *files.arguments()]
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
    assert (process.returncode, error) == (0, "")


def test_a_failing_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")

    def write(file):
        file.write("new" * 100_000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_text(path, write)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


def test_a_replaced_file_keeps_its_permissions_and_links(tmp_path):
    path, link = tmp_path / "out.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text(link, lambda file: file.write("new"))
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()


def test_a_new_file_has_the_usual_permissions(tmp_path):
    usual = tmp_path / "usual.txt"
    usual.touch()
    write_text(tmp_path / "out.txt", lambda file: file.write("new"))
    assert (tmp_path / "out.txt").stat().st_mode == usual.stat().st_mode


def test_checking_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "out.txt")
    check_writable("/dev/null")
    assert names(tmp_path) == []
    with pytest.raises(FileError, match="its folder does not exist"):
        check_writable(tmp_path / "none" / "out.txt")


class SlowTruth:
    """A pipe of rows without end that the command reads as its truth."""

    def __init__(self, files):
        files.truth.unlink()
        os.mkfifo(files.truth)
        self.path = files.truth
        self.megabyte_read = threading.Event()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._write)
        self.thread.start()

    def _write(self):
        try:
            with self.path.open("w") as pipe:
                pipe.write("ImageId,ClassId,EncodedPixels\n")
                number = 0
                while not self.stop.is_set():
                    for _ in range(1000):
                        pipe.write(f"{number:09}.jpg,1,1 1 3 1 5 1 7 1 9 1\n")
                        number += 1
                    if number > 30_000:
                        self.megabyte_read.set()
                        # Slow enough that the table stays small while the test looks at it.
                        self.stop.wait(0.01)
        except BrokenPipeError:
            pass

    def join(self):
        self.stop.set()
        self.thread.join()


def test_an_interrupt_ends_with_130_and_leaves_nothing(files):
    truth = SlowTruth(files)
    out = files.folder / "out.json"
    command = [sys.executable, "-m", "flawgauge", "evaluate", "severstal", *files.arguments()]
    command += ["--json", out]
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert truth.megabyte_read.wait(30)
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=30)
    truth.join()
    assert (process.returncode, output, error) == (130, "", "flawgauge: interrupted\n")
    assert names(files.folder) == ["submission.csv", "train.csv"]


def test_a_terminal_shows_progress_and_is_left_clean(files):
    truth = SlowTruth(files)
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", "flawgauge", "evaluate", "severstal", *files.arguments()]
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=inner, text=True
    ) as process:
        os.close(inner)
        shown = read_until(terminal, b"reading truth")
        assert truth.megabyte_read.wait(30)
        truth.join()
        process.communicate(timeout=30)
    shown += read_until(terminal, None)
    os.close(terminal)
    # The error about images that the predictions lack stands on a line of its own.
    assert b"\rflawgauge: error: predictions" in shown


def read_until(terminal, wanted):
    """Read a terminal until something is shown, or to its end."""
    shown = b""
    while wanted is None or wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, shown
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            # What Linux says when the other side is closed.
            piece = b""
        if not piece:
            break
        shown += piece
    return shown


def test_version(flawgauge):
    import flawgauge as fg

    done = flawgauge("--version")
    assert (done.returncode, done.stdout) == (0, f"flawgauge {fg.__version__}\n")
