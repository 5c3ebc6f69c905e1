"""The results as Markdown and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.targets import Verdict, fastest_peer, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.compare import Result, Row

SCHEMA_VERSION = 1
VERDICT_WORDS = {True: "met", False: "**not met**", None: "not measured"}


def seconds_text(seconds: float) -> str:
    """A time with three digits and the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{digits(seconds / size)} {unit}"
    return f"{digits(seconds / 1e-9)} ns"


def digits(number: float) -> str:
    """Three significant digits, never with an exponent."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def memory_text(size: float | None) -> str:
    """Bytes in MiB."""
    return "" if size is None else f"{size / 2**20:.1f} MiB"


def summary(result: Result) -> str:
    """The median times of a comparison in one line."""
    times = (
        f"{row.name} {seconds_text(row.timing.median) if row.timing else row.status}"
        for row in result.rows
    )
    return f"{result.comparison.key}: {'; '.join(times)}"


def relative_time(row: Row, result: Result) -> float | None:
    """Its median time over that of its base or else of the fastest peer."""
    rows = {one.name: one for one in result.rows}
    other = rows[row.base] if row.base else fastest_peer(rows, lambda timing: timing.median)
    if other is None or other.timing is None or row.timing is None:
        return None
    return row.timing.median / other.timing.median


def markdown(results: Sequence[Result], environment: Mapping[str, str], scale: str) -> str:
    """The whole report."""
    lines = ["# Benchmarks", "", *_environment_lines(environment), ""]
    if scale != "full":
        lines += [f"Scale `{scale}`: smaller inputs than the targets are meant for.", ""]
    for result in results:
        lines += [*_comparison_lines(result), ""]
    lines += _series_lines(results)
    return "\n".join(lines).rstrip() + "\n"


def _environment_lines(environment: Mapping[str, str]) -> list[str]:
    return _table(["what", "value"], [[name, value] for name, value in environment.items()])


def _comparison_lines(result: Result) -> list[str]:
    comparison = result.comparison
    load = "unknown" if result.other_load is None else f"{result.other_load:.2f}"
    has_base = any(row.base for row in result.rows)
    header = [
        "contender",
        "median",
        "best",
        f"ns/{comparison.item}",
        f"processor ns/{comparison.item}",
        "time / C order of the dtype" if has_base else "time / fastest peer",
        "cores",
        "peak memory",
        "values",
    ]
    lines = [
        f"## {comparison.key}: {comparison.title}",
        "",
        f"{result.inputs}. Processors busy with other programs meanwhile: {load}.",
        "",
        *_table(header, [_row_cells(row, result) for row in result.rows]),
    ]
    targets = verdicts(result)
    if targets:
        cells = [_target_cells(verdict) for verdict in targets]
        head = ["target", "limit", "measured", "of the best times", "verdict"]
        lines += ["", *_table(head, cells)]
    return lines


def _series_lines(results: Sequence[Result]) -> list[str]:
    """How the time for an item grows with the number of images, for each contender of a series."""
    found: dict[str, dict[str, dict[int, str]]] = {}
    for result in results:
        if result.comparison.series is None:
            continue
        series, images = result.comparison.series
        for row in result.rows:
            if row.timing is not None:
                text = digits(row.timing.median / result.items * 1e9)
                found.setdefault(series, {}).setdefault(row.name, {})[images] = text
    lines: list[str] = []
    for series, contenders in found.items():
        counts = sorted({count for times in contenders.values() for count in times})
        if len(counts) < 2:
            continue
        head = ["contender", *(f"{count} images" for count in counts)]
        rows = [
            [name, *(times.get(count, "") for count in counts)]
            for name, times in contenders.items()
        ]
        lines += [f"## Growth: {series}", "", "Nanoseconds for each pixel.", ""]
        lines += [*_table(head, rows), ""]
    return lines


def _row_cells(row: Row, result: Result) -> list[str]:
    if row.timing is None:
        return [row.name, *[""] * 7, f"{row.status}: {row.message}"]
    relative = relative_time(row, result)
    return [
        f"**{row.name}**" if row.role == "ours" else row.name,
        seconds_text(row.timing.median),
        seconds_text(row.timing.best),
        digits(row.timing.median / result.items * 1e9),
        digits(row.timing.processor / result.items * 1e9),
        "" if relative is None else digits(relative),
        f"{row.timing.cores:.2f}",
        memory_text(row.memory),
        _values_text(row, result),
    ]


def _values_text(row: Row, result: Result) -> str:
    contenders = result.comparison.contenders
    contender = next(one for one in contenders if one.name == row.name)
    if row.role == "yardstick":
        return "yardstick"
    text = "agree"
    if contender.tolerance is not None:
        text = f"within {100 * contender.tolerance:g} %"
    if contender.computes is not None:
        text += f"; only {len(contender.computes)} of the values"
    return text


def _target_cells(verdict: Verdict) -> list[str]:
    target = verdict.target
    words = {
        "slowdown": f"{target.contender}: time over {verdict.against}",
        "speedup": f"{target.contender}: times faster than {verdict.against}",
        "seconds": f"{target.contender}: time of one call",
        "rate": f"{target.contender}: time of one item",
        "memory": f"{target.contender}: peak memory above the inputs, the largest",
    }
    sign = "at least" if target.kind == "speedup" else "at most"
    return [
        words[target.kind],
        f"{sign} {_figure_text(verdict, target.limit)}",
        _figure_text(verdict, verdict.figure),
        "" if target.kind == "memory" else _figure_text(verdict, verdict.best_figure),
        VERDICT_WORDS[verdict.is_met],
    ]


def _figure_text(verdict: Verdict, figure: float | None) -> str:
    if figure is None:
        return ""
    if verdict.target.kind == "seconds":
        return seconds_text(figure)
    if verdict.target.kind == "rate":
        return f"{digits(figure * 1e9)} ns"
    if verdict.target.kind == "memory":
        return memory_text(figure)
    return f"{digits(figure)}x"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, padded so that it reads well in a terminal too."""
    safe = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(cells[i]) for cells in [header, *safe]) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [line(header), rule, *(line(row) for row in safe)]


