"""Peak memory above the inputs, of one contender in a fresh process.

Run as ``python -m benches.memory KEY CONTENDER SCALE FOLDER THREADS``; prints bytes.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
STATUS = Path("/proc/self/status")


def peak_above_inputs(key: str, contender: str, scale: str, folder: Path, threads: int) -> int:
    """Bytes of resident memory one call takes at its peak, beyond what was there before it.

    Measured in a process of its own, after a call on tiny inputs has loaded and compiled all
    that is needed. The result of the call counts too.

    Raises
    ------
    RuntimeError
        If the process fails, with the end of what it said.
    """
    arguments = ["benches.memory", key, contender, scale, str(folder), str(threads)]
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-500:])
    return int(done.stdout.split()[-1])


def can_measure() -> bool:
    """Whether this system tells, and resets, a process's peak resident memory."""
    return STATUS.exists() and Path("/proc/self/clear_refs").exists()


def _status_bytes(field: str) -> int:
    line = next(one for one in STATUS.read_text().splitlines() if one.startswith(field + ":"))
    return int(line.split()[1]) * 1024


def _give_back_free_memory() -> None:
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def main(arguments: list[str]) -> None:
    """Prepare the contender, call it once on tiny inputs, then measure one call."""
    from benches.registry import Scale, find_comparison
    from benches.threads import limit_loaded_libraries

    key, name, scale, folder, threads = arguments
    comparison = find_comparison(key)
    contender = next(one for one in comparison.contenders if one.name == name)
    tiny = contender.prepare(comparison.build("tiny", Path(folder)))
    limit_loaded_libraries(int(threads))
    tiny()
    inputs = comparison.build(cast("Scale", scale), Path(folder))
    call = contender.prepare(inputs)
    del inputs
    _give_back_free_memory()
    before = _status_bytes("VmRSS")
    # Writing 5 sets the peak back to what is resident now (Linux, proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    result = call()
    peak = _status_bytes("VmHWM")
    del result
    print(max(0, peak - before))


if __name__ == "__main__":
    main(sys.argv[1:])
