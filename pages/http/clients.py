"""Who is at the other end of a connection, as far as limits are concerned."""

import ipaddress
import os
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st
from starlette.datastructures import Headers

LOOPBACK = "127.0.0.1"
FORWARDED = "forwarded"
"""Whoever says in a header who they are, and nobody asked: one client together, so that they gain nothing by
it and take nothing from those who say nothing."""


def client_of(scope: Mapping[str, Any]) -> str:
    """The client of an ASGI connection: its address, or its network of 2⁶⁴ addresses where that is IPv6,
    since one client has as many.

    The address is the socket's peer. Behind a reverse proxy everybody has the proxy's address and shares
    its limits, unless the operator names the proxy in FORWARDED_ALLOW_IPS: then uvicorn takes the address
    from the X-Forwarded-For header that it sends. Unasked, uvicorn believes that header from this machine;
    anybody here could then be a new client with every request, so all such requests count as one client's.
    """
    address = scope["client"][0] if scope.get("client") else LOOPBACK
    return _client(address, Headers(scope=scope).getlist("x-forwarded-for"))


def this_client() -> str:
    """The client whose page is being drawn."""
    # Streamlit says None for this machine.
    return _client(st.context.ip_address or LOOPBACK, st.context.headers.get_all("x-forwarded-for"))


def is_other_site(headers: Headers) -> bool:
    """Whether a page of another site sends this, another port of this host included. A browser says in
    Origin where its page is from; a program says nothing."""
    origin, host = headers.get("origin"), headers.get("host", "")
    return origin is not None and origin not in (f"http://{host}", f"https://{host}")


def _client(address: str, forwarded: Iterable[str]) -> str:
    """`forwarded`: every X-Forwarded-For header, since uvicorn reads them as one."""
    if any(address in value for value in forwarded) and "FORWARDED_ALLOW_IPS" not in os.environ:
        return FORWARDED
    return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a test's client has a name, a Unix socket has none
        return address
    if parsed.is_loopback:
        return LOOPBACK
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
