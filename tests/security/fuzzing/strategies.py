"""What is done to bytes: blind mutations, and files of our own making whose structure is sound and whose
content is not. All of it is drawn by hypothesis, which shrinks what it finds."""

import io
import struct
import tarfile
import zipfile
import zlib

from hypothesis import strategies as st

PLACES = st.integers(0, 2**24).map(lambda place: place * 2_654_435_761 % 2**32)
"""Taken modulo the length of what is mutated; spread, since hypothesis prefers small numbers and the first
bytes only tell the format."""
INTERESTING = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    2**63 - 1,
    2**64 - 1,
)
FRAGMENTS = (
    b"PK\x03\x04" + b"\0" * 26,
    b"PK\x01\x02" + b"\xff" * 42,
    b"PK\x05\x06" + b"\0" * 18,
    b"PK\x06\x06" + b"\xff" * 52,
    b"PK\x06\x07" + b"\0" * 16,
    b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
    b"ustar\x0000",
    b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"cos\nsystem\n(S'id'\ntR.",
    b"\x80\x02}r\xff\xff\xff\x7f.",
    b"\x89HDF\r\n\x1a\n",
    b"TREE\0\0\xff\xff",
    b"SNOD\x01\0\xff\xff",
    b"TFL3",
    b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\xff" * 16,
    b"../" * 40,
    b"[" * 300,
    b"{" * 300,
    b'{"a":' * 100,
)


@st.composite
def mutated(draw, data: bytes, others: tuple[bytes, ...] = ()) -> bytes:
    """`data` after one to six blind changes; `others` are spliced in."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(PLACES) % (len(changed) or 1)
        _CHANGES[draw(st.integers(0, len(_CHANGES) - 1))](draw, changed, at, others)
    return bytes(changed)


def _flip(draw, data: bytearray, at: int, others) -> None:
    if data:
        data[at] ^= 1 << draw(st.integers(0, 7))


def _overwrite(draw, data: bytearray, at: int, others) -> None:
    new = draw(st.binary(min_size=1, max_size=16))
    data[at : at + len(new)] = new


def _number(draw, data: bytearray, at: int, others) -> None:
    """In place of a length or an offset, small-endian or big-endian, on its own alignment."""
    size, order = draw(st.sampled_from((1, 2, 4, 8))), draw(st.sampled_from(("little", "big")))
    value = draw(st.sampled_from((*INTERESTING, len(data), at))) % (1 << 8 * size)
    at -= at % size
    data[at : at + size] = value.to_bytes(size, order)


def _nudge(draw, data: bytearray, at: int, others) -> None:
    """A number a little smaller or larger than it was."""
    at -= at % 4
    if at + 4 <= len(data):
        value = struct.unpack_from("<I", data, at)[0] + draw(st.integers(-64, 64))
        struct.pack_into("<I", data, at, value % 2**32)


def _delete(draw, data: bytearray, at: int, others) -> None:
    del data[at : at + draw(st.sampled_from((1, 2, 4, 16, 256)))]


def _repeat(draw, data: bytearray, at: int, others) -> None:
    data[at:at] = data[at : at + draw(st.sampled_from((1, 8, 64, 1024)))] * draw(st.sampled_from((1, 2, 30)))


def _truncate(draw, data: bytearray, at: int, others) -> None:
    del data[at:]


def _insert(draw, data: bytearray, at: int, others) -> None:
    data[at:at] = draw(st.sampled_from(FRAGMENTS))


def _splice(draw, data: bytearray, at: int, others) -> None:
    if others:
        other = draw(st.sampled_from(others))
        start = draw(PLACES) % (len(other) or 1)
        data[at:] = other[start : start + 50_000]


_CHANGES = (_flip, _overwrite, _number, _nudge, _delete, _repeat, _truncate, _insert, _splice)


def repacked(data: bytes, name: str, content: bytes, compression: int) -> bytes:
    """The zip `data` with `content` as its entry `name`: past the checksums, into the format's parser."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w", compression) as target:
        for entry in source.infolist():
            if not entry.is_dir():
                target.writestr(entry.filename, content if entry.filename == name else source.read(entry))
    return packed.getvalue()


# ---- protobuf ----------------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


Message = list[tuple[int, int, object]]
"""Fields as (number, wire type, value); a value of wire type 2 is bytes or again a message."""


