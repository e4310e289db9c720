"""Whether a described model may be loaded at all, by what the operator and the uploader said."""

from benchmarks import settings
from benchmarks.artifact import Description
from benchmarks.errors import ProblemError

_INSTEAD = "Export the model again so that its weights are plain tensors, or to ONNX."
_EXPORT = "Export the model with torch.export.save or to ONNX, and give that."


def check_operator_allows(description: Description) -> None:
    """Raises ProblemError where the model holds pickles or is a program, and the operator takes none."""
    if description.pickled and not settings.ALLOW_PICKLE.value():
        raise ProblemError(
            "audit",
            "pickle-inside",
            f"Parts of the model are pickles, which run code when they are loaded: {_listed(description)}.",
            f"{_INSTEAD} An operator may allow pickles with {settings.ALLOW_PICKLE.variable}=1.",
        )
    if description.code and settings.REFUSE_SOURCE.value():
        raise ProblemError(
            "audit",
            "source-refused",
            f"The model is a program, {', '.join(description.code)}, and the operator takes none.",
            f"{_EXPORT} The operator refuses programs with {settings.REFUSE_SOURCE.variable}=1.",
        )


def check(description: Description, trusts_pickle: bool, trusts_code: bool = False) -> None:
    """Also raises ProblemError where the uploader has not confirmed the pickles or the program. Called before
    a model's first load, wherever the model came from."""
    check_operator_allows(description)
    if description.pickled and not trusts_pickle:
        raise ProblemError(
            "audit",
            "pickle-not-confirmed",
            f"Parts of the model are pickles, which run code when they are loaded: {_listed(description)}.",
            f"Confirm that you trust its author (command line: --trust-pickle). {_INSTEAD}",
        )
    if description.code and not trusts_code:
        raise ProblemError(
            "audit",
            "source-not-confirmed",
            f"The model is a program, which is executed: {', '.join(description.code)}.",
            f"Confirm that you trust its author (command line: --trust-code). {_EXPORT}",
        )


def check_sandbox(description: Description, mode: str) -> None:
    """Raises ProblemError where the model is a program and `mode`, the sandbox that the warm server says it
    is in, is "none": nothing would be between it and this machine, and no audit came before."""
    if description.code and mode == "none":
        raise ProblemError(
            "job",
            "source-needs-sandbox",
            "PyTorch source is a program, and no sandbox works here: it is not executed.",
            f"Use a machine where a sandbox works (page Status). {_EXPORT}",
        )


def permitted(capabilities: dict) -> dict:
    """What the warm server said under the task of that name, without the converters that start programs
    unless the operator allows it."""
    if not settings.ALLOW_COMPILER.value():
        for converter in capabilities["converters"].values():
            if converter["programs"] and not converter["unavailable"]:
                converter["unavailable"] = (
                    "it starts a compiler, which an operator allows with "
                    f"{settings.ALLOW_COMPILER.variable}=1"
                )
    return capabilities


def _listed(description: Description) -> str:
    shown = ", ".join(description.pickled[:3])
    more = len(description.pickled) - 3
    return f"{shown} and {more} more" if more > 0 else shown
