"""Formats as a person uses it: opening cells by mouse and keyboard, passing a link on, in the dark and on a
narrow window.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from advisor import load_knowledge
from advisor.matrix import KINDS, matrix
from pages.view.reach import NAMES
from tests.browser.conftest import Visitor
from tests.web_server import free_port, served, streamlit_command

pytestmark = pytest.mark.browser

KNOWLEDGE = load_knowledge()
CONTRAST = Path(__file__).with_name("contrast.js").read_text()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def button(page: Page, kind: str, format_id: str, column: str) -> Locator:
    """The cell's button in the matrix of this kind."""
    label = matrix(KNOWLEDGE, kind).cell(format_id, column).label
    name = f"{KNOWLEDGE.name('format', format_id)}, {KNOWLEDGE.name(kind, column)}: {label}"
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_stands_in_its_row_and_column(
    server: str, visit: Callable[..., Visitor], kind: str
) -> None:
    page = visit().open(f"{server}/formats")
    page.get_by_role("radio", name=NAMES[kind], exact=True).click()
    table = page.get_by_role("table", name=f"Formats against {NAMES[kind].lower()}")
    expect(table).to_be_visible()
    shown = table.evaluate("(table) => [...table.rows].map((row) => [...row.cells].map((c) => c.innerText))")
    known = matrix(KNOWLEDGE, kind)
    assert shown[0] == ["Format", *(column.name for column in known.columns)]
    assert shown[1:] == [[row.format.name, *(cell.label for cell in row.cells)] for row in known.rows]


def test_a_click_on_a_cell_opens_its_claims_and_the_address_opens_them_elsewhere(
    server: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/formats")
    page.get_by_role("radio", name="Serving stack").click()
    cell = button(page, "serving", "savedmodel", "triton")
    cell.click()
    drawer = page.get_by_role("dialog")
    (claim,) = matrix(KNOWLEDGE, "serving").cell("savedmodel", "triton").claims
    expect(drawer).to_contain_text(claim.text)
    expect(drawer).to_contain_text(f"checked {claim.checked}")
    expect(drawer.get_by_role("link").first).to_have_attribute(
        "href", f"https://{claim.source.split(';')[0]}"
    )
    visitor.settle()
    assert query(page) == {"by": ["serving"], "format": ["savedmodel"], "at": ["triton"]}

    expect(visit().open(page.url).get_by_role("dialog")).to_contain_text(claim.text)

    expect(page.get_by_role("dialog")).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.wait_for_url("**/formats?by=serving")
    expect(cell).to_be_focused()


def test_the_matrix_is_walked_by_keyboard(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/formats")
    rows, columns = KNOWLEDGE.ids("format"), KNOWLEDGE.ids("hardware")
    page.get_by_role("radio", name="Hardware").focus()
    page.keyboard.press("Tab")
    first = page.get_by_role("table", name="Formats against hardware").get_by_role("button").first
    expect(first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(button(page, "hardware", rows[0], columns[0])).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(button(page, "hardware", rows[1], columns[-1])).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    at = button(page, "hardware", rows[0], columns[-2])
    expect(at).to_be_focused()
    page.keyboard.press("Enter")
    cell = matrix(KNOWLEDGE, "hardware").cell(rows[0], columns[-2])
    expect(page.get_by_role("dialog")).to_contain_text(cell.claims[0].text)
    visitor.settle()
    expect(page.get_by_role("dialog")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(at).to_be_focused()


def test_the_name_of_a_format_opens_all_that_is_known_of_it(
    server: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(f"{server}/formats")
    catalogue = page.get_by_role("table", name="All formats")
    names = [entry.name for entry in KNOWLEDGE.of("format")]
    assert catalogue.get_by_role("button").all_inner_texts() == names
    catalogue.get_by_role("button", name="TorchScript", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Deprecated since PyTorch 2.5")
    page.wait_for_url("**/formats?format=torchscript")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.wait_for_url("**/formats")


def test_a_deep_link_to_a_fresh_server_finds_its_page(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    port = free_port()
    with served(streamlit_command(port), port, tmp_path) as address:
        visitor = visit()
        page = visitor.open(f"{address}/formats?format=onnx&at=browser")
        expect(page.get_by_role("dialog")).to_contain_text("ONNX Runtime Web")
        expect(page.get_by_text("Page not found")).to_have_count(0)
        visitor.context.close()


def test_nonsense_in_the_address_is_left_out_with_a_note(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(f"{server}/formats?by=price&format=onnx&at=toaster&x=%3Cimg%20src%3Dx%3E")
    note = page.get_by_role("dialog").get_by_test_id("stAlert")
    for nonsense in ("by=price", "at=toaster", "x=<img src=x>"):
        expect(note).to_contain_text(nonsense)
    page.wait_for_url("**/formats?format=onnx")


def test_the_page_keeps_its_width_whatever_is_opened(server: str, visit: Callable[..., Visitor]) -> None:
    """Formats takes the whole window; Compare, which has text to read, does not."""
    visitor = visit(width=1600)
    page = visitor.open(f"{server}/formats")
    block = page.get_by_test_id("stMainBlockContainer")

    def width() -> float:
        visitor.settle()
        return block.bounding_box()["width"]

    assert width() == 1600
    button(page, "hardware", "onnx", "browser").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert width() == 1600
    expect(page.get_by_role("dialog")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert width() == 1600
    page.get_by_role("radio", name="Framework", exact=True).click()
    page.wait_for_url("**/formats?by=framework")
    assert width() == 1600
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Which format is fastest for this model?")).to_be_visible()
    assert width() < 800


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("", "/formats?nonsense=1"),
        ("-serving", "/formats?by=serving"),
        ("-framework", "/formats?by=framework"),
        ("-format", "/formats?format=savedmodel"),
        ("-cell", "/formats?format=onnx&at=nvidia-gpu"),
    ],
)
def test_everything_can_be_read_in_every_theme_and_width(
    server: str, visit: Callable[..., Visitor], name: str, link: str
) -> None:
    visitor = visit()
    page = visitor.open(server + link)
    # Behind a drawer they are hidden from a screen reader, and so from a look-up by their role.
    expect(page.locator("table[aria-label^=All], table[aria-label^=Formats]")).to_have_count(2)
    expect(page.get_by_text("This page failed")).to_have_count(0)
    for width, scheme in visitor.looks((1280, 375)):
        visitor.photograph(f"formats{name}-{scheme}-{width}")
        contrast = page.evaluate(CONTRAST)
        assert contrast["examined"] > 200
        assert contrast["weak"] == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
