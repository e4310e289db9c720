"""What a team answers: the questions' words become `Requirements`, or one clear sentence says why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from advisor.graph import Knowledge
from advisor.json_file import read_json
from advisor.reading import load_knowledge

UNDECIDED = "undecided"
DEFAULT_PRIORITY = 1
MAX_PRIORITY = 5

SINGLE = {"framework": "framework", "serving": "serving", "language": "language", "model": "model"}
SEVERAL = {"hardware": "hardware", "needs": "need", "constraints": "constraint"}
KEYS = ("framework", "hardware", "serving", "language", "needs", "constraints", "model", "priorities")
"""The questions in the order they are asked; the maps above give the kind of entry that answers each."""
_QUESTIONS = dict(zip(KEYS, KEYS, strict=True))
WORDS = {
    "framework": "training framework",
    "hardware": "target hardware",
    "serving": "serving stack",
    "language": "language of the host program",
    "needs": "what must survive",
    "constraints": "constraints",
    "model": "kind of model",
    "priorities": "priorities",
}
"""What each question is called in a sentence."""

NEAR = 0.55
"""How much two words must have in common, 0 to 1, for one to help somebody who wrote the other."""
MAX_ANSWERS_MB = 1
LONGEST_WORD = 60
"""How much of an unknown word is read and shown; longer ones are no slip of the pen."""


class AnswersError(ValueError):
    """The answers cannot be used; the message is one sentence for the person who gave them."""


def read_answers(path: str) -> Any:
    """The answers in a JSON file, or on standard input where the path is "-", as yet unchecked. Raises
    `AnswersError`."""
    return read_json(path, "The answers", MAX_ANSWERS_MB, AnswersError)


@dataclass(frozen=True)
class Requirements:
    """Answers that were checked against the knowledge base. None or an empty tuple: undecided.

    The tuples are in the order of the knowledge base, so that answers in another order are the same
    requirements. `priorities` holds every criterion with its weight, 0 to 5."""

    framework: str
    hardware: tuple[str, ...] = ()
    serving: str | None = None
    language: str | None = None
    needs: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    model: str | None = None
    priorities: tuple[tuple[str, int], ...] = ()

    @classmethod
    def parse(cls, answers: Mapping, knowledge: Knowledge | None = None) -> "Requirements":
        """Check the answers of the contract; raises `AnswersError` with one sentence on the first fault."""
        knowledge = knowledge or load_knowledge()
        if not isinstance(answers, Mapping):
            raise AnswersError('The answers must be a JSON object such as {"framework": "pytorch"}.')
        for key in answers:
            if key not in KEYS:
                raise AnswersError(f"There is no question {_quoted(key)}{_nearest(str(key), _QUESTIONS)}")
        if answers.get("framework") in (None, UNDECIDED):
            known = ", ".join(knowledge.ids("framework"))
            raise AnswersError(f"The answers must name a framework, one of: {known}.")
        values: dict = {key: _one(knowledge, key, kind, answers.get(key)) for key, kind in SINGLE.items()}
        values |= {key: _many(knowledge, key, kind, answers.get(key)) for key, kind in SEVERAL.items()}
        return cls(**values, priorities=_priorities(knowledge, answers.get("priorities")))

    def to_json(self) -> dict:
        """The answers in the contract's form, without what is undecided or left at its default."""
        answers = {key: getattr(self, key) for key in KEYS if key != "priorities"}
        written = {
            key: list(value) if isinstance(value, tuple) else value for key, value in answers.items() if value
        }
        weights = {name: weight for name, weight in self.priorities if weight != DEFAULT_PRIORITY}
        return written | ({"priorities": weights} if weights else {})

    def with_answer(self, key: str, value: str | tuple | None) -> "Requirements":
        """The same answers but one. A tuple's ids must be in the order of the knowledge base."""
        return Requirements(**(self.__dict__ | {key: value}))


def _nearest(word: str, known: Mapping[str, str]) -> str:
    """The end of a sentence that helps: the known ids of which the word is a part, else the nearest one by
    its own letters or by its name's, else all. `known`: the names by id."""
    spelled = _spelling(word)[:LONGEST_WORD]
    near = [entry_id for entry_id in known if spelled in entry_id.split("-")]
    if not near:
        spellings = {_spelling(name): entry_id for entry_id, name in known.items()}
        spellings |= {entry_id: entry_id for entry_id in known}
        near = [spellings[found] for found in get_close_matches(spelled, spellings, n=1, cutoff=NEAR)]
    if len(near) == 1:
        return f"; the nearest known one is {near[0]!r}."
    return f"; {'the nearest known are' if near else 'known are'} {', '.join(near or known)}."


def _spelling(word: str) -> str:
    return word.lower().replace("_", "-").replace(" ", "-")


def _names(knowledge: Knowledge, kind: str) -> dict[str, str]:
    return {entry.id: entry.name for entry in knowledge.of(kind)}


def _quoted(word: object) -> str:
    return repr(_shortened(str(word)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_WORD else f"{text[:LONGEST_WORD]}…"


def _check_id(knowledge: Knowledge, key: str, kind: str, value: object) -> str:
    if not isinstance(value, str):
        raise AnswersError(f"The answer to {key!r} must be text, not {_type(value)}.")
    if value not in knowledge.entries[kind]:
        raise AnswersError(f"There is no {kind} {_quoted(value)}{_nearest(value, _names(knowledge, kind))}")
    return value


def _one(knowledge: Knowledge, key: str, kind: str, value: object) -> str | None:
    if value is None or value == UNDECIDED:
        return None
    return _check_id(knowledge, key, kind, value)


def _many(knowledge: Knowledge, key: str, kind: str, value: object) -> tuple[str, ...]:
    if value is None or value == UNDECIDED:
        return ()
    if not isinstance(value, (list, tuple)):
        raise AnswersError(f'The answer to {key!r} must be a list of ids or "undecided", not {_type(value)}.')
    chosen = {_check_id(knowledge, key, kind, item) for item in value if item != UNDECIDED}
    return tuple(item for item in knowledge.ids(kind) if item in chosen)


def _priorities(knowledge: Knowledge, value: object) -> tuple[tuple[str, int], ...]:
    known = knowledge.ids("priority")
    if value is None or value == UNDECIDED:
        value = {}
    if not isinstance(value, Mapping):
        raise AnswersError(f"The answer to 'priorities' must be an object of weights, not {_type(value)}.")
    for name, weight in value.items():
        if name not in known:
            near = _nearest(str(name), _names(knowledge, "priority"))
            raise AnswersError(f"There is no priority {_quoted(name)}{near}")
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= MAX_PRIORITY:
            raise AnswersError(
                f"The priority {name!r} must be a whole number from 0 to {MAX_PRIORITY}, "
                f"not {_shortened(repr(weight))}."
            )
    return tuple((name, value.get(name, DEFAULT_PRIORITY)) for name in known)


def _type(value: object) -> str:
    names = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)
