"""The heatmap of operators in a real browser, right after an upload: read, narrow, dark, and with markup as a
name."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.fixture(scope="module")
def unsupported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unsupported") / "model.onnx"
    script = Path(__file__).with_name("build_unsupported_model.py")
    subprocess.run([sys.executable, str(script), str(path)], check=True, timeout=60)
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 375)])
def test_what_has_no_translation_is_seen_before_anything_is_started(
    server: str, visit: Callable[..., Visitor], unsupported: Path, scheme: str, width: int
) -> None:
    visitor = visit(width=width, scheme=scheme)
    page = visitor.open(f"{server}/compare")
    expect(page.get_by_role("button", name="Choose a file")).to_be_enabled()
    page.locator("input[type=file]").set_input_files(unsupported)
    page.wait_for_url("**/compare?run=*")
    expect(page.get_by_role("heading", name="Which operators have a translation")).to_be_visible()
    expect(page.get_by_text("2 of 4 have none to TorchScript, SavedModel")).to_be_visible()
    chart = page.locator(".js-plotly-plot")
    expect(chart).to_be_visible()
    said = chart.inner_text()
    assert "TorchScript" in said and "OpenVINO IR" in said and "Relu" in said
    assert "x::<b>b</b><a" in said and chart.locator("a, b, [style*=bold]").count() == 0
    page.get_by_text("The same as a table, with the reasons").click()
    table = page.get_by_role("region", name="Operators by format")
    expect(table).to_contain_text("StringNormalizer")
    expect(table).to_contain_text("custom domain")
    expect(table).to_contain_text("This project's importer knows no operators of this domain.")
    visitor.settle()
    chart.scroll_into_view_if_needed()
    visitor.photograph(f"coverage-{scheme}-{width}")
    assert page.evaluate(CONTRAST)["weak"] == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
