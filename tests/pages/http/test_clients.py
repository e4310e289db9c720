"""Whose limits a request counts against."""

from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers
from streamlit.runtime.context import StreamlitHeaders

from pages.http import clients
from pages.http.clients import client_of, is_other_site, this_client


def scope(address: str | None, forwarded: str = "") -> dict:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return {"type": "http", "client": (address, 1) if address else None, "headers": headers}


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.9.9.9", "127.0.0.1"),
        ("::1", "127.0.0.1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, "127.0.0.1"),
    ],
)
def test_an_address_or_its_network(address: str | None, client: str) -> None:
    assert client_of(scope(address)) == client


def test_the_header_of_a_proxy_counts_only_when_the_operator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn puts the header's address into the scope when the peer is this machine."""
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert client_of(scope("203.0.113.9", "203.0.113.9")) == "forwarded"
    assert client_of(scope("192.0.2.7", "203.0.113.9")) == "192.0.2.7"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    assert client_of(scope("203.0.113.9", "203.0.113.9")) == "203.0.113.9"


def test_every_header_of_a_proxy_is_looked_at_for_requests_and_pages_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Uvicorn reads several such headers as one, and takes the last address."""
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    sent = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")]
    headers = [(name.encode(), value.encode()) for name, value in sent]
    assert client_of({"type": "http", "client": ("203.0.113.9", 1), "headers": headers}) == "forwarded"
    drawn = SimpleNamespace(context=SimpleNamespace(ip_address="203.0.113.9", headers=StreamlitHeaders(sent)))
    monkeypatch.setattr(clients, "st", drawn)
    assert this_client() == "forwarded"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    assert this_client() == "203.0.113.9"


@pytest.mark.parametrize(
    ("origin", "other"),
    [
        (None, False),
        ("http://localhost:8501", False),
        ("https://localhost:8501", False),
        ("http://localhost:8502", True),
        ("http://localhost", True),
        ("null", True),
        ("", True),
        ("http://[bad", True),
    ],
)
def test_where_a_page_is_from(origin: str | None, other: bool) -> None:
    sent = {"host": "localhost:8501"} | ({} if origin is None else {"origin": origin})
    assert is_other_site(Headers(sent)) == other
