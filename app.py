"""Entry point of the web application: `streamlit run app.py [-- --unsafe-no-sandbox]`.

The server imports this file once and finds `app`; every visit of a browser then runs the file again as a
script, and finds the navigation. The two are told apart by the script's context, which exists in the
second case only.
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from benchmarks import jobs, run_rows, settings, warm
from benchmarks.errors import ProblemError
from pages.http.guard import Guard
from pages.http.routes import routes
from pages.view import protection
from pages.view.review import here
from store.engine import StoreError

# Read by ONNX Runtime when it is first imported; jobs inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

ROOT = Path(__file__).resolve().parent
# A page's URL is its file's stem: any other name shows "Page not found" on the first deep link to a fresh
# server.
PAGES = {
    "advise": "Advise",
    "formats": "Formats",
    "compare": "Compare",
    "reviews": "Reviews",
    "review": "Review",
    "status": "Status",
}
OPENED_BY_LINK = {"review"}
"""Not in the menu: which review, the address says."""
DEFAULT_PAGE = "advise"
WIDE = {PAGES["advise"], PAGES["formats"], PAGES["review"]}
"""The pages that take the whole window. Set here and once: of two layouts set in one run, the window changes
from run to run which it takes.
"""
FIRST_PAGE_S = 3.0
SWEEP_EVERY_S = 3600.0


def prepare(ended: threading.Event) -> None:
    """In the background: says on one line what protects the machine from models, clears away what earlier
    processes left, and loads the frameworks, so that the first run need not wait for them. Then clears away
    every hour, until the server has ended.

    Preparing keeps a processor busy for seconds, so it leaves the first page its start; a run that comes
    sooner starts the frameworks at once.
    """
    if ended.wait(FIRST_PAGE_S):
        return
    print(f"run: {protection.start_line()}", flush=True)
    sweep()
    if not settings.LOAD_LATE.value():
        with suppress(ProblemError):  # no sandbox: the line above says so, and who starts a run is told again
            warm.shared()
    while not ended.wait(SWEEP_EVERY_S):
        sweep()


def sweep() -> None:
    """Clears away what is left; where the database does not answer now, the next time."""
    try:
        jobs.sweep()
    except (SQLAlchemyError, StoreError) as error:
        logging.getLogger(__name__).error("Nothing was cleared away: %s", error)


@asynccontextmanager
async def while_serving(_: object) -> AsyncIterator[None]:
    ended = threading.Event()
    threading.Thread(target=prepare, args=(ended,), daemon=True).start()
    yield
    ended.set()
    # Uvicorn ends the process by the signal that it was given, and no exit handler runs after that.
    await asyncio.to_thread(warm.close)


def show_failure(failure: Exception) -> bool:
    """Says in one sentence on the page that it failed; the log gets the traceback. True: nothing more is
    shown.
    """
    logging.getLogger(__name__).error("A page failed", exc_info=failure)
    if isinstance(failure, SQLAlchemyError):
        st.error("The database does not answer. Try again in a moment; the server's log has the cause.")
        return True
    st.error(
        "This page failed, which is a mistake in the program and not in what you entered. Reload it; "
        "if it fails again, the server's log has the cause."
    )
    return True


def show_pages() -> None:
    """Draws the navigation and runs the page asked for."""
    files = {stem: ROOT / "pages" / f"{stem}.py" for stem in PAGES}
    pages = [
        st.Page(
            file,
            title=PAGES[stem],
            url_path=stem,
            default=stem == DEFAULT_PAGE,
            visibility="hidden" if stem in OPENED_BY_LINK else "visible",
        )
        for stem, file in files.items()
        if file.is_file()
    ]
    chosen = st.navigation(pages, position="top")
    layout = "wide" if chosen.title in WIDE else "centered"
    st.set_page_config(page_title="Format Advisor", layout=layout, initial_sidebar_state="auto")
    protection.banner()
    chosen.run()


def read_arguments(arguments: list[str]) -> None:
    """Takes --unsafe-no-sandbox, which sets what its environment variable sets. Raises SystemExit for any
    other argument, where a setting's value is none, where the secrets or the database cannot be used, and
    where the pages are to lie below a path.
    """
    for argument in arguments:
        if argument != "--unsafe-no-sandbox":
            raise SystemExit(f"{argument} is no option of app.py; its only one is --unsafe-no-sandbox.")
        os.environ[settings.UNSAFE_NO_SANDBOX.variable] = "1"
    for setting in settings.SETTINGS:
        setting.value()
    secrets = [file for file in st.get_option("secrets.files") if Path(file).exists()]
    if secrets and not st.secrets.load_if_toml_exists():  # Streamlit would go on, and believe typed names
        raise SystemExit(f"{secrets[-1]} cannot be read: no login would be asked for. Mend or remove it.")
    if secrets and "auth" in st.secrets:
        here.begin_with_login()
    try:
        run_rows.engine()
    except StoreError as error:
        raise SystemExit(str(error)) from None
    if st.get_option("server.baseUrlPath"):
        raise SystemExit(
            "server.baseUrlPath is set, but uploads, downloads and closed addresses would not lie below it. "
            "Give this program a host name or a port of its own instead."
        )


if get_script_run_ctx(suppress_warning=True) is not None:
    show_pages()
else:
    # Only `streamlit run` puts this file's own arguments there.
    if Path(sys.argv[0]).name == "app.py":
        read_arguments(sys.argv[1:])
    # Until a visit has called st.navigation, Streamlit 1.67 takes the folder pages/ for its older kind of
    # application, and the first link into a page of a fresh server would show that one's menu.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        lifespan=while_serving,
        routes=routes(DEFAULT_PAGE),
        middleware=[Middleware(Guard)],
        on_script_error=show_failure,
    )
