"""Measure flawgauge side by side with its peers: ``python benches/run.py [W1 W2 W3 W6 W7]``.

Prints a Markdown report and writes it with the same figures as JSON and a picture. Exit code 0
when every contender's values agree with the trusted ones, 1 when one's do not, one failed or
flawgauge is not installed, 2 for bad usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The folder of this file comes first when it is run as a script: its modules would shadow others.
sys.path[0] = str(ROOT)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line's options."""
    from benches.environment import available_processors
    from benches.registry import WORKLOAD_MODULES

    names = list(WORKLOAD_MODULES)
    parser = argparse.ArgumentParser(
        prog="python benches/run.py", description="Benchmarks of flawgauge and its peers."
    )
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {names}; all if none")
    parser.add_argument(
        "--threads", type=int, default=available_processors(), help="for every contender"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "benches" / "results", help="folder for the results"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small inputs, few repeats, no memory of peers"
    )
    parser.add_argument("--only", help="only the comparisons whose key contains this")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.workloads if name not in names]
    if unknown:
        parser.error(f"unknown workload {unknown[0]!r}; there are {', '.join(names)}")
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    options.workloads = options.workloads or names
    return options


def run(options: argparse.Namespace, folder: Path) -> int:
    """Measure, report, and return the exit code."""
    from benches.compare import Settings, run_comparison
    from benches.environment import describe
    from benches.measure import Plan
    from benches.picture import draw
    from benches.registry import Role, Scale, comparisons
    from benches.report import markdown, summary, to_dict

    quick = options.quick
    plan = Plan(rounds=5, seconds=0.5, least=1) if quick else Plan(rounds=25, seconds=1.0, least=2)
    scale: Scale = "quick" if quick else "full"
    memory_of: tuple[Role, ...] = ("ours",) if quick else ("ours", "peer", "yardstick")
    settings = Settings(scale, plan, options.threads, folder, memory_of)
    wanted = [
        comparison
        for workload in options.workloads
        for comparison in comparisons(workload)
        if options.only is None or options.only in comparison.key
    ]
    results = []
    for comparison in wanted:
        result = run_comparison(comparison, settings, _say)
        # Something to see before the whole report is there.
        _say(summary(result))
        results.append(result)
    environment = describe(options.threads)
    text = markdown(results, environment, scale)
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "benchmarks.md").write_text(text, encoding="utf-8")
    values = to_dict(results, environment, scale, options.threads)
    (options.out / "benchmarks.json").write_text(
        json.dumps(values, indent=2) + "\n", encoding="utf-8"
    )
    if environment["matplotlib"] == "absent":
        _say("no picture: matplotlib is not installed")
    else:
        caption = f"{environment['processor']}; {options.threads} threads; less is better"
        draw(results, caption, options.out / "benchmarks.png")
    return 0 if results and all(result.is_sound for result in results) else 1


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Set up threads and a folder for generated inputs, then run."""
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="flawgauge-benches-") as name:
        # Compiled numba code goes with the inputs, so that child processes need not compile.
        os.environ["NUMBA_CACHE_DIR"] = name
        return run(options, Path(name))


def _threads_before_imports(arguments: list[str]) -> None:
    """Set the libraries' variables from the command line before any of them is loaded."""
    from benches.environment import available_processors
    from benches.threads import set_environment

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--threads", type=int, default=available_processors())
    known, _ = parser.parse_known_args(arguments)
    set_environment(max(1, known.threads))


if __name__ == "__main__":
    _threads_before_imports(sys.argv[1:])
    sys.exit(main(sys.argv[1:]))
