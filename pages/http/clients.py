"""Who is at the other end of a connection, as far as limits are concerned."""

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

import streamlit as st
from starlette.datastructures import Headers

LOOPBACK = "127.0.0.1"


def client_of(scope: Mapping[str, Any]) -> str:
    """The client of an ASGI connection: its address, or its network of 2⁶⁴ addresses where that is IPv6,
    since one client has as many.

    The address is the socket's peer. Behind a reverse proxy everybody has the proxy's address and shares
    its limits, unless the operator names the proxy in FORWARDED_ALLOW_IPS: then uvicorn takes the address
    from the X-Forwarded-For header that it sends. Unasked, uvicorn believes that header from this machine;
    anybody here could then be a new client with every request, so here it is not believed.
    """
    address = scope["client"][0] if scope.get("client") else LOOPBACK
    forwarded = Headers(scope=scope).get("x-forwarded-for", "")
    if address in forwarded and "FORWARDED_ALLOW_IPS" not in os.environ:
        return LOOPBACK
    return _network(address)


def this_client() -> str:
    """The client whose page is being drawn."""
    # Streamlit says None for this machine.
    return _network(st.context.ip_address or LOOPBACK)


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
