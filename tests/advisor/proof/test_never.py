"""Each fact that no plan may go against is one that can be gone against."""

import pytest

from tests.advisor.proof.never import LOADS, NEVER, SOUND, Never


def test_nothing_speaks_against_the_ordinary_plan() -> None:
    assert [never.fact for never in NEVER if never.broken(SOUND)] == []


@pytest.mark.parametrize("never", NEVER, ids=lambda never: never.fact)
def test_its_example_goes_against_the_fact(never: Never) -> None:
    assert never.broken(SOUND._replace(**never.example))
    assert never.source


@pytest.mark.parametrize("serving", LOADS)
def test_a_stack_is_only_given_what_it_loads(serving: str) -> None:
    loads = NEVER[0].broken
    for file in ("onnx", "savedmodel", "torchscript", "litert", "gguf", "core-ml"):
        assert loads(SOUND._replace(serving=serving, steps=("any", file))) == (file not in LOADS[serving])
