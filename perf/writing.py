"""Writers of one review, for `perf.reviews` and the tests.

`python -m perf.writing URL REVIEW SECONDS WRITERS`.

Each writer is a thread that loads the review and saves a revision or a comment with its own number in it,
again and again. Every write that was acknowledged is printed at once, a JSON line each, so that whoever reads
knows what must be there even if this process is killed; so is every conflict.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from reviews.errors import Conflict
from reviews.people import Visitor, self_declared
from reviews.store import Reviews
from store.engine import engine_of, known

_printing = threading.Lock()


def tell(**words: object) -> None:
    with _printing:
        print(json.dumps(words), flush=True)


def write(reviews: Reviews, review_id: str, name: str, until: float) -> None:
    visitor, number = Visitor.of(self_declared(name)), 0
    while time.monotonic() < until:
        number += 1
        said = f"{name} {number}"
        if number % 3 == 0:
            reviews.comment(review_id, said, visitor)
            tell(comment=said)
            continue
        current = reviews.load(review_id, visitor, ()).current
        try:
            after = reviews.revise(review_id, current.number, replace(current.content, outcome=said), visitor)
        except Conflict as conflict:
            assert conflict.theirs.number > current.number
            tell(conflict=said)
        else:
            tell(revision=said, number=after.current.number)


def main() -> None:
    url, review_id, seconds, writers = sys.argv[1:]
    reviews = Reviews(engine_of(known(url)))
    until = time.monotonic() + float(seconds)
    tell(ready=True)
    names = [f"writer {os.getpid()}-{number}" for number in range(int(writers))]
    with ThreadPoolExecutor(len(names)) as threads:
        for written in [threads.submit(write, reviews, review_id, name, until) for name in names]:
            written.result()  # raises what the writer raised


if __name__ == "__main__":
    main()
