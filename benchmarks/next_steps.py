"""What to do about a conversion that failed, from what the knowledge base says of the converter."""

from dataclasses import replace
from functools import cache

from advisor import load_knowledge
from benchmarks.errors import Problem

_NEEDS = {
    "strings": "string-preprocessing",
    "sparse": "sparse-tensors",
    "control-flow": "dynamic-control-flow",
    "custom-operator": "custom-ops",
}
"""The need of the knowledge base that a kind is about; its entry on the converter says what to rewrite."""

_ELSEWHERE = {
    ("torchscript-to-onnx", "unsupported-operator"): "Export the original model with "
    "torch.onnx.export(…, dynamo=True), which knows more operators, or write it with others.",
    ("savedmodel-to-litert", "unsupported-operator"): "Write it with operators that LiteRT has, or allow "
    "TensorFlow's own (SELECT_TF_OPS) and ship the Flex delegate, which is larger.",
}


def with_next_step(problem: Problem, edge: str) -> Problem:
    """The problem with what the knowledge base says to do about it on this converter, where it says so."""
    rewrite = _rewrites().get((edge, _NEEDS.get(problem.kind, "")))
    step = rewrite or _ELSEWHERE.get((edge, problem.kind)) or problem.next_step
    return replace(problem, next_step=step or "Keep the source format, or see the log of the run.")


@cache
def _rewrites() -> dict[tuple[str, str], str]:
    return {
        (converter.id, loss.need): loss.rewrite
        for converter in load_knowledge().converters.values()
        for loss in converter.loses
        if loss.rewrite
    }
