"""The entry point over HTTP and as a script: headers, health, addresses, and a failure said in one
sentence.
"""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from tests.web_server import ROOT, free_port, served, streamlit_command


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    chosen = free_port()
    with served(streamlit_command(chosen), chosen, tmp_path_factory.mktemp("data")):
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


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/compare", "/advise"])
def test_every_answer_carries_the_security_headers(port: int, path: str) -> None:
    _, headers, _ = get(port, path)
    for name, value in app.HEADERS.items():
        assert headers[name.lower()] == value


def test_scripts_styles_and_data_come_from_the_server_only() -> None:
    assert "default-src 'self'" in app.CONTENT_SECURITY_POLICY
    assert "http" not in app.CONTENT_SECURITY_POLICY and "*" not in app.CONTENT_SECURITY_POLICY


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
