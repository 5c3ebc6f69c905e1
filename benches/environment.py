"""What the figures depend on: machine, versions, threads."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path

# Importable name to the name it is distributed under.
DISTRIBUTIONS = {
    "flawgauge": "flawgauge",
    "numpy": "numpy",
    "numba": "numba",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "tifffile": "tifffile",
    "imagecodecs": "imagecodecs",
    "sklearn": "scikit-learn",
    "torch": "torch",
    "torchmetrics": "torchmetrics",
    "adeval": "ADEval",
    "segmentation_models_pytorch": "segmentation_models_pytorch",
    "hotcoco": "hotcoco",
    "pycocotools": "pycocotools",
    "faster_coco_eval": "faster-coco-eval",
    "matplotlib": "matplotlib",
}


def is_installed(package: str) -> bool:
    """Whether the package can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def version_of(package: str) -> str:
    """The installed version, or "absent"."""
    if not is_installed(package):
        return "absent"
    names = metadata.packages_distributions().get(package, [])
    return metadata.version(names[0]) if names else "unknown"


def processor_name() -> str:
    """The processor's model as the system gives it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def available_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(threads: int) -> dict[str, str]:
    """Facts by name, in the order to print them."""
    facts = {
        "processor": f"{processor_name()}, {available_processors()} processors available",
        "system": platform.platform(),
        "threads": str(threads),
        "Python": sys.version.split()[0],
    }
    facts.update({name: version_of(package) for package, name in DISTRIBUTIONS.items()})
    if is_installed("flawgauge"):
        import flawgauge

        facts["flawgauge instruction set"] = str(flawgauge.isa())
        facts["flawgauge build"] = "debug" if flawgauge._core.is_debug_build else "release"
    return facts


class OtherLoad:
    """How many processors others used between making this and asking."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._busy = _busy_seconds() - time.process_time()

    def processors(self) -> float | None:
        """Average number of processors kept busy by other processes; None where unknown."""
        elapsed = time.perf_counter() - self._start
        if not Path("/proc/stat").exists() or elapsed <= 0:
            return None
        busy = _busy_seconds() - time.process_time() - self._busy
        return max(0.0, busy / elapsed)


def _busy_seconds() -> float:
    """Processor time spent by everything on the machine since it started."""
    status = Path("/proc/stat")
    if not status.exists():
        return 0.0
    user, nice, system, _idle, _wait, irq, softirq, steal = map(
        int, status.read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
