"""What a page shows to be let in: a ticket that only this process can have written.

A page of another site cannot read it, so it cannot upload in a visitor's name; nothing is kept of those
that were given out.
"""

import hmac
import secrets
import time

KEPT_S = 12 * 3600.0
_secret = secrets.token_bytes(32)


def issue(now: float | None = None) -> str:
    """A ticket for twelve hours: `expiry.nonce.signature`. `now` in seconds since the epoch."""
    expiry = int((time.time() if now is None else now) + KEPT_S)
    words = f"{expiry}.{secrets.token_hex(8)}"
    return f"{words}.{_signature(words)}"


def is_valid(ticket: str, now: float | None = None) -> bool:
    words, _, signature = ticket.rpartition(".")
    if not hmac.compare_digest(_signature(words).encode(), signature.encode()):
        return False
    return int(words.partition(".")[0]) > (time.time() if now is None else now)


def lasts(ticket: str) -> bool:
    """Whether a ticket of this process is good for at least another half of its time."""
    return is_valid(ticket, time.time() + KEPT_S / 2)


def _signature(words: str) -> str:
    return hmac.digest(_secret, words.encode(), "sha256").hex()
