"""The decision record as Markdown (MADR 4) and as one HTML file: whole, readable, and nothing in it acts."""

import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from reviews import html, markdown, safe_text
from reviews.content import Considered
from reviews.people import DECISION_MAKER, Participant
from reviews.store import Reviews
from store import engine
from tests.reviews import generated
from tests.reviews.conftest import typed

ANNA, BEN = typed("Anna"), typed("Ben")
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://elsewhere.example/pixel.png)",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<https://elsewhere.example/>",
    "[x][y]\n\n[y]: vbscript:x",
    "`<b>code</b>`",
    "```html\n<i>fenced</i>\n```",
    "&lt;script&gt; &#x3C;b&#x3E;",
    "<svg/onload=alert(1)>",
    "# A heading\n## Decision Outcome",
    "Decision Outcome\n---",
    "Decision Outcome\n  ===",
    "   ## Decision Outcome",
    "\\`<img src=x onerror=alert(1)>\\`",
    "``<b onclick=alert(1)>`",
    "`\n\n<script>alert(1)</script>\n\n`",
    "```\nnever closed <script>alert(1)</script>",
    "~~~~\n```\n<i>\n~~~",
    "> ```\n> quoted <b>\nout <script>alert(1)</script>",
    "\u202ereversed\u202c \u200bunseen \x07bell",
)


@pytest.fixture
def kept(folder_in_memory) -> Reviews:
    return Reviews(engine.engine_of(engine.known(f"sqlite:///{folder_in_memory}/reviews.db")))


@pytest.fixture
def review(kept, content):
    evidence = generated.drafting.evidence("0" * 16, "net.onnx", b"{}", generated.REPORT)
    content = replace(content, evidence=(evidence,), options=(Considered("onnx", "Our **favourite**."),))
    made = kept.create(content, ANNA)
    kept.set_participants(made.id, [Participant(BEN.person.key, "Ben", DECISION_MAKER)], False, ANNA)
    kept.comment(made.id, "And *Android*?", BEN, "option", "onnx")
    return kept.sign(made.id, made.current.sha256, BEN, note="Go.")


def headings(text: str) -> list[tuple[int, str]]:
    tokens = MarkdownIt("commonmark").parse(text)
    return [
        (int(token.tag[1]), tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def test_the_record_has_the_parts_of_madr_in_order(review):
    text = markdown.write(review, address="http://localhost/review?id=1")
    front, body = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", text, re.DOTALL).groups()
    assert [line.split(":")[0] for line in front.splitlines()] == [
        "status", "date", "decision-makers", "consulted", "informed",
    ]  # fmt: skip
    assert 'decision-makers: ["Ben (self-declared)"]' in front
    found = headings(body)
    assert found[0] == (1, review.title)
    parts = [title for level, title in found if level == 2]
    assert parts == [
        "Context and Problem Statement", "Decision Drivers", "Considered Options", "Decision Outcome",
        "Pros and Cons of the Options", "More Information",
    ]  # fmt: skip
    assert (3, "Consequences") in found and (3, "Confirmation") in found and (3, "ONNX") in found
    assert "Chosen option: “ONNX”." in body
    assert "* Good, because " in body and "* Bad, because " in body
    assert review.current.sha256 in body and "Ben (self-declared) approves, " in body and ": Go." in body
    assert "> And *Android*?" in body and "Within 2 %." in body


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_people_write_acts(kept, content, words):
    made = kept.create(
        replace(content, title=words.replace("\n", " "), context=words, outcome=words,
                options=(Considered("onnx", words),)),
        ANNA,
    )  # fmt: skip
    made = kept.comment(made.id, words, ANNA, "option", words)
    for page in (safe_text.html_of(words), html.write(made)):
        assert acting(page) == []
    rendered = MarkdownIt("commonmark").render(markdown.write(made).split("---\n", 2)[2])
    assert acting(rendered) == []
    assert [title for level, title in headings(markdown.write(made)) if level == 2].count(
        "Decision Outcome"
    ) == 1
    for written in (html.write(made), markdown.write(made)):
        assert not set(written) & set("\u202e\u200b\x07")


def acting(page: str) -> list[str]:
    """Everything in a page that runs, loads, or leads elsewhere than to the web."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            given = dict(attributes)
            if tag in ("script", "img", "iframe", "object", "embed", "form", "input", "link", "base"):
                found.append(tag)
            found.extend(name for name in given if name.startswith("on") or name == "srcset")
            address = given.get("href") or given.get("src") or ""
            if address and not re.match(r"https?://|mailto:", address):
                found.append(address)

    Reader().feed(page)
    return found


def test_the_html_file_needs_nothing_else(review):
    page = html.write(review, address="http://localhost/review?id=1")
    assert acting(page) == []
    assert "default-src 'none'" in page and "@media print" in page
    assert page.count('class="lengths"') == 2 and 'aria-label="Scores of the formats"' in page
    assert page.count('class="interval"') == 1 and "1.25 ms (1.2 to 1.3)" in page
    assert "Ben (self-declared)" in page and "approves" in page and review.current.sha256 in page
    assert "signed revision 1: approve" in page and "started the review" in page
    for word in ("Undefined", "None", "{{", "{%"):
        assert word not in page


@pytest.mark.slow
def test_whatever_people_made_is_written(kept):
    for seed in range(40):
        made = generated.grow(kept, random.Random(1000 + seed))
        for revision in made.revisions:
            assert acting(html.write(made, revision)) == []
            assert headings(markdown.write(made, revision))
