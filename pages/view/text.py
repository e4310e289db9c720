"""Text that came from elsewhere, made safe to stand in Markdown: shown as it is, never interpreted."""

import re
from collections.abc import Iterable

from advisor import Claim

LONGEST = 60


def plain(text: str) -> str:
    """`text` with every character that Markdown, its LaTeX or Streamlit's directives would interpret
    escaped.
    """
    return re.sub(r"([\\`*_{}\[\]<>#$~|:!+\-])", r"\\\1", " ".join(text.split()))


def as_code(value: str) -> str:
    """A short value somebody typed or a file contained, as inline code on one line."""
    visible = "".join(character if character.isprintable() else "�" for character in value).replace("`", "'")
    shortened = visible if len(visible) <= LONGEST else visible[: LONGEST - 1] + "…"
    return f"`{shortened.strip() or ' '}`"


def source(citation: str) -> str:
    """A source as Markdown: addresses become links, anything else stays text."""
    words = [
        f"[{plain(re.sub(r'^https?://', '', word))}](<{word.rstrip(',;')}>)"
        if re.match(r"https?://[^\s<>]+$", word)
        else plain(word)
        for word in citation.split()
    ]
    return " ".join(words)


def claims(listed: Iterable[Claim]) -> str:
    """Claims as a Markdown list, each with its source, the day it was checked and the confidence in it."""
    return "\n".join(
        f"- {plain(claim.text)}  \n  :small[{source(claim.source)} · checked {claim.checked} · "
        f"{plain(claim.confidence)} confidence]"
        for claim in listed
    )
