"""Every layer is needed: with any one of them taken away some case of the corpus gets further than before.

The audit's and the archives' rules are taken out one by one; so are Landlock, seccomp and the namespaces,
and each limit. What gets out then harms the test's own files only.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import inspection, warm
from benchmarks.errors import ProblemError
from benchmarks.inspection import archive
from benchmarks.inspection.identification import AUDITS
from tests.security.corpus.case import Case
from tests.security.corpus.table import CASES
from tests.security.ward import LAYERS, LIMITS, Ward, start_ward

BY_ID = {case.id: case for case in CASES}
TABLES = {"archives": archive.RULES} | {name: module.RULES for name, module in AUDITS.items()}
FORMATS = {name: {name} for name in AUDITS} | {"archives": {"zip", "tar"}}
RULES = [(table, kind) for table, rules in TABLES.items() for kind in rules]
ONLY_BY_SETTING = {("archives", "too-large")}
"""8 GB are too much for a test; see `test_the_cap_on_the_total_is_needed`."""


def described(path: Path) -> str:
    """The kind of refusal, or "taken"."""
    try:
        inspection.describe(path)
    except ProblemError as error:
        return error.problem.kind
    return "taken"


def unpacked(path: Path, into: Path) -> str:
    """The same for unpacking, which alone sees the bytes of what is compressed."""
    try:
        inspection.unpack(path, into)
    except ProblemError as error:
        return error.problem.kind
    return "taken"


@pytest.mark.parametrize(("table", "kind"), RULES, ids=[f"{table}-{kind}" for table, kind in RULES])
def test_each_rule_is_needed(table, kind, corpus, tmp_path, monkeypatch):
    """Without it some model is taken that is refused with it."""
    if (table, kind) in ONLY_BY_SETTING:
        pytest.skip("needs a setting")
    about = [corpus(case) for case in CASES if case.format in FORMATS[table] and kind in case.kinds]
    by_description = [path for path in about if described(path) == kind]
    by_unpacking = [path for path in about if table == "archives" and unpacked(path, tmp_path / "a") == kind]
    monkeypatch.delitem(TABLES[table], kind)
    taken = any(described(path) == "taken" for path in by_description)
    taken = taken or any(unpacked(path, tmp_path / "b") == "taken" for path in by_unpacking)
    assert taken, (
        f"no case needs the rule {kind}, with which {[path.parent.name for path in about]} are refused"
    )


def test_the_cap_on_the_total_is_needed(corpus, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_ARCHIVE_TOTAL_MB", "0.001")
    sound = corpus(BY_ID["savedmodel-sound-zip"])
    assert described(sound) == "too-large"
    monkeypatch.delitem(archive.RULES, "too-large")
    assert described(sound) == "taken"


@pytest.mark.parametrize(
    ("setting", "case", "kind"),
    [
        ("ARCHIVE_RATIO", "zip-bomb", "archive-bomb"),
        ("ARCHIVE_RATIO", "tar-bomb", "archive-bomb"),
        ("ARCHIVE_ENTRIES", "tar-70000-entries", "too-many-entries"),
        ("ARCHIVE_DEPTH", "zip-too-deep", "too-deep"),
    ],
)
def test_each_cap_is_needed(setting, case, kind, corpus, monkeypatch):
    path = corpus(BY_ID[case])
    assert described(path) == kind
    monkeypatch.setenv(f"FORMAT_ADVISOR_{setting}", "1e9")
    assert described(path) == "taken"


# ---- layers of the sandbox ---------------------------------------------------------------------------

OPENED = {
    # What is on → the cases that then do what they try, with what is seen of it from outside.
    ("namespaces", "seccomp"): {
        "code-sibling-read": {"leaks"},
        "code-sibling-write": {"changes"},
        "code-above-workspace": {"changes"},
    },
    ("namespaces", "landlock"): {
        "code-fork": set(),
        "code-setuid-file": set(),
        "code-system-v": set(),
        "code-anonymous-memory": set(),
        "code-limits-of-the-server": set(),
        "code-kernel-surface": set(),
    },
    ("landlock", "seccomp"): {"code-stat-outside": set(), "code-list-processes": set()},
    ("landlock",): {"code-udp": {"connections"}, "code-attributes": {"changes"}},
    ("seccomp",): {
        "code-read-outside": {"leaks"},
        "code-write-outside": {"markers"},
        "torchscript-reads-when-run": {"leaks"},
        "savedmodel-write-file": {"markers"},
    },
}
"""The two modes are (namespaces, landlock, seccomp) and (landlock, seccomp): the first two lines take one
layer out of the first mode, the third takes out the namespaces, the last two one layer of the second.
Programs are kept from starting by two layers, so that no line shows it."""


@pytest.mark.parametrize("layers", OPENED, ids="-".join)
def test_each_layer_is_needed(layers, corpus, outside):
    """With one layer less the cases do what both modes keep them from (see test_corpus.py)."""
    with start_ward("-".join(layers), frozenset(layers), outside) as ward:
        for case, seen in OPENED[layers].items():
            ran = ward.run(BY_ID[case], corpus(BY_ID[case]))
            assert seen <= ran.harm.kinds(), (case, ran.harm, ran.problem)
            for tried in ran.attempts.values():
                assert tried["done"], (case, tried["refused"])
        assert ward.still_serves()


# ---- limits ------------------------------------------------------------------------------------------

PATIENCE_S = 8
FREE = replace(LIMITS, wall_s=PATIENCE_S - 2, cpu_s=60, memory_mb=3000, file_mb=2500, disk_mb=3000)
LIMITED = [
    # limit, its value, the case, and how it ends with the limit
    ("wall_s", 3, "code-sleep", "timeout"),
    ("cpu_s", 4, "code-endless", "timeout"),
    ("memory_mb", 300, "code-memory", "out-of-memory"),
    ("file_mb", 30, "code-one-file", "file-too-large"),
    ("disk_mb", 60, "code-disk", "disk-full"),
    ("output_mb", 5, "code-endless-line", "output-too-large"),
    ("threads", 128, "code-threads", "too-many-processes"),
]


@pytest.fixture(scope="module")
def whole(outside) -> Iterator[Ward]:
    with start_ward("namespaces", LAYERS["namespaces"], outside) as one:
        yield one


@pytest.mark.parametrize(("limit", "value", "case", "kind"), LIMITED, ids=[row[0] for row in LIMITED])
def test_each_limit_is_needed(limit, value, case, kind, whole, corpus):
    """With the limit the case ends for it; with an infinite one it goes on until something else ends it:
    the clock, or, where that is what is infinite, this test."""
    found = {}
    for number in (value, float("inf")):
        limits = replace(FREE, **{limit: number})
        if limit != "wall_s" and number == value:
            limits = replace(limits, wall_s=25)
        with impatience(whole, limit == "wall_s" and number != value):
            found[number] = whole.run(BY_ID[case], corpus(BY_ID[case]), limits).problem
    assert found[value].kind == kind, str(found[value])
    if limit == "cpu_s":  # both are called a timeout, in other words
        assert "processor time" in found[value].message
        assert "processor time" not in found[float("inf")].message
    else:
        assert found[float("inf")] is None or found[float("inf")].kind != kind
    assert whole.still_serves()


class impatience:
    """Kills the forks of a ward after a while, if it is to."""

    def __init__(self, ward: Ward, needed: bool):
        self._ward, self._over = ward, threading.Event()
        self._thread = threading.Thread(target=self._wait) if needed else None

    def _wait(self) -> None:
        if not self._over.wait(PATIENCE_S):
            for process in self._ward.outside.processes():
                if process.pid not in self._ward.own:
                    os.kill(process.pid, signal.SIGKILL)

    def __enter__(self) -> None:
        if self._thread:
            self._thread.start()

    def __exit__(self, *_) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()


# ---- what comes back ---------------------------------------------------------------------------------


def test_looking_at_answers_is_needed(whole, corpus, monkeypatch):
    """A job that was taken over answers nonsense, which nothing but the look at it refuses."""
    case: Case = BY_ID["code-fake-result"]
    assert whole.run(case, corpus(case)).problem.kind == "bad-answer"
    monkeypatch.setattr(warm, "checked", lambda task, answer: answer)
    assert whole.run(case, corpus(case)).answer["inputs"] == 7


def test_the_cap_on_what_is_received_is_needed(whole, corpus):
    """100 MB in one line."""
    case: Case = BY_ID["code-long-line"]
    assert whole.run(case, corpus(case)).problem.kind == "output-too-large"
    began = time.monotonic()
    ran = whole.run(case, corpus(case), replace(FREE, output_mb=float("inf"), wall_s=20))
    assert ran.problem is None or ran.problem.kind != "output-too-large"
    assert time.monotonic() - began < 40