def parsed(data: bytes, depth: int = 0) -> Message | None:
    """`data` as a message whose lengths all fit, None if it is none."""
    fields: Message = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if at < 0 or not number or kind not in (0, 1, 2, 5):
            return None
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size, at = (8, at) if kind == 1 else (4, at) if kind == 5 else _varint(data, at)
            value, at = data[at : at + size], at + size
            if kind == 2 and depth < 12:
                value = (parsed(value, depth + 1) if len(value) > 1 else None) or value
        if at < 0 or at > len(data):
            return None
        fields.append((number, kind, value))
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while 0 <= at < len(data) and shift < 64:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
    return 0, -1


def serialised(message: Message) -> bytes:
    """With the right lengths, whatever was put into it."""
    parts = []
    for number, kind, value in message:
        content = value if isinstance(value, bytes) else b""
        if kind == 0:
            content = varint(value)
        elif isinstance(value, list):
            content = serialised(value)
        parts.append(varint(number << 3 | kind) + (varint(len(content)) if kind == 2 else b"") + content)
    return b"".join(parts)


@st.composite
def protobuf_mutated(draw, data: bytes) -> bytes:
    """`data` with changed, copied, dropped, renumbered and nested fields: sound protobuf throughout."""
    message = parsed(data) or []
    every = _messages(message)
    for _ in range(draw(st.integers(1, 5))):
        target = every[draw(PLACES) % len(every)]
        if not target:
            target.append((draw(st.integers(1, 30)), 2, draw(st.binary(max_size=8))))
            continue
        at = draw(PLACES) % len(target)
        number, kind, value = target[at]
        change = draw(st.integers(0, 6))
        if change == 0:
            target[at] = (draw(st.integers(1, 30)), kind, value)
        elif change == 1:
            target[at] = (number, 0, draw(st.sampled_from(INTERESTING)))
        elif change == 2:
            target[at] = (number, 2, draw(st.binary(max_size=20)))
        elif change == 3:
            target += [target[at]] * draw(st.sampled_from((1, 2, 50)))
        elif change == 4:
            del target[at]
        elif change == 5:
            other = every[draw(PLACES) % len(every)]
            target[at] = (number, 2, serialised(other)[:20_000])
        else:
            nested = serialised(target)[:2000]
            for _ in range(draw(st.sampled_from((1, 10, 200)))):
                nested = field(number, nested)
            target[at] = (number, 2, nested)
    return serialised(message)


def _messages(message: Message) -> list[Message]:
    found, waiting = [], [message]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [value for _, _, value in one if isinstance(value, list)]
    return found


# ---- flatbuffers -------------------------------------------------------------------------------------------


@st.composite
def words_changed(draw, data: bytes) -> bytes:
    """`data` with one to four aligned words changed: offsets, lengths, indices and enumerations."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = max(8, draw(PLACES) % len(changed) // 4 * 4)
        if draw(st.booleans()):
            _nudge(draw, changed, at, ())
        else:
            new = draw(st.sampled_from((0, 1, 2, 32, 255, 4096, 2**31 - 1, 2**32 - 4, 2**32 - 1)))
            changed[at : at + 4] = struct.pack("<I", new)
    return bytes(changed)


@st.composite
def flatbuffers(draw) -> bytes:
    """Random tables with LiteRT's identifier: vtables and offsets within the file, values at random."""
    data = bytearray(b"\0\0\0\0TFL3")
    tables: list[int] = []
    for _ in range(draw(st.integers(1, 12))):
        slots = draw(st.integers(0, 11))
        vtable = len(data)
        data += struct.pack(f"<HH{slots}H", 4 + 2 * slots, 4 + 8 * slots, *(4 + 8 * i for i in range(slots)))
        data += b"\0" * (-len(data) % 8)
        tables.append(len(data))
        data += struct.pack("<i", len(data) - vtable)
        for _ in range(slots):
            what = draw(st.integers(0, 4))
            if what == 0:
                data += struct.pack("<Q", draw(st.sampled_from(INTERESTING)))
            elif what == 1:
                data += struct.pack("<Ii", 8, draw(st.sampled_from((0, 1, 3, 2**31 - 1))))
            else:  # an offset to a later vector, filled in by the loop below
                data += struct.pack("<II", 0, 0)
    for _ in range(draw(st.integers(0, 12))):
        vector = len(data)
        target = draw(st.sampled_from(tables))
        count = draw(st.sampled_from((0, 1, 2, 100)))
        data += struct.pack("<I", count)
        data += b"".join(
            struct.pack("<I", (target - len(data) - 4 * i) % 2**32) for i in range(min(count, 9))
        )
        at = draw(st.sampled_from(tables)) + 4 + 8 * draw(st.integers(0, 10))
        if at + 4 <= len(data):
            struct.pack_into("<I", data, at, (vector - at) % 2**32)
    struct.pack_into("<I", data, 0, tables[-1])
    return bytes(data)


