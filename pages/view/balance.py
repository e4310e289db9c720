"""Portability against fidelity as one control: a step from -5, only portability, to +5, only fidelity.

The step is the difference of the two weights, so every pair of weights has one.
"""

from advisor.answers import DEFAULT_PRIORITY, MAX_PRIORITY
from advisor.standing import FRONT as POLES

STEPS = tuple(range(-MAX_PRIORITY, MAX_PRIORITY + 1))


def step_of(portability: int, fidelity: int) -> int:
    """Where a pair of weights, 0 to 5 each, stands on the control."""
    return fidelity - portability


def weights_of(step: int) -> tuple[int, int]:
    """The weights of portability and fidelity that a step stands for: one of the two stays at its default,
    until at the ends it does not matter at all.
    """
    more = min(DEFAULT_PRIORITY + abs(step), MAX_PRIORITY)
    less = DEFAULT_PRIORITY if abs(step) < MAX_PRIORITY else 0
    return (less, more) if step > 0 else (more, less)


def label(step: int) -> str:
    """A step in words."""
    if step == 0:
        return "equal"
    return f"{POLES[step > 0]} +{abs(step)}"
