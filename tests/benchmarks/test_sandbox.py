"""The box, tried from inside with real programs."""

import json
import os
import shutil
import socket
import subprocess
from functools import cache
from pathlib import Path

import pytest

from benchmarks import sandbox
from benchmarks.errors import ProblemError
from benchmarks.settings import PROJECT

LAYERS = {"namespaces", "landlock", "seccomp"}
NAMESPACES = frozenset({"namespaces"})


def works(*command: str) -> bool:
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True).returncode == 0


def test_protection_says_what_this_machine_does():
    protection = sandbox.protection()
    if works("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"):
        assert protection.mode == "namespaces"
        assert protection.layers in (LAYERS, LAYERS - {"landlock"})
    assert protection.reason.endswith(".")
    assert sandbox.trials()[-1].holds == (protection.mode != "none")


def test_what_was_tried_is_kept_as_evidence(needs_box):
    [trial] = sandbox.trials()
    assert trial.layers == LAYERS
    assert trial.escaped == ()
    assert {"read a file outside", "write a file outside", "connect over the network"} <= {*trial.attempts}
    assert {"signal the server", "execute a program"} <= {*trial.attempts}


@pytest.fixture
def asked_anew(monkeypatch):
    """`protection()` and `trials()` look again, for this test only."""
    monkeypatch.setattr(sandbox, "trials", cache(sandbox.trials.__wrapped__))
    monkeypatch.setattr(sandbox, "protection", cache(sandbox.protection.__wrapped__))


