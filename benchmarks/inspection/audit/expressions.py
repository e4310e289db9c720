"""Sizes as text, in the one form that PyTorch writes them: `Mul(Integer(2), Symbol('s0', integer=True))`.

PyTorch gives the text to sympy.sympify (torch/_export/serde/serialize.py), which evaluates it as Python.
What is written here as a grammar is what sympy's srepr gives for sizes; nothing is evaluated.
"""

import re

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|(-?\d{1,20})|('[\w.+-]{1,60}')|([(),=]))")
NAMES = {"Symbol", "Integer", "Rational", "Float", "Add", "Mul", "Pow", "Max", "Min", "Abs", "Mod", "floor"}
NAMES |= {
    "ceiling",
    "Equality",
    "Unequality",
    "StrictLessThan",
    "LessThan",
    "StrictGreaterThan",
    "GreaterThan",
}
NAMES |= {"Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And", "Or", "Not", "Where", "FloorDiv", "ModularIndexing"}
NAMES |= {
    "PythonMod",
    "CleanDiv",
    "CeilToInt",
    "FloorToInt",
    "CeilDiv",
    "IntTrueDiv",
    "FloatTrueDiv",
    "Identity",
}
NAMES |= {
    "PowByNatural",
    "FloatPow",
    "LShift",
    "RShift",
    "TruncToFloat",
    "TruncToInt",
    "RoundToInt",
    "ToFloat",
}
NAMES |= {"RoundDecimal", "IsNonOverlappingAndDenseIndicator"}
_CONSTANTS = {"true", "false", "int_oo", "oo"}
_POWERS = {"Pow", "PowByNatural", "FloatPow", "LShift"}
MAX_LENGTH = 10_000
MAX_DEPTH = 40
MAX_EXPONENT = 64
MAX_POWERS = 3
"""Within one another: above, sympy would compute a number of any length."""


class Foreign(ValueError):
    """The text is no size as PyTorch writes it."""


def check(text: str) -> None:
    """Raises `Foreign`."""
    if len(text) > MAX_LENGTH:
        raise Foreign
    tokens, at = [], 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise Foreign
        tokens.append(token[0].strip())
        at = token.end()
    if _expression(tokens, 0, MAX_DEPTH, MAX_POWERS) != len(tokens):
        raise Foreign


def _expression(tokens: list[str], at: int, depth: int, powers: int) -> int:
    """Reads one expression from `at` and returns the place after it."""
    name = tokens[at] if at < len(tokens) else ""
    if re.fullmatch(r"-?\d+", name) or name in _CONSTANTS:
        return at + 1
    if depth < 0 or name not in NAMES or tokens[at + 1 : at + 2] != ["("]:
        raise Foreign
    if name in _POWERS:
        powers -= 1
        if powers < 0:
            raise Foreign
    start = at = at + 2
    number = 0
    while tokens[at : at + 1] != [")"]:
        if number:
            if tokens[at : at + 1] != [","]:
                raise Foreign
            at += 1
        begin = at
        if name in ("Symbol", "Float") and number == 0 and at < len(tokens) and tokens[at].startswith("'"):
            word = tokens[at][1:-1]
            if not (word.isidentifier() if name == "Symbol" else re.fullmatch(r"[-+\d.e]+", word)):
                raise Foreign
            at += 1
        elif tokens[at + 1 : at + 2] == ["="]:
            if tokens[at + 2 : at + 3] not in (["True"], ["False"]) and not re.fullmatch(
                r"\d{1,4}", "".join(tokens[at + 2 : at + 3])
            ):
                raise Foreign
            at += 3
        else:
            at = _expression(tokens, at, depth - 1, powers)
        if name in _POWERS and number == 1:
            _check_exponent(tokens[begin:at])
        number += 1
    if at == start:
        raise Foreign
    return at + 1


def _check_exponent(tokens: list[str]) -> None:
    """A number up to 64, or something with a symbol in it, of which sympy computes nothing."""
    numbers = [int(token) for token in tokens if re.fullmatch(r"-?\d+", token)]
    if "Symbol" not in tokens and any(abs(number) > MAX_EXPONENT for number in numbers):
        raise Foreign
