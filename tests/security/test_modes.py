"""The whole program, as it is started, on machines that protect it in different ways."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.settings import PROJECT
from tests.security.corpus.table import CASES

BY_ID = {case.id: case for case in CASES}

NO_LANDLOCK = """
import ctypes, errno, os, struct, sys
# Load the number of the system call; 444, landlock_create_ruleset, does not exist; all others do.
code = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]
program = b"".join(struct.pack("<HBBI", *one) for one in code)
buffer = ctypes.create_string_buffer(program, len(program))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
header = struct.pack("@HP", len(code), ctypes.addressof(buffer))
assert libc.prctl(22, 2, header, 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""A kernel without Landlock, made of one that has it: the filter is inherited by all that is started."""

Call = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def call(tmp_path) -> Call:
    """Runs `python -m benchmarks`; `bubblewrap` and `landlock` say whether this machine has them."""
    (temporary := tmp_path / "temporary").mkdir()
    (programs := tmp_path / "programs").mkdir()
    (programs / "rm").symlink_to(shutil.which("rm"))

    def run(*arguments: str | Path, bubblewrap: bool, landlock: bool, **environment: str):
        line = [sys.executable, *([] if landlock else ["-c", NO_LANDLOCK]), "-m", "benchmarks"]
        environment = {**os.environ, "TMPDIR": str(temporary), **environment}
        if not bubblewrap:
            environment["PATH"] = str(programs)
        done = subprocess.run(
            [*line, *map(str, arguments)],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert "Traceback" not in done.stderr
        # The line of measuring jobs is kept between runs on purpose.
        assert [p.name for p in temporary.iterdir() if not p.name.startswith("format-advisor-line")] == []
        return done

    return run


def compared(call: Call, model: Path, *more: str, **machine) -> tuple[dict, str]:
    done = call("compare", model, "--budget", "0.2", "--to", "onnx", "--json", *more, **machine)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(("bubblewrap", "mode"), [(True, "namespaces"), (False, "landlock")])
def test_with_and_without_bubblewrap(call, corpus, bubblewrap, mode):
    data, said = compared(call, corpus(BY_ID["torchscript-sound"]), "--shape", "input=2,3",
                          "--to", "onnx", "openvino", bubblewrap=bubblewrap, landlock=True)  # fmt: skip
    assert data["environment"]["sandbox"] == mode
    assert ("bubblewrap" in said.lower()) and ("Landlock" in said)
    assert {c["to"]: c["outcome"] for c in data["conversions"]} == {"onnx": "passed", "openvino": "passed"}


def test_namespaces_stand_without_landlock(call, corpus):
    """Degraded, and said so: one job could read another's folder."""
    data, said = compared(call, corpus(BY_ID["onnx-sound"]), bubblewrap=True, landlock=False)
    assert data["environment"]["sandbox"] == "namespaces"
    assert "Without Landlock" in said


def test_without_either_no_model_is_run(call, corpus):
    done = call("compare", corpus(BY_ID["onnx-sound"]), "--json", bubblewrap=False, landlock=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No sandbox works here" in done.stderr
    assert "--unsafe-no-sandbox" in done.stderr.splitlines()[-1]


def test_an_operator_who_insists_is_told(call, corpus):
    data, said = compared(
        call, corpus(BY_ID["onnx-sound"]), "--unsafe-no-sandbox", bubblewrap=False, landlock=False
    )
    assert data["environment"]["sandbox"] == "none"
    assert "NO SANDBOX" in said


def test_insisting_changes_nothing_where_a_sandbox_works(call, corpus):
    data, _ = compared(
        call, corpus(BY_ID["onnx-sound"]), "--unsafe-no-sandbox", bubblewrap=False, landlock=True
    )
    assert data["environment"]["sandbox"] == "landlock"


@pytest.mark.slow
@pytest.mark.parametrize("bubblewrap", [True, False])
def test_a_hostile_model_through_the_whole_program(call, corpus, outside, tmp_path, bubblewrap):
    """Admitted by the operator and the uploader: it tries everything in each job of the comparison (the
    reference run, the conversion, the verification, the measurement), and nothing comes of it."""
    machine = {"bubblewrap": bubblewrap, "landlock": True, "FORMAT_ADVISOR_ALLOW_PICKLE": "1"}
    model = corpus(BY_ID["code-together"])
    assert "confirm" in call("compare", model, **machine).stderr.lower()
    own = {process.pid for process in outside.processes()}
    data, said = compared(call, model, "--trust-pickle", "--out", str(tmp_path / "out"), **machine)
    assert data["measurements"]
    assert outside.secret not in json.dumps(data) + said
    assert not outside.harm(tmp_path / "out", data, own)
