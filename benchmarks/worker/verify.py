"""Task: load an artifact in its runtime and compare it with the source model, case by case."""

import itertools
import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks import failures
from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.formats import VARIANTS
from benchmarks.worker import diagnosis, float64, reference, runtimes
from benchmarks.worker.agreement import (
    EXACT,
    Tolerance,
    compare,
    differing,
    in_order,
    input_order,
    tolerances,
)
from benchmarks.worker.diagnosis import Tried
from benchmarks.worker.top_one import TopOne

MOST_PERMUTED = 4
"""Inputs of which every order is tried (24) where the cases do not agree."""


def run(
    channel,
    workspace: str,
    format: str,
    artifact: str,
    threads: int,
    budget_s: float = 20.0,
    runtime: str = "",
) -> dict:
    """`runtime`: the id of the one that runs it, the one that answers for the format if empty.

    Returns the contract's parity object without its format: runtime, reference, outcome, tolerance,
    max_abs_error, max_rel_error, cases; and besides: reference_precision ("float64" or "own"),
    reference_note, reference_error, planned, top1, findings. `budget_s`: seconds after which no further
    case is begun. Raises ProblemError where the artifact does not load or its inputs are others.

    It passes if every case does, but for the one with a NaN in its inputs: fused operators of every
    runtime may turn NaN into a number (TensorFlow's ReLU does), which is said and decides nothing. Neither do
    large inputs for float16, which ends at 65,504. A variant that is lossy must name a classifier's classes
    as well."""
    began = time.monotonic()
    folder = Path(workspace)
    precision = VARIANTS[format].precision if format in VARIANTS else ""
    about = reference.summary(folder)
    runtime_id = runtime or runtimes.runtime_for(format)
    channel.progress(f"{format}: comparing {runtime_id} with {about['runtime']}")
    session = _load(runtime_id, Path(artifact), threads)
    source = tuple(TensorSpec.from_json(spec) for spec in about["inputs"])
    order = input_order([spec.name for spec in source], [spec.name for spec in session.inputs])
    tried: list[Tried] = []
    allowed = tolerances(format)
    undecided = {"nan", "large"} if precision == "float16" else {"nan"}
    top_one = TopOne(allowed["float32"])
    dtypes: set[str] = set()
    exact_cases = 0
    for index, case in enumerate(about["cases"]):
        if index >= about["least"] and time.monotonic() - began > budget_s:
            break
        channel.progress(f"{format}: case {index + 1} of {len(about['cases'])}, batch {case['batch']}")
        feeds, expected = reference.stored_case(folder, index)
        exact = float64.stored(folder, index, len(expected))
        exact_cases += exact is not None
        dtypes |= {array.dtype.name for array in expected}
        try:
            outputs = runtimes.run(session, _fed(session, [feeds[k] for k in order]))
        except Exception as error:
            words = " ".join(str(error).split())[:300] or type(error).__name__
            tried.append(Tried(case, (differing(words),), raised=True))
            continue
        names = list(session.outputs)
        tried.append(Tried(case, tuple(compare(about["outputs"], expected, names, outputs, exact, allowed))))
        if len(outputs) == len(expected) and case["kind"] in ("given", "seeded"):
            top_one.add(about["outputs"], expected, in_order(about["outputs"], names, outputs))
    deciding = [one for one in tried if one.case["kind"] not in undecided]
    same_classes = not precision or top_one.holds
    passed = bool(deciding) and all(one.passed for one in deciding) and same_classes
    findings = diagnosis.about_inputs(source, session.inputs)
    if about["deterministic"]:
        repeats = _repeats(session, folder, order)
        other = None if passed else _other_order(session, folder, source, order, allowed)
        said = diagnosis.about_cases(tried, repeats, other, precision)
        findings = [*said, *([] if same_classes else [diagnosis.OTHER_CLASSES]), *findings]
    else:
        findings = [diagnosis.NOT_DETERMINISTIC, *findings]
    agreements = [agreement for one in deciding for agreement in one.agreements]
    own = [a.reference_error for a in agreements if a.reference_error is not None]
    return {
        "runtime": runtime_id,
        "reference": about["runtime"],
        "outcome": "passed" if passed else "failed",
        "tolerance": {name: vars(allowed.get(name, EXACT)) for name in sorted(dtypes)},
        "max_abs_error": _json(max(a.max_abs_error for a in agreements)),
        "max_rel_error": _json(max(a.max_rel_error for a in agreements)),
        "cases": [_case(one) for one in tried],
        "planned": about["planned"],
        "reference_precision": "float64" if exact_cases else "own",
        "reference_note": float64.note(folder),
        "reference_error": _json(max(own)) if own else None,
        "top1": top_one.to_json(),
        "findings": [vars(finding) for finding in findings],
    }


def _load(runtime_id: str, path: Path, threads: int) -> runtimes.Session:
    try:
        return runtimes.load(runtime_id, path, threads)
    except ProblemError:
        raise
    except Exception as error:
        problem = failures.explain("verify", "does-not-load", runtime_id, str(error) or type(error).__name__)
        raise ProblemError(
            problem.stage,
            problem.kind,
            f"The converter wrote a file that {runtime_id} does not load. {problem.message}",
            problem.next_step,
        ) from error


def _fed(session: runtimes.Session, feeds: list[np.ndarray]) -> list[np.ndarray]:
    """Numbers as the artifact wants them: another type is a finding, and the outputs show what it costs."""
    return [
        feed.astype(spec.dtype)
        if spec.dtype not in (None, "str", feed.dtype.name) and feed.dtype.kind in "biuf"
        else feed
        for spec, feed in zip(session.inputs, feeds, strict=True)
    ]


def _repeats(session: runtimes.Session, folder: Path, order: list[int]) -> bool:
    """Whether the artifact gives the same outputs twice for the first case."""
    feeds = _fed(session, [reference.stored_case(folder, 0)[0][k] for k in order])
    try:
        first, again = runtimes.run(session, feeds), runtimes.run(session, feeds)
    except Exception:
        return True  # the case says already that it does not run
    return all(a.passed for a in compare([], first, [], again))


def _other_order(
    session: runtimes.Session,
    folder: Path,
    source: tuple[TensorSpec, ...],
    order: list[int],
    allowed: Mapping[str, Tolerance],
) -> list[str] | None:
    """The source's inputs in the order in which the artifact takes them, if that is another than by their
    names and the first case agrees in it; None without."""
    if not 2 <= len(source) <= MOST_PERMUTED:
        return None
    about = reference.summary(folder)
    feeds, expected = reference.stored_case(folder, 0)
    others = (list(one) for one in itertools.permutations(order) if list(one) != order)
    for permuted in [order, *others]:
        try:
            outputs = runtimes.run(session, _fed(session, [feeds[k] for k in permuted]))
        except Exception:
            continue
        names = list(session.outputs)
        if all(a.passed for a in compare(about["outputs"], expected, names, outputs, allowing=allowed)):
            return None if permuted == order else [source[k].name for k in permuted]
    return None


def _case(tried: Tried) -> dict:
    return {
        **tried.case,
        "passed": tried.passed,
        "max_abs_error": _json(max(a.max_abs_error for a in tried.agreements)),
        "max_rel_error": _json(max(a.max_rel_error for a in tried.agreements)),
        "note": "; ".join(dict.fromkeys(a.note for a in tried.agreements if a.note)),
    }


def _json(value: float) -> float | None:
    """JSON has no infinity: an error without a bound is null."""
    return value if math.isfinite(value) else None
