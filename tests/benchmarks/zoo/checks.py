"""What must be true of models that were driven."""

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from benchmarks import comparison
from benchmarks.comparison import Options
from tests.benchmarks.test_fresh_inputs import UNSEEN
from tests.benchmarks.zoo.driving import Driven, share

_LOG = re.compile(r"\blogs?\b", re.IGNORECASE)


def demand_share(driven: Sequence[Driven], target: str, least: float) -> None:
    """At least so many percent of the models reach the target."""
    asked = [one for one in driven if target in one.targets]
    failed = {one.name: str(one.conversion(target).error) for one in asked if not one.passed(target)}
    assert share(asked, target) >= least, failed


def demand_diagnoses(driven: Iterable[Driven]) -> None:
    """Every failure has a kind, words that are no traceback, and a step to take that is not to read on
    elsewhere."""
    errors = {(one.name, target): one.conversion(target).error for one in driven for target in one.targets}
    poor = {
        pair: error
        for pair, error in errors.items()
        if error
        and (
            not (error.kind and len(error.message) > 20 and error.next_step)
            or _LOG.search(error.next_step)
            or "Traceback" in error.message
        )
    }
    assert poor == {}


def demand_agreement(driven: Iterable[Driven], drawn: Callable[[list[dict]], list[float | None]]) -> None:
    """Whatever was reported as passed agrees with its source on inputs that the verification never saw."""
    pairs = [(f"{one.name} → {target}", pair) for one in driven for target, pair in _pairs(one)]
    assert pairs
    shares = drawn([pair for _, pair in pairs])
    wrong = {name: k for (name, _), k in zip(pairs, shares, strict=True) if k is None or k > 1}
    assert wrong == {}, wrong  # pytest rewrites the asserts of test files only


def _pairs(one: Driven) -> Iterable[tuple[str, dict]]:
    """For each target that was reached, what `draw_fresh.py` needs."""
    for target in one.targets if one.report else ():
        if not one.passed(target):
            continue
        sizes = {case["batch"] for p in one.report.parity if p.format == target for case in p.cases}
        yield (
            target,
            {
                "source": str(one.source),
                "source_format": one.report.source.format,
                "artifact": str(one.workspace / one.conversion(target).artifact.path),
                "format": target,
                "inputs": _inputs(one),
                "batches": UNSEEN if len(sizes) > 1 else sorted(sizes),
                "bound": 4,
            },
        )


def _inputs(one: Driven) -> list[dict]:
    if one.inputs:
        with np.load(one.inputs, allow_pickle=False) as file:
            given = {name: file[name] for name in file.files}
        return [
            {"name": name, "dtype": array.dtype.name, "shape": ["batch", *array.shape[1:]]}
            for name, array in given.items()
        ]
    specs = comparison.input_specs(one.report.source, Options())
    return [{"name": spec.name, "dtype": spec.dtype, "shape": spec.shape} for spec in specs]
