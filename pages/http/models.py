"""`POST /api/models?name=resnet.onnx`: takes a model as the body of a request, straight to the disk.

Answers 201 with `{"run", "page"}`, or the problem in words (see `answers`). Nothing is left of what was
refused, broken off or cancelled.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from benchmarks import jobs, settings
from benchmarks.errors import Problem, ProblemError
from benchmarks.uploads import Upload
from pages.http import tickets
from pages.http.answers import refusal, too_fast
from pages.http.clients import client_of, is_other_site
from pages.http.places import Places
from pages.http.rates import BEGINNINGS

TICKET_HEADER = "X-Upload-Ticket"
PIECE_BYTES = 1 << 20
PIECE_S = 60.0
"""Whoever takes longer for a piece (17 kB/s) would hold one of the few places for uploads for hours."""
UPLOAD_S = 3600.0
"""The whole model: 512 MB come in time at 142 kB/s."""
BUSY_RETRY_S = 10.0
UPLOADS = Places(
    lambda: max(1, settings.UPLOADS_AT_ONCE.value() - 1),  # one client does not keep all others out
    settings.UPLOADS_AT_ONCE.value,
)


async def receive_model(request: Request) -> Response:
    """See the module; each client's beginnings and the uploads at once are limited."""
    try:
        check_sender(request)
    except ProblemError as error:
        return refusal(error.problem)
    client = client_of(request.scope)
    if wait_s := BEGINNINGS.take(client):
        return refusal(too_fast(wait_s, "uploads and starts"), wait_s)
    with UPLOADS.one(client) as granted:
        if not granted:
            words = "As many models are being uploaded, by you or by everybody, as may be at once."
            busy = Problem("identify", "too-many-uploads", words, "Try again in a moment.")
            return refusal(busy, BUSY_RETRY_S)
        try:
            run = await _receive(request)
        except ProblemError as error:
            return refusal(error.problem)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
    about = {"run": run.id, "page": f"compare?run={run.id}"}
    return JSONResponse(about, 201, {"Location": f"/{about['page']}", "Cache-Control": "no-store"})


async def _receive(request: Request) -> jobs.Run:
    declared = request.headers.get("content-length", "0")
    upload = await run_in_threadpool(
        Upload, request.query_params.get("name", "model"), int(declared) if declared.isdecimal() else 0
    )
    try:
        async for piece in _pieces(request):
            await run_in_threadpool(upload.write, piece)
        run = await run_in_threadpool(upload.finish)
        if await request.is_disconnected():  # cancelled while it was examined
            raise ClientDisconnect
    except BaseException:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(upload.abandon)
        raise
    return run


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of about a megabyte: one step into another thread for each."""
    stream, ended = request.stream(), False
    now = asyncio.get_running_loop().time
    last = now() + UPLOAD_S
    while not ended:
        piece, ended = bytearray(), True
        try:
            async with asyncio.timeout_at(min(now() + PIECE_S, last)):
                async for chunk in stream:
                    piece += chunk
                    if len(piece) >= PIECE_BYTES:
                        ended = False
                        break
        except TimeoutError:
            raise ProblemError(
                "identify",
                "stalled",
                f"The upload took longer than {UPLOAD_S / 60:.0f} minutes."
                if now() >= last
                else f"The upload stalled: less than a megabyte came within {PIECE_S:.0f} s.",
                "Try again over a faster connection.",
            ) from None
        yield bytes(piece)


def check_sender(request: Request) -> None:
    """Lets in a page of ours, by the ticket it was given, and a program, by the operator's token. Raises
    ProblemError."""
    site = request.headers.get("sec-fetch-site")  # as Origin: said by a browser, not by a program
    if site not in (None, "same-origin") or is_other_site(request.headers):
        raise ProblemError(
            "identify", "other-site", "The request comes from another site.", "Upload on the page Compare."
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = settings.api_token()
        if not token or not hmac.compare_digest(given.strip().encode("latin-1"), token.encode()):
            raise ProblemError(
                "identify",
                "wrong-token",
                "The token is not the one that the operator set."
                if token
                else "The operator has set no token, so no program may upload.",
                f"Ask the operator for it ({settings.PREFIX}TOKEN).",
            )
    elif ticket := request.headers.get(TICKET_HEADER, ""):
        if not tickets.is_valid(ticket):
            raise ProblemError(
                "identify",
                "wrong-ticket",
                "This page is too old to upload from.",
                "Reload it, then try again.",
            )
    else:
        raise ProblemError(
            "identify",
            "no-credentials",
            "The request says neither which page nor which program it comes from.",
            f"Upload on the page Compare, or send the header Authorization: Bearer with the operator's "
            f"token ({settings.PREFIX}TOKEN).",
        )


async def unknown(request: Request) -> Response:
    """Any other address below /api; Streamlit would send its page with 200."""
    if request.url.path.rstrip("/") == "/api/models":
        words = "Models are uploaded with POST."
        return refusal(Problem("identify", "wrong-method", words, "See README.md for an example."))
    return refusal(
        Problem("identify", "unknown-address", "There is nothing at this address.", "Upload to /api/models.")
    )
