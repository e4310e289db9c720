"""Markdown that people wrote, as HTML with nothing in it that acts: no HTML of theirs, no image, no script,
no address but of the web and of mail.
"""

import re
import unicodedata

import nh3
from markdown_it import MarkdownIt

MOST_ACCENTS = 3
KEPT = ("\n", "\u00a0")
TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}
_CODE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)[^\n]*$|`+[^`]+`+)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})(?= )", re.MULTILINE)

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def visible(text: str) -> str:
    """`text` with nothing in it that is not seen or that changes how its neighbours are: control characters
    and those that turn the direction of writing are replaced, piles of accents cut down."""
    seen, pile = [], 0
    for character in text:
        pile = pile + 1 if unicodedata.combining(character) else 0
        if pile <= MOST_ACCENTS:
            seen.append(character if character.isprintable() or character in KEPT else "�")
    return "".join(seen)


def html_of(markdown: str) -> str:
    """Safe to stand in a page as it is; drawn by markdown-it, then cleaned by ammonia."""
    rendered = _markdown.render(visible(markdown.replace("\t", "    ")))
    return nh3.clean(
        rendered,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def quoted(markdown: str, level: int = 4) -> str:
    """Markdown that stands below a heading of another document: its HTML and images are text there, its
    headings of `level` and below. What stands in code stays as it is."""
    parts = _CODE.split(visible(markdown.replace("\t", "    ")).strip())
    for place in range(0, len(parts), 2):
        words = parts[place].replace("<", "\\<").replace("![", "!\\[")
        parts[place] = _HEADING.sub(lambda found: "#" * min(6, len(found[1]) + level - 1), words)
    return "".join(parts)


def one_line(text: str) -> str:
    """Text as Markdown that is a line and nothing else."""
    words = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", words)
