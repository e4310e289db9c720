"""What every request passes, asked with raw requests as a browser would never send them."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.http.guard import Guard
from pages.http.headers import CONTENT_SECURITY_POLICY, HEADERS
from tests.pages.http.conftest import Server, serve

WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PATHS = [
    "/",
    "/compare",
    "/api/models",
    "/download/0123456789abcdef/report",
    "/_stcore/health",
    "/static/x.js",
]


def raw(server: Server, path: str, hosts: list[str], more: str = "") -> bytes:
    """The whole answer to a request with these Host headers."""
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    close = "" if more else "Connection: close\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{lines}{more}{close}\r\n".encode())
        answer = connection.recv(65536)
        while more == "" and (piece := connection.recv(65536)):
            answer += piece
    return answer


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "hosts",
    [
        ["elsewhere.example"],
        ["localhost.elsewhere.example"],
        ["127.0.0.1.elsewhere.example:8501"],
        ["localhost@elsewhere.example"],
        ["localhost", "elsewhere.example"],
        ["elsewhere.example", "localhost"],
        ["0.0.0.0"],
        [""],
    ],
)
def test_another_name_is_not_answered(roomy: Server, path: str, hosts: list[str]) -> None:
    """As after DNS rebinding, where a page of another site asks us under its own name."""
    answer = raw(roomy, path, hosts)
    assert answer.startswith(b"HTTP/1.1 400 ")
    if b"content-security-policy" in answer:  # ours, not that of a server which cannot read the request
        assert b"wrong-host" in answer


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "LOCALHOST:8501", "[::1]:8501"])
def test_our_own_names_are_answered(roomy: Server, host: str) -> None:
    assert raw(roomy, "/_stcore/health", [host]).startswith(b"HTTP/1.1 200 ")


def test_the_websocket_opens_under_our_name_and_from_our_page_only(roomy: Server) -> None:
    here = f"localhost:{roomy.port}"
    asked = {
        (host, origin): raw(roomy, "/_stcore/stream", [host], f"{WEBSOCKET}Origin: {origin}\r\n").split()[1]
        for host, origin in [
            (here, f"http://{here}"),
            ("elsewhere.example", "http://elsewhere.example"),
            (here, "http://elsewhere.example"),
            (here, f"http://localhost:{roomy.port + 1}"),
        ]
    }
    assert list(asked.values()) == [b"101", b"403", b"403", b"403"]


def test_a_long_websocket_message_is_not_taken(roomy: Server) -> None:
    """Refused by the length that it declares: nothing of it is waited for."""
    masked_binary = b"\x82\xff" + (20_000_000).to_bytes(8) + bytes(4)
    with socket.create_connection(("127.0.0.1", roomy.port), timeout=10) as connection:
        connection.sendall(f"GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\n{WEBSOCKET}\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        connection.sendall(masked_binary)
        closed = b"\x88"
        assert (frame := connection.recv(65536))[:1] == closed
        assert int.from_bytes(frame[2:4]) == 1009  # message too big


def test_a_client_opens_so_many_websockets_only() -> None:
    async def open_all() -> tuple[int, int]:
        ended = asyncio.Event()
        opened = refused = 0

        async def page(scope: dict, receive: object, send: object) -> None:
            nonlocal opened
            opened += 1
            await ended.wait()

        async def send(message: dict) -> None:
            nonlocal refused
            refused += message["type"] == "websocket.close"

        guard = Guard(page)
        scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost")]}
        asked = [
            asyncio.create_task(guard(scope | {"client": (client, 1)}, None, send))
            for client in ["192.0.2.1"] * 60 + ["192.0.2.2"]
        ]
        await asyncio.sleep(0.1)
        ended.set()
        await asyncio.gather(*asked)
        await guard(scope | {"client": ("192.0.2.1", 1)}, None, send)
        return opened, refused

    assert asyncio.run(open_all()) == (50 + 1 + 1, 10)


@pytest.mark.parametrize(
    ("path", "instead"),
    [("upload_file/x", "page Compare"), ("metrics", "page Status"), ("agent/mcp", "/api/models")],
)
def test_a_closed_address_says_what_to_use_instead(roomy: Server, path: str, instead: str) -> None:
    assert instead in roomy.ask("GET", f"/_stcore/{path}").problem["next_step"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/compare", 200),
        ("GET", "/advise", 307),
        ("GET", "/_stcore/health", 200),
        ("GET", "/_stcore/host-config", 200),
        ("GET", "/static/no-such-file.js", 200),
        ("GET", "/download/0123456789abcdef/report", 404),
        ("GET", "/_stcore/bidi-components/format-advisor.upload/../upload.py", 400),
        ("GET", "/_stcore/metrics", 403),
        ("GET", "/_stcore/agent/openapi.json", 403),
        ("POST", "/_stcore/agent/mcp", 403),
        ("PUT", "/_stcore/upload_file/session/file", 403),
        ("DELETE", "/_stcore/upload_file/session/file", 403),
        ("OPTIONS", "/_stcore/upload_file/session/file", 403),
        ("PUT", "/%5Fstcore/upload_file/session/file", 403),
        ("PUT", "//_stcore/upload_file/session/file", 400),
        ("GET", "/api/x", 404),
    ],
)
def test_every_answer_carries_the_headers(roomy: Server, method: str, path: str, status: int) -> None:
    answer = roomy.ask(method, path)
    assert answer.status == status
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value


def test_scripts_styles_and_data_come_from_the_server_only() -> None:
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY and "*" not in CONTENT_SECURITY_POLICY
    scripts = next(rule for rule in CONTENT_SECURITY_POLICY.split("; ") if rule.startswith("script-src"))
    assert not {"'unsafe-inline'", "'unsafe-eval'", "blob:", "data:"} & set(scripts.split())


def test_a_download_is_never_shown_in_the_browser(roomy: Server, model: bytes) -> None:
    run = json.loads(roomy.upload(model).body)["run"]
    (roomy.data / "runs" / run / "report.json").write_text('{"conversions": []}')
    answer = roomy.ask("GET", f"/download/{run}/report")
    assert (answer.status, answer.body) == (200, b'{"conversions": []}')
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serve(tmp_path_factory.mktemp("slow"), REQUESTS_PER_MINUTE=5)


def test_calls_in_a_minute_are_limited_and_a_proxys_header_makes_no_new_client(slow: Server) -> None:
    path = "/download/0123456789abcdef/report"
    answers = [
        slow.ask("GET", path, headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(8)
    ]
    assert [answer.status for answer in answers] == [404] * 5 + [429] * 3
    assert answers[-1].problem["kind"] == "too-many-requests"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 12
    assert slow.ask("GET", "/").status == 200  # pages are files
    assert slow.ask("GET", "/_stcore/health").status == 200


def test_the_clients_of_a_proxy_that_the_operator_names_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    for server in serve(tmp_path, REQUESTS_PER_MINUTE=2):
        path, theirs = "/download/0123456789abcdef/report", [1, 2, 3, 1, 1]
        answers = [
            server.ask("GET", path, headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in theirs
        ]
        assert [answer.status for answer in answers] == [404] * 4 + [429]


def test_a_request_that_fails_says_so_in_words_with_the_headers() -> None:
    """Starlette answers a failure outside of every middleware, and so without any header of ours."""

    async def fails(scope: dict, receive: object, send: object) -> None:
        raise ValueError("secret detail")

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(fails)(scope, None, send))
    start, body = sent
    assert start["status"] == 500
    assert {name.lower().encode() for name in HEADERS} <= {name for name, _ in start["headers"]}
    assert b"mistake in the program" in body["body"] and b"secret" not in body["body"]
