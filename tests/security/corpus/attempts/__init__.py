"""What code that has taken over a job tries, as functions; the text of these files is the payload.

Standard library only: they run inside the job, from a pickle, one behind the other as one text. Each
function takes the targets and a `Record`, which is kept in the job's own folder (`attempt-NAME.json`), so
that the test knows that the payload ran, what it tried, and what it managed. Nothing here harms anything
but the test's own files.
"""

from pathlib import Path

_PARTS = ("record", "files", "connections", "processes", "resources", "answers", "start")
_OWN = "from tests.security.corpus.attempts."
"""The start of an import from one part in another, which the whole text has no need of."""


def payload(names: tuple[str, ...], targets: dict) -> str:
    """A program that makes the attempts of these names."""
    texts = (Path(__file__).with_name(f"{part}.py").read_text() for part in _PARTS)
    lines = [line for text in texts for line in text.splitlines() if not line.startswith(_OWN)]
    return "\n".join([*lines, f"run({list(names)!r}, {targets!r})"])
