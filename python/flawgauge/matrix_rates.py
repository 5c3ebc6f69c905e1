"""Rates that follow from joint counts of labels: of each class against the rest, and of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from flawgauge.confusion import ConfusionCounts
from flawgauge.evidence import Evidence
from flawgauge.means import Empty, Mean, ratio, root

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MatrixRates"]


class MatrixRates(Evidence):
    """The metrics of ``ConfusionMatrix``."""

    __slots__ = ()

    num_classes: int
    shape: tuple[int, ...]
    # A code is (image * K + target) * K + preds, image counting over the leading axes in C order.
    # Codes ascend and counts are positive, so that equal evidence has equal arrays.
    _codes: NDArray[np.int64]
    _counts: NDArray[np.int64]

    @property
    def total(self) -> Any:
        """All pixels that count."""
        return self._add_up(self._images())

    def per_class(self) -> ConfusionCounts:
        """Each class against the rest.

        Returns
        -------
        ConfusionCounts
            Of shape (..., K).
        """
        targets, preds = self._codes // self.num_classes, self._predicted()
        tp = self._add_up_classes(targets[preds == targets], self._counts[preds == targets])
        support = self._add_up_classes(targets, self._counts)
        predicted = self._add_up_classes(preds, self._counts)
        total = np.asarray(self.total)[..., np.newaxis]
        return ConfusionCounts(tp, predicted - tp, support - tp, total - predicted - support + tp)

    def accuracy(self, *, empty: Empty = "nan") -> Any:
        """Fraction of pixels whose label is right, all classes together.

        Misleading where one class covers most pixels.

        Parameters
        ----------
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float or ndarray of float64
            In the shape of the leading axes.
        """
        return ratio(self.per_class().tp.sum(axis=-1), self.total, empty)

    def kappa(self, *, empty: Empty = "nan") -> Any:
        """Cohen's kappa of all classes together (Cohen 1960).

        (n correct - chance) / (n^2 - chance), chance being the sum over classes of support times
        predicted. Undefined where all pixels have one class in both maps. The products are exact.

        Parameters
        ----------
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float or ndarray of float64
            In the shape of the leading axes.
        """
        n, correct, chance, _, _ = self._agreement()
        return ratio(n * correct - chance, n * n - chance, empty)

    def mcc(self, *, empty: Empty = "nan") -> Any:
        """Matthews correlation of all classes together (Gorodkin 2004, the R_K statistic).

        Undefined where one map has a single class. The products are exact.

        Parameters
        ----------
        empty : {"nan", "skip", 0, 1}
            What an undefined value becomes.

        Returns
        -------
        float or ndarray of float64
            In the shape of the leading axes.
        """
        n, correct, chance, support, predicted = self._agreement()
        square = (n * n - support) * (n * n - predicted)
        return ratio(n * correct - chance, root(square), empty)

    def mean(
        self,
        metric: str,
        *,
        weights: str | None = None,
        empty: Empty = "skip",
        **options: Any,
    ) -> Mean:
        """Average a metric over the classes: ``mean("iou")`` is the mean IoU.

        Parameters
        ----------
        metric : str
            Name of a metric of ``ConfusionCounts``.
        weights : {None, "support"}
            "support" weighs each class with its pixels in the ground truth.
        empty : {"skip", "nan", 0, 1}
            What an undefined value becomes; by default a class that is in neither map is left out.
        **options
            Passed to the metric (``beta``).

        Returns
        -------
        Mean
            Of arrays in the shape of the leading axes, if there are any. Pool first,
            ``matrix.sum().mean("iou")``, for the usual mean IoU of a data set.
        """
        return self.per_class().mean(metric, axis=-1, weights=weights, empty=empty, **options)

    def _images(self) -> NDArray[np.int64]:
        return self._codes // self.num_classes**2

    def _predicted(self) -> NDArray[np.int64]:
        """Image and predicted label of each code, as image * K + preds."""
        return self._images() * self.num_classes + self._codes % self.num_classes

    def _add_up(self, places: NDArray[np.int64]) -> Any:
        totals = np.zeros(math.prod(self.shape), dtype=np.int64)
        np.add.at(totals, places, self._counts)
        return totals.reshape(self.shape)[()]

    def _add_up_classes(
        self, places: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        totals = np.zeros(math.prod(self.shape) * self.num_classes, dtype=np.int64)
        np.add.at(totals, places, counts)
        return totals.reshape(*self.shape, self.num_classes)

    def _agreement(self) -> tuple[Any, Any, Any, Any, Any]:
        """Pixels, right ones, and sums over classes of products, as exact Python integers."""
        classes = self.per_class()
        support, predicted = classes.support.astype(object), classes.predicted.astype(object)
        correct = classes.tp.astype(object).sum(axis=-1)
        n = support.sum(axis=-1)
        products = (support * predicted, support * support, predicted * predicted)
        chance, own_support, own_predicted = (product.sum(axis=-1) for product in products)
        return n, correct, chance, own_support, own_predicted