def to_dict(
    results: Sequence[Result], environment: Mapping[str, str], scale: str, threads: int
) -> dict[str, Any]:
    """The same as plain values, unrounded: seconds, bytes."""
    return {
        "schema": SCHEMA_VERSION,
        "scale": scale,
        "threads": threads,
        "environment": dict(environment),
        "comparisons": [_comparison_dict(result) for result in results],
    }


def _comparison_dict(result: Result) -> dict[str, Any]:
    return {
        "key": result.comparison.key,
        "title": result.comparison.title,
        "inputs": result.inputs,
        "item": result.comparison.item,
        "items": result.items,
        "other_load": result.other_load,
        "contenders": [_row_dict(row, result) for row in result.rows],
        "targets": [_verdict_dict(verdict) for verdict in verdicts(result)],
    }


def _row_dict(row: Row, result: Result) -> dict[str, Any]:
    known: dict[str, Any] = {
        "name": row.name,
        "role": row.role,
        "status": row.status,
        "message": row.message,
        "peak_memory_bytes": row.memory,
    }
    if row.timing is not None:
        known |= {
            "median_seconds": row.timing.median,
            "best_seconds": row.timing.best,
            "samples": row.timing.samples,
            "processor_seconds": row.timing.processor,
            "cores": row.timing.cores,
            "relative_time": relative_time(row, result),
            "relative_to": row.base or "fastest peer",
        }
    return known


def _verdict_dict(verdict: Verdict) -> dict[str, Any]:
    target = verdict.target
    return {
        "contender": target.contender,
        "kind": target.kind,
        "against": verdict.against,
        "limit": target.limit,
        "measured": verdict.figure,
        "measured_of_best_times": verdict.best_figure,
        "met": verdict.is_met,
    }
