"""What a long piece of work says while it runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One stage as it stands. `outcome` is None while it runs, else passed, failed, skipped or
    unavailable. A later Progress with the same stage replaces the earlier one."""

    stage: str
    title: str
    outcome: str | None = None
    detail: str = ""


OnProgress = Callable[[Progress], None]
