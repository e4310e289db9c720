"""What a PyTorch pickle describes, read without unpickling it: nothing is imported, built or called.

A small stack machine over `pickletools.genops` with the opcodes that TorchScript writes. A global is
its name; a call is a record of the call. Any other opcode ends the reading.
"""

import pickletools
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.tensor_size import MAX_ELEMENTS, MAX_RANK

MAX_OPCODES = 600_000
"""A model of 5,000 modules has about 300,000."""
_MARK = object()
_ATOMS = {
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "BINFLOAT",
    "INT",
    "LONG",
}
_ATOMS |= {"UNICODE", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINUNICODE8", "FLOAT"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_REBUILD = ("torch._utils _rebuild_tensor", "torch._utils _rebuild_qtensor")


@dataclass(frozen=True)
class Global:
    """A class or function that is referred to: "module name"."""

    name: str


@dataclass(frozen=True)
class Storage:
    """The numbers behind one or more tensors; `dtype` as PyTorch's class name ("FloatStorage")."""

    key: str
    dtype: str
    elements: int


@dataclass(frozen=True)
class StoredTensor:
    """A tensor: a shape laid over a storage from the element `offset` on, `stride` elements from one to
    the next along each dimension."""

    storage: Storage
    shape: tuple[int, ...]
    offset: int = 0
    stride: tuple[int, ...] = ()


@dataclass(frozen=True)
class Made:
    """What a call gives, of which nothing more is known; only this may be filled with a state."""

    by: str


@dataclass
class Outline:
    """`root` is the class of the outermost object, `instances` counts the objects made per class,
    `tensors` are in the order met, `globals` are the classes and functions referred to ("module name"),
    `texts` all strings and bytes."""

    root: str | None = None
    instances: Counter[str] = field(default_factory=Counter)
    tensors: list[StoredTensor] = field(default_factory=list)
    storages: dict[str, Storage] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    texts: set[str | bytes] = field(default_factory=set)


def outline(data: bytes) -> Outline:
    """Raises `Damaged` where the pickle is broken, too long, or does what TorchScript never does."""
    found = Outline()
    stack: list = []
    memo: dict[int, object] = {}
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count > MAX_OPCODES:
                raise Damaged("has more parts than can be looked at here")
            if opcode.name == "STOP":
                return found
            _step(opcode.name, argument, stack, memo, found)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Damaged("has a broken pickle inside") from error
    raise Damaged("has a pickle that does not end")


def _step(name: str, argument: object, stack: list, memo: dict[int, object], found: Outline) -> None:
    if name in _ATOMS:
        stack.append(argument)
        if isinstance(argument, (str, bytes)):
            found.texts.add(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name == "GLOBAL":
        found.globals.add(str(argument))
        stack.append(Global(str(argument)))
    elif name == "MARK":
        stack.append(_MARK)
    elif name in ("EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT"):
        stack.append(())
    elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
        if not 0 <= argument <= MAX_OPCODES:  # PyTorch's reader makes room for as many
            raise Damaged("has a broken pickle inside")
        memo[argument] = stack[-1]
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name in ("BINGET", "LONG_BINGET", "GET"):
        stack.append(memo[argument])
    elif name == "TUPLE":
        stack.append(_since_mark(stack))
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        size = int(name[-1])
        stack[-size:] = [tuple(stack[-size:])]
    elif name in ("APPENDS", "SETITEMS"):
        _since_mark(stack)
    elif name in ("APPEND", "POP"):
        stack.pop()
    elif name == "BUILD":
        stack.pop()
        if not isinstance(stack[-1], Made):
            raise Damaged("has a pickle that does more than store a model")
    elif name == "SETITEM":
        del stack[-2:]
    elif name == "BINPERSID":
        stack.append(_storage(stack.pop(), found))
    elif name in ("REDUCE", "NEWOBJ"):
        arguments, called = stack.pop(), stack.pop()
        stack.append(_called(called, arguments, found))
    elif name not in ("PROTO", "FRAME"):
        raise Damaged("has a pickle that does more than store a model")


def _since_mark(stack: list) -> tuple:
    at = len(stack) - 1
    while stack[at] is not _MARK:
        at -= 1
        if at < 0:
            raise Damaged("has a broken pickle inside")
    items = tuple(stack[at + 1 :])
    del stack[at:]
    return items


def _storage(reference: object, found: Outline) -> object:
    """A storage's persistent id: ("storage", class, key, device, number of elements)."""
    if not isinstance(reference, tuple) or len(reference) < 5:
        return None
    if not isinstance(reference[1], Global) or not isinstance(reference[2], str):
        return None
    kind, key, elements = reference[1].name.split(" ")[-1], reference[2], reference[4]
    if not isinstance(elements, int) or not 0 <= elements <= MAX_ELEMENTS:
        raise Damaged("has a tensor of an impossible size")
    return found.storages.setdefault(key, Storage(key, kind, elements))


def _called(called: object, arguments: object, found: Outline) -> object:
    if not isinstance(called, Global):  # a number would do for PyTorch's reader
        raise Damaged("has a pickle that does more than store a model")
    name = called.name
    if name.startswith(_REBUILD) and isinstance(arguments, tuple) and len(arguments) > 2:
        storage, offset, shape, stride = (*arguments, ())[:4]
        if len(shape) > MAX_RANK or len(stride) > MAX_RANK:
            raise Damaged("has a tensor of an impossible size")
        if isinstance(storage, Storage) and all(isinstance(size, int) for size in (offset, *shape, *stride)):
            tensor = StoredTensor(storage, tuple(shape), offset, tuple(stride))
            found.tensors.append(tensor)
            return Made(name)
    elif name.startswith("__torch__"):
        found.root = found.root or name.replace(" ", ".")
        found.instances[name.replace(" ", ".")] += 1
    return Made(name)
