"""The strings that stand as attributes at the root of an HDF5 file, read as `hdf5` reads it.

Format: HDF Group, "HDF5 File Format Specification Version 3.0", sections III.E, IV.A.2.d and IV.A.2.m.
"""

import struct
from collections.abc import Set

from benchmarks.inspection import hdf5
from benchmarks.inspection.damage import Damaged, Truncated

MAX_BYTES = 24 * 2**20
"""Of one string; a description of a model with as many layers as are taken has less."""
_ATTRIBUTE, _ATTRIBUTE_INFO = 0x0C, 0x15
_END_AT = 40
"""Where the superblock says how long the file is."""
_STRING, _VARIABLE_LENGTH, _OF_LETTERS = 3, 9, 1


def root_strings(data: memoryview, wanted: Set[str]) -> dict[str, bytes]:
    """Name → value of the attributes of the root in `wanted`; of those that are one string.

    Raises `hdf5.NewerLayout` where attributes are kept as h5py does not by default, and `Damaged` for a
    broken file, or one that has two of the same name.
    """
    try:
        return _strings(data, wanted)
    except (struct.error, LookupError, OverflowError) as error:
        raise Damaged("is broken") from error


def _strings(data: memoryview, wanted: Set[str]) -> dict[str, bytes]:
    messages = hdf5.root_messages(data)
    if struct.unpack_from("<Q", data, _END_AT)[0] > len(data):
        raise Truncated("has fewer bytes than it says itself")
    found: dict[str, bytes] = {}
    names = set()
    for kind, at, flags in messages:
        if kind == _ATTRIBUTE_INFO or (kind == _ATTRIBUTE and flags & hdf5.SHARED):
            raise hdf5.NewerLayout("keeps its attributes in a newer layout of HDF5")
        if kind != _ATTRIBUTE:
            continue
        version, name, name_end = _name(data, at)
        if name not in wanted:
            continue
        if name in names:
            raise Damaged(f"has two attributes {name}")
        names.add(name)
        value = _value(data, at, version, name_end)
        if value is not None:
            found[name] = value
    return found


def _name(data: memoryview, at: int) -> tuple[int, str, int]:
    """Of the attribute at `at`: the version of its description, its name, and where that ends."""
    version, flags, length = struct.unpack_from("<BBH", data, at)
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise hdf5.NewerLayout("describes its attributes in another layout than Keras does")
    start = at + (9 if version == 3 else 8)
    raw = bytes(data[start : start + length])
    return version, raw.split(b"\0")[0].decode("utf-8", "replace"), start + _padded(length, version)


def _value(data: memoryview, at: int, version: int, type_at: int) -> bytes | None:
    """The string that the attribute is, None where it is something else."""
    type_bytes, space_bytes = struct.unpack_from("<HH", data, at + 4)
    space_at = type_at + _padded(type_bytes, version)
    value_at = space_at + _padded(space_bytes, version)
    kind, size = data[type_at] & 0x0F, struct.unpack_from("<I", data, type_at + 4)[0]
    if data[space_at + 1]:  # several of them
        return None
    if kind == _STRING:
        return _bytes(data, value_at, size).rstrip(b"\0")
    if kind != _VARIABLE_LENGTH or data[type_at + 1] & 0x0F != _OF_LETTERS:
        return None
    length, heap, number = struct.unpack_from("<IQI", data, value_at)
    return _from_heap(data, heap, number, length)


def _padded(size: int, version: int) -> int:
    return -(-size // 8) * 8 if version == 1 else size


def _from_heap(data: memoryview, heap: int, number: int, length: int) -> bytes:
    """The first `length` bytes of an object in a global heap."""
    if bytes(data[heap : heap + 4]) != b"GCOL":
        raise Damaged("has a broken heap")
    end = heap + struct.unpack_from("<Q", data, heap + 8)[0]
    at = heap + 16
    while at + 16 <= min(end, len(data)):
        index, size = struct.unpack_from("<H6xQ", data, at)
        if index == number:
            if length > size:
                raise Damaged("has a broken heap")
            return _bytes(data, at + 16, length)
        if index == 0:  # the space that is left
            break
        at += 16 + -(-size // 8) * 8
    raise Damaged("has a broken heap")


def _bytes(data: memoryview, at: int, size: int) -> bytes:
    if size > MAX_BYTES:
        raise Damaged(f"has a description of more than {MAX_BYTES // 2**20} MiB")
    if at + size > len(data):
        raise Damaged("is broken")
    return bytes(data[at : at + size])
