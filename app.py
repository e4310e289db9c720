"""Entry point of the web application: `streamlit run app.py`.

The server imports this file once and finds `app`; every visit of a browser then runs the file again as a
script, and finds the navigation. The two are told apart by the script's context, which exists in the
second case only.
"""

import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from benchmarks import jobs, warm
from benchmarks.downloads import file_of
from benchmarks.errors import ProblemError

# Read by ONNX Runtime when it is first imported; jobs inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

ROOT = Path(__file__).resolve().parent
# A page's URL is its file's stem: any other name shows "Page not found" on the first deep link to a fresh
# server.
PAGES = {"advise": "Advise", "compare": "Compare"}
DEFAULT_PAGE = "advise"
FIRST_PAGE_S = 3.0

# Nothing is loaded from another host, so a name or a text inside a model cannot make a viewer's browser fetch
# anything. Streamlit writes styles at run time (unsafe-inline) and lays out graphs in WebAssembly.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        # The hash is the one inline script of Streamlit 1.67's index.html, `window.prerenderReady = false`.
        "script-src 'self' 'wasm-unsafe-eval' 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """ASGI middleware that adds HEADERS to every HTTP response; Streamlit itself sets none."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.application(scope, receive, send_with_headers if scope["type"] == "http" else send)


async def open_default_page(request: Request) -> Response:
    """Sends /advise to /, the one address Streamlit knows its default page by, and keeps the answers."""
    return RedirectResponse(f"./?{request.url.query}")


def send_file(request: Request) -> Response:
    """Streams an artifact or the report of a run from the disk; `st.download_button` holds it in memory."""
    try:
        path = file_of(request.path_params["run"], request.path_params["what"])
    except ProblemError as error:
        return PlainTextResponse(str(error.problem), status_code=404)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


@asynccontextmanager
async def while_serving(_: object) -> AsyncIterator[None]:
    """Loads the frameworks in the background, so that the first run need not wait for them, and clears away
    uploads that nobody started. Loading keeps a processor busy for seconds, so it leaves the first page its
    start; a run that comes sooner starts it at once.
    """
    jobs.clear_drafts()
    loading = threading.Timer(FIRST_PAGE_S, warm.shared)
    loading.daemon = True
    loading.start()
    yield
    loading.cancel()


def show_failure(failure: Exception) -> bool:
    """Says in one sentence on the page that it failed; the log gets the traceback. True: nothing more is
    shown.
    """
    logging.getLogger(__name__).error("A page failed", exc_info=failure)
    st.error(
        "This page failed, which is a mistake in the program and not in what you entered. Reload it; "
        "if it fails again, the server's log has the cause."
    )
    return True


def show_pages() -> None:
    """Draws the navigation and runs the page asked for."""
    st.set_page_config(page_title="Format Advisor", layout="centered", initial_sidebar_state="auto")
    files = {stem: ROOT / "pages" / f"{stem}.py" for stem in PAGES}
    pages = [
        st.Page(file, title=PAGES[stem], url_path=stem, default=stem == DEFAULT_PAGE)
        for stem, file in files.items()
        if file.is_file()
    ]
    st.navigation(pages, position="top").run()


if get_script_run_ctx(suppress_warning=True) is not None:
    show_pages()
else:
    # Until a visit has called st.navigation, Streamlit 1.67 takes the folder pages/ for its older kind of
    # application, and the first link into a page of a fresh server would show that one's menu.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        lifespan=while_serving,
        routes=[
            Route(f"/{DEFAULT_PAGE}", open_default_page),
            Route("/download/{run}/{what}", send_file),
        ],
        middleware=[Middleware(SecurityHeaders)],
        on_script_error=show_failure,
    )
