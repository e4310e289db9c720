"""`GET /download/RUN/WHAT`: an artifact or the report of a run, streamed from the disk.

`st.download_button` holds a file in memory instead.
"""

from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from benchmarks.downloads import Opened, open_download
from benchmarks.errors import ProblemError
from pages.http.answers import STATUS

PIECE_BYTES = 1 << 20


def send_file(request: Request) -> Response:
    try:
        opened = open_download(request.path_params["run"], request.path_params["what"])
    except ProblemError as error:
        return PlainTextResponse(str(error.problem), STATUS[error.problem.kind])
    headers = {
        "Content-Length": str(opened.size_bytes),
        # Never shown in the browser: it may hold anything.
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(opened.name)}",
    }
    return StreamingResponse(_pieces(opened), headers=headers, media_type="application/octet-stream")


def _pieces(opened: Opened) -> Iterator[bytes]:
    with opened.file as file:
        left = opened.size_bytes
        while left and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
