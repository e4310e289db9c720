"""What the checker finds."""

from typing import NamedTuple

KINDS = {
    "plan": "a target without a line, one with two, or one that was not asked for",
    "master": "the format kept is none that a team can keep",
    "converter": "a step without a converter, one too many, or a delivery that is not ordinary",
    "exporter": "the exporters named are not those of the steps",
    "archived": "something archived stands in the plan",
    "format": "a format that is not known, or that the runtime does not run",
    "runtime": "a runtime that is not known",
    "hardware": "the runtime does not support the target",
    "model": "the runtime or the stack is for another kind of model",
    "provider": "no living execution provider, or one of another runtime or target",
    "package": "not the package that brings the runtime or provider",
    "serving": "the stack does not load it, not with that runtime, or is not there",
    "language": "the host program cannot call it",
    "constraint": "a constraint is broken",
    "refused": "an answer refuses a format on the way",
    "need": "a need is lost for good",
    "never": "a fact of the survey rules it out, whatever the files say",
    "rewrite": "a need is lost and no rewrite is named, or one is named for nothing",
    "coverage": "a format is in no list or in two, or rejected although a walk is left",
    "verdict": "the verdict is not what the options say",
    "tie": "ties and scores do not agree",
    "order": "an option stands before a better one",
    "confidence": "the word for how sure it is does not fit the scores",
    "front": "a dominated option is said to be on the front, or one that is not is said to be off it",
    "wrong question": "said where a format that people ask about first is possible, or unsaid where none is",
    "score": "the weights are not those asked for, or the score is not the mean by them",
    "unexplained": "a format is rejected without a claim",
    "claim": "text, source, date or confidence of a claim stand in no TOML file",
    "bearing": "a claim is shown that does not bear on the answers, or in the wrong list",
    "checked": "the dates of the oldest and newest claim are others",
}
"""Every kind of fault, as `test_checker.py` shows them found."""


class Fault(NamedTuple):
    kind: str
    text: str
