"""Fixtures of the tests of the command line."""

import pytest
from severstal_files import Files, run


@pytest.fixture
def files(tmp_path):
    files = Files(tmp_path)
    files.write()
    return files


@pytest.fixture
def flawgauge():
    return run
