"""A design review as a team has it: started from Advise, commented, signed, edited, accepted, superseded,
exported; two people at once; links that lead nowhere; in every theme and width.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from reviews import document, drafting
from reviews.store import Reviews
from store.engine import engine_of, known
from tests.browser.conftest import Visitor
from tests.reviews.conftest import typed

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
ANSWERS = "framework=pytorch&hardware=x86-cpu&hardware=android"
HOSTILE = "And **Android**? <img src=x onerror=alert(1)> ![x](https://elsewhere.example/x.png)"


def named(visitor: Visitor, name: str) -> None:
    field = visitor.page.get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    visitor.settle()


def started(visitor: Visitor, server: str, name: str = "Anna") -> str:
    """Starts a review from the answer on Advise; returns its address."""
    page = visitor.open(f"{server}/?{ANSWERS}")
    page.get_by_role("link", name="Start a design review").click()
    expect(page.get_by_role("heading", name="A new design review")).to_be_visible()
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_have_value("Format for a PyTorch model on x86 CPU and Android")
    expect(page.get_by_role("textbox", name="Outcome")).not_to_be_empty()
    expect(page.get_by_role("button", name="Save as a draft")).to_be_disabled()
    named(visitor, name)
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/review?id=*")
    visitor.settle()
    expect(
        page.get_by_role("heading", name="Format for a PyTorch model on x86 CPU and Android")
    ).to_be_visible()
    return page.url


def joined(visit: Callable[..., Visitor], address: str, name: str) -> Visitor:
    visitor = visit()
    visitor.open(address)
    named(visitor, name)
    return visitor


def decided_by(visitor: Visitor, name: str) -> None:
    """The owner names somebody who decides."""
    page = visitor.page
    page.get_by_role("button", name="Choose who takes part").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("textbox", name="Name", exact=True).press("Tab")
    visitor.settle()
    page.get_by_role("button", name="Save", exact=True).click()
    visitor.settle()
    page.keyboard.press("Escape")
    expect(page.get_by_text(f"{name} self-declared · decision-maker")).to_be_visible()


def edited(visitor: Visitor, field: str, words: str) -> None:
    visitor.page.get_by_role("button", name="Edit", exact=True).click()
    box = visitor.page.get_by_role("textbox", name=field)
    box.fill(words)
    box.press("Tab")
    visitor.settle()


def saved(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Save the revision").click()
    visitor.settle()


def test_from_a_question_to_a_decision_that_is_superseded(server: str, visit: Callable[..., Visitor]) -> None:
    anna = visit()
    address = started(anna, server)
    page = anna.page
    decided_by(anna, "Ben")
    page.get_by_role("tab", name="Discussion").click()
    page.get_by_role("textbox", name="Comment").fill(HOSTILE)
    page.get_by_role("textbox", name="Comment").press("Tab")
    anna.settle()
    page.get_by_role("button", name="Comment", exact=True).click()
    anna.settle()
    said = page.get_by_role("tabpanel").filter(has_text="And Android?")
    expect(said).to_contain_text("<img src=x onerror=alert(1)>")
    assert said.locator("img").count() == 0

    ben = joined(visit, address, "Ben")
    ben.page.get_by_role("tab", name="Discussion").click()
    ben.page.get_by_role("button", name="Resolve").click()
    ben.settle()
    ben.page.get_by_role("button", name="Approve").click()
    expect(ben.page.get_by_text("approves")).to_be_visible()

    anna.open(address)
    named(anna, "Anna")
    edited(anna, "Outcome", "ONNX, for both.")
    saved(anna)
    alert = page.get_by_role("alert").filter(has_text="A later edit voided the signature of Ben")
    expect(alert).to_be_visible()
    expect(page.get_by_text("void: signed revision 1")).to_be_visible()
    anna.photograph("review-void")
    page.get_by_role("button", name="Propose it").click()
    anna.settle()
    expect(page.get_by_text("Proposed", exact=True)).to_be_visible()

    ben.open(address)
    named(ben, "Ben")
    expect(ben.page.get_by_role("button", name="Accept it")).to_be_disabled()
    ben.page.get_by_role("button", name="Approve").click()
    ben.settle()
    ben.page.get_by_role("button", name="Accept it").click()
    expect(ben.page.get_by_text("Accepted", exact=True)).to_be_visible()
    expect(ben.page.get_by_role("button", name="Edit", exact=True)).to_have_count(0)

    exported(ben)
    ben.open(address + "&revision=1")
    expect(ben.page.get_by_text("This is revision 1, as it was.")).to_be_visible()
    ben.open(address)
    named(ben, "Ben")
    ben.page.get_by_role("link", name="Supersede it").click()
    expect(ben.page.get_by_role("heading", name="A new design review")).to_be_visible()
    ben.page.get_by_role("button", name="Save as a draft").click()
    ben.page.wait_for_url(re.compile(r"/review\?id=(?!" + address.split("id=")[1] + ")"))
    ben.settle()
    expect(ben.page.get_by_role("link", name="Open the review that this one supersedes")).to_be_visible()
    successor = ben.page.url
    anna.open(successor)
    named(anna, "Anna")
    page.get_by_role("button", name="Approve").click()
    anna.settle()
    ben.open(successor)
    named(ben, "Ben")
    for step in ("Approve", "Propose it", "Accept it"):
        ben.page.get_by_role("button", name=step, exact=True).click()
        ben.settle()
    expect(ben.page.get_by_text("Accepted", exact=True)).to_be_visible()
    ben.open(address)
    expect(ben.page.get_by_text("This decision was superseded.")).to_be_visible()
    expect(ben.page.get_by_role("link", name="Open the review that took its place")).to_be_visible()

    listed = ben.open(f"{server}/reviews?q=pytorch+ben")
    expect(listed.locator(".st-key-reviews-found").get_by_role("link")).to_have_count(2)
    looks(ben, "reviews")
    ben.open(address)
    looks(ben, "review", ("Scenarios", "Discussion", "History", "Decision"))


def exported(visitor: Visitor) -> None:
    """Each form comes down whole."""
    page = visitor.page
    page.get_by_role("button", name="Export", exact=True).click()
    texts = {}
    for label, ending in (("Markdown", ".md"), ("HTML", ".html"), ("JSON", ".json")):
        with page.expect_download() as downloading:
            page.get_by_role("button", name=re.compile(rf"\b{label}\b")).click()
        assert (
            downloading.value.suggested_filename
            == f"format-for-a-pytorch-model-on-x86-cpu-and-android{ending}"
        )
        texts[label] = downloading.value.path().read_text()
    page.keyboard.press("Escape")
    assert texts["Markdown"].startswith('---\nstatus: "accepted"\n')
    assert "ONNX, for both." in texts["HTML"] and "<script" not in texts["HTML"]
    review = document.read(texts["JSON"].encode())
    assert (review.status, len(review.revisions)) == ("accepted", 2)
    assert document.write(review).decode() == texts["JSON"]


def looks(visitor: Visitor, name: str, tabs: Sequence[str] = ("All reviews",)) -> None:
    page = visitor.page
    for width, scheme in visitor.looks((1280, 390)):
        for tab in tabs:
            page.get_by_role("tab", name=tab).click()
            visitor.photograph(f"{name}-{tab.lower().replace(' ', '-')}-{scheme}-{width}")
            contrast = page.evaluate(CONTRAST)
            assert contrast["examined"] > 10
            assert contrast["weak"] == []
            assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})


def test_who_is_second_sees_what_both_changed(server: str, visit: Callable[..., Visitor]) -> None:
    anna = visit()
    address = started(anna, server)
    ben = joined(visit, address, "Ben")
    edited(anna, "Outcome", "Anna's outcome.")
    edited(ben, "Outcome", "Ben's outcome.")
    box = ben.page.get_by_role("textbox", name="Consequences")
    box.fill("Ben's consequences.")
    box.press("Tab")
    ben.settle()
    saved(anna)
    saved(ben)
    page = ben.page
    expect(page.get_by_text("Anna saved revision 2 while you were editing.")).to_be_visible()
    table = page.get_by_role("region", name="What differs")
    expect(table).to_contain_text("Anna's outcome.")
    expect(table).to_contain_text("Ben's outcome.")
    ben.photograph("review-conflict")
    page.get_by_role("radiogroup", name="Both changed: Outcome").get_by_text("Theirs", exact=True).click()
    ben.settle()
    page.get_by_role("button", name="Go on with this").click()
    ben.settle()
    expect(page.get_by_role("textbox", name="Outcome")).to_have_value("Anna's outcome.")
    saved(ben)
    expect(page.get_by_text("Revision 3 of 3")).to_be_visible()
    expect(page.get_by_text("Ben's consequences.")).to_be_visible()


def test_links_that_lead_nowhere(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    for nonsense in ("id=" + "0" * 32, "id=%3Cscript%3E", "id=../../etc/passwd"):
        page = visitor.open(f"{server}/review?{nonsense}")
        expect(page.get_by_role("alert")).to_contain_text("There is no review behind this link")
        expect(page.get_by_role("link", name="All reviews")).to_be_visible()
    page = visitor.open(f"{server}/review")
    expect(page.get_by_test_id("stAlert")).to_contain_text("A review starts from an answer or from a run.")
    page = visitor.open(f"{server}/review?run=0123456789abcdef")
    expect(page.get_by_role("alert")).to_contain_text("There is no run behind this link")
    page = visitor.open(f"{server}/review?supersedes=nothing")
    expect(page.get_by_role("alert")).to_contain_text("There is no review behind this link")
    page = visitor.open(f"{server}/reviews?page=999&status=nonsense&q=nothing+has+this")
    expect(page.get_by_test_id("stAlert")).to_contain_text("No review has all of that.")


def test_a_review_is_imported_where_it_is_not_yet(
    server: str, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    elsewhere = Reviews(engine_of(known(f"sqlite:///{tmp_path}/elsewhere.db")))
    made = elsewhere.create(drafting.from_answers({"framework": "keras"}), typed("Zoe"))
    visitor = visit()
    page = visitor.open(f"{server}/reviews")
    named(visitor, "Anna")
    page.get_by_text("Import a review").click()
    for data, words in (
        (json.dumps({"format": "other"}).encode(), "This file is no review"),
        (document.write(made), f"Imported: {made.title}"),
        (document.write(made), "is here already"),
    ):
        with page.expect_file_chooser() as choosing:
            page.get_by_role("button", name="Choose a file").click()
        file = {"name": "review.json", "mimeType": "application/json", "buffer": data}
        choosing.value.set_files([file])
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("link", name="Open the imported review").click()
    expect(page.get_by_text("Imported from a file by Anna")).to_be_visible()
