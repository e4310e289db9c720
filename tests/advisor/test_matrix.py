"""What each format reaches: known values, and the same as what the engine allows."""

import pytest

from advisor import Requirements, load_knowledge, recommend
from advisor.matrix import GRADES, KINDS, matrix, profile

KNOWLEDGE = load_knowledge()
REACHED = ("first", "second", "beta", "converted")


@pytest.mark.parametrize(
    ("kind", "format_id", "column", "grade", "label"),
    [
        ("hardware", "onnx", "x86-cpu", "first", "first"),
        ("hardware", "onnx", "apple-silicon", "second", "second"),
        ("hardware", "onnx", "microcontroller", "unknown", "unknown"),
        ("hardware", "litert", "microcontroller", "first", "first"),
        ("hardware", "torchscript", "inferentia", "first", "first"),
        ("hardware", "savedmodel", "android", "converted", "converted"),
        ("serving", "onnx", "triton", "first", "loads"),
        ("serving", "savedmodel", "triton", "refused", "refused"),
        ("serving", "savedmodel", "tf-serving", "first", "loads"),
        ("serving", "torchscript", "torchserve", "refused", "archived"),
        ("serving", "onnx", "tf-serving", "unknown", "unknown"),
        ("framework", "savedmodel", "tensorflow", "first", "native"),
        ("framework", "onnx", "pytorch", "first", "exporter"),
        ("framework", "onnx", "jax", "beta", "community"),
        ("framework", "torchscript", "pytorch", "beta", "deprecated"),
        ("framework", "onnx", "onnx", "first", "as it is"),
        ("framework", "savedmodel", "pytorch", "unknown", "unknown"),
    ],
)
def test_what_is_known_of_a_cell(kind: str, format_id: str, column: str, grade: str, label: str) -> None:
    cell = matrix(KNOWLEDGE, kind).cell(format_id, column)
    assert (cell.grade, cell.label) == (grade, label)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_has_words_and_a_source(kind: str) -> None:
    table = matrix(KNOWLEDGE, kind)
    assert [column.id for column in table.columns] == list(KNOWLEDGE.ids(kind))
    assert [row.format.id for row in table.rows] == list(KNOWLEDGE.ids("format"))
    for row in table.rows:
        assert [cell.column for cell in row.cells] == list(KNOWLEDGE.ids(kind))
        for cell in row.cells:
            assert cell.grade in GRADES
            assert cell.claims and all(claim.source and claim.checked for claim in cell.claims)
            assert bool(cell.ways) == (cell.grade in REACHED)
            assert all(way.words.endswith(".") for way in cell.ways)
            if cell.ways:
                grades = [GRADES.index(way.grade) for way in cell.ways]
                assert grades == sorted(grades)
                assert (cell.grade, cell.label) == (cell.ways[0].grade, cell.ways[0].label)


def possible(**answers: object) -> set[str]:
    """The masters that the engine allows for some kind of model; what a rewrite makes possible counts."""
    kinds = (None, *KNOWLEDGE.ids("model"))
    results = [recommend(Requirements.parse({**answers, "model": kind}), flips=False) for kind in kinds]
    return {option.format for result in results for option in result.options}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_reached_where_the_engine_allows_it_and_nowhere_else(kind: str) -> None:
    table = matrix(KNOWLEDGE, kind)
    masters = {master.id for master in KNOWLEDGE.masters}
    for column in table.columns:
        if kind == "framework":
            allowed = possible(framework=column.id)
        else:
            answer = [column.id] if kind == "hardware" else column.id
            frameworks = KNOWLEDGE.ids("framework")
            allowed = set().union(*(possible(framework=name, **{kind: answer}) for name in frameworks))
        cells = [row.cells[table.columns.index(column)] for row in table.rows]
        assert {cell.format for cell in cells if cell.ways} & masters == allowed, column.id


def test_nothing_archived_is_a_way() -> None:
    for kind in KINDS:
        for row in matrix(KNOWLEDGE, kind).rows:
            for cell in row.cells:
                assert not any(way.runtime and way.runtime.status == "archived" for way in cell.ways)
                assert not any("archived" in way.words for way in cell.ways)


def test_a_provider_is_named_with_its_package() -> None:
    ways = matrix(KNOWLEDGE, "hardware").cell("onnx", "nvidia-gpu").ways
    assert "CUDA provider (package: onnxruntime-gpu)" in ways[0].words


def test_the_profile_of_a_format() -> None:
    known = profile(KNOWLEDGE, "savedmodel")
    assert "tf-serving" in [entry.id for entry in known.serving]
    assert "triton" not in [entry.id for entry in known.serving]
    assert {"tensorflow", "keras"} <= {entry.id for entry in known.sources}
    assert {"tensorflow", "tf-serving"} <= {entry.id for entry in known.runtimes}
    assert [entry.id for entry in profile(KNOWLEDGE, "aotinductor").sources] == ["pt2"]
    with pytest.raises(KeyError):
        profile(KNOWLEDGE, "toaster")
