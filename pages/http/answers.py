"""A problem as an HTTP answer: the same words as on a page, with the status that says it to a program."""

import math

from starlette.responses import JSONResponse

from benchmarks.errors import Problem

STATUS = {
    "unknown-run": 404,
    "unknown-file": 404,
    "unknown-address": 404,
    "wrong-method": 405,
    "stalled": 408,
    "too-large": 413,
    "too-many-requests": 429,
    "too-many-uploads": 429,
    "no-credentials": 401,
    "wrong-token": 401,
    "wrong-ticket": 403,
    "other-site": 403,
    "closed": 403,
    "wrong-host": 400,
    "too-many-runs": 507,
    "no-room": 507,
}
"""By a problem's kind; what is not listed is a model that was refused: 422."""


def refusal(problem: Problem, retry_after_s: float = 0) -> JSONResponse:
    """`{"problem": {stage, kind, message, next_step}}`. `retry_after_s`: when to come again, if then."""
    headers = {"Cache-Control": "no-store"}
    if retry_after_s:
        headers["Retry-After"] = str(math.ceil(retry_after_s))
    status = STATUS.get(problem.kind, 422)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 405:
        headers["Allow"] = "POST"
    return JSONResponse({"problem": problem.to_json()}, status, headers)


def too_fast(wait_s: float, what: str) -> Problem:
    """`what`: the plural of what was asked for too often."""
    return Problem(
        "job",
        "too-many-requests",
        f"Too many {what} within a minute.",
        f"Wait {math.ceil(wait_s)} s, then try again.",
    )
