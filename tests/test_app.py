"""The entry point over HTTP and as a script: health, addresses, the start line, and a failure said in one
sentence.
"""

import asyncio
import http.client
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from benchmarks import jobs, sandbox, settings
from pages.view import protection
from tests.web_server import ROOT, free_port, served, streamlit_command


@pytest.fixture(scope="module")
def served_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def port(served_data: Path) -> Iterator[int]:
    chosen = free_port()
    with served(streamlit_command(chosen), chosen, served_data):
        yield chosen


def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body; redirects are not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    body = answer.read()
    connection.close()
    return answer.status, headers, body


def test_the_health_check_answers(port: int) -> None:
    assert get(port, "/_stcore/health")[::2] == (200, b"ok")


def test_the_default_page_is_found_under_its_own_name_with_its_answers(port: int) -> None:
    status, headers, _ = get(port, "/advise?framework=pytorch&hardware=android&hardware=ios")
    assert status in (302, 303, 307, 308)
    assert headers["location"] == "./?framework=pytorch&hardware=android&hardware=ios"


def test_a_file_of_a_run_that_is_not_there_is_refused_in_words(port: int) -> None:
    status, headers, body = get(port, "/download/0123456789abcdef/report")
    assert (status, headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert b"no run behind this link" in body


def test_the_terminal_says_what_protects_the_machine(port: int, served_data: Path) -> None:
    log, end = served_data / "server.log", time.monotonic() + 30
    while not (said := [line for line in log.read_text().splitlines() if line.startswith("run: ")]):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert said == [f"run: {protection.start_line()}"]
    assert sandbox.protection().reason in said[0]


def test_a_server_that_is_told_to_end_leaves_no_temporary_folder(tmp_path: Path) -> None:
    chosen, begun = free_port(), []
    with tempfile.TemporaryDirectory(prefix="end-") as temporary:  # short: a socket's path has 107 bytes
        variables = {"TMPDIR": temporary, "FORMAT_ADVISOR_LOAD_LATE": "0"}
        with served(streamlit_command(chosen), chosen, tmp_path, settings=variables):
            end = time.monotonic() + 60
            while not begun and time.monotonic() < end:
                begun = list(Path(temporary).glob("format-advisor-scratch-*/warm.sock"))
                time.sleep(0.1)
        assert begun
        assert list(Path(temporary).glob("format-advisor-scratch-*")) == []


def test_what_it_cannot_start_with_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth\n")
    for arguments, variables, said in (
        (["--", "--no-such-option"], {}, "--no-such-option is no option of app.py"),
        (["--server.baseUrlPath=models"], {}, "server.baseUrlPath is set"),
        ([], {"FORMAT_ADVISOR_MAX_RUNS": "many"}, "FORMAT_ADVISOR_MAX_RUNS must be a number, not 'many'."),
        ([], {"HOME": str(tmp_path)}, "secrets.toml cannot be read: no login would be asked for."),
        ([], {"DATABASE_URL": "postgresql://tests@127.0.0.1:1/none"}, "127.0.0.1:1/none cannot be used"),
    ):
        environment = os.environ | variables
        command = [*streamlit_command(free_port()), *arguments]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 1
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_argument_for_no_sandbox_sets_what_its_variable_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.UNSAFE_NO_SANDBOX.variable, "0")
    app.read_arguments([])
    assert not settings.UNSAFE_NO_SANDBOX.value()
    app.read_arguments(["--unsafe-no-sandbox"])
    assert settings.UNSAFE_NO_SANDBOX.value()


def test_every_page_is_a_file_named_like_its_address() -> None:
    existing = {file.stem for file in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert existing <= set(app.PAGES)
    assert app.DEFAULT_PAGE in existing


def test_the_entry_point_opens_the_default_page() -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not test.exception
    assert test.title[0].value == "Which format should the model be saved in?"


def test_a_page_that_fails_says_so_in_one_sentence(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import app\napp.show_failure(ValueError('secret detail'))\n")
    test = AppTest.from_file(str(script), default_timeout=30).run()
    assert len(test.error) == 1
    assert "Reload it" in test.error[0].value and "secret detail" not in test.error[0].value


def test_it_clears_away_for_as_long_as_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft that grows old while the server runs goes as well. The frameworks are not what is tested."""
    monkeypatch.setenv("FORMAT_ADVISOR_DATA", str(tmp_path))
    monkeypatch.setattr(app, "FIRST_PAGE_S", 0)
    monkeypatch.setattr(app, "SWEEP_EVERY_S", 0.1)
    prepared = threading.Event()
    monkeypatch.setattr(app.warm, "shared", prepared.set)

    async def serve() -> bool:
        async with app.while_serving(None):
            await asyncio.to_thread(prepared.wait, 120)
            draft = jobs.from_sample("pt2-transformer")
            os.utime(draft.folder, (time.time() - 25 * 3600,) * 2)
            for _ in range(100):
                await asyncio.sleep(0.1)
                if not draft.folder.exists():
                    return True
        return False

    assert asyncio.run(serve())