# ---- archives ----------------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    ("saved_model.pb", "m/saved_model.pb", "data.pkl", "m/data.pkl", "m/code/__torch__.py", "m/constants.pkl",
     "config.json", "metadata.json", "model.weights.h5", "models/model.json", "archive_format", "version",
     "../x", "/x", "a/../../b", "C:\\x", "a//b", ".", "", "a", "a/", "a/b", "a" * 300, "ä\ud800", "x\0y",
     "/".join("d" * 60))
)  # fmt: skip
CONTENTS = st.sampled_from(FRAGMENTS) | st.binary(max_size=64) | st.just(b"{}") | st.just(b"\0" * 5000)
LIES = st.sampled_from((0,) * 28 + (1, -1, 2**31, 2**32 - 1))


@st.composite
def zips(draw) -> bytes:
    """Local headers, a directory and its end, each of which may lie about the others."""
    body, directory = bytearray(draw(st.sampled_from((b"",) * 6 + (b"#!x", b"\x08\x07")))), bytearray()
    entries = draw(st.lists(st.tuples(NAMES, CONTENTS), max_size=6))
    for name, content in entries:
        raw = name.encode("utf-8", "surrogatepass")
        method = draw(st.sampled_from((0,) * 5 + (8,) * 5 + (12, 99)))
        packed = zlib.compress(content)[2:-4] if method == 8 else content
        flags, extra = (
            draw(st.sampled_from((0,) * 12 + (1, 8, 0x800))),
            draw(st.sampled_from((b"",) * 9 + (b"\1\0\x08\0" + b"\xff" * 8,))),
        )
        sizes = [(size + draw(LIES)) % 2**32 for size in (len(packed), len(content))]
        common = struct.pack(
            "<HHHHHIIIHH", 20, flags, method, 0, 0, zlib.crc32(content), *sizes, len(raw), len(extra)
        )
        at = (len(body) + draw(LIES)) % 2**32
        body += b"PK\3\4" + common + raw + extra + packed
        mode = draw(st.sampled_from((0, 0o100644) * 6 + (0o040755, 0o120777, 0o010644, 0o020644)))
        central = (draw(st.sampled_from((0, 0, 0, 9))), 0, 0, mode << 16, at)
        directory += b"PK\1\2\x14\3" + common + struct.pack("<HHHII", *central) + raw + extra
    count = (len(entries) + draw(LIES)) % 2**16
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), (len(body) + draw(LIES)) % 2**32, 0)
    return bytes(body + directory) + b"PK\5\6" + end + draw(st.sampled_from((b"", b"tail")))


@st.composite
def tars(draw) -> bytes:
    """Members of every kind, with sizes, records and checksums that may lie."""
    data = b""
    for _ in range(draw(st.integers(0, 6))):
        name = draw(NAMES).encode("utf-8", "surrogatepass")
        content = draw(CONTENTS)
        kind = draw(
            st.sampled_from(
                (b"0", b"0", b"\0", b"1", b"2", b"3", b"5", b"6", b"7", b"L", b"K", b"x", b"g", b"S")
            )
        )
        if kind in (b"x", b"g"):
            record = b"path=" + name[:200] + b"\n"
            content = b"%d %s" % (len(record) + 4 + draw(st.integers(-2, 2)), record)
        size = draw(st.sampled_from((len(content), len(content), len(content), 0, 2**30, 8**11 - 1)))
        header = tarfile.TarInfo("x")
        header.size, header.type = size, kind
        block = bytearray(header.tobuf(tarfile.GNU_FORMAT)[:512])
        block[:100] = name[:100].ljust(100, b"\0")
        if draw(st.integers(0, 9)) == 0:
            block[124:136] = b"\x80" + b"\xff" * 11
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % ((sum(block) + (draw(st.integers(0, 9)) == 0)) % 8**6)
        data += bytes(block) + content + b"\0" * (-len(content) % 512)
    return data + b"\0" * draw(st.sampled_from((0, 512, 1024)))