def test_without_bubblewrap_landlock_and_seccomp_stand_alone(needs_box, asked_anew, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = sandbox.protection()
    assert (found.mode, found.layers) == ("landlock", {"landlock", "seccomp"})
    assert "not installed" in found.reason


def test_a_bubblewrap_that_does_not_work_is_no_reason_to_stop(needs_box, asked_anew, monkeypatch, tmp_path):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = sandbox.protection()
    assert found.mode == "landlock"
    assert "No permissions to create new namespace" in found.reason


def test_where_nothing_holds_no_model_is_run(needs_box, asked_anew, monkeypatch):
    holes = sandbox.attempt(NAMESPACES)
    monkeypatch.setattr(sandbox, "attempt", lambda layers: holes)
    assert sandbox.protection().mode == "none"
    with pytest.raises(ProblemError) as caught:
        sandbox.required()
    assert caught.value.problem.kind == "no-sandbox"
    assert "read another model" in caught.value.problem.message
    assert "bubblewrap" in caught.value.problem.next_step


def test_an_operator_may_do_without(needs_box, asked_anew, monkeypatch):
    holes = sandbox.attempt(NAMESPACES)
    monkeypatch.setattr(sandbox, "attempt", lambda layers: holes)
    monkeypatch.setenv("FORMAT_ADVISOR_UNSAFE_NO_SANDBOX", "1")
    found = sandbox.required()
    assert (found.mode, found.layers) == ("none", frozenset())
    assert found.reason.startswith("NO SANDBOX")


def test_a_box_with_a_hole_is_seen_as_one(needs_box, monkeypatch, tmp_path):
    """The real bubblewrap, started without its own network: the trial connects out."""
    holed = tmp_path / "bwrap"
    holed.write_text(
        '#!/bin/sh\nfor a do shift; [ "$a" = --unshare-net ] || set -- "$@" "$a"; done\n'
        f'exec {shutil.which("bwrap")} "$@"\n'
    )
    holed.chmod(0o755)
    assert "connect over the network" not in sandbox.attempt(NAMESPACES).escaped
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = sandbox.attempt(NAMESPACES)
    assert not found.holds
    assert "connect over the network" in found.escaped


def test_nothing_at_all_lets_everything_out():
    """The trial can fail: without a layer each attempt succeeds, so none of them is an empty gesture."""
    found = sandbox.attempt(frozenset())
    assert set(found.escaped) >= set(found.attempts) - {"look into a process outside"}


@pytest.mark.parametrize("layer", ["landlock", "seccomp"])
def test_each_layer_keeps_something_in(layer):
    assert len(sandbox.attempt(frozenset({layer})).escaped) < len(sandbox.attempt(frozenset()).escaped)


@pytest.fixture
def needs_box():
    if sandbox.protection().mode != "namespaces":
        pytest.skip(f"there is no box to try: {sandbox.protection().reason}")


@pytest.fixture
def inside(needs_box, tmp_path):
    """Runs statements in the box, `tmp_path/writable` left open, and returns what they put into `out`."""
    writable = tmp_path / "writable"
    writable.mkdir()

    def run(statements: str) -> dict:
        code = f"import json\nout = {{}}\n{statements}\nprint(json.dumps(out), flush=True)"
        process = sandbox.start(
            "timeit",
            ["-n", "1", "-r", "1", "-s", code, "pass"],
            writable,
            NAMESPACES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        printed, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        return json.loads(printed.splitlines()[0])

    return run


TRY = """
def attempt(name, act):
    try:
        act()
        out[name] = "done"
    except OSError as error:
        out[name] = type(error).__name__
"""


def test_the_environment_is_scrubbed(inside, monkeypatch):
    monkeypatch.setenv("A_SECRET_OF_THE_OPERATOR", "hunter2")
    seen = inside("import os\nout['env'] = dict(os.environ)")["env"]
    assert {**seen, **sandbox.ENVIRONMENT} == {
        **sandbox.ENVIRONMENT,
        **{k: seen[k] for k in seen if k in ("PWD", "LC_CTYPE")},
    }
    assert inside("out['all'] = open('/proc/1/environ').read()")["all"].count("hunter2") == 0


def test_only_the_given_folder_can_be_written(inside, tmp_path):
    writable, outside = tmp_path / "writable", tmp_path / "outside"
    outside.write_text("untouched")
    places = [
        str(PROJECT / "benchmarks" / "settings.py"),
        "/usr/new",
        "/new",
        "/dev/new",
        "/etc/passwd",
        str(Path.home() / "new"),
    ]
    tried = inside(
        TRY + f"for path in {places!r}: attempt(path, lambda: open(path, 'a').write('x'))\n"
        f"attempt('sibling', lambda: open({str(outside)!r}, 'w').write('x'))  # or in the /tmp of the box\n"
        f"attempt('own', lambda: open({str(writable / 'own')!r}, 'w').write('mine'))\n"
        "attempt('tmp', lambda: open('/tmp/scratch', 'w').write('mine'))"
    )
    assert [place for place in places if tried[place] == "done"] == []
    assert (tried["own"], tried["tmp"]) == ("done", "OSError")  # what one job left, the next would find
    assert outside.read_text() == "untouched"
    assert (writable / "own").read_text() == "mine"
    assert not Path("/tmp/scratch").exists()


def test_nothing_else_can_be_read(inside, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    places = [
        str(secret),
        "/etc/passwd",
        "/etc/hostname",
        str(PROJECT / "pyproject.toml"),
        str(PROJECT / ".git" / "HEAD"),
        f"/proc/{os.getpid()}/environ",
    ]
    places = [place for place in places if Path(place).exists()]
    tried = inside(TRY + f"for path in {places!r}: attempt(path, lambda: open(path).read())")
    assert set(tried.values()) <= {"FileNotFoundError", "PermissionError"}
    assert len(tried) == len(places) >= 4


def test_a_link_does_not_lead_out(inside, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    link = tmp_path / "writable" / "link"
    tried = inside(
        TRY + f"import os\nos.symlink({str(secret)!r}, {str(link)!r})\n"
        f"attempt('read', lambda: open({str(link)!r}).read())\n"
        f"attempt('write', lambda: open({str(link)!r}, 'w').write('x'))"
    )
    assert tried["read"] == "FileNotFoundError"
    assert secret.read_text() == "hunter2"


def test_no_network_and_no_sockets_of_others(inside, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0format-advisor-test-{os.getpid()}")
        abstract.listen()
        tried = inside(
            TRY + "import socket\n"
            f"attempt('tcp', lambda: socket.create_connection(('127.0.0.1', {tcp.getsockname()[1]}), 2))\n"
            "attempt('out', lambda: socket.create_connection(('192.0.2.1', 80), 2))\n"
            "attempt('abstract', lambda: socket.socket(socket.AF_UNIX)"
            f".connect('\\0format-advisor-test-{os.getpid()}'))"
        )
    assert "done" not in tried.values()


def test_no_process_outside_is_seen_or_signalled(inside):
    tried = inside(
        "import os\nout['pids'] = [int(p) for p in os.listdir('/proc') if p.isdigit()]\n"
        "out['uid'] = os.getuid()"
    )
    assert len(tried["pids"]) <= 3
    assert tried["uid"] == 65534


def test_no_new_user_namespace_inside(inside):
    """Inside one of its own a program would have capabilities again."""
    tried = inside(TRY + "import ctypes, os\nout['unshare'] = ctypes.CDLL(None).unshare(0x10000000)")
    assert tried["unshare"] == -1


def test_the_shared_memory_of_the_machine_is_not_there(inside):
    mark = Path("/dev/shm", f"format-advisor-test-{os.getpid()}")
    tried = inside(TRY + f"attempt('shm', lambda: open({str(mark)!r}, 'w').write('x'))")
    assert not mark.exists()
    assert tried["shm"] != "done"
