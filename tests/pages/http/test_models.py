"""Uploads over HTTP against the real server: who may, what is refused, and that nothing is left of it."""

import asyncio
import json
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from benchmarks.errors import ProblemError
from pages.http import models
from pages.http.headers import HEADERS
from store.engine import FILENAME
from tests.pages.http.conftest import TOKEN, Server, serve

MEGABYTE = bytes(range(256)) * 4000


def test_a_program_uploads_with_the_token(roomy: Server, model: bytes) -> None:
    answer = roomy.upload(model, "../../caf%C3%A9%20%F0%9F%98%80.onnx")
    assert answer.status == 201
    about = json.loads(answer.body)
    assert about == {"run": about["run"], "page": f"compare?run={about['run']}"}
    assert answer.headers["location"] == f"/{about['page']}"
    folder = roomy.data / "runs" / about["run"]
    [source] = (folder / "source").iterdir()
    assert source.read_bytes() == model
    with sqlite3.connect(roomy.data / FILENAME) as connection:
        found = connection.execute("SELECT title FROM runs WHERE id = ?", [folder.name]).fetchall()
    assert found == [("../../café 😀.onnx",)]
    assert json.loads((folder / "description.json").read_text())["format"] == "onnx"


def test_a_body_in_chunks_of_no_declared_size(roomy: Server, model: bytes) -> None:
    pieces = iter([model[:10], model[10:50_000], model[50_000:]])
    assert roomy.upload(pieces).status == 201


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({}, 401, "no-credentials"),
        ({"Authorization": "Bearer wrong"}, 401, "wrong-token"),
        ({"Authorization": "Bearer "}, 401, "wrong-token"),
        ({"Authorization": f"Bearer {TOKEN}x".encode()}, 401, "wrong-token"),
        ({"Authorization": "Basic YTpi"}, 401, "no-credentials"),
        ({"X-Upload-Ticket": "9999999999.00.00"}, 403, "wrong-ticket"),
        ({"X-Upload-Ticket": "\xe9"}, 403, "wrong-ticket"),
        ({"Origin": "http://elsewhere.example"}, 403, "other-site"),
        ({"Origin": "null"}, 403, "other-site"),
        ({"Origin": "http://[bad"}, 403, "other-site"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "other-site"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "other-site"),
    ],
)
def test_who_may_not_upload_is_told_so(
    roomy: Server, model: bytes, headers: dict, status: int, kind: str
) -> None:
    before = roomy.runs()
    if kind == "other-site":
        headers = {"Authorization": f"Bearer {TOKEN}".encode(), **headers}
    answer = roomy.ask("POST", "/api/models?name=m.onnx", model, headers)
    assert (answer.status, answer.problem["kind"]) == (status, kind)
    assert answer.problem["next_step"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert roomy.runs() == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty-file"),
        (b"dear diary\n" * 20, None),
        (b"\x80\x04K\x01.", None),
        (b"PK\x05\x06" + bytes(18), None),
    ],
)
def test_what_is_no_model_is_refused_and_leaves_nothing(roomy: Server, body: bytes, kind: str | None) -> None:
    before = roomy.runs()
    answer = roomy.upload(body)
    assert answer.status == 422
    assert kind in (None, answer.problem["kind"])
    assert answer.problem["message"] and answer.problem["next_step"]
    assert roomy.runs() == before


def test_the_size_is_held_against_what_is_declared_and_what_comes(roomy: Server) -> None:
    before = roomy.runs()
    declared = {"Authorization": f"Bearer {TOKEN}".encode(), "Content-Length": "320000001"}
    answer = roomy.ask("POST", "/api/models", b"only this", declared)
    assert (answer.status, answer.problem["kind"]) == (413, "too-large")
    answer = roomy.upload(MEGABYTE for _ in range(400))
    assert (answer.status, answer.problem["kind"]) == (413, "too-large")
    assert roomy.runs() == before


def test_an_upload_that_breaks_off_leaves_nothing(roomy: Server) -> None:
    before = roomy.runs()
    head = f"POST /api/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    with socket.create_connection(("127.0.0.1", roomy.port)) as connection:
        connection.sendall(f"{head}Content-Length: 30000000\r\n\r\n".encode() + MEGABYTE * 3)
        until(lambda: len(roomy.runs()) == len(before) + 1)
    until(lambda: roomy.runs() == before)


