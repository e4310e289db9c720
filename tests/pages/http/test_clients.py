"""Whose limits a request counts against."""

import pytest

from pages.http.clients import client_of


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
    assert client_of(scope("203.0.113.9", "203.0.113.9")) == "127.0.0.1"
    assert client_of(scope("192.0.2.7", "203.0.113.9")) == "192.0.2.7"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    assert client_of(scope("203.0.113.9", "203.0.113.9")) == "203.0.113.9"
