"""Thresholds of several categories, in memory and in files."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flawgauge import _core
from flawgauge.errors import DataError, FileError, FlawgaugeError, InputTypeError, InputValueError
from flawgauge.report.files import write_json
from flawgauge.thresholds import ORACLE, Threshold, as_threshold, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    PathLike: TypeAlias = str | os.PathLike[str]

__all__ = ["POOLED", "ThresholdSet", "read_thresholds", "threshold_set"]

POOLED = "pooled"
"""Name of all categories that are scored as one."""

SCHEMA_VERSION = 1
_MOST_BYTES = 2**30


@dataclass(frozen=True)
class ThresholdSet:
    """A threshold for each category, or one for all; and on which images they were selected.

    Parameters
    ----------
    by_category : mapping of str to Threshold
        By the names of categories.
    common : Threshold, optional
        For all other categories.
    fingerprints : mapping of str to str, optional
        By category, the fingerprint of the images it was selected on: scored on the same images, it
        is an "oracle".
    origin : mapping, optional
        Where they come from, in plain values: data set, split, predictions.

    Examples
    --------
    >>> chosen = ThresholdSet({"bottle": Threshold(0.5, "f1", "selected on validation")})
    >>> chosen["bottle"].value
    0.5
    """

    by_category: Mapping[str, Threshold]
    common: Threshold | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, category: str) -> Threshold:
        found = self.by_category.get(category, self.common)
        if found is None:
            raise KeyError(category)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_category)

    def __len__(self) -> int:
        return len(self.by_category)

    def check(self, categories: Iterable[str]) -> None:
        """Raise unless there is a threshold for each of these categories.

        Raises
        ------
        InputValueError
            The message names the categories that lack one.
        """
        if self.common is not None:
            return
        missing = [name for name in categories if name not in self.by_category]
        if missing:
            known = ", ".join(self.by_category) or "none"
            raise InputValueError(
                f"there is no threshold for {', '.join(missing)}; there are thresholds for {known}"
            )

    def for_images(self, category: str, fingerprints: Mapping[str, str]) -> Threshold:
        """Return a category's threshold, as an oracle if it was selected on these very images.

        Parameters
        ----------
        category : str
            What is scored.
        fingerprints : mapping of str to str
            Those of its images, for each category of the data set; several if they were pooled, of
            which one is enough.
        """
        found = self[category]
        if found.source.startswith("selected on") and any(
            self.fingerprints.get(name) == fingerprint for name, fingerprint in fingerprints.items()
        ):
            return Threshold(found.value, found.objective, ORACLE)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "type": "thresholds",
            "tool": {"name": "flawgauge", "version": _core.__version__},
            "origin": dict(self.origin),
            "common": None if self.common is None else self.common.to_dict(),
            "thresholds": {name: one.to_dict() for name, one in self.by_category.items()},
            "fingerprints": dict(self.fingerprints),
        }

    def write_json(self, path: PathLike) -> None:
        """Write ``to_dict`` as JSON, all or nothing; ``read_thresholds`` reads it.

        Raises
        ------
        FileError
            The file can't be written.
        """
        write_json(path, self.to_dict())


def threshold_set(threshold: Any) -> ThresholdSet:
    """Take a number, a Threshold, a mapping or a ThresholdSet as a ThresholdSet.

    Raises
    ------
    InputTypeError, InputValueError
        Something else, or nan.
    """
    if isinstance(threshold, ThresholdSet):
        return threshold
    if hasattr(threshold, "items"):
        found = {}
        for name, value in threshold.items():
            if not isinstance(name, str):
                raise InputTypeError(f"threshold has the key {name!r}, want names of categories")
            found[name] = _checked(value, f"threshold[{name!r}]")
        return ThresholdSet(found)
    return ThresholdSet({}, _checked(threshold, "threshold"))


def read_thresholds(path: PathLike) -> ThresholdSet:
    """Read the thresholds of a file that ``flawgauge threshold`` or a report's JSON wrote.

    Those that a report chose on its own images are "selected on" these.

    Parameters
    ----------
    path : path-like
        The JSON file.

    Returns
    -------
    ThresholdSet

    Raises
    ------
    FileError
        The file can't be read.
    DataError
        It is no such file, or holds no threshold.

    Examples
    --------
    >>> import tempfile
    >>> import flawgauge as fg
    >>> chosen = ThresholdSet({"bottle": fg.Threshold(0.5, "f1", "selected on validation")})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "thresholds.json"
    ...     chosen.write_json(path)
    ...     fg.read_thresholds(path)["bottle"]
    Threshold(value=0.5, objective='f1', source='selected on validation')
    """
    name = f"thresholds {os.fspath(path)}"
    data = _read_json(path, name)
    kind = data.get("type") if isinstance(data, dict) else None
    try:
        if kind == "thresholds":
            return _of_thresholds(data)
        if kind == "report":
            return _of_report(data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = str(error) if isinstance(error, FlawgaugeError) else f"wrong entry: {error!r}"
        raise DataError(f"{name}: {reason}") from error
    raise DataError(f"{name}: want what flawgauge threshold --out or evaluate --json wrote")


def _read_json(path: PathLike, name: str) -> Any:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{name}: {(error.strerror or str(error)).lower()}") from error
    if len(content) > _MOST_BYTES:
        raise DataError(f"{name}: larger than {_MOST_BYTES >> 20} MiB")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}: not JSON: {error}") from error


def _of_thresholds(data: dict[str, Any]) -> ThresholdSet:
    _check_version(data)
    entries = data["thresholds"]
    common = data["common"]
    if not entries and common is None:
        raise DataError("the file holds no threshold")
    return ThresholdSet(
        {name: _from_dict(entry) for name, entry in entries.items()},
        None if common is None else _from_dict(common),
        dict(data["fingerprints"]),
        dict(data["origin"]),
    )


def _of_report(data: dict[str, Any]) -> ThresholdSet:
    _check_version(data)
    thresholds: dict[str, Threshold] = {}
    fingerprints: dict[str, str] = {}
    images = named(data["dataset"]["images"])
    for name, category in data["categories"].items():
        if category["threshold"] is None:
            continue
        found = _from_dict(category["threshold"])
        if found.source == ORACLE:
            found = Threshold(found.value, found.objective, images)
            fingerprints |= category["fingerprints"]
        thresholds[name] = found
    if not thresholds:
        raise DataError("the report holds no threshold")
    origin = {"dataset": data["dataset"]["name"], "predictions": data["predictions"]["source"]}
    common = thresholds.pop(POOLED) if data["dataset"]["pooled"] else None
    return ThresholdSet(thresholds, common, fingerprints, origin)


def _check_version(data: dict[str, Any]) -> None:
    version = data["schema_version"]
    if version != SCHEMA_VERSION:
        raise DataError(f"schema_version is {version!r}, want {SCHEMA_VERSION}")


def _from_dict(entry: dict[str, Any]) -> Threshold:
    return _checked(Threshold.from_dict(entry), "threshold")


def _checked(value: Any, name: str) -> Threshold:
    try:
        found = as_threshold(value)
    except InputTypeError:
        raise InputTypeError(f"{name} is {value!r}, want a number or a Threshold") from None
    if math.isnan(found.value):
        raise InputValueError(f"{name} is nan, want a number")
    return found
