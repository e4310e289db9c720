"""Reviews under many hands: writers at once, writers that are killed, long lists."""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import insert

from perf import databases
from perf.row import Row
from perf.web import ROOT, chromium, served
from reviews import drafting, rows
from reviews.people import Visitor, self_declared
from reviews.review import Review
from reviews.store import Reviews
from store import tables
from store.engine import FILENAME, close, engine_of, known, writing

WRITERS, SECONDS, KILLS, LISTED = 20, 60, 50, 10_000
LIST_MS = 300
ANNA = Visitor.of(self_declared("Anna"))
CONTENT = drafting.from_answers({"framework": "pytorch", "hardware": ["x86-cpu", "android"]})


def measure(folder: Path) -> Iterator[Row]:
    yield application_killed(folder)
    with databases.postgresql() as server:
        for kind in ("SQLite", "PostgreSQL"):
            for name, work in (("writers", writers), ("kills", kills), ("lists", lists)):
                with _database(kind, server, folder, name) as url:
                    yield from work(kind, url)


@contextmanager
def _database(kind: str, server: str, folder: Path, name: str) -> Iterator[str]:
    if kind == "SQLite":
        yield f"sqlite:///{folder}/{name}.db"
    else:
        with databases.database(server, name) as url:
            yield url
            close()
    close()


def _opened(url: str) -> Reviews:
    close()
    return Reviews(engine_of(known(url)))


def begin(url: str, review: Review, seconds: float, count: int) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "perf.writing", url, review.id, str(seconds), str(count)]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def told(output: str) -> list[dict]:
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]


def missing(review: Review, acknowledged: list[dict]) -> int:
    """How many acknowledged writes are not where they were acknowledged."""
    comments = {one.text for one in review.comments}
    lost = 0
    for write in acknowledged:
        if "comment" in write:
            lost += write["comment"] not in comments
        elif "revision" in write:
            kept = review.revision(write["number"])
            lost += kept is None or kept.content.outcome != write["revision"]
    return lost


def writers(kind: str, url: str) -> Iterator[Row]:
    """Twenty at once on one review, in four processes."""
    review = _opened(url).create(CONTENT, ANNA)
    processes = [begin(url, review, SECONDS, WRITERS // 4) for _ in range(4)]
    outputs = [process.stdout.read() for process in processes]
    failed = sum(process.wait() != 0 for process in processes)
    acknowledged = [write for output in outputs for write in told(output)]
    after = _opened(url).load(review.id, ANNA)
    accepted = [write for write in acknowledged if "conflict" not in write]
    kept = len(after.revisions) - 1 + len(after.comments)
    lost, more = missing(after, accepted), kept - len(accepted)
    conflicts = len(acknowledged) - len(accepted)
    yield Row(
        f"{WRITERS} writers of one review for {SECONDS} s, {kind}",
        f"{len(accepted):,} kept, {conflicts:,} conflicts told, {lost} lost, {more} more, {failed} failed",
        "0 lost, 0 more, 0 failed",
        (lost, more, failed) == (0, 0, 0) and conflicts > 0,
    )


def kills(kind: str, url: str) -> Iterator[Row]:
    """Writers killed in the middle of it, again and again."""
    review, rng = _opened(url).create(CONTENT, ANNA), random.Random(0)
    acknowledged: list[dict] = []
    for _ in range(KILLS):
        process = begin(url, review, SECONDS, 4)
        time.sleep(rng.uniform(0.02, 0.5))
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += told(process.stdout.read())
        process.wait()
        after = _opened(url).load(review.id, ANNA)
    lost = missing(after, acknowledged)
    yield Row(
        f"writers killed {KILLS} times in the middle of writes, {kind}",
        f"opened each time; of {len(acknowledged):,} acknowledged {lost} lost",
        "0 lost",
        lost == 0,
    )


def application_killed(folder: Path) -> Row:
    """The server killed while a browser writes: one comment was shown as kept, the next is on its way."""
    what = f"the application killed {KILLS} times while a browser writes, SQLite"
    (data := folder / "killed").mkdir()
    url, rng = f"sqlite:///{data}/{FILENAME}", random.Random(0)
    review, shown = _opened(url).create(CONTENT, ANNA), []
    with chromium(data) as browser:
        if browser is None:
            return Row(what, "not measured: needs Chromium and playwright", "0 lost", False)
        for number in range(KILLS):
            with patch.dict(os.environ, {"FORMAT_ADVISOR_LOAD_LATE": "1"}), served(data) as server:
                page = browser.new_page()
                page.goto(f"{server.address}/review?id={review.id}")
                name = page.get_by_role("textbox", name="Your name")
                name.fill("Anna")
                name.press("Enter")
                page.get_by_role("tab", name="Discussion").click()
                for words, wait in ((f"{number} first", True), (f"{number} second", False)):
                    box = page.get_by_role("textbox", name="Comment")
                    box.fill(words)
                    box.press("Tab")
                    page.wait_for_timeout(250)
                    page.get_by_role("button", name="Comment", exact=True).click()
                    said = page.get_by_role("paragraph").filter(has_text=words)
                    if wait:
                        said.first.wait_for()
                    else:
                        page.wait_for_timeout(rng.uniform(0, 250))
                    shown += [words] if said.count() else []
                os.kill(server.pid, signal.SIGKILL)
                page.close()
    after = _opened(url).load(review.id, ANNA)
    lost = len(set(shown) - {one.text for one in after.comments})
    words = f"opened each time; of {len(shown)} shown {lost} lost, {len(after.comments)} kept"
    return Row(what, words, "0 lost", lost == 0 and not after.altered)


def lists(kind: str, url: str) -> Iterator[Row]:
    """The first page of a long list, and what a search finds in it."""
    reviews = _opened(url)
    made = reviews.create(CONTENT, ANNA)
    engine = engine_of(known(url))
    some: list[dict] = []
    for number in range(LISTED):
        content = replace(CONTENT, title=f"Decision {number} on {random.Random(number).choice(PLACES)}")
        head = rows.head(made) | {
            "id": f"{number:032x}",
            "title": content.title,
            "updated": f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        }
        some.append(head | {"sought": f"{content.title}\n{head['sought']}".casefold()})
    with writing(engine) as connection:
        for start in range(0, LISTED, 500):
            connection.execute(insert(tables.reviews), some[start : start + 500])
    for what, words in (
        ("list", ""),
        ("search of", "decision edge 77"),
        ("search without a find in", "nowhere"),
    ):
        taken = []
        for _ in range(15):
            began = time.perf_counter()
            reviews.find(ANNA, words, count=25)
            taken.append((time.perf_counter() - began) * 1000)
        median, worst = statistics.median(taken), max(taken)
        yield Row(
            f"{what} {LISTED:,} reviews, {kind}",
            f"{median:.0f} ms, at most {worst:.0f}",
            f"≤ {LIST_MS} ms",
            worst <= LIST_MS,
        )


PLACES = ("servers", "edge devices", "phones", "browsers")
