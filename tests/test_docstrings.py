"""Every example in a docstring or in the README does what it shows."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import flawgauge as fg

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
# Importing this module runs the command line.
EXECUTED_ON_IMPORT = {"flawgauge.__main__"}
# What the examples of a module need beyond NumPy.
EXTRAS = {"flawgauge.report.curve_plots": "matplotlib", "flawgauge.report.plots": "matplotlib"}


def python_modules() -> list[str]:
    """Return the names of all modules of the installed package that are written in Python."""
    found = pkgutil.walk_packages(fg.__path__, "flawgauge.")
    names = {module.name for module in found if not module.name.endswith("._core")}
    return ["flawgauge", *sorted(names - EXECUTED_ON_IMPORT)]


@pytest.mark.parametrize("name", python_modules())
def test_examples_of_docstrings(name):
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    module = importlib.import_module(name)
    results = doctest.testmod(module, extraglobs={"fg": fg, "np": np}, optionflags=OPTIONS)
    assert results.failed == 0


def test_every_public_function_has_an_example():
    without = [
        name
        for name in fg.__all__
        if inspect.isfunction(getattr(fg, name)) and ">>>" not in (getattr(fg, name).__doc__ or "")
    ]
    assert without == []


def test_examples_of_the_readme():
    readme = Path(__file__).resolve().parents[1] / "README.md"
    if not readme.is_file():
        pytest.skip("the README is not there: the tests run outside the checkout")
    blocks = re.findall(r"```(?:python|pycon)\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    examples = "\n".join(block for block in blocks if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(
        examples, {"fg": fg, "np": np}, "README.md", str(readme), 0
    )
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    runner.run(test)
    assert runner.summarize().failed == 0
