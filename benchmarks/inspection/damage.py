"""What a parser says when bytes are not what they claim to be, and the words for the user."""

from benchmarks.errors import ProblemError


class Damaged(ValueError):
    """The bytes break the rules of their format. Internal: becomes a `ProblemError` at the border."""


class Truncated(Damaged):
    """The bytes end before the structure that they announce."""


def quoted(name: str, limit: int = 80) -> str:
    """`name` from inside a file, safe to show: printable characters only, cut at `limit`."""
    shown = "".join(c if c.isprintable() else "�" for c in name[: limit + 1])
    return f"“{shown[:limit]}…”" if len(shown) > limit else f"“{shown}”"


def refusal(kind: str, message: str, next_step: str, stage: str = "identify") -> ProblemError:
    """A `ProblemError`, by default of the stage identify."""
    return ProblemError(stage, kind, message, next_step)
