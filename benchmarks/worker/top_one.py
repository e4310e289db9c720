"""Whether an artifact names the same class as the source: what a classifier is used for."""

import numpy as np

from benchmarks.worker.agreement import EXACT, Tolerance

LEAST_SAME = 0.98
"""The share of a classifier's examples in which a lossy variant must name the source's class. MLPerf
Inference 0.5 takes for equal what keeps 98 % (MobileNet) or 99 % (ResNet) of the reference's accuracy
(mlcommons/inference_policies, submission_checklist.md); of 50 examples 98 % allows one."""
_NAMED = ("logit", "prob", "softmax", "score", "class", "pred", "label")


class TopOne:
    """Counts the examples whose largest entry is in the same place.

    No format says that a model is a classifier. Counted is the output that looks like one's: floating, of
    the shape batch × classes (two or more); of several, the one whose name says so, or else none.
    """

    def __init__(self, tolerance: Tolerance = EXACT):
        """`tolerance`: what each score may be off by; a class that the source holds that close to its own is
        not another one."""
        self._tolerance = tolerance
        self._output, self._classes, self._agreed, self._rows, self._lost = "", 0, 0, 0, 0

    def add(self, names: list[str], expected: list[np.ndarray], actual: list[np.ndarray]) -> None:
        """One case, both lists of outputs in the order of `names`. Rows with NaN have no largest entry and
        are left out."""
        k = _scores(names, expected)
        if k is None or actual[k].shape != expected[k].shape:
            return
        a, b = expected[k], actual[k]
        rows = ~(np.isnan(a).any(1) | np.isnan(b).any(1))
        self._output, self._classes = (names[k] if k < len(names) else f"output {k}"), a.shape[1]
        named, other = a[rows].argmax(1), b[rows].argmax(1)
        self._agreed += int((named == other).sum())
        self._rows += int(rows.sum())
        best, instead = (np.take_along_axis(a[rows], k[:, None], 1)[:, 0] for k in (named, other))
        scale = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
        allowed = self._tolerance.relative * np.abs(best) + self._tolerance.absolute * scale
        self._lost += int((best - instead > allowed).sum())

    @property
    def holds(self) -> bool:
        """Whether the source's class is named, or one as good, in enough of the examples."""
        return self._lost <= (1 - LEAST_SAME) * self._rows

    def to_json(self) -> dict | None:
        """{"output", "classes", "agreed", "rows"}; None where no output looks like a classifier's."""
        if not self._rows:
            return None
        counts = {"agreed": self._agreed, "rows": self._rows}
        return {"output": self._output, "classes": self._classes, **counts}


def _scores(names: list[str], outputs: list[np.ndarray]) -> int | None:
    """The index of the output that holds the classes' scores."""
    flat = [k for k, a in enumerate(outputs) if a.ndim == 2 and a.shape[1] > 1 and a.dtype.kind == "f"]
    named = [k for k in flat if k < len(names) and any(word in names[k].lower() for word in _NAMED)]
    chosen = flat if len(flat) == 1 else named
    return chosen[0] if len(chosen) == 1 else None
