"""What a threshold sweep says of single thresholds: the counts there, and which is best."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.best_thresholds import BestThreshold, find_best, find_best_band, objective
from flawgauge.comparison import compared_number, least_scores
from flawgauge.confusion import ConfusionCounts
from flawgauge.curves import BLOCK, Column, walk
from flawgauge.errors import InputTypeError, InputValueError
from flawgauge.evidence import Evidence
from flawgauge.means import Empty, ratio
from flawgauge.thresholds import ORACLE, Threshold, as_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flawgauge.best_thresholds import Ties

__all__ = ["SweepDecisions", "check_rate"]


class SweepDecisions(Evidence):
    """The decisions of ``ThresholdSweep``."""

    __slots__ = ()

    thresholds: NDArray[Any]
    positives_at: NDArray[Any]
    positives_between: NDArray[Any] | None
    negatives_at: NDArray[Any]
    negatives_between: NDArray[Any] | None
    overlap_at: NDArray[Any] | None
    overlap_between: NDArray[Any] | None
    band_preds: NDArray[Any] | None
    band_both: NDArray[Any] | None
    num_positives: int
    num_negatives: int
    num_regions: int | None
    band_target: int | None
    score_dtype: str | None

    def at(self, threshold: float | Threshold) -> ConfusionCounts:
        """Counts at a threshold, where the sweep knows them.

        Parameters
        ----------
        threshold : float or Threshold
            Compared as NumPy's ``scores >= threshold``, with scores of ``score_dtype``, or of the
            thresholds' dtype if that is None. Known are the sweep's thresholds, and others if no
            score lies between them and one of those.

        Returns
        -------
        ConfusionCounts
            Of all images pooled; carries the threshold.

        Raises
        ------
        InputValueError
            If the counts there are not known.

        Examples
        --------
        >>> import flawgauge as fg
        >>> sweep = fg.reference.sweep([[0.1, 0.4, 0.8]], [[0, 1, 1]])
        >>> sweep.at(0.4)
        ConfusionCounts(tp=2, fp=0, fn=0, tn=1, threshold=0.4 (given))
        """
        chosen = as_threshold(threshold)
        scores = np.dtype(self.score_dtype or self.thresholds.dtype)
        compared = compared_number(threshold, {scores}, "scores")
        kept = scores if scores == np.float16 else self.thresholds.dtype
        value = least_scores(np.array([compared]), kept)[0]
        # From high to low, so the negated ones ascend.
        number = int(np.searchsorted(-self.thresholds, -value, side="right"))
        counts = self._known(value, number)
        if counts is None:
            raise InputValueError(
                f"threshold is {chosen.value!r}, {self._place(number)}: the counts there are not "
                "known; want one of the thresholds, or confusion(scores, target, threshold=...)"
            )
        return self._confusion(*counts, chosen)

    def confusion(self) -> ConfusionCounts:
        """Counts at each threshold, from high to low.

        Returns
        -------
        ConfusionCounts
            Of shape (K,): 32 bytes a threshold.

        Examples
        --------
        >>> import flawgauge as fg
        >>> fg.sweep(np.array([[0.1, 0.4, 0.8]]), [[0, 1, 1]]).confusion().tp
        array([1, 2])
        """
        counts = np.empty((len(self.thresholds), 4), dtype=np.int64)
        for start, (tp, fp) in walk((self._positives(), self._negatives())):
            if start < len(counts):
                part = slice(start, start + len(tp.at))
                counts[part, 0], counts[part, 1] = tp.at, fp.at
        counts[:, 2] = self.num_positives - counts[:, 0]
        counts[:, 3] = self.num_negatives - counts[:, 1]
        return ConfusionCounts._wrap(counts)

    def best(
        self,
        metric: str = "f1",
        *,
        beta: float | None = None,
        cost: float | None = None,
        ties: Ties = "lowest",
    ) -> BestThreshold:
        """The threshold at which a metric is best.

        Parameters
        ----------
        metric : str
            "f1", "dice", "iou", "f_beta", "mcc", "balanced_accuracy", "youden" (recall +
            specificity - 1), "cost" (lowest of ``cost`` x missed + false alarms, in pixels), or
            "boundary_iou" of a sweep with ``boundary=...``.
        beta : float, optional
            For "f_beta": how many times recall weighs as much as precision.
        cost : float, optional
            For "cost": how many false alarms a missed defect costs.
        ties : {"lowest", "highest"}
            Which of several thresholds with the same value, as a float64 number. The lowest, as
            anomalib does.

        Returns
        -------
        BestThreshold
            With the counts there. The choice is among the sweep's thresholds, and predicting
            nothing (infinity: more than any score, even an infinite one). In an exact sweep no
            other threshold is better: between two scores of positives, only false alarms are
            added. (Unless it is for "mcc" and scores that are nowhere better than chance, or for
            "boundary_iou".)

        Raises
        ------
        InputTypeError, InputValueError
            An unknown metric, an option that is missing, wrong or of another metric; a sweep
            without ``boundary=...``.

        Examples
        --------
        >>> import flawgauge as fg
        >>> best = fg.reference.sweep([[0.1, 0.4, 0.8, 0.6]], [[0, 1, 1, 0]]).best("f1")
        >>> best.value, float(best.threshold), best.threshold.source
        (0.8, 0.4, 'oracle')
        """
        if ties not in ("lowest", "highest"):
            raise InputValueError(f'ties is {ties!r}, want "lowest" or "highest"')
        if metric == "boundary_iou":
            if beta is not None or cost is not None:
                raise InputValueError("beta and cost don't go with boundary_iou")
            preds, both, target = self._bands()
            number, value = find_best_band(preds, both, target, ties)
            tp, fp = self._counts_at(number) if number >= 0 else (0, 0)
            name = metric
        else:
            aim = objective(metric, beta, cost)
            # No threshold predicts nothing if a score is infinite.
            nothing = not (len(self.thresholds) and self.thresholds[0] == math.inf)
            found = find_best(aim, self._positives(), self._negatives(), ties, nothing)
            number, value, tp, fp, name = found.number, found.value, found.tp, found.fp, aim.name
        if number < 0:
            limit = math.nan if math.isnan(value) else math.inf
        else:
            limit = float(self.thresholds[number])
        threshold = Threshold(limit, name, ORACLE)
        return BestThreshold(name, value, threshold, self._confusion(tp, fp, threshold), ties)

    def threshold_at_fpr(self, fpr: float) -> Threshold:
        """The lowest threshold at which the false positive rate is at most this.

        Parameters
        ----------
        fpr : float
            From 0 to 1.

        Returns
        -------
        Threshold
            Of the sweep's thresholds, as "oracle"; infinity (more than any score) if none is high
            enough, nan without negatives.

        Raises
        ------
        InputTypeError, InputValueError
            What is no number from 0 to 1.
        """
        limit = check_rate(fpr, "fpr")
        value = math.nan
        if self.num_negatives:
            most = _most(limit, self.num_negatives)
            number = _count_below(self._negatives(), most + 1)
            value = float(self.thresholds[number - 1]) if number else math.inf
        return Threshold(value, f"fpr <= {limit:g}", ORACLE)

    def threshold_at_recall(self, recall: float) -> Threshold:
        """The highest threshold at which recall is at least this.

        Parameters
        ----------
        recall : float
            From 0 to 1.

        Returns
        -------
        Threshold
            Of the sweep's thresholds, as "oracle"; minus infinity if none is low enough, infinity
            for a recall of 0, nan without positives.

        Raises
        ------
        InputTypeError, InputValueError
            What is no number from 0 to 1.
        """
        limit = check_rate(recall, "recall")
        return Threshold(self._at_recall(limit)[0], f"recall >= {limit:g}", ORACLE)

    def fpr_at_recall(self, recall: float = 0.95, *, empty: Empty = "nan") -> float:
        """False positive rate at the highest threshold with at least this recall: FPR95.

        Undefined without positives or without negatives.

        Parameters
        ----------
        recall : float
            From 0 to 1.
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float
            A fraction.

        Raises
        ------
        InputTypeError, InputValueError
            What is no number from 0 to 1.
        """
        _, fp = self._at_recall(check_rate(recall, "recall"))
        defined = self.num_negatives if self.num_positives else 0
        return float(ratio(fp, defined, empty))

    def _at_recall(self, recall: float) -> tuple[float, int]:
        """Threshold, and false positives there."""
        if not self.num_positives:
            return math.nan, 0
        if not recall:
            return math.inf, 0
        number = _count_below(self._positives(), _least(recall, self.num_positives))
        if number == len(self.thresholds):
            return -math.inf, self.num_negatives
        return float(self.thresholds[number]), self._counts_at(number)[1]

    def _positives(self) -> Column:
        return Column(self.positives_at, self.positives_between, self.num_positives)

    def _negatives(self) -> Column:
        return Column(self.negatives_at, self.negatives_between, self.num_negatives)

    def _bands(self) -> tuple[NDArray[Any], NDArray[Any], int]:
        if self.band_preds is None or self.band_both is None or self.band_target is None:
            raise InputValueError("the sweep has no boundary bands: make it with boundary=...")
        return self.band_preds, self.band_both, self.band_target

    def _counts_at(self, number: int) -> tuple[int, int]:
        """True and false positives at a threshold of this number."""
        positives, negatives = self._positives(), self._negatives()
        return positives.until(number + 1), negatives.until(number + 1)

    def _confusion(self, tp: int, fp: int, threshold: Threshold) -> ConfusionCounts:
        totals = self.num_positives, self.num_negatives
        return ConfusionCounts._of_predicted(tp, fp, totals, threshold)

    def _known(self, value: Any, number: int) -> tuple[int, int] | None:
        """The counts at a value with so many thresholds that are not below it, if known."""
        if value == -math.inf:
            return self.num_positives, self.num_negatives
        before = self._counts_at(number - 1) if number else (0, 0)
        if number and self.thresholds[number - 1] == value:
            return before
        if number == len(self.thresholds):
            everything = (self.num_positives, self.num_negatives)
            return everything if before == everything else None
        tied = tuple(int(column[number]) for column in (self.positives_at, self.negatives_at))
        after = self._counts_at(number)
        above = (after[0] - tied[0], after[1] - tied[1])
        if above == before:
            return before
        below = self.thresholds[number].astype(value.dtype)
        # Just above a threshold that has scores of its own: all that is higher.
        return above if any(tied) and value == np.nextafter(below, np.inf) else None

    def _place(self, number: int) -> str:
        if not len(self.thresholds):
            return "and the sweep has no thresholds"
        if not number:
            return f"above the sweep's highest threshold {self.thresholds[0]:g}"
        if number == len(self.thresholds):
            return f"below the sweep's lowest threshold {self.thresholds[-1]:g}"
        low, high = self.thresholds[number], self.thresholds[number - 1]
        return f"between the sweep's thresholds {low:g} and {high:g}"


def _count_below(column: Column, bound: int) -> int:
    """Number of thresholds, from the highest, at which less than this was counted."""
    limit = np.uint64(bound)
    ends = column.ends(BLOCK)
    block = int(np.searchsorted(ends, limit))
    if block == len(ends):
        return len(column.at)
    start = block * BLOCK
    reached = int(ends[block - 1]) if block else 0
    rise = column.rise(slice(start, start + BLOCK), reached)
    return start + int(np.searchsorted(rise.at, limit))


def _most(rate: float, total: int) -> int:
    """The largest count whose rate, as a float64 number, is at most this."""
    guess = math.floor(rate * total)
    return max(
        count for count in (guess - 1, guess, guess + 1) if count <= 0 or count / total <= rate
    )


def _least(rate: float, total: int) -> int:
    """The smallest count whose rate, as a float64 number, is at least this."""
    guess = math.ceil(rate * total)
    return min(count for count in (guess - 1, guess, guess + 1) if count / total >= rate)


def check_rate(value: Any, name: str) -> float:
    """Raise unless this is a number from 0 to 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise InputTypeError(f"{name} is {value!r}, want a number from 0 to 1")
    if math.isnan(value) or not 0 <= value <= 1:
        raise InputValueError(f"{name} is {value!r}, want a number from 0 to 1")
    return float(value)
