"""Whose limits a request counts against."""

from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers

from pages.http import clients
from pages.http.clients import client_of, is_other_site, this_client


def scope(address: str | None) -> dict:
    return {"type": "http", "client": (address, 1) if address else None, "headers": []}


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


def test_a_page_counts_as_its_requests_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for address, client in (("2001:db8:1:2::1", "2001:db8:1:2::/64"), (None, "127.0.0.1")):
        monkeypatch.setattr(clients, "st", SimpleNamespace(context=SimpleNamespace(ip_address=address)))
        assert this_client() == client


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
