"""What forks answer, looked at before it is used: a hostile model may have written any of it.

A shape is a type (numbers are finite and fit 64 bits, texts are short), a set of the values allowed, a
tuple of alternatives, a list of one shape for lists of any length, a dictionary of shapes with exactly
these keys, or one with the key `str` for any keys.
"""

import math
import re

from benchmarks.errors import ProblemError
from benchmarks.operator_kinds import FALLBACKS

LONGEST_TEXT, LONGEST_LIST = 10_000, 200_000
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NUMBER_OR_NONE = (float, None)
_CASE = {"kind": {"given", "seeded", "zeros", "negative", "large", "nan"}, "seed": (int, None), "batch": int}
_SPEC = {"name": str, "dtype": (str, None), "shape": ([(int, str, None)], None)}
_SPEC |= {"example_shape": ([int], None)}
_TIMES = {"operator": str, "where": str, "calls": int, "ms": float, "share": float}
_FINDING = {"severity": {"info", "warning"}, "text": str, "next_step": str}

ANSWERS: dict[str, object] = {
    "build_sample": {"size_bytes": int},
    "reference": {
        "runtime": str,
        "inputs": [_SPEC],
        "outputs": [str],
        "cases": [_CASE],
        "planned": int,
        "least": int,
        "dynamic_batch": bool,
        "deterministic": bool,
        "findings": [_FINDING],
    },
    "float64": {"cases": int, "note": str},
    "convert": {"via": str, "seconds": float},
    "verify": {
        "runtime": str,
        "reference": str,
        "outcome": {"passed", "failed"},
        "tolerance": {str: {"relative": float, "absolute": float}},
        "max_abs_error": _NUMBER_OR_NONE,
        "max_rel_error": _NUMBER_OR_NONE,
        "cases": [
            _CASE
            | {
                "passed": bool,
                "max_abs_error": _NUMBER_OR_NONE,
                "max_rel_error": _NUMBER_OR_NONE,
                "note": str,
            }
        ],
        "planned": int,
        "reference_precision": {"float64", "own"},
        "reference_note": str,
        "reference_error": _NUMBER_OR_NONE,
        "top1": ({"output": str, "classes": int, "agreed": int, "rows": int}, None),
        "findings": [_FINDING],
    },
    "measure": (
        {"runtime": str, "load_ms": float},
        {"first_ms": float, "call_ms": float},
        {"ns": [float], "cpu_ns": int, "rss_mb": float},
        {"peak_rss_mb": float},
    ),
    "profile": {
        "runtime": str,
        "calls": int,
        "call_ms": float,
        "between_ms": float,
        "nodes": int,
        "operators": [_TIMES],
        "slowest": [{"name": str, "operator": str, "where": str, "calls": int, "ms": float}],
        "fell_back": [_TIMES | {"why": set(FALLBACKS)}],
    },
}
"""The shape of the replies and the result of each task that a model has a part in."""


def checked(task: str, answer):
    """`answer`, if it is one that `task` gives. Raises ProblemError where it is anything else."""
    if task in ANSWERS and not fits(answer, ANSWERS[task]):
        raise no_answer(task)
    return answer


def no_answer(task: str) -> ProblemError:
    return ProblemError(
        task,
        "bad-answer",
        f"The step “{task}” answered something that is no answer, as if the model had written it.",
        "Do not trust this model; if it is yours, see the log of the run.",
    )


def fits(value, shape) -> bool:
    """Whether `value`, which came as JSON, has the shape."""
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, set):
        return isinstance(value, str) and value in shape
    if isinstance(shape, list):
        return (
            isinstance(value, list)
            and len(value) <= LONGEST_LIST
            and all(fits(item, shape[0]) for item in value)
        )
    if isinstance(shape, dict):
        if not isinstance(value, dict) or len(value) > LONGEST_LIST:
            return False
        if str in shape:
            return all(len(key) <= LONGEST_TEXT and fits(item, shape[str]) for key, item in value.items())
        return value.keys() == shape.keys() and all(fits(value[key], shape[key]) for key in shape)
    if shape is None or shape is bool:
        return value is None if shape is None else isinstance(value, bool)
    if shape is str:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    return is_whole if shape is int else is_whole or (isinstance(value, float) and math.isfinite(value))


def cleaned(value):
    """`value`, which came as JSON, with every character in its texts replaced that no text has: control
    characters would reach a terminal as commands, lone surrogates cannot be printed at all."""
    if isinstance(value, str):
        return value if value.isprintable() else _ODD.sub("\ufffd", value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    return value
