"""Tickets: only what this process wrote, unchanged and in time."""

import time

import pytest

from pages.http import tickets

NOW = 1_800_000_000.0


def test_a_ticket_is_good_for_twelve_hours() -> None:
    ticket = tickets.issue(NOW)
    assert tickets.is_valid(ticket, NOW)
    assert tickets.is_valid(ticket, NOW + tickets.KEPT_S - 1)
    assert not tickets.is_valid(ticket, NOW + tickets.KEPT_S)
    assert tickets.issue(NOW) != ticket


def test_a_page_keeps_its_ticket_for_half_of_that() -> None:
    assert tickets.lasts(tickets.issue())
    assert not tickets.lasts(tickets.issue(time.time() - tickets.KEPT_S / 2 - 1))


@pytest.mark.parametrize("ticket", ["", ".", "..", "1.2.3", "9" * 20, "é.ü.ß", "9999999999.aa."])
def test_anything_else_is_none(ticket: str) -> None:
    assert not tickets.is_valid(ticket)
    assert not tickets.lasts(ticket)


def test_a_changed_ticket_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    expiry, nonce, signature = tickets.issue(NOW).split(".")
    assert not tickets.is_valid(f"{int(expiry) + 1}.{nonce}.{signature}", NOW)
    assert not tickets.is_valid(f"{expiry}.{nonce[:-1]}x.{signature}", NOW)
    assert not tickets.is_valid(f"{expiry}.{nonce}.{signature[:-1]}", NOW)
    assert not tickets.is_valid(f"{expiry}.{nonce}.", NOW)
    monkeypatch.setattr(tickets, "_secret", b"another process")
    assert not tickets.is_valid(f"{expiry}.{nonce}.{signature}", NOW)
