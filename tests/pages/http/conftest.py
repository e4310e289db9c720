"""Real servers with settings of their own, and requests to them."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from tests.web_server import free_port, served, streamlit_command

TOKEN = "a long secret with ü"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def problem(self) -> dict:
        return json.loads(self.body)["problem"]


@dataclass(frozen=True)
class Server:
    port: int
    data: Path

    def ask(self, method: str, path: str, body: object = None, headers: dict | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()

    def upload(self, body: object, name: str = "model.onnx", **headers: str) -> Answer:
        given = {"Authorization": f"Bearer {TOKEN}".encode(), **headers}
        return self.ask("POST", f"/api/models?name={name}", body, given)

    def runs(self) -> list[Path]:
        folder = self.data / "runs"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def process(self) -> psutil.Process:
        return next(
            process
            for process in psutil.process_iter(["cmdline"])
            if f"--server.port={self.port}" in (process.info["cmdline"] or [])
        )


def serve(data: Path, **settings: object) -> Iterator[Server]:
    """A server with these settings, named as in benchmarks.settings."""
    port = free_port()
    variables = {f"FORMAT_ADVISOR_{name}": str(value) for name, value in settings.items()}
    with served(streamlit_command(port), port, data, settings=variables):
        yield Server(port, data)


@pytest.fixture(scope="session")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes a large model, and programs with the token."""
    yield from serve(tmp_path_factory.mktemp("roomy"), MAX_MODEL_MB=320, TOKEN=TOKEN)


@pytest.fixture(scope="session")
def model() -> bytes:
    """A small real ONNX model."""
    folder = Path(find_spec("onnx").submodule_search_locations[0], "backend", "test", "data", "light")
    return (folder / "light_resnet50.onnx").read_bytes()
