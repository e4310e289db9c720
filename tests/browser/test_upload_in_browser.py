"""The uploader in a real browser, and what a hostile model's names do to the pages: nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
START = "Convert, verify and measure"
LIGHT_MODEL = Path(
    find_spec("onnx").submodule_search_locations[0], "backend/test/data/light/light_resnet50.onnx"
)
DROP = """(zone) => {
    const files = new DataTransfer();
    files.items.add(new File(["dear diary\\n".repeat(20)], "model.onnx"));
    for (const kind of ["dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
    }
}"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 MB that no format knows."""
    path = tmp_path_factory.mktemp("large") / "large.onnx"
    piece = os.urandom(1_000_000)
    with path.open("wb") as file:
        for _ in range(200):
            file.write(piece)
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A model that works, as a file chosen under a hostile name."""
    path = tmp_path_factory.mktemp("hostile") / "model.onnx"
    script = Path(__file__).with_name("build_hostile_model.py")
    subprocess.run([sys.executable, str(script), str(path)], check=True, timeout=60)
    name = "<img src=x> **model** \u202e[x](http://elsewhere.example) :smile:.onnx"
    return {"name": name, "mimeType": "application/octet-stream", "buffer": path.read_bytes()}


def slow_upload(visitor: Visitor) -> None:
    """20 MB/s, as over a network."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20e6}
    session.send("Network.emulateNetworkConditions", speed)


def choose(page: Page, file: object) -> None:
    expect(page.get_by_role("button", name="Choose a file")).to_be_enabled()
    page.locator("input[type=file]").set_input_files(file)


def sources(data: Path) -> list[Path]:
    """The files of all uploads, whole or not."""
    return list(data.glob("runs/*/source/*"))


def test_a_model_is_chosen_by_keyboard_and_described_under_its_address(
    server: str, visit: Callable[..., Visitor]
) -> None:
    page = visit().open(f"{server}/compare")
    button = page.get_by_role("button", name="Choose a file")
    expect(button).to_be_enabled()
    page.on("filechooser", lambda chooser: None)  # asked for only now, it may come too late for the key
    for _ in range(30):
        page.keyboard.press("Tab")
        if button.evaluate("button => button.matches(':focus')"):
            break
    expect(button).to_be_focused()
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files(LIGHT_MODEL)
    page.wait_for_url("**/compare?run=*")
    expect(page.get_by_role("heading", name=LIGHT_MODEL.name)).to_be_visible()
    expect(page.get_by_role("region", name="Inputs and outputs")).to_contain_text("1 × 3 × 224 × 224")
    address = page.url
    page.get_by_role("link", name="Compare another model").click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("button", name=START)).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_progress_is_shown_and_a_cancelled_upload_leaves_nothing(
    server: str, visit: Callable[..., Visitor], data: Path, large: Path, scheme: str, width: int
) -> None:
    before = sources(data)
    visitor = visit(width=width, scheme=scheme)
    page = visitor.open(f"{server}/compare")
    slow_upload(visitor)
    choose(page, large)
    expect(page.get_by_text(" of 200 MB")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".some(one => one.shadowRoot.querySelector('progress').value > 0.1)"
    )
    visitor.photograph(f"upload-progress-{scheme}-{width}")
    assert len(sources(data)) == len(before) + 1
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_text("The upload was cancelled; nothing of it was kept.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()
    for _ in range(50):
        if sources(data) == before:
            break
        page.wait_for_timeout(100)
    assert sources(data) == before
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_a_text_file_that_is_dropped_is_refused_with_a_next_step(
    server: str, visit: Callable[..., Visitor], scheme: str, width: int
) -> None:
    visitor = visit(width=width, scheme=scheme)
    page = visitor.open(f"{server}/compare")
    expect(page.get_by_role("button", name="Choose a file")).to_be_enabled()
    page.locator(".drop").evaluate(DROP)
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("text file")
    visitor.photograph(f"upload-refused-{scheme}-{width}")
    assert "run=" not in page.url
    contrast = page.evaluate(CONTRAST)
    assert contrast["weak"] == []
    choose(page, LIGHT_MODEL)  # and the next one is taken
    page.wait_for_url("**/compare?run=*")


def test_a_file_over_the_limit_is_refused_without_being_sent(
    server: str, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(600_000_000)
    page = visit().open(f"{server}/compare")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    choose(page, path)
    expect(page.get_by_role("alert")).to_contain_text("The file has 600 MB; the limit is 512 MB.")
    assert not any("/api/models" in address for address in sent)


@pytest.fixture(scope="module")
def finished() -> dict[str, str]:
    """Where the first scheme keeps the address of the run that all look at."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_everything_from_a_model_is_text(
    server: str, visit: Callable[..., Visitor], hostile: dict, finished: dict, scheme: str, width: int
) -> None:
    """From the upload to the verdict: no request elsewhere (the visitor listens), no element, no overflow."""
    visitor = visit(width=width, scheme=scheme)
    page = visitor.open(f"{server}/compare")
    choose(page, hostile)
    page.wait_for_url("**/compare?run=*")
    expect(page.get_by_role("region", name="Inputs and outputs")).to_be_visible()
    visitor.settle()
    looks_innocent(page, width)
    visitor.photograph(f"hostile-draft-{scheme}-{width}")
    if finished:
        page.goto(finished["address"])
    else:
        page.get_by_role("button", name=START).click()
    expect(page.get_by_role("region", name="Measurements")).to_be_visible(timeout=180_000)
    finished["address"] = page.url
    expect(page.get_by_role("region", name="Conversions")).to_be_visible()
    page.get_by_text("What was done", exact=True).click()
    visitor.settle()
    looks_innocent(page, width)
    visitor.photograph(f"hostile-result-{scheme}-{width}")
    page.get_by_role("link", name="Compare another model").click()
    expect(page.get_by_role("list", name="Recent runs")).to_be_visible()
    looks_innocent(page, width)
    visitor.open(f"{server}/status")
    looks_innocent(page, width)


def looks_innocent(page: Page, width: int) -> None:
    main = page.get_by_test_id("stMain")
    assert main.locator("img, script, iframe, object, del, .katex, [onerror]").count() == 0
    assert main.locator("a[href*=elsewhere], a[href^=mailto]").count() == 0
    assert main.locator("[data-testid=stIconMaterial]", has_text="home").count() == 0
    said = main.inner_text()
    assert not set(said) & set("\u202e\u2066\x1b\x07\u200b"), "what is not seen is not shown"
    assert "😄" not in said
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_the_status_page_can_be_read(
    server: str, visit: Callable[..., Visitor], scheme: str, width: int
) -> None:
    visitor = visit(width=width, scheme=scheme)
    page = visitor.open(f"{server}/status")
    expect(page.get_by_role("region", name="Self-test")).to_be_visible()
    expect(page.get_by_role("region", name="Settings")).to_contain_text("FORMAT_ADVISOR_MAX_RUNS")
    visitor.photograph(f"status-{scheme}-{width}")
    contrast = page.evaluate(CONTRAST)
    assert contrast["weak"] == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
