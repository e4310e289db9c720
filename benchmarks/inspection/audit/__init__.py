"""What a model of a format never needs, refused before anything loads it.

One file per format with `audit(content, root) -> Audit`. A format's rules stand in its `RULES`: by the
`kind` that a refusal carries, a function of what was parsed, which raises `refusal(…)` or returns
nothing. Nothing is executed and no framework is imported; what a rule cannot see is named in
`Audit.not_examined`, since silence never means "safe".
"""

from dataclasses import dataclass

from benchmarks.artifact import Finding
from benchmarks.errors import ProblemError


@dataclass(frozen=True)
class Audit:
    """`pickled`: parts that are pickles able to run code at loading; `code`: parts that are programs;
    `not_examined`: what was not looked into; `findings`: what the owner should know, though it is no reason
    to refuse."""

    pickled: tuple[str, ...] = ()
    not_examined: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    code: tuple[str, ...] = ()


def refusal(kind: str, found: str, where: str, instead: str) -> ProblemError:
    """`found`: a sentence on what the model does; `where`: the place in the file; `instead`: what to
    upload."""
    return ProblemError("audit", kind, f"{found} It is in {where}.", instead)
