"""The progress bar."""

import io

import pytest

from flawgauge.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def visible(text):
    """What a terminal shows of a line after its carriage returns."""
    shown = ""
    for piece in text.split("\r"):
        shown = piece + shown[len(piece) :]
    return shown.rstrip()


def test_a_terminal_shows_how_far_the_work_is():
    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar.update("reading predictions", 0, 3000)
        assert visible(terminal.getvalue()) == f"reading predictions  [{'.' * 30}]   0%"
        bar.update("reading predictions", 1500, 3000)
        half = f"[{'#' * 15}{'.' * 15}]  50%"
        assert visible(terminal.getvalue()) == f"reading predictions  {half}"
        bar.update("counting", 3001, 3000)
        assert visible(terminal.getvalue()) == f"counting             [{'#' * 30}] 100%"
        bar.update("waiting", 7, 0)
        assert visible(terminal.getvalue()) == "waiting"
    assert visible(terminal.getvalue()) == ""
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")


class Interrupted(Terminal):
    """Ctrl-C when something was written for the first time."""

    def flush(self):
        if self.getvalue().count("\r") == 1:
            raise KeyboardInterrupt


def test_an_interrupt_while_it_is_shown_leaves_the_line_clean():
    terminal = Interrupted()
    with pytest.raises(KeyboardInterrupt), ProgressBar(terminal) as bar:
        bar.update("reading", 1, 2)
    assert visible(terminal.getvalue()) == ""
    assert terminal.getvalue().endswith("\r")


def test_nothing_is_shown_elsewhere():
    pipe = io.StringIO()
    with ProgressBar(pipe) as bar:
        bar.update("reading", 1, 2)
    assert pipe.getvalue() == ""


def test_nothing_is_shown_without_work():
    terminal = Terminal()
    with ProgressBar(terminal):
        pass
    assert terminal.getvalue() == ""
