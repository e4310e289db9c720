"""Times of nodes: without what runs within them, by call, summed up so that they add up to the call."""

import pytest

from benchmarks.worker.operator_times import Call, NodeTime, by_call, own_times
from benchmarks.worker.profile import MOST_ROWS, summarised


@pytest.mark.parametrize(
    ("spans", "own"),
    [
        ([(0, 10), (10, 5)], [10, 5]),
        ([(0, 10), (1, 3), (5, 4)], [3, 3, 4]),
        ([(1, 3), (5, 4), (0, 10)], [3, 4, 3]),  # as ONNX Runtime writes them: a loop after its body
        ([(0, 10), (1, 8), (2, 6)], [2, 2, 6]),
        ([(10, 4), (11, 4)], [0, 4]),  # cut to whole microseconds, the inner one seems to end later
        ([(3, 0), (3, 5)], [0, 5]),
        ([], []),
    ],
)
def test_a_node_has_its_own_time_only(spans, own):
    assert own_times(spans) == own


def node(operator: str, ms: float, name: str = "", fell_back: str = "") -> NodeTime:
    return NodeTime(operator, name, "CPU", ms, fell_back)


def test_nodes_belong_to_the_call_that_had_begun():
    found = by_call([(20, 5.0), (10, 4.0)], [(9, node("warm", 1)), (10, node("a", 1)), (25, node("b", 1))])
    assert [(call.ms, [one.operator for one in call.nodes]) for call in found] == [(4.0, ["a"]), (5.0, ["b"])]


def test_times_add_up_and_a_disturbed_call_does_not_count():
    quiet = [Call(10.0, [node("Conv", 6, "c"), node("Relu", 1, "r"), node("Relu", 2, "s")])] * 7
    disturbed = [Call(500.0, [node("Conv", 400, "c"), node("Relu", 1, "r"), node("Relu", 2, "s")])]
    found = summarised(quiet + disturbed)
    assert found["calls"] == 8 and found["nodes"] == 3
    assert [(row["operator"], row["calls"], row["ms"]) for row in found["operators"]] == [
        ("Conv", 1, 6.0),
        ("Relu", 2, 3.0),
    ]
    assert [row["share"] for row in found["operators"]] == pytest.approx([2 / 3, 1 / 3])
    assert found["between_ms"] + sum(row["ms"] for row in found["operators"]) == found["call_ms"] == 10.0
    assert [(row["name"], row["ms"]) for row in found["slowest"]] == [("c", 6.0), ("s", 2.0), ("r", 1.0)]


def test_rows_are_capped_and_keep_their_sum():
    [*shown, others] = summarised([Call(100.0, [node(f"op{k}", 1.0) for k in range(60)])])["operators"]
    assert len(shown) == MOST_ROWS - 1
    assert (others["operator"], others["calls"], others["ms"]) == ("11 others", 11, 11.0)
    assert sum(row["share"] for row in (*shown, others)) == pytest.approx(1)


def test_what_fell_back_is_a_part_of_the_whole():
    call = Call(10.0, [node("Cast", 2, "x", "float32"), node("Cast", 6, "y")])
    assert summarised([call])["fell_back"] == [
        {"operator": "Cast", "where": "CPU", "why": "float32", "calls": 1, "ms": 2.0, "share": 0.25}
    ]


def test_a_profile_without_any_node_is_one():
    found = summarised([Call(3.0, [])])
    assert (found["operators"], found["between_ms"], found["nodes"]) == ([], 3.0, 0)
