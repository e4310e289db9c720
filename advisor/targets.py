"""The targets of the answers: where the model shall run, and what is asked of a route there.

**Who is asked what.** A plan has one line for each hardware target. Two answers speak of the whole deployment
and not of each part of it: a phone beside a server is not asked for the server's stack, nor a browser for the
server's language. So, where the answers name several targets,

- the serving stack is not asked of a target that cannot have it, if another target can;
- the host program's language is not asked of a target whose programs are written in others, if it fits
  another target.

Where no target can have the stack (or fits the language) all are asked for it, and the answers contradict
each other. It follows that one more hardware target never makes a rejected format possible, with one
exception that is meant: the first target that fits the stack (or the language) takes it over from the
others.
"""

from collections.abc import Iterator
from typing import NamedTuple

from advisor.answers import Requirements
from advisor.graph import Knowledge, Refusal
from advisor.stages import Question, speaks, stack_hardware


class Target(NamedTuple):
    """One target: its hardware and the serving stack asked for there, None where undecided; the kind of
    model; and the questions put to a route, in the order of the stages."""

    hardware: str | None
    serving: str | None
    model: str | None
    questions: tuple[Question, ...]


def targets_of(
    knowledge: Knowledge, requirements: Requirements, refusals: tuple[Refusal, ...]
) -> list[Target]:
    """The targets asked for, or one undecided target; the module's docstring says who is asked what."""
    serving, language, answered = requirements.serving, requirements.language, requirements.hardware
    if not answered:
        return [_target(knowledge, requirements, refusals, None, serving, language)]
    stacked = [serving is None or name in stack_hardware(knowledge, serving) for name in answered]
    spoken = [language is None or speaks(knowledge, name, language) for name in answered]
    return [
        _target(
            knowledge,
            requirements,
            refusals,
            hardware,
            serving if has_stack or not any(stacked) else None,
            language if is_spoken or not any(spoken) else None,
        )
        for hardware, has_stack, is_spoken in zip(answered, stacked, spoken, strict=True)
    ]


def _target(
    knowledge: Knowledge,
    requirements: Requirements,
    refusals: tuple[Refusal, ...],
    hardware: str | None,
    serving: str | None,
    language: str | None,
) -> Target:
    questions = _questions(knowledge, requirements, refusals, hardware, serving, language)
    return Target(hardware, serving, requirements.model, tuple(questions))


def _questions(
    knowledge: Knowledge,
    requirements: Requirements,
    refusals: tuple[Refusal, ...],
    hardware: str | None,
    serving: str | None,
    language: str | None,
) -> Iterator[Question]:
    """All that is asked, in the order of `stages.STAGES`. The kind of model is one for all targets, and asked
    of a runtime even where it is undecided."""
    stack = knowledge.serving[serving] if serving else None
    asked_for = knowledge.serving[requirements.serving] if requirements.serving else None
    networked = stack is not None and stack.network
    yield "model", requirements.model, asked_for.id if asked_for and asked_for.model else None
    if stack:
        yield "serving", stack.id
    if stack and hardware:
        yield "place", stack.id, hardware
    if hardware:
        yield "hardware", hardware
    if language:
        yield "language", language, hardware, networked
    for refusal in refusals:
        yield "refusal", refusal.claim.id, refusal.formats
    for constraint in requirements.constraints:
        python_stack = stack.id if stack and stack.python else None
        sized = knowledge.constraints[constraint].footprint_limit_mb is not None
        place = hardware if sized else None
        yield "constraint", constraint, python_stack, language == "python" and not networked, place
    for need in requirements.needs:
        yield "need", need
