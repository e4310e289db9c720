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
_HEADING = re.compile(r"^( {0,3})(#{1,6})(?=[ \t]|$)", re.MULTILINE)
_UNDERLINE = re.compile(r"^( {0,3})(?==+[ \t]*$|-+[ \t]*$)", re.MULTILINE)
# Links, inline and by reference, that lead elsewhere than to the web or to mail; an allow list, since readers
# of Markdown decode what stands for a letter in an address.
_LEADS = r"(?!\s*(?:https?://|mailto:))"
_LINK = re.compile(rf"\](?=\({_LEADS})", re.IGNORECASE)
_REFERENCE = re.compile(rf"^([ >]*)(?=\[[^\]]*\]:{_LEADS})", re.IGNORECASE | re.MULTILINE)

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
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def quoted(markdown: str, level: int = 4) -> str:
    """Markdown that stands below a heading of another document: its HTML and images are text there, its
    headings of `level` and below, its fences closed. What stands in fences stays as it is."""
    text = visible(markdown.replace("\t", "    ")).strip()
    lines = text.split("\n")
    kept, at = [], 0
    for token in MarkdownIt("commonmark", {"html": False}).parse(text):
        if token.type == "fence" and token.map and token.map[0] >= at:
            start, end = token.map
            kept.append(_tamed("\n".join(lines[at:start]), level))
            fenced = lines[start:end]
            # One in a quote or a list ends with that.
            closed = token.level or (end - start > 1 and fenced[-1].strip(" >").startswith(token.markup))
            kept.append("\n".join(fenced if closed else [*fenced, token.markup]))
            at = end
    kept.append(_tamed("\n".join(lines[at:]), level))
    return "\n".join(part for part in kept if part)


def _tamed(words: str, level: int) -> str:
    words = words.replace("<", "&lt;").replace("![", "!\\[")
    words = _REFERENCE.sub(r"\1\\", _LINK.sub(r"\\]", words))
    words = _UNDERLINE.sub(r"\1\\", words)
    return _HEADING.sub(lambda found: f"{found[1]}{'#' * min(6, len(found[2]) + level - 1)}", words)


def one_line(text: str) -> str:
    """Text as Markdown that is a line and nothing else."""
    words = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", words)
