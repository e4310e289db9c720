"""One line of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`required` is the limit in words and `ok` whether it was kept; None where nothing is required."""

    what: str
    measured: str
    required: str = "–"
    ok: bool | None = None

    @property
    def outcome(self) -> str:
        return {True: "ok", False: "short", None: "info"}[self.ok]
