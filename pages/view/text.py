"""Text that came from elsewhere, made safe to stand in Markdown: shown as it is, never interpreted."""

import re
from collections.abc import Iterable

from advisor import Claim
from benchmarks.errors import Problem

LONGEST = 60
ADDRESS = re.compile(r"(https?://|[\w-]+(\.[\w-]+)*\.(ai|com|dev|io|net|org)(/|$))[^\s<>]*")


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


def listed(sentences: Iterable[str]) -> str:
    """Sentences as Markdown: one as it is, several as a list."""
    lines = [plain(sentence) for sentence in sentences]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def problem(problem: Problem) -> str:
    """One sentence on what was wrong, in bold, and one on what to do next."""
    return f"**{plain(problem.message)}** {plain(problem.next_step)}"


def source(citation: str) -> str:
    """A source as Markdown: web addresses, with or without https://, become links; the rest stays text."""
    return " ".join(_linked(word) for word in citation.split())


def _linked(word: str) -> str:
    address, punctuation = re.fullmatch(r"(.*?)([,;.]*)", word).groups()
    if not ADDRESS.fullmatch(address):
        return plain(word)
    target = address if address.startswith("http") else f"https://{address}"
    return f"[{plain(address.removeprefix('https://'))}](<{target}>){plain(punctuation)}"


def claims(listed: Iterable[Claim]) -> str:
    """Claims as a Markdown list, each with its source, the day it was checked and the confidence in it."""
    return "\n".join(
        f"- {plain(claim.text)}  \n  :small[{source(claim.source)} · checked {claim.checked} · "
        f"{plain(claim.confidence)} confidence]"
        for claim in listed
    )
