"""Many writers at once, and writers that are killed: what was acknowledged is there, and nothing else."""

import os
import random
import signal
import time

import pytest

from perf.reviews import begin, missing, told
from reviews.review import Review
from tests.reviews.conftest import NOBODY, typed

WRITERS, SECONDS, KILLS = 20, 3, 6


def check(review: Review, acknowledged: list[dict]) -> None:
    """The chain is whole, and every acknowledged write is in it once, in its place."""
    assert review.altered == ()
    assert missing(review, acknowledged) == 0
    comments = [one.text for one in review.comments]
    assert len(set(comments)) == len(comments)
    assert [event.number for event in review.events] == list(range(1, len(review.events) + 1))
    kinds = [event.kind for event in review.events]
    assert kinds.count("revised") == len(review.revisions) - 1
    assert kinds.count("commented") == len(comments)


@pytest.mark.slow
def test_twenty_writers_at_once_lose_nothing(reviews, opened, database_url, content):
    made = reviews.create(content, typed("Anna"))
    processes = [begin(database_url, made, SECONDS, WRITERS // 2) for _ in range(2)]
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
        process = begin(database_url, made, 60, 4)
        time.sleep(rng.uniform(0.05, 0.6))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += told(process.stdout.read())
        process.wait(timeout=30)
        check(opened().load(made.id, NOBODY), acknowledged)
    assert len(acknowledged) > KILLS
