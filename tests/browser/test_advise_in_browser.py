"""Advise as a person uses it: answering, passing the link on, going back, in the dark and on a narrow
window.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from advisor import Requirements, load_knowledge, recommend
from pages.view.presets import presets
from pages.view.questions import Answered
from tests.browser.conftest import Visitor
from tests.web_server import free_port, served, streamlit_command

pytestmark = pytest.mark.browser

KNOWLEDGE = load_knowledge()
ANSWERS = {
    "framework": "pytorch",
    "hardware": ["x86-cpu", "nvidia-gpu"],
    "serving": "triton",
    "needs": ["dynamic-shapes"],
}
LINK = "/?framework=pytorch&hardware=x86-cpu&hardware=nvidia-gpu&serving=triton&needs=dynamic-shapes"
CONTRAST = Path(__file__).with_name("contrast.js").read_text()


def choose(page: Page, question: str, *names: str) -> None:
    """Picks options by their label, as a person does: open the list, click, close."""
    for name in names:
        page.get_by_role("combobox", name=question).click()
        page.get_by_role("option", name=name, exact=True).click()
    if page.get_by_role("listbox").count():  # a list for several answers stays open
        page.keyboard.press("Escape")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def headline(page: Page) -> str:
    return page.locator("main h3, [data-testid=stMain] h3").first.inner_text()


def expected_headline(answers: dict) -> str:
    return recommend(Requirements.parse(answers)).headline


def test_four_answers_give_a_link_that_opens_the_same_in_a_fresh_browser(
    server: str, visit: Callable[..., Visitor]
) -> None:
    asking = visit()
    page = asking.open(server)
    expect(page.get_by_text("Choose the training framework to begin")).to_be_visible()
    asking.photograph("advise-empty")

    answers: dict = {}
    questions = {
        "framework": ("Training framework", "framework"),
        "hardware": ("Target hardware", "hardware"),
        "serving": ("Serving stack", "serving"),
        "needs": ("What must survive", "need"),
    }
    for key, (question, kind) in questions.items():
        ids = ANSWERS[key] if isinstance(ANSWERS[key], list) else [ANSWERS[key]]
        choose(page, question, *(KNOWLEDGE.name(kind, one) for one in ids))
        answers[key] = ANSWERS[key]
        expect(page.get_by_role("heading", name=expected_headline(answers), exact=True)).to_be_visible()
        expect(page.get_by_test_id("stMain")).not_to_contain_text("Choose the training framework to begin")
    asking.settle()
    page.wait_for_url(f"**{LINK}")
    asking.photograph("advise-light")

    reading = visit()
    other = reading.open(page.url)
    assert headline(other) == headline(page) == expected_headline(ANSWERS)
    assert other.get_by_test_id("stMain").inner_text() == page.get_by_test_id("stMain").inner_text()


def test_the_link_to_copy_is_the_address(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(server + LINK)
    page.get_by_role("button", name="Link to this answer").click()
    expect(page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")).to_have_text(server + LINK)


def test_a_deep_link_to_a_fresh_server_finds_its_page(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    port = free_port()
    with served(streamlit_command(port), port, tmp_path) as address:
        visitor = visit()
        page = visitor.open(f"{address}/advise?framework=tensorflow&serving=tf-serving")
        assert headline(page) == expected_headline({"framework": "tensorflow", "serving": "tf-serving"})
        expect(page.get_by_text("Page not found")).to_have_count(0)
        visitor.context.close()


def test_nonsense_in_the_address_is_left_out_with_a_note(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(f"{server}/?framework=pytorch&hardware=toaster&portability=99&x=%3Cimg%20src%3Dx%3E")
    note = page.get_by_test_id("stAlert")
    for nonsense in ("hardware=toaster", "portability=99", "x=<img src=x>"):
        expect(note).to_contain_text(nonsense)
    page.wait_for_url("**/?framework=pytorch")
    assert headline(page) == expected_headline({"framework": "pytorch"})


def test_the_back_button_takes_back_the_last_answer(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/?framework=tensorflow")
    choose(page, "Serving stack", KNOWLEDGE.name("serving", "tf-serving"))
    page.wait_for_url("**/?framework=tensorflow&serving=tf-serving")
    page.go_back()
    page.wait_for_url("**/?framework=tensorflow")
    expect(page.get_by_role("combobox", name="Serving stack")).to_have_value("")
    assert query(page) == {"framework": ["tensorflow"]}


def test_answers_given_in_quick_succession_all_count(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open(server)
    names = [KNOWLEDGE.name("hardware", one) for one in ("x86-cpu", "arm-cpu", "nvidia-gpu")]
    choose(page, "Training framework", KNOWLEDGE.name("framework", "pytorch"))
    choose(page, "Target hardware", *names)
    choose(page, "Serving stack", KNOWLEDGE.name("serving", "triton"))
    page.wait_for_url("**serving=triton**")
    visitor.settle()
    assert query(page) == {
        "framework": ["pytorch"],
        "hardware": ["x86-cpu", "arm-cpu", "nvidia-gpu"],
        "serving": ["triton"],
    }


def test_a_common_case_is_one_click(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open(server)
    for preset in presets():
        case = page.get_by_role("radio", name=preset.label, exact=True)
        case.click()
        expect(
            page.get_by_role("heading", name=expected_headline(preset.answers), exact=True)
        ).to_be_visible()
        expect(case).to_be_checked()
        visitor.settle()
        assert page.get_by_test_id("stMainBlockContainer").bounding_box()["width"] == 1200
        assert query(page) == {key: list(said) for key, said in Answered(preset.answers, ()).query.items()}


def test_the_control_between_portability_and_fidelity_works_by_keyboard(
    server: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/?framework=pytorch")
    control = page.get_by_role("slider", name="Portability or native fidelity?")
    expect(control).to_have_attribute("aria-valuetext", "equal")
    for presses in (1, 2):
        control.press("ArrowRight")
        page.wait_for_url(f"**/?framework=pytorch&fidelity={1 + presses}")
        expect(control).to_have_attribute("aria-valuetext", f"fidelity +{presses}")
    control.press("Home")
    page.wait_for_url("**/?framework=pytorch&portability=5&fidelity=0")
    answers = {"framework": "pytorch", "priorities": {"portability": 5, "fidelity": 0}}
    expect(page.get_by_role("heading", name=expected_headline(answers), exact=True)).to_be_visible()


def test_what_would_change_the_answer_changes_it_and_back_takes_it_back(
    server: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/?framework=pytorch&hardware=x86-cpu")
    answers = {"framework": "pytorch", "hardware": ["x86-cpu"]}
    flip = recommend(Requirements.parse(answers)).flips[-1]
    page.get_by_role("button", name=flip.words, exact=True).click()
    changed = expected_headline(answers | flip.to_json()["change"])
    expect(page.get_by_role("heading", name=changed, exact=True)).to_be_visible()
    visitor.settle()
    assert changed != expected_headline(answers)
    page.go_back()
    expect(page.get_by_role("heading", name=expected_headline(answers), exact=True)).to_be_visible()
    assert query(page) == {"framework": ["pytorch"], "hardware": ["x86-cpu"]}


def test_what_to_give_up_is_one_click(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(f"{server}/?framework=pytorch&serving=tf-serving")
    result = recommend(Requirements.parse({"framework": "pytorch", "serving": "tf-serving"}))
    expect(page.get_by_text("No format fits", exact=True)).to_be_visible()
    page.get_by_role("button", name=result.relaxations[0].words, exact=True).click()
    page.wait_for_url("**/?framework=pytorch")
    expect(page.get_by_role("heading", name=expected_headline({"framework": "pytorch"}))).to_be_visible()


@pytest.mark.parametrize("width", [1200, 375])
def test_the_pictures_stay_within_their_places(
    server: str, visit: Callable[..., Visitor], width: int
) -> None:
    """Every mark and name of the plot lies within the window, and the bars are as long as the scores."""
    page = visit(width=width).open(f"{server}/?framework=pytorch&hardware=x86-cpu&portability=3")
    answers = {"framework": "pytorch", "hardware": ["x86-cpu"], "priorities": {"portability": 3}}
    options = recommend(Requirements.parse(answers)).options
    plot = page.get_by_role("img", name="Portability and fidelity of the possible formats")
    expect(plot).to_be_visible()
    assert plot.locator(".mark").count() >= 2
    assert sum(len(text.split("·")) for text in plot.locator(".mark").all_inner_texts()) == len(options)
    for one in plot.locator(".mark, .name").all():
        box = one.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    bars = page.get_by_role("list", name="Ranking").get_by_role("listitem")
    expect(bars).to_have_count(len(options))
    for bar, option in zip(bars.all(), options, strict=True):
        whole = bar.get_by_role("img").bounding_box()["width"]
        pieces = sum(piece.bounding_box()["width"] for piece in bar.locator(".piece").all())
        assert pieces / whole == pytest.approx(option.score, abs=0.01)


def test_the_page_of_a_format_is_a_click_away_and_the_answers_stay(
    server: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(server + LINK)
    best = recommend(Requirements.parse(ANSWERS)).recommended.format
    name = KNOWLEDGE.name("format", best)
    page.get_by_role("link", name=f"{name} on the page Formats").first.click()
    page.wait_for_url(f"**/formats?format={best}")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(KNOWLEDGE.formats[best].description)
    drawer.get_by_role("link", name="Back to the advice").click()
    page.wait_for_url(f"**{LINK}")
    expect(page.get_by_role("heading", name=expected_headline(ANSWERS), exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("", LINK + "&nonsense=1&portability=3&model=vision&safety=2"),
        ("-none", "/?framework=pytorch&serving=tf-serving&hardware=microcontroller"),
        ("-rewrite", "/?framework=tensorflow&hardware=microcontroller&needs=dynamic-shapes"),
        ("-many", "/?framework=pytorch&hardware=x86-cpu"),
        ("-case", f"/?{urlencode(Answered(presets()[0].answers, ()).query, doseq=True)}"),
    ],
)
def test_everything_can_be_read_in_every_theme_and_width(
    server: str, visit: Callable[..., Visitor], name: str, link: str
) -> None:
    visitor = visit()
    page = visitor.open(server + link)
    expect(page.get_by_text("This page failed")).to_have_count(0)
    for width, scheme in visitor.looks((1280, 375)):
        visitor.photograph(f"advise{name}-{scheme}-{width}")
        contrast = page.evaluate(CONTRAST)
        assert contrast["examined"] > 50
        assert contrast["weak"] == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def test_every_question_has_a_name_for_a_screen_reader(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(server + LINK)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, button, [role=combobox], [role=slider]")]
        .filter((one) => one.checkVisibility() && !(one.ariaLabel || one.labels?.length || one.title
            || one.getAttribute("aria-labelledby") || one.textContent.trim()))
        .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []
    route = page.get_by_role("list", name="Route").first
    expect(route).to_be_visible()
    expect(route.get_by_role("listitem").first).to_contain_text(KNOWLEDGE.name("framework", "pytorch"))
