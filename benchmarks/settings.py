"""What an operator may set, each from one environment variable, with its default."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise SystemExit(f"{name} must be a number, not {text!r}.") from None
    if not value > 0:
        raise SystemExit(f"{name} must be greater than 0, not {text!r}.")
    return value


def data_folder() -> Path:
    """Where runs and built samples are kept: FORMAT_ADVISOR_DATA, or `.data` in the project."""
    return Path(os.environ.get("FORMAT_ADVISOR_DATA") or PROJECT / ".data").resolve()


def max_model_bytes() -> int:
    """The largest model taken, FORMAT_ADVISOR_MAX_MODEL_MB (MB = 10⁶ bytes), 512 unless set."""
    return int(_number("FORMAT_ADVISOR_MAX_MODEL_MB", 512) * 1e6)


@dataclass(frozen=True)
class Limits:
    """What one forked step may use; past any of these it is ended and reported for what it did.

    `wall_s`: seconds by the clock. `cpu_s`: processor seconds over all threads. `memory_mb`: MB of
    resident memory beyond what the fork shared with its parent. `file_mb`: MB of any one file.
    """

    wall_s: float
    cpu_s: float
    memory_mb: float
    file_mb: float


def step_limits() -> Limits:
    """FORMAT_ADVISOR_STEP_SECONDS (300), …_STEP_MEMORY_MB (6000), …_STEP_FILE_MB (4000)."""
    wall = _number("FORMAT_ADVISOR_STEP_SECONDS", 300)
    return Limits(
        wall_s=wall,
        cpu_s=wall * (os.cpu_count() or 1),
        memory_mb=_number("FORMAT_ADVISOR_STEP_MEMORY_MB", 6000),
        file_mb=_number("FORMAT_ADVISOR_STEP_FILE_MB", 4000),
    )
