"""Compare as a person uses it: from a sample to a verdict with a reload in between, cancelling, refusals, in
the dark and on a narrow window.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.samples import SAMPLES
from pages.view.comparison import VERDICTS
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
SAMPLE = SAMPLES["scripted-adaptive-lstm"]
START = "Convert, verify and measure"
RUN_MS = 180_000  # two cores that others use as well; on an idle machine it is about 15 s


def choose_sample(visitor: Visitor, server: str) -> Page:
    page = visitor.open(f"{server}/compare")
    page.get_by_role("combobox", name="Sample").click()
    page.get_by_role("option", name=SAMPLE.name, exact=True).click()
    page.get_by_role("button", name="Use this sample").click()
    page.wait_for_url("**/compare?run=*")
    expect(page.get_by_role("heading", name=SAMPLE.name)).to_be_visible()
    return page


def begin(visitor: Visitor, page: Page, seconds: str) -> None:
    """Starts the draft on the page with this many seconds of measuring."""
    page.get_by_text("Options", exact=True).click()
    page.get_by_role("spinbutton", name="Seconds of measuring").fill(seconds)
    page.get_by_role("textbox", name="Batch sizes").fill("1, 4")
    page.get_by_role("textbox", name="Batch sizes").press("Tab")
    page.get_by_role("button", name=START).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


@pytest.fixture(scope="module")
def finished() -> dict[str, str]:
    """Where the test of the main path keeps the address of its run, for those that look at the result."""
    return {}


def test_a_sample_leads_to_a_verdict_through_a_reload_and_in_a_second_browser(
    server: str, visit: Callable[..., Visitor], finished: dict[str, str]
) -> None:
    visitor = visit()
    visitor.open(f"{server}/compare")
    visitor.photograph("compare-empty")
    page = choose_sample(visitor, server)
    address = page.url
    begin(visitor, page, "6")
    stages = page.get_by_role("region", name="Stages")
    expect(stages.get_by_role("row", name="Run the source model")).to_be_visible(timeout=RUN_MS)
    page.reload()
    expect(stages.get_by_role("row", name="Identify the model")).to_contain_text("passed")
    assert page.url == address
    visitor.photograph("compare-running")

    watching = visit()
    other = watching.page
    other.goto(address)
    for one in (page, other):
        expect(one.get_by_role("region", name="Measurements")).to_be_visible(timeout=RUN_MS)
        expect(one.get_by_test_id("stPlotlyChart").locator(".scatterlayer .point").first).to_be_visible()
        expect(one.get_by_role("button", name="Cancel")).to_have_count(0)
    finished["address"] = address
    visitor.settle()
    watching.settle()
    assert page.get_by_test_id("stMain").inner_text() == other.get_by_test_id("stMain").inner_text()

    with page.expect_download() as downloading:
        page.get_by_role("link", name="The whole report").click()
    report = json.loads(downloading.value.path().read_text())
    assert downloading.value.suggested_filename == "report.json"
    expect(page.get_by_text(VERDICTS[report["verdict"]["state"]][0], exact=True)).to_be_visible()
    expect(page.get_by_role("paragraph").filter(has_text=report["verdict"]["reason"]).first).to_be_visible()
    passed = {one["to"] for one in report["conversions"] if one["outcome"] == "passed"}
    assert {"onnx", "savedmodel"} <= passed
    measured = {(one["format"], one["batch"]) for one in report["measurements"]}
    assert measured == {(format, batch) for format in {"torchscript"} | passed for batch in (1, 4)}
    with page.expect_download() as downloading:
        page.get_by_role("list", name="Downloads").get_by_role("link", name="ONNX", exact=True).click()
    artifact = next(one["artifact"] for one in report["conversions"] if one["to"] == "onnx")
    assert downloading.value.path().stat().st_size == artifact["size_bytes"]

    page.get_by_role("link", name="The advice for these answers").click()
    page.wait_for_url("**/?framework=pytorch")
    expect(page.get_by_role("heading", name="Why")).to_be_visible()


def test_a_result_can_be_read_in_every_theme_and_width(
    visit: Callable[..., Visitor], finished: dict[str, str]
) -> None:
    assert "address" in finished, "the run that this looks at did not finish"
    visitor = visit()
    page = visitor.open(finished["address"])
    for width, scheme in visitor.looks((1200, 400)):
        expect(page.get_by_test_id("stPlotlyChart").locator(".scatterlayer .point").first).to_be_visible()
        visitor.photograph(f"compare-result-{scheme}-{width}")
        contrast = page.evaluate(CONTRAST)
        assert contrast["examined"] > 50
        assert contrast["weak"] == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def test_a_run_can_be_cancelled_and_deleted(server: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = choose_sample(visitor, server)
    begin(visitor, page, "120")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The run was cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    visitor.settle()
    visitor.photograph("compare-cancelled")
    page.get_by_role("button", name="Delete this run").click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url(f"{server}/compare")
    expect(page.get_by_role("combobox", name="Sample")).to_be_visible()


def test_a_link_to_a_run_that_is_gone_says_so(server: str, visit: Callable[..., Visitor]) -> None:
    page = visit().open(f"{server}/compare?run=0123456789abcdef")
    expect(page.get_by_test_id("stAlert")).to_contain_text("There is no run behind this link")
    expect(page.get_by_role("combobox", name="Sample")).to_be_visible()
