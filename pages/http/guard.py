"""What every request passes first: the host it asks for, what is closed, and how often a client may ask."""

import logging
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from benchmarks.errors import Problem
from pages.http.answers import refusal, too_fast
from pages.http.clients import client_of, is_other_site
from pages.http.headers import HEADERS
from pages.http.places import Places
from pages.http.rates import REQUESTS

CLOSED = {
    # Streamlit's own upload holds files in memory and takes them even where no page asks for one.
    "/_stcore/upload_file": "Upload a model on the page Compare.",
    # Sessions and memory are nobody's business on a network.
    "/_stcore/metrics": "The page Status shows what the server keeps and does.",
    # Streamlit's way for programs to drive pages; ours have the command line and /api.
    "/_stcore/agent": "A program uses the command line or /api/models; README.md shows how.",
}
"""Each with what to use instead."""
COUNTED = ("/api", "/download", "/media", "/component", "/auth", "/_stcore/stream")
"""What costs more than sending a file of Streamlit's own."""
WEBSOCKETS = Places(lambda: 50)
"""An open page is one, and keeps a session in memory."""

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware, the outermost. What it refuses, and what fails further in, carries HEADERS as well."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
        elif scope["type"] == "websocket":
            # Streamlit takes a WebSocket from any port of an allowed host.
            refused = is_other_site(Headers(scope=scope)) or _refused(scope)
            with WEBSOCKETS.one(client_of(scope)) as granted:
                if refused or not granted:
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await self.application(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        application = _refused(scope) or self.application
        try:
            await application(scope, receive, send_with_headers)
        except Exception:
            if started:
                raise
            _log.exception("A request failed")
            failed = "This request failed, which is a mistake in the program. The server's log has the cause."
            await PlainTextResponse(failed, 500)(scope, receive, send_with_headers)


def _refused(scope: Scope) -> Response | None:
    """The refusal of a request that is let in no further."""
    hosts = Headers(scope=scope).getlist("host")
    # Streamlit holds its list server.allowedHosts against the WebSocket only. Without it a page whose name
    # was made to lead here (DNS rebinding) could read and upload as if it were ours.
    if len(hosts) != 1 or not is_host_allowed(hosts[0]):
        return refusal(
            Problem(
                "job",
                "wrong-host",
                "This server does not answer under the name that the request has.",
                "The operator adds names with STREAMLIT_SERVER_ALLOWED_HOSTS.",
            )
        )
    for path, instead in CLOSED.items():
        if _below(scope["path"], [path]):
            return refusal(Problem("job", "closed", "This address is closed.", instead))
    if _below(scope["path"], COUNTED) and (wait_s := REQUESTS.take(client_of(scope))):
        return refusal(too_fast(wait_s, "requests"), wait_s)
    return None


def _below(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
