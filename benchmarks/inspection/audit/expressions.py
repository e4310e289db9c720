"""What PyTorch makes Python of in an exported program: sizes, guards, and text that it sets in quotes.

A size is text in one form, `Mul(Integer(2), Symbol('s0', integer=True))`, and is given to sympy.sympify
(torch/_export/serde/serialize.py), which evaluates it. A guard is Python as it stands,
`L['x'].size()[0] >= 2`, and is executed (torch/export/_unlift.py). Both are held here to what PyTorch writes;
nothing is evaluated.
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
PASTED = re.compile(r"[^\x00-\x1f\x7f\"'\\()\[\]{};#]{0,500}")
"""Text that stays within whatever quotes it is set in: names of weights, keys of dictionaries, words."""
_GUARD = re.compile(
    r"\s*(?:([A-Za-z_]\w*)|\d[\d.e]{0,30}|'[^\x00-\x1f\x7f\"'\\()\[\]{};#]{0,500}'|[-+*/%<>=!]{1,2}|[()\[\].,])"
)
_GUARD_NAMES = {"L", "size", "stride", "storage_offset", "max", "min", "abs", "round", "int", "float"}
_GUARD_NAMES |= {"math", "floor", "ceil", "trunc", "sqrt", "isnan", "inf", "nan"}
_GUARD_NAMES |= {"torch", "sym_max", "sym_min", "sym_float", "sym_int", "sym_not", "sym_ite", "sym_sum"}
_GUARD_NAMES |= {"and", "or", "not", "if", "else", "is", "True", "False", "None"}
_GUARD_NAMES |= {"IsNonOverlappingAndDenseIndicator", "cast_symbool_to_symint_guardless"}
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


def check_guard(text: str) -> None:
    """Raises `Foreign` for a guard with anything in it but arithmetic on the sizes of inputs."""
    if len(text) > MAX_LENGTH:
        raise Foreign
    at = 0
    while at < len(text.rstrip()):
        token = _GUARD.match(text, at)
        if token is None or (token[1] and token[1] not in _GUARD_NAMES):
            raise Foreign
        at = token.end()


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
