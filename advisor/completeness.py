"""What every entry must say: in words, from which source, under which licence, since when, and how large."""

from collections.abc import Iterator

from advisor.graph import Converter, Entry, Format, Knowledge, Provider, Runtime
from advisor.reading import Finding

LICENSED = (Format, Converter, Runtime, Provider)
DATED = ("deprecated", "archived", "stale")
"""The states that have a beginning worth knowing."""
SHORTEST_DESCRIPTION = 15
"""Characters; less does not tell a newcomer what an entry is."""


def incomplete(knowledge: Knowledge) -> Iterator[Finding]:
    """What is missing, entry by entry."""
    for group in knowledge.entries.values():
        for entry in group.values():
            yield from _wordless(entry)
            if isinstance(entry, Format):
                yield from _unproven_format(entry)
            if isinstance(entry, Runtime):
                yield from _unproven_runtime(entry)


def _wordless(entry: Entry) -> Iterator[Finding]:
    if not entry.name.strip() or len(entry.description.strip()) < SHORTEST_DESCRIPTION:
        yield Finding(entry, "description", "a name and a description that a newcomer understands are needed")
    if not entry.claims:
        yield Finding(entry, "", "has no claim: say something of it, with a source and a date")
    if isinstance(entry, LICENSED) and not entry.licence.strip():
        yield Finding(entry, "licence", "is missing")
    if entry.status in DATED and not entry.status_since.strip():
        yield Finding(entry, "status_since", f"is missing: since when is it {entry.status}?")


def _unproven_format(file: Format) -> Iterator[Finding]:
    if not file.code_claim:
        yield Finding(file, "code_claim", f"is missing: who says that code_on_load is {file.code_on_load}?")
    if not file.single_file and not file.file_claim:
        yield Finding(file, "file_claim", "is missing: who says that it is more than one file?")


def _unproven_runtime(runtime: Runtime) -> Iterator[Finding]:
    if not runtime.footprint_claim:
        wanted = "who measured it?" if runtime.footprint_mb is not None else "say that nobody has measured it"
        yield Finding(runtime, "footprint_claim", f"is missing: {wanted}")
    for key in ("formats", "hardware", "languages"):
        if not getattr(runtime, key):
            yield Finding(runtime, key, "is empty")
