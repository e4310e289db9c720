"""Which TensorFlow operators LiteRT has builtins for. TensorFlow publishes no list, so its converter is
asked: a function of one operator, on small inputs, for every operator that can be called so."""

import itertools
import os
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_library

_SHAPES = ([1, 4, 4, 4], [4, 4], [4], [])
_NUMBERS = (1, [1], [2, 2], [0, 1], [1, 1, 1, 1], [0, 1, 2, 3], [[0, 0]] * 4, [[0, 0]] * 2, [1, 4, 4, 4])
"""Constants for integers behind the first input: axes, sizes, paddings."""
_ATTRIBUTES = {
    "strides": [1, 1, 1, 1],
    "ksize": [1, 2, 2, 1],
    "padding": "SAME",
    "block_size": 2,
    "equation": "ij,jk->ik",
    "is_training": False,
}
_ELSEWHERE = re.compile(
    "^_|Grad|Dataset|Quantized|Xla|Tpu|TPU|Ragged|Sparse|Collective|Summary|Iterator|Apply"
    "|^(Enter|Exit|LoopCond|Merge|NextIteration|Switch|Risc.*)$"
)
_SIMPLE = {"int": 1, "float": 1.0, "bool": True}
_PREFERRED = (tf.float32, tf.int32, tf.bool, tf.int64)
_INTEGERS = (tf.int32, tf.int64)
_MOST_CALLS, _MOST_CONVERSIONS, _MOST_SECONDS = 200, 16, 30


@dataclass(frozen=True)
class _Argument:
    """An input of an operator: `several` where it takes a list of tensors."""

    name: str
    dtype: tf.DType
    several: bool


def could_be(operator) -> bool:
    """Whether it is one that a model runs when it answers: neither training nor input pipelines, nor the
    inner operators of accelerators and of TensorFlow's own rewriting, nor one that means something beside
    others only: lists of tensors, control flow of TensorFlow 1."""
    handles = any(one.type in (tf.variant, tf.resource) for one in operator.output_arg)
    return not operator.is_stateful and not handles and not _ELSEWHERE.search(operator.name)


def builtins(operators: Sequence) -> dict[str, bool]:
    """By name, for the operators (`OpDef`) of which a call could be made up. They are asked in a process of
    its own, which the converter may take with it: then in another from the next operator on."""
    answers: dict[str, bool] = {}
    begun = 0
    while begun < len(operators):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                _answer(operators[begun:], writing)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as lines:
            said = [line.strip() for line in lines]
        os.waitpid(pid, 0)
        found = dict(zip((operator.name for operator in operators[begun:]), said, strict=False))
        answers |= {name: word == str(True) for name, word in found.items() if word != str(None)}
        begun += len(said) + 1  # the one that nothing was said of ended the process
    return answers


def _answer(operators: Sequence, writing: int) -> None:
    for operator in operators:
        signal.alarm(_MOST_SECONDS)
        os.write(writing, f"{probe(operator)}\n".encode())


def probe(operator) -> bool | None:
    """Whether TensorFlow's converter makes builtins of it; `operator` is its definition (`OpDef`). None where
    no call of it could be made up."""
    arguments = [_argument(operator, one) for one in operator.input_arg]
    attributes = _attributes(operator)
    if None in arguments or attributes is None or not arguments:
        return None
    refused = 0
    for inputs in itertools.islice(_inputs(arguments), _MOST_CALLS):
        try:
            made = _function(operator.name, arguments, inputs, attributes)
        except Exception:  # not an operator of these shapes and types
            continue
        if _converts(made):
            return True
        refused += 1
        if refused == _MOST_CONVERSIONS:
            break
    return False if refused else None


def _converts(made) -> bool:
    try:
        tf.lite.TFLiteConverter.from_concrete_functions([made]).convert()
    except Exception:  # needs a custom operator or TensorFlow's own kernel
        return False
    return True


def _function(name: str, arguments: list[_Argument], inputs: tuple, attributes: dict):
    """The operator as a function of its inputs that are no constants."""
    specs = [one for one in inputs if isinstance(one, tf.TensorSpec)]

    def call(*tensors):
        left = iter(tensors)
        given = [next(left) if isinstance(one, tf.TensorSpec) else one for one in inputs]
        fed = {a.name: [v, v] if a.several else v for a, v in zip(arguments, given, strict=True)}
        made = op_def_library.apply_op(name, **fed, **attributes)
        return made[0] if isinstance(made, list | tuple) else made

    return tf.function(call).get_concrete_function(*specs)


def _inputs(arguments: list[_Argument]) -> Iterator[tuple]:
    """What to feed, the likeliest first: values of one shape, then every mixture, each with all tensors given
    when the model is run, then with all but one as constants, as weights, axes and sizes are."""
    choices = []
    for argument in arguments:
        kind, mixed = argument.dtype.as_numpy_dtype, any(a.dtype not in _INTEGERS for a in arguments)
        as_number = mixed and argument.dtype in _INTEGERS
        choices.append(
            [np.array(n, kind) for n in _NUMBERS] if as_number else [np.ones(s, kind) for s in _SHAPES]
        )
    likely = list(zip(*(choice[: len(_SHAPES)] for choice in choices), strict=True))
    likely += [tuple(choice[-1] if len(choice) > len(_SHAPES) else choice[0] for choice in choices)]
    # A picture with numbers for each of its channels, or with single numbers.
    likely += [tuple(choice[0 if k == 0 else -1] for k, choice in enumerate(choices))]
    likely += [tuple(choice[0 if k == 0 else 2] for k, choice in enumerate(choices))]
    likely += [tuple(choice[0] if len(choice) > len(_SHAPES) else choice[-1] for choice in choices)]
    for values in itertools.chain(likely, itertools.product(*choices)):
        floating = {k for k, one in enumerate(arguments) if one.dtype not in _INTEGERS}
        every = set(range(len(arguments)))
        for given in dict.fromkeys(map(frozenset, (floating or every, *({k} for k in every)))):
            yield tuple(
                tf.TensorSpec(value.shape, argument.dtype) if k in given else value
                for k, (value, argument) in enumerate(zip(values, arguments, strict=True))
            )


def _argument(operator, given) -> _Argument | None:
    """None for what only a program makes: resources, variants, references, strings."""
    if given.type_list_attr or given.is_ref:
        return None
    allowed = [given.type]
    if given.type_attr:
        (attribute,) = [one for one in operator.attr if one.name == given.type_attr]
        allowed = list(attribute.allowed_values.list.type) or [one.as_datatype_enum for one in _PREFERRED]
    dtype = next((one for one in _PREFERRED if one.as_datatype_enum in allowed), None)
    return dtype and _Argument(given.name, dtype, bool(given.number_attr))


def _attributes(operator) -> dict | None:
    """Values for the attributes, None for those that have a default; None where there is none to be thought
    of."""
    inferred = {one for a in operator.input_arg for one in (a.type_attr, a.number_attr) if one}
    values = {}
    for attribute in operator.attr:
        name, kind = attribute.name, attribute.type
        if name in inferred:
            continue
        if name in _ATTRIBUTES:
            values[name] = _ATTRIBUTES[name]
        elif attribute.HasField("default_value"):
            values[name] = None
        elif kind == "type":
            allowed = attribute.allowed_values.list.type
            values[name] = next((t for t in _PREFERRED if not allowed or t.as_datatype_enum in allowed), None)
        elif kind in _SIMPLE:
            values[name] = _SIMPLE[kind]
        else:
            return None
    return values
