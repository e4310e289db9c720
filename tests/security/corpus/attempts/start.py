"""The payload's entry."""

from types import SimpleNamespace

from tests.security.corpus.attempts.record import Record


def run(names: list[str], targets: dict) -> None:
    """The payload's entry: attempts by their names, one after the other; alone, one may raise."""
    for name in names:
        record = Record(name)
        try:
            globals()[name](SimpleNamespace(**targets), record)
        except Exception as error:
            if len(names) == 1:
                raise
            record.refused["the rest"] = f"{type(error).__name__}: {error}"
            record.save()
