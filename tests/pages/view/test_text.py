"""Text from elsewhere stays text."""

import pytest

from advisor import Claim
from pages.view import text
from reviews.safe_text import MOST_ACCENTS


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain words", "plain words"),
        ("a_b *c* `d`", r"a\_b \*c\* \`d\`"),
        ("![x](http://elsewhere/x.png)", "\\!\\[x\\](http\u2060\\://elsewhere/x.png)"),
        ("see www.x.org or a@b.org", "see www\u2060.x.org or a\u2060@b.org"),
        ("left\u202eright \x1b[0m\x00", "left�right �\\[0m�"),
        ("Z" + "\u0301" * 40, "Z" + "\u0301" * MOST_ACCENTS),
        ("$x^2$ <b> | :red[x]", r"\$x^2\$ \<b\> \| \:red\[x\]"),
        ("two\n\n# lines", r"two \# lines"),
        ("http&colon;//evil.example a&commat;b.example", r"http\&colon;//evil.example a\&commat;b.example"),
    ],
)
def test_plain_escapes_what_markdown_would_interpret(given: str, shown: str) -> None:
    assert text.plain(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("input:0", "`input:0`"),
        ("``x``\n<b>", "`''x''�<b>`"),
        ("", "` `"),
        ("x" * 100, "`" + "x" * 59 + "…`"),
    ],
)
def test_as_code_is_one_short_line_that_cannot_be_left(given: str, shown: str) -> None:
    assert text.as_code(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://example.com/a_b, page 3", r"[example.com/a\_b](<https://example.com/a_b>), page 3"),
        ("onnx.ai; measured", "[onnx.ai](<https://onnx.ai>); measured"),
        ("docs.pytorch.org/a.html", "[docs.pytorch.org/a.html](<https://docs.pytorch.org/a.html>)"),
        ("onnx/helper.py 1.23.", "onnx/helper.py 1.23."),
        ("torch.onnx", "torch.onnx"),
        ("javascript:alert(1)", r"javascript\:alert(1)"),
    ],
)
def test_a_source_that_is_an_address_becomes_a_link_and_other_words_stay(given: str, shown: str) -> None:
    assert text.source(given) == shown


def test_a_claim_stands_with_its_source_date_and_confidence() -> None:
    claim = Claim("It is lean.", "README", "2026-11-23", "high")
    assert text.claims([claim]) == "- It is lean.  \n  :small[README · checked 2026-11-23 · high confidence]"
