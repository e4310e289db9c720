"""Text that came from elsewhere, made safe to stand in Markdown: shown as it is, never interpreted."""

import re
from collections.abc import Iterable, Sequence

from advisor import Claim
from benchmarks.errors import Problem
from reviews.safe_text import visible

LONGEST = 60
LONGEST_SENTENCE = 1000
MOST_DROPPED = 5
# The browser side makes links of these even where every character is escaped; a word joiner, which nobody
# sees, keeps it from that.
LINKED_UNASKED = re.compile(r"(?i)(?<=\bhttp)(?=\\:)|(?<=\bhttps)(?=\\:)|(?<=\bwww)(?=\.)|(?=@)")
ADDRESS = re.compile(r"(https?://|[\w-]+(\.[\w-]+)*\.(ai|com|dev|io|net|org)(/|$))[^\s<>]*")


def number(value: str) -> int:
    """A whole number of an address, 0 for what is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0


def one_line(value: str, longest: int = 80) -> str:
    """A name or value out of a file, fit for one cell."""
    shown = visible(value).replace("\n", "�")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def plain(text: str) -> str:
    """`text` with every character that Markdown, its LaTeX or Streamlit's directives would interpret
    escaped.
    """
    escaped = re.sub(r"([\\`*_{}\[\]<>#$~|:!+&\-])", r"\\\1", visible(" ".join(text.split())))
    return LINKED_UNASKED.sub("\u2060", escaped)


def as_code(value: str, longest: int = LONGEST) -> str:
    """A short value somebody typed or a file contained, as inline code on one line."""
    return f"`{one_line(value, longest).replace('`', chr(39)).strip() or ' '}`"


def listed(sentences: Iterable[str]) -> str:
    """Sentences as Markdown: one as it is, several as a list."""
    lines = [_sentence(sentence) for sentence in sentences]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def problem(problem: Problem) -> str:
    """One sentence on what was wrong, in bold, and one on what to do next."""
    return f"**{_sentence(problem.message)}** {_sentence(problem.next_step)}"


def _sentence(words: str) -> str:
    """A sentence that may quote a model, which it may do at any length."""
    return plain(one_line(" ".join(words.split()), LONGEST_SENTENCE))


def dropped(entries: Sequence[str]) -> str:
    """What a link held that means nothing on its page, as `key=value` each."""
    shown = ", ".join(as_code(entry) for entry in entries[:MOST_DROPPED])
    more = f" and {len(entries) - MOST_DROPPED} more" if len(entries) > MOST_DROPPED else ""
    return f"The link held something that means nothing here, and it was left out: {shown}{more}."


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
