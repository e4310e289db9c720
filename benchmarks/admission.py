"""Whether a described model may be loaded at all, by what the operator and the uploader said."""

from benchmarks import settings
from benchmarks.artifact import Description
from benchmarks.errors import ProblemError

_INSTEAD = "Export the model again so that its weights are plain tensors, or to ONNX."


def check_operator_allows(description: Description) -> None:
    """Raises ProblemError where the model holds pickles and the operator takes none."""
    if description.pickled and not settings.ALLOW_PICKLE.value():
        raise ProblemError(
            "audit",
            "pickle-inside",
            f"Parts of the model are pickles, which run code when they are loaded: {_listed(description)}.",
            f"{_INSTEAD} An operator may allow pickles with {settings.ALLOW_PICKLE.variable}=1.",
        )


def check(description: Description, trusts_pickle: bool) -> None:
    """Also raises ProblemError where the uploader has not confirmed the pickles. Called before a model's
    first load, wherever the model came from."""
    check_operator_allows(description)
    if description.pickled and not trusts_pickle:
        raise ProblemError(
            "audit",
            "pickle-not-confirmed",
            f"Parts of the model are pickles, which run code when they are loaded: {_listed(description)}.",
            f"Confirm that you trust its author (command line: --trust-pickle). {_INSTEAD}",
        )


def _listed(description: Description) -> str:
    shown = ", ".join(description.pickled[:3])
    more = len(description.pickled) - 3
    return f"{shown} and {more} more" if more > 0 else shown
