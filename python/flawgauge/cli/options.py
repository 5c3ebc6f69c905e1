"""Types of options that several commands share."""

from __future__ import annotations

import argparse
import math
import re
from typing import TYPE_CHECKING

from flawgauge.distances import check_distance
from flawgauge.errors import InputValueError
from flawgauge.image_scores import check_image_score
from flawgauge.report.evaluation_metrics import metric_named

if TYPE_CHECKING:
    from flawgauge.distances import Distance
    from flawgauge.image_scores import ImageScore

__all__ = ["boundary", "distance", "image_score", "metric", "number", "whole"]


def distance(text: str) -> Distance:
    """A ratio has a decimal point; numbers of pixels have not."""
    try:
        if re.fullmatch(r"[0-9]*\.[0-9]+|[0-9]+\.", text):
            return check_distance(float(text))
        numbers = [int(part) for part in text.split(",")]
        return check_distance(numbers[0] if len(numbers) == 1 else numbers)
    except InputValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a ratio such as 0.02 nor pixels such as 1,2,4"
        ) from None


def boundary(text: str) -> Distance | None:
    """A distance, or "none"."""
    return None if text == "none" else distance(text)


def image_score(text: str) -> ImageScore:
    """A method, or a method and its number with a colon between them."""
    method, colon, size = text.partition(":")
    rule = (method, whole(size)) if colon else method
    try:
        check_image_score(rule)
    except InputValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is none of max, top_k_mean:K, mean_filter_max:SIZE (odd, at most 1023)"
        ) from None
    return rule


def metric(text: str) -> str:
    """The name of a metric."""
    try:
        metric_named(text)
    except InputValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("metrics holds ")) from None
    return text


def number(text: str) -> float:
    """A number, or "inf"."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def whole(text: str) -> int:
    """A whole number from 1."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
