"""How long a recommendation takes: as a command, as a call, and without looking for what would change it."""

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from advisor import Knowledge, Requirements, load_knowledge, recommend
from perf.row import Row
from perf.web import ROOT

ANSWERS = {
    "framework": "pytorch",
    "hardware": ["x86-cpu", "android"],
    "serving": "triton",
    "needs": ["dynamic-shapes"],
    "priorities": {"portability": 3},
}
PROCESSES = 9
CALLS = 400
WARM_UP = 50
"""Answers given before those that are timed: a process that serves people has met others before."""
SEED = 20261123
MAX_PROCESS_S = 0.6
MAX_MEDIAN_MS, MAX_P99_MS = 5.0, 20.0
MAX_BARE_MS = 0.3
"""What a call may cost, on average over all combinations, for the proof over all of them to end in time."""
HEAVY = ("torch", "tensorflow", "keras", "jax", "onnx", "onnxruntime", "numpy", "streamlit", "sqlalchemy")
"""Frameworks and web libraries, and what they would bring along."""


def measure(folder: Path) -> Iterator[Row]:
    yield _command(folder)
    yield _imports()
    knowledge = load_knowledge()  # read once in a process and kept
    yield from _calls(knowledge)
    yield _bare(knowledge)


def _command(folder: Path) -> Row:
    answers = folder / "answers.json"
    answers.write_text(json.dumps(ANSWERS))
    command = [sys.executable, "-m", "advisor", "recommend", "--answers", str(answers), "--json"]
    seconds = []
    for _ in range(PROCESSES):
        began = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
        seconds.append(time.monotonic() - began)
    median = statistics.median(seconds)
    return Row(
        "python -m advisor recommend",
        f"{median:.2f} s (median of {PROCESSES}, at most {max(seconds):.2f})",
        f"at most {MAX_PROCESS_S} s",
        median <= MAX_PROCESS_S,
    )


def _imports() -> Row:
    code = (
        "import sys; from advisor import __main__, Requirements, recommend; "
        "recommend(Requirements.parse({'framework': 'pytorch'})); "
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    loaded = done.stdout.split()
    return Row(
        "what it loads", " ".join(loaded) or "none of them", "no framework, no web library", not loaded
    )


def _calls(knowledge: Knowledge) -> Iterator[Row]:
    """Answers that nobody gave before: those given last are kept with their recommendation."""
    given = _drawn(knowledge, WARM_UP + CALLS)
    for requirements in given[:WARM_UP]:
        recommend(requirements)
    calls = []
    for requirements in given[WARM_UP:]:
        began = time.perf_counter()
        recommend(requirements)
        calls.append((time.perf_counter() - began) * 1e3)
    median, p99 = statistics.median(calls), statistics.quantiles(calls, n=100)[98]
    yield Row(
        "recommend(), median",
        f"{median:.1f} ms ({CALLS} different answers)",
        f"at most {MAX_MEDIAN_MS:g} ms",
        median <= MAX_MEDIAN_MS,
    )
    yield Row(
        "recommend(), 99th percentile",
        f"{p99:.1f} ms (at most {max(calls):.1f})",
        f"at most {MAX_P99_MS:g} ms",
        p99 <= MAX_P99_MS,
    )


def _drawn(knowledge: Knowledge, count: int) -> list[Requirements]:
    """Different answers, few and many: up to four targets, three needs, three constraints, every priority."""
    deck = random.Random(SEED)
    found: dict[Requirements, None] = {}
    while len(found) < count:
        answers: dict = {"framework": deck.choice(knowledge.ids("framework"))}
        for key, kind, most in (
            ("hardware", "hardware", 4),
            ("needs", "need", 3),
            ("constraints", "constraint", 3),
        ):
            answers[key] = deck.sample(knowledge.ids(kind), deck.randint(0, most))
        for key in ("serving", "language", "model"):
            if deck.random() < 0.5:
                answers[key] = deck.choice(knowledge.ids(key))
        if deck.random() < 0.5:
            answers["priorities"] = {name: deck.randint(0, 5) for name in knowledge.ids("priority")}
        found.setdefault(Requirements.parse(answers, knowledge))
    return list(found)


def _bare(knowledge: Knowledge) -> Row:
    """Of the space that the proof goes through, the combinations of some frameworks and targets."""
    more: list[dict] = [{}]
    more += [{"needs": [name]} for name in knowledge.ids("need")]
    more += [{"constraints": [name]} for name in knowledge.ids("constraint")]
    places = product(("pytorch", "keras", "xgboost", "onnx"), ("x86-cpu", "android"))
    given = [
        Requirements.parse(
            {"framework": framework, "hardware": [hardware], "serving": serving, "language": language} | one,
            knowledge,
        )
        for framework, hardware in places
        for serving, language in product(
            (None, *knowledge.ids("serving")), (None, *knowledge.ids("language"))
        )
        for one in more
    ]
    began = time.perf_counter()
    for requirements in given:
        recommend(requirements, flips=False)
    mean = (time.perf_counter() - began) * 1e3 / len(given)
    return Row(
        "recommend(flips=False), mean",
        f"{mean:.2f} ms ({len(given):,} combinations)",
        f"at most {MAX_BARE_MS} ms",
        mean <= MAX_BARE_MS,
    )
