"""The answers of a team as the contract means them, and what is asked of each target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tests.advisor.proof.rules import UNDECIDED, Rules


class Target(NamedTuple):
    """One target with the answers that are asked of it; None where undecided or asked of another one."""

    hardware: str | None
    serving: str | None
    language: str | None


@dataclass(frozen=True)
class Asked:
    """The answers, in the order of the TOML files. `context` holds them for conditions, by their keys."""

    framework: str
    serving: str | None
    targets: tuple[Target, ...]
    needs: tuple[str, ...]
    constraints: tuple[str, ...]
    model: str | None
    priorities: Mapping[str, int]
    context: Mapping[str, set[str]]


class Questions:
    """Reads answers; remembers the targets of answers seen before."""

    def __init__(self, rules: Rules):
        self._rules = rules
        self._targets: dict[tuple, tuple[Target, ...]] = {}

    def ask(self, answers: Mapping) -> Asked:
        def one(key: str) -> str | None:
            return None if answers.get(key) in (None, UNDECIDED) else answers[key]

        def several(key: str, kind: str) -> tuple[str, ...]:
            given = answers.get(key)
            chosen = () if given in (None, UNDECIDED) else given
            return tuple(name for name in self._rules.tables.of[kind] if name in chosen) if chosen else ()

        hardware, needs = several("hardware", "hardware"), several("needs", "need")
        constraints = several("constraints", "constraint")
        serving, language, model = one("serving"), one("language"), one("model")
        priorities = answers.get("priorities")
        context = {
            "framework": {answers["framework"]},
            "hardware": set(hardware) or {UNDECIDED},
            "serving": {serving or UNDECIDED},
            "language": {language or UNDECIDED},
            "needs": set(needs),
            "constraints": set(constraints),
            "model": {model or UNDECIDED},
        }
        return Asked(
            answers["framework"],
            serving,
            self._targets_of(hardware, serving, language),
            needs,
            constraints,
            model,
            {} if priorities in (None, UNDECIDED) else priorities,
            context,
        )

    def _targets_of(
        self, hardware: tuple[str, ...], serving: str | None, language: str | None
    ) -> tuple[Target, ...]:
        """A stack is asked of the targets where it can be, and the host's language of those that speak it;
        where none does, of all of them, which then are impossible."""
        key = hardware, serving, language
        if key not in self._targets:
            served = [one for one in hardware if serving and one in self._rules.stacks_at[serving]]
            spoken = [one for one in hardware if language and self._rules.speaks(one, language)]
            targets = (
                Target(
                    one,
                    None if served and one not in served else serving,
                    None if spoken and one not in spoken else language,
                )
                for one in hardware
            )
            self._targets[key] = tuple(targets) or (Target(None, serving, language),)
        return self._targets[key]
