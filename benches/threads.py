"""The same number of threads for every contender."""

from __future__ import annotations

import os
import sys

VARIABLES = (
    "FLAWGAUGE_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


def set_environment(count: int) -> None:
    """Set the variables the libraries read when they are loaded; call before importing any."""
    for name in VARIABLES:
        os.environ[name] = str(count)


def limit_loaded_libraries(count: int) -> None:
    """Tell every library that is loaded by now and has a call for it."""
    modules = sys.modules
    if "numba" in modules:
        modules["numba"].set_num_threads(count)
    if "cv2" in modules:
        modules["cv2"].setNumThreads(count)
    if "torch" in modules:
        modules["torch"].set_num_threads(count)
    if "flawgauge" in modules:
        modules["flawgauge"].set_num_threads(count)
