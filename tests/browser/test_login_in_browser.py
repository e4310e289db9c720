"""Who people are, said by a real OpenID Connect provider on loopback: private reviews, roles, links that are
guessed."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_reviews_in_browser import ANSWERS
from tests.web_server import free_port, served, streamlit_command

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = {
    "olga": {"name": "Olga Owner", "email": "olga@example.org", "email_verified": True},
    "gus": {"name": "Gus Guest", "email": "gus@example.org", "email_verified": True},
    "eve": {"name": "Olga Owner", "email": "gus@example.org", "email_verified": False},
}
"""Eve says that she is called like Olga and reached like Gus, and nobody has checked it."""
STYLES = "https://cdn.jsdelivr.net/"
"""Of the provider's own page."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("provider") / "log"
    people = [
        word
        for name, claims in PEOPLE.items()
        for word in ("--user-claims", json.dumps({"sub": name} | claims))
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people],
            stdout=output,
            stderr=output,
        )
    address, end = f"http://localhost:{port}", time.monotonic() + 30
    try:
        while True:
            assert process.poll() is None and time.monotonic() < end, log.read_text()[-2000:]
            try:
                urlopen(f"{address}/.well-known/openid-configuration", timeout=2).close()
                break
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def server(provider: str, data: Path) -> Iterator[str]:
    """A server with a login, which an operator configures in Streamlit's secrets."""
    port = free_port()
    (data / ".streamlit").mkdir()
    (data / ".streamlit" / "secrets.toml").write_text(
        f"""[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "{secrets.token_hex(32)}"
client_id = "format-advisor"
client_secret = "{secrets.token_hex(16)}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    with served(streamlit_command(port), port, data) as address:
        yield address


def sign_in(visitor: Visitor, server: str, name: str) -> None:
    visitor.elsewhere = (STYLES,)
    visitor.context.route(f"{STYLES}**", lambda route: route.fulfill(body="", content_type="text/css"))
    page = visitor.open(f"{server}/reviews")
    expect(page.get_by_text("You are not signed in")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(f"{server}/**")
    visitor.open(f"{server}/reviews")
    expect(page.get_by_text(f"Signed in as {PEOPLE[name]['name']}")).to_be_visible()


def test_a_private_review_is_seen_by_who_takes_part_alone(server: str, visit: Callable[..., Visitor]) -> None:
    olga = visit()
    sign_in(olga, server, "olga")
    page = olga.open(f"{server}/review?{ANSWERS}")
    page.get_by_text("Private: only who takes part sees it").click()
    olga.settle()
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/review?id=*")
    olga.settle()
    address = page.url
    expect(page.get_by_text("Private", exact=True)).to_be_visible()
    assert "self-declared" not in page.get_by_test_id("stMain").inner_text()

    nobody, eve, gus = visit(), visit(), visit()
    nobody.open(address)
    sign_in(eve, server, "eve")
    eve.open(address)
    for visitor in (nobody, eve):
        expect(visitor.page.get_by_role("alert")).to_contain_text(
            "There is no review behind this link, or it is"
        )
        assert "PyTorch" not in visitor.page.get_by_test_id("stMain").inner_text()
    nobody.photograph("review-forbidden")
    eve.open(f"{server}/reviews?q=pytorch")
    expect(eve.page.get_by_test_id("stAlert")).to_contain_text("No review has all of that.")

    page.get_by_role("button", name="Choose who takes part").click()
    box = page.get_by_role("textbox", name="E-mail address")
    box.fill("GUS@example.org")
    box.press("Tab")
    olga.settle()
    page.get_by_role("button", name="Save", exact=True).click()
    olga.settle()

    sign_in(gus, server, "gus")
    gus.open(address)
    expect(gus.page.get_by_role("button", name="Approve")).to_be_visible()
    gus.page.get_by_role("button", name="Approve").click()
    gus.settle()
    expect(gus.page.get_by_text("Gus Guest · decision-maker")).to_be_visible()
    eve.open(address)  # whose address is the same, but not verified
    expect(eve.page.get_by_role("alert")).to_contain_text("There is no review behind this link, or it is")


def test_who_is_not_signed_in_reads_and_changes_nothing(server: str, visit: Callable[..., Visitor]) -> None:
    olga = visit()
    sign_in(olga, server, "olga")
    page = olga.open(f"{server}/review?{ANSWERS}")
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/review?id=*")
    olga.settle()
    address = page.url
    nobody, eve = visit(), visit()
    nobody.open(address)
    sign_in(eve, server, "eve")
    eve.open(address)
    for visitor in (nobody, eve):
        expect(visitor.page.get_by_role("button", name="Export", exact=True)).to_be_visible()
        visitor.page.get_by_role("tab", name="Discussion").click()
        for name in ("Edit", "Propose it", "Approve", "Choose who takes part", "Comment"):
            expect(visitor.page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{server}/**")
    olga.open(f"{server}/reviews")
    expect(page.get_by_text("You are not signed in")).to_be_visible()
