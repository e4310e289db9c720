"""The one error that a user of `benchmarks` sees: what was wrong, where, and what to do next."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """A failure in words. The page, the command line and the report print the same ones.

    `stage` is one of identify, unpack, audit, inspect, convert, verify, measure, job;
    `kind` is a short lower-case id that programs can rely on (`empty-file`, `out-of-memory`, …).
    """

    stage: str
    kind: str
    message: str
    next_step: str

    def to_json(self) -> dict:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class ProblemError(Exception):
    """Raised where the work cannot go on; carries the `Problem`."""

    def __init__(self, stage: str, kind: str, message: str, next_step: str):
        self.problem = Problem(stage, kind, message, next_step)
        super().__init__(str(self.problem))

    @classmethod
    def of(cls, problem: Problem) -> "ProblemError":
        return cls(problem.stage, problem.kind, problem.message, problem.next_step)
