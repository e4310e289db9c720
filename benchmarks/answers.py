"""What forks answer, looked at before it is used: a hostile model may have written any of it.

A shape is a type (numbers are finite, texts short), a set of the values allowed, a tuple of
alternatives, a list of one shape for lists of any length, a dictionary of shapes with exactly these
keys, or one with the key `str` for any keys.
"""

import math

from benchmarks.errors import ProblemError

LONGEST_TEXT, LONGEST_LIST = 10_000, 200_000
_NUMBER_OR_NONE = (float, None)
_CASE = {"seed": (int, None), "batch": int}
_SPEC = {"name": str, "dtype": (str, None), "shape": ([(int, str, None)], None)}
_SPEC |= {"example_shape": ([int], None)}
_FINDING = {"severity": {"info", "warning"}, "text": str, "next_step": str}

ANSWERS: dict[str, object] = {
    "build_sample": {"size_bytes": int},
    "reference": {
        "runtime": str,
        "inputs": [_SPEC],
        "outputs": [str],
        "cases": [_CASE],
        "dynamic_batch": bool,
        "findings": [_FINDING],
    },
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
    },
    "measure": (
        {"runtime": str, "load_ms": float, "first_ms": float, "call_ms": float},
        {"ns": [int]},
        {"peak_rss_mb": float},
    ),
}
"""The shape of the replies and the result of each task that a model has a part in."""


def checked(task: str, answer):
    """`answer`, if it is one that `task` gives. Raises ProblemError where it is anything else."""
    if task in ANSWERS and not fits(answer, ANSWERS[task]):
        raise ProblemError(
            task,
            "bad-answer",
            f"The step “{task}” answered something that is no answer, as if the model had written it.",
            "Do not trust this model; if it is yours, see the log of the run.",
        )
    return answer


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
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole if shape is int else is_whole or (isinstance(value, float) and math.isfinite(value))
