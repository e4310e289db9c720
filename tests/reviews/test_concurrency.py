"""Many writers at once, and writers that are killed: what was acknowledged is there, and nothing else."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from reviews.hashing import revision_sha256
from reviews.review import Review
from tests.reviews.conftest import NOBODY, typed
from tests.web_server import ROOT

WRITERS, SECONDS, KILLS = 20, 3, 6


def begin(url: str, review_id: str, seconds: float, writers: int) -> subprocess.Popen[str]:
    """A process of writers that has opened the database."""
    line = [sys.executable, "-m", "perf.writing", url, review_id, str(seconds), str(writers)]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert json.loads(process.stdout.readline()) == {"ready": True}
    return process


def told(output: str) -> list[dict]:
    """What was acknowledged; the last line may have been cut by the death of its writer."""
    lines = output.splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def check(review: Review, acknowledged: list[dict]) -> None:
    """The chain is whole, and every acknowledged write is in it once, in its place."""
    previous = ""
    for number, one in enumerate(review.revisions, 1):
        assert (one.number, one.previous) == (number, previous)
        assert one.sha256 == revision_sha256(number, previous, one.text)
        previous = one.sha256
    comments = [one.text for one in review.comments]
    assert len(set(comments)) == len(comments)
    for write in acknowledged:
        if "comment" in write:
            assert write["comment"] in comments
        elif "revision" in write:
            assert review.revision(write["number"]).content.outcome == write["revision"]
    assert [event.number for event in review.events] == list(range(1, len(review.events) + 1))
    kinds = [event.kind for event in review.events]
    assert kinds.count("revised") == len(review.revisions) - 1
    assert kinds.count("commented") == len(comments)


@pytest.mark.slow
def test_twenty_writers_at_once_lose_nothing(reviews, opened, database_url, content):
    made = reviews.create(content, typed("Anna"))
    processes = [begin(database_url, made.id, SECONDS, WRITERS // 2) for _ in range(2)]
    acknowledged: list[dict] = []
    for process in processes:
        acknowledged += told(process.stdout.read())
        assert process.wait(timeout=30) == 0
    after = opened().load(made.id, NOBODY)
    check(after, acknowledged)
    assert len(after.revisions) - 1 == sum("revision" in write for write in acknowledged)
    assert len(after.comments) == sum("comment" in write for write in acknowledged)
    assert any("conflict" in write for write in acknowledged), "nobody came second: nothing was tried"
    assert len(after.revisions) > 2


@pytest.mark.slow
def test_writers_that_are_killed_lose_nothing_that_was_acknowledged(reviews, opened, database_url, content):
    made = reviews.create(content, typed("Anna"))
    rng, acknowledged = random.Random(0), []
    for _ in range(KILLS):
        process = begin(database_url, made.id, 60, 4)
        time.sleep(rng.uniform(0.05, 0.6))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += told(process.stdout.read())
        process.wait(timeout=30)
        check(opened().load(made.id, NOBODY), acknowledged)
    assert len(acknowledged) > KILLS
