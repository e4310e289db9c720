"""From a converter's words to what failed, where, and what to do.

The words are those of torch 2.13, TensorFlow 2.21, tf2onnx 1.17, ONNX Runtime 1.32, skl2onnx 1.20 and
OpenVINO, as they were seen; `tests/benchmarks/test_failures.py` has the real ones say them again.
"""

import re

from benchmarks.errors import Problem

_OPERATOR = tuple(
    re.compile(pattern)
    for pattern in (
        r"Exporting the operator '([\w:.]+)' to ONNX",
        r"operator with unrecognized namespace (\w+::\w+)",
        r"No ONNX function found for <OpOverload\(op='([\w.]+)'",
        r"UnsupportedOperatorException'>: ([\w.]+)",
        r"'(tf\.\w+)' op is neither a custom op nor a flex op",
        r"No Op registered for (\w+) with domain_version",
        r'In Node, \("[^"]*", (\w+), "[^"]*", -?\d+\)',
        r"Could not find an implementation for (\w+)\(\d+\)",
        r"Tensorflow op \[[^\]]*: (\w+)\] is not supported",
        r"Unable to find a (?:shape calculator|converter) for type '<class '([\w.]+)'>",
        r"No conversion rule found for operations?: ([\w:., ]+)",
        r"(\w+) does not currently support",
    )
)
_LINE = re.compile(r'(?:File "|# |in )((?!\S*site-packages)[^\s"<>]+\.py)(?:", line |:|\()(\d+)')
_ANSI = re.compile("\x1b\\[[0-9;]*m|\\[\\d+m")

_KINDS = (
    ("python-function", re.compile(r"\b(?:Eager)?PyFunc(?:Stateless)?\b")),
    ("strings", re.compile(r"\b(?:tf\.)?(?:Static|Unicode)?(?:String|Regex)\w*\b(?!\))|tensor\(string\)")),
    ("lookup-table", re.compile(r"lookup tables? of type|HashTable|LookupTable")),
    ("sparse", re.compile(r"sparse", re.I)),
    ("control-flow", re.compile(r"data-dependent|torch\.cond|control.?flow|prim::If|prim::Loop", re.I)),
    ("too-large", re.compile(r"exceeds? (?:the )?(?:maximum protobuf|2 ?GB|2GiB)|larger than 2GB", re.I)),
)
"""What kind of failure it is, told by the operator or the words, the more certain first."""

_NEXT = {
    "python-function": "Write it with TensorFlow operators: the Python code of py_function and "
    "numpy_function is not in the file.",
    "strings": "Keep the tokenizer outside the model, with all other string work, and pass it numbers.",
    "lookup-table": "Do the lookup outside the model and pass it numbers, or keep the source format.",
    "sparse": "Pass dense tensors, or keep the source format.",
    "control-flow": "Rewrite the branch with torch.cond or torch.where, or keep the source format.",
    "too-large": "Save the weights as external data, or convert a smaller variant.",
    "custom-operator": "Rewrite it with standard operators, or register a translation and ship its kernel.",
    "unsupported-operator": "Write it with other operators, or keep the source format for this model.",
}
LONGEST = 300
MOST_NAMED = 4


def explain(stage: str, kind: str, who: str, words: str) -> Problem:
    """What a converter or a runtime said, as a problem: `kind` becomes one of those above where the words
    tell, the message names the operators and the line of the model, then gives the words shortened.
    `who`: "The converter" or whoever else said them."""
    words = " ".join(_ANSI.sub("", words).split())
    found = [match for pattern in _OPERATOR for match in pattern.finditer(words)]
    operators = list(dict.fromkeys(match.group(1) for match in found))
    line = _LINE.search(words)
    kind = _kind(operators, words) or kind
    said = words[found[0].start() :] if found else words
    parts = []
    if operators:
        others = " and others" if len(operators) > MOST_NAMED else ""
        parts.append(f"{who} does not know {', '.join(operators[:MOST_NAMED])}{others}.")
    if line:
        parts.append(f"The model has it in {line.group(1).rsplit('/', 1)[-1]}, line {line.group(2)}.")
    parts.append(f"In its words: {said[:LONGEST]}{'…' if len(said) > LONGEST else ''}")
    return Problem(stage, kind, " ".join(parts), _NEXT.get(kind, ""))


def _kind(operators: list[str], words: str) -> str:
    told = " ".join(operators) or words
    for kind, pattern in _KINDS:
        if pattern.search(told):
            return kind
    if any(re.match(r"(?!aten|prim|tf|quantized)\w+(::|\.)", name) for name in operators):
        return "custom-operator"
    return "unsupported-operator" if operators else ""