def test_the_servers_memory_stays_flat(roomy: Server) -> None:
    """300 MB come in while the process is watched; `st.file_uploader` took it from 76 to 678 MB."""
    process = roomy.process()
    roomy.upload(MEGABYTE * 3)  # what is loaded once is loaded
    until(lambda: "run:" in (roomy.data / "server.log").read_text(), seconds=60)
    before, highest, done = process.memory_info().rss, 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.01):
            highest = max(highest, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        answer = roomy.upload(MEGABYTE for _ in range(290))
    finally:
        done.set()
        watching.join()
    assert answer.status == 422  # random bytes are no model
    assert highest > 0
    assert highest - before < 60e6


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/x", "/api/models/x", "/api/../secret"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_there_is_nothing_else_below_api(roomy: Server, method: str, path: str) -> None:
    answer = roomy.ask(method, path)
    assert answer.status in (400, 404)
    if answer.status == 404:
        assert answer.problem["kind"] == "unknown-address"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_models_are_posted(roomy: Server, method: str) -> None:
    answer = roomy.ask(method, "/api/models")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in answer.headers


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with little room."""
    yield from serve(
        tmp_path_factory.mktemp("tight"), MAX_RUNS=2, UPLOADS_AT_ONCE=1, UPLOADS_PER_MINUTE=8, TOKEN=TOKEN
    )


def test_uploads_at_once_runs_kept_and_beginnings_are_limited(tight: Server, model: bytes) -> None:
    """In one test, since each step uses up what the next has."""
    head = f"POST /api/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    with socket.create_connection(("127.0.0.1", tight.port)) as connection:
        connection.sendall(f"{head}Content-Length: 30000000\r\n\r\n".encode() + b"x")
        until(lambda: len(tight.runs()) == 1)
        answer = tight.upload(model)
        assert (answer.status, answer.problem["kind"]) == (429, "too-many-uploads")
        assert int(answer.headers["retry-after"]) > 0
    until(lambda: not tight.runs())
    assert [tight.upload(model).status for _ in range(2)] == [201, 201]
    answer = tight.upload(model)
    assert (answer.status, answer.problem["kind"]) == (507, "too-many-runs")
    assert "FORMAT_ADVISOR_MAX_RUNS" in answer.problem["next_step"]
    # Four where nothing is slow; a slow machine is given back one beginning every 7.5 seconds meanwhile.
    answer = next(answer for answer in (tight.upload(model) for _ in range(20)) if answer.status == 429)
    assert answer.problem["kind"] == "too-many-requests"
    assert 0 < int(answer.headers["retry-after"]) <= 8
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value
    assert len(tight.runs()) == 2


def until(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_upload_that_stalls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte must come within a minute, here within a moment, or a few slow senders hold every place."""
    monkeypatch.setattr(models, "PIECE_S", 0.2)

    class Trickle:
        async def stream(self) -> AsyncIterator[bytes]:
            yield MEGABYTE * 2
            while True:
                await asyncio.sleep(0.01)
                yield b"x"

    async def take() -> list[int]:
        sizes = []
        with pytest.raises(ProblemError) as refused:
            async for piece in models._pieces(Trickle()):
                sizes.append(len(piece))
        assert refused.value.problem.kind == "stalled"
        return sizes

    assert asyncio.run(take()) == [len(MEGABYTE) * 2]


def test_an_upload_as_a_whole_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Just fast enough for each piece, and still here after an hour (here: 0.3 s)."""
    monkeypatch.setattr(models, "UPLOAD_S", 0.3)

    class Steady:
        async def stream(self) -> AsyncIterator[bytes]:
            for _ in range(100):
                await asyncio.sleep(0.02)
                yield MEGABYTE * 2

    async def take() -> None:
        async for _ in models._pieces(Steady()):
            pass

    with pytest.raises(ProblemError) as refused:
        asyncio.run(take())
    assert refused.value.problem.kind == "stalled" and "longer than" in str(refused.value)


def test_one_client_leaves_a_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMAT_ADVISOR_UPLOADS_AT_ONCE", "3")
    with ExitStack() as held:
        granted = [held.enter_context(models.UPLOADS.one(client)) for client in "aaabbc"]
        assert granted == [True, True, False, True, False, False]
    with models.UPLOADS.one("a") as free:
        assert free
    monkeypatch.setenv("FORMAT_ADVISOR_UPLOADS_AT_ONCE", "1")
    with models.UPLOADS.one("a") as first, models.UPLOADS.one("b") as second:
        assert (first, second) == (True, False)
