"""Settings and fixtures of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The default repeats the same examples on every run, so that a failure is news about the code.
# HYPOTHESIS_PROFILE=thorough looks further, with new examples each time.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", settings.get_profile("ci"), derandomize=False, max_examples=3000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data sets next to the checkout; tests that ask for it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data is not there")
    return folder
