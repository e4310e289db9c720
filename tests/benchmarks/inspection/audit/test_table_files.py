"""How much work it is to follow the paths of tables. Field numbers: see `savedmodel_meta`."""

import time

import pytest

from benchmarks.inspection.audit import table_files
from benchmarks.inspection.audit.table_files import TableFiles
from benchmarks.inspection.protobuf_wire import Budget
from benchmarks.inspection.savedmodel_meta import MetaGraph

READS = 10_000


def varint(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def node(name: str, operator: str, *inputs: str) -> bytes:
    fields = [field(1, name.encode()), field(2, operator.encode()), *(field(3, i.encode()) for i in inputs)]
    return field(1, b"".join(fields))


def tables(*assigned: str) -> MetaGraph:
    """As many tables as `READS`, each with its own read of one variable, to which `assigned` are assigned;
    "asset" is the path of an asset."""
    nodes = [node("asset", "Const"), node("other", "Const"), node("v", "VarHandleOp")]
    nodes += [node(f"set{at}", "AssignVariableOp", "v", name) for at, name in enumerate(assigned)]
    for at in range(READS):
        nodes.append(node(f"read{at}", "ReadVariableOp", "v"))
        nodes.append(node(f"table{at}", "InitializeTableFromTextFileV2", "handle", f"read{at}"))
    asset = field(6, field(1, field(1, b"asset:0")) + field(2, b"words.txt"))
    return MetaGraph(memoryview(field(2, b"".join(nodes)) + asset), Budget())


def foreign(meta: MetaGraph) -> list[str]:
    followed = TableFiles(meta)
    nodes = [node for node in meta.graph.nodes if node.op == "InitializeTableFromTextFileV2"]
    assert len(nodes) == READS
    return [node.name for node in nodes if followed.foreign("", node)]


@pytest.mark.parametrize("assigned", [["asset"], ["asset"] * READS], ids=["once", "often"])
def test_many_reads_of_one_variable(assigned):
    """Pairs of a read with a read, or an assignment: a hundred million."""
    meta = tables(*assigned)
    start = time.process_time()
    assert not foreign(meta)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("assigned", [["asset", "other"], []])
def test_another_path_is_seen_among_many(assigned):
    assert foreign(tables(*assigned))[0] == "table0"


def test_what_exceeds_the_budget_is_foreign(monkeypatch):
    assert not foreign(tables(*["asset"] * READS))
    monkeypatch.setattr(table_files, "_MOST_VALUES", READS // 2)
    assert foreign(tables(*["asset"] * READS))
