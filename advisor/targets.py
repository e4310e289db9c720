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

from dataclasses import dataclass
from functools import cached_property, lru_cache

from advisor.answers import Requirements
from advisor.graph import Constraint, Framework, Hardware, Knowledge, Refusal, Serving
from advisor.routes import can_serve

Asked = tuple[
    tuple[str | None, str | None] | None,
    str | None,
    str | None,
    str | None,
    tuple[Refusal, ...],
    tuple[str, ...],
    tuple[str, ...],
]
"""A target's kind of model (with the serving stack asked for, if it implies one), serving stack, hardware,
language, refusals, constraints and needs, in the order of `stages.STAGES`; None or empty where nothing is
asked."""
NOTHING: Asked = (None, None, None, None, (), (), ())


@dataclass(frozen=True, eq=False)
class Target:
    """What is asked of a route to one target. There is one object for the same questions, so that what is
    derived from it can be kept by identity."""

    knowledge: Knowledge
    framework: Framework
    asked: Asked

    @cached_property
    def model(self) -> tuple[str | None, Serving | None]:
        """The kind of model answered, and the stack that implies one."""
        kind, implying = self.asked[0] or (None, None)
        return kind, self.knowledge.serving[implying] if implying else None

    @cached_property
    def serving(self) -> Serving | None:
        return self.knowledge.serving[self.asked[1]] if self.asked[1] else None

    @cached_property
    def hardware(self) -> Hardware | None:
        return self.knowledge.hardware[self.asked[2]] if self.asked[2] else None

    @property
    def language(self) -> str | None:
        return self.asked[3]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return self.asked[4]

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        return tuple(self.knowledge.constraints[name] for name in self.asked[5])

    @cached_property
    def needs(self) -> frozenset[str]:
        return frozenset(self.asked[6])

    @cached_property
    def stage(self) -> int:
        """The last stage that something is asked at; -1 where nothing is."""
        return max((number for number, answer in enumerate(self.asked) if answer), default=-1)

    @cached_property
    def before(self) -> "Target":
        """The target without the question of its last stage."""
        return _target(self.knowledge, self.framework.id, self.asked[: self.stage] + NOTHING[self.stage :])


@lru_cache(maxsize=8192)
def _target(knowledge: Knowledge, framework: str, asked: Asked) -> Target:
    return Target(knowledge, knowledge.frameworks[framework], asked)


def targets_of(
    knowledge: Knowledge, requirements: Requirements, refusals: tuple[Refusal, ...]
) -> tuple[Target, ...]:
    """The targets asked for, or one undecided target; the module's docstring says who is asked what."""
    serving, language, answered = requirements.serving, requirements.language, requirements.hardware
    implying = serving if serving and knowledge.serving[serving].model else None
    model = (requirements.model, implying)
    rest = (refusals, requirements.constraints, requirements.needs)
    if not answered:
        return (_target(knowledge, requirements.framework, (model, serving, None, language, *rest)),)
    stacked = [serving is None or name in _serving_hardware(knowledge, serving) for name in answered]
    spoken = [language is None or speaks(knowledge.hardware[name], language) for name in answered]
    return tuple(
        _target(
            knowledge,
            requirements.framework,
            (
                model,
                serving if has_stack or not any(stacked) else None,
                hardware,
                language if is_spoken or not any(spoken) else None,
                *rest,
            ),
        )
        for hardware, has_stack, is_spoken in zip(answered, stacked, spoken, strict=True)
    )


@lru_cache(maxsize=64)
def _serving_hardware(knowledge: Knowledge, serving_id: str) -> frozenset[str]:
    serving: Serving = knowledge.serving[serving_id]
    if serving.hardware:
        return serving.hardware
    return frozenset(
        hardware
        for runtime in knowledge.runtimes.values()
        if any(can_serve(serving, runtime, format_id) for format_id in runtime.formats)
        for hardware in runtime.hardware
    )


def speaks(hardware: Hardware, language: str) -> bool:
    """Whether programs there are written in the language."""
    return not hardware.languages or language in hardware.languages
