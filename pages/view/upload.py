"""The uploader: a component whose script sends a model to `/api/models`, past Streamlit's memory, or hands a
small file to the page.

`st.file_uploader` holds every file in the server's memory for as long as its page is open.
"""

import base64
import zlib
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.runtime import Runtime

from benchmarks.settings import max_model_bytes
from pages.http import tickets

PACKAGE, NAME = "format-advisor", "upload"
TICKET = "upload ticket"
ADDRESS = "./api/models"
ASSETS = Path(__file__).with_name("assets")
PACKED_BYTES = 6_000_000
"""Of a file that is handed to the page, as gzip: server.maxMessageSize holds that in base64."""


def draw(hint: str) -> str | None:
    """Draws the uploader with `hint` on what it takes; returns the id of the run that an upload has just
    become, or None.
    """
    if not Runtime.exists():  # the page is imported as a module: there is nobody to draw for
        return None
    if not tickets.lasts(st.session_state.get(TICKET, "")):
        st.session_state[TICKET] = tickets.issue()
    data = {
        "label": "Upload a model",
        "otherwise": "Compare a smaller variant of the model.",
        "address": ADDRESS,
        "ticket": st.session_state[TICKET],
        "max_bytes": max_model_bytes(),
        "hint": hint,
    }
    return _component()(key="upload", data=data, on_run_change=lambda: None).run


def read(key: str, label: str, hint: str, max_bytes: int) -> bytes | None:
    """Draws an uploader for a small file, and returns its bytes once when one has just been chosen; raises
    ValueError for what is no file of at most `max_bytes`, which only somebody else's script would send."""
    data = {"label": label, "hint": hint, "max_bytes": max_bytes, "max_packed": PACKED_BYTES}
    data["otherwise"] = "Choose a smaller file."
    if not Runtime.exists():
        return None
    packed = _component()(key=key, data=data, on_file_change=lambda: None).file
    if packed is None:
        return None
    unpacker = zlib.decompressobj(wbits=31)  # of gzip
    try:
        content = unpacker.decompress(base64.b64decode(packed, validate=True), max_bytes + 1)
    except (zlib.error, TypeError) as error:
        raise ValueError(f"This is no file that was packed by this page: {error}.") from None
    if len(content) > max_bytes or not unpacker.eof:
        raise ValueError(f"The file has more than {max_bytes / 1e6:,.0f} MB.")
    return content


def _component():
    """Registers the component with this runtime, which costs little when done before.

    A script given as text would be loaded from a blob: address, which the Content-Security-Policy forbids
    to scripts for a reason; one in a folder named by a manifest is loaded from this server. Streamlit looks
    for manifests in installed packages only, and this program is none.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{PACKAGE}.{NAME}") is None:
        config = ComponentConfig(NAME, ASSETS.name)
        manager.register_from_manifest(ComponentManifest(PACKAGE, "1", [config]), ASSETS.parent)
    return st.components.v2.component(
        f"{PACKAGE}.{NAME}", html=_text("upload.html"), css=_text("upload.css"), js="upload.js"
    )


@cache
def _text(name: str) -> str:
    return (ASSETS / name).read_text()
