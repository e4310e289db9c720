"""Reviews as a team makes them, by a random walk through everything that can be done to one."""

import random
from dataclasses import replace
from functools import cache

from reviews import drafting
from reviews.content import Considered, Content
from reviews.errors import ReviewError
from reviews.people import PARTS, Participant, Visitor, self_declared, signed_in
from reviews.review import APPROVE, OBJECT, STATUSES, Review
from reviews.store import Reviews

NAMES = ("Anna", "Björn", "陳小明", "د. ليلى", 'O\'Neil "Q" <b>', "Zoë 😀")
WORDS = (
    "ONNX",
    "**bold**",
    "`code`",
    "<script>alert(1)</script>",
    "é\u0301",
    "\u2028",
    "a | b",
    "```\nx\n```",
    "–",
)
ANSWERS = (
    {"framework": "pytorch"},
    {"framework": "keras", "hardware": ["android", "browser"], "priorities": {"footprint": 5}},
    {"framework": "scikit-learn", "constraints": ["no-python"]},
    {"framework": "pytorch", "serving": "triton", "needs": ["dynamic-shapes"], "language": "cpp"},
    {"framework": "savedmodel", "hardware": ["tpu"], "serving": "tf-serving", "model": "text"},
)
REPORT = {
    "schema": 1,
    "verdict": {"state": "tie", "formats": ["onnx"], "reason": "Within 2 %."},
    "measurements": [
        {"format": "onnx", "runtime": "onnxruntime", "batch": 1, "threads": 2,
         "latency_ms": {"median": 1.25, "ci_low": 1.2, "ci_high": 1e-7 + 1.3}, "samples": 2,
         "rounds_ms": [[1.2], [1.3]]},
    ],
}  # fmt: skip


@cache
def all_drafts() -> list[Content]:
    return [drafting.from_answers(answers) for answers in ANSWERS]


def visitors(rng: random.Random) -> list[Visitor]:
    if rng.random() < 0.5:
        return [Visitor.of(self_declared(name)) for name in NAMES]
    return [
        Visitor.of(signed_in("https://login.example", str(k), n), login=True) for k, n in enumerate(NAMES)
    ]


def words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))


def content(rng: random.Random, drafts: list[Content]) -> Content:
    several = rng.sample(drafts, rng.randint(1, len(drafts)))
    scenarios = [
        replace(one.scenarios[0], name=f"{number} {words(rng)}"[:80]) for number, one in enumerate(several)
    ]
    evidence = [
        drafting.evidence(f"{number:016x}", words(rng), b"bytes %d" % number, REPORT)
        for number in range(rng.randint(0, 2))
    ]
    first = several[0]
    options = tuple(Considered(one.format, words(rng)) for one in first.options)
    return replace(
        first,
        title=f"Review {words(rng)}"[:200],
        scenarios=tuple(scenarios),
        evidence=tuple(evidence),
        options=options,
        outcome=words(rng),
        chosen=rng.choice(["", first.chosen]),
    )


def grow(reviews: Reviews, rng: random.Random, steps: int = 12) -> Review:
    """A review after some steps; what is refused on the way is left out, as it is for people."""
    people = visitors(rng)
    drafts = all_drafts()
    owner = people[0]
    review = reviews.create(content(rng, drafts), owner)
    for _ in range(steps):
        try:
            review = _step(reviews, review, rng, people, drafts)
        except ReviewError:
            continue
    return reviews.load(review.id, owner)


def _step(
    reviews: Reviews, review: Review, rng: random.Random, people: list[Visitor], drafts: list[Content]
) -> Review:
    who, current = rng.choice(people), review.current
    match rng.randrange(6):
        case 0:
            return reviews.revise(review.id, current.number, content(rng, drafts), who, words(rng))
        case 1:
            return reviews.comment(review.id, words(rng), who, "option", "onnx")
        case 2:
            return reviews.resolve(review.id, review.comments[-1].id if review.comments else "", who)
        case 3:
            return reviews.sign(review.id, current.sha256, who, rng.choice([APPROVE, OBJECT]), words(rng))
        case 4:
            return reviews.move(review.id, rng.choice(STATUSES), who, words(rng))
        case _:
            return reviews.set_participants(review.id, _parts(rng, people), False, people[0])


def _parts(rng: random.Random, people: list[Visitor]) -> list[Participant]:
    chosen = rng.sample(people, rng.randint(1, len(people)))
    return [Participant(one.person.key, one.person.name, rng.choice(PARTS)) for one in chosen]
