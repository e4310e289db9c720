"""Which converter is tried next."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ways import next_edge, reachable

EDGES = {("keras", "onnx"), ("keras", "savedmodel"), ("savedmodel", "onnx"), ("savedmodel", "litert")}
EDGES |= {("onnx", "torchscript"), ("onnx", "savedmodel")}


def test_the_direct_way_comes_first_in_the_order_that_was_asked_for():
    assert next_edge({"keras": 0}, ["onnx", "savedmodel"], EDGES) == ("keras", "onnx")
    assert next_edge({"keras": 0}, ["savedmodel", "onnx"], EDGES) == ("keras", "savedmodel")
    assert next_edge({"keras": 0}, ["litert", "onnx"], EDGES) == ("keras", "onnx")


def test_a_format_in_between_is_made_first():
    assert next_edge({"keras": 0}, ["litert"], EDGES) == ("keras", "savedmodel")
    assert next_edge({"keras": 0, "savedmodel": 1}, ["litert"], EDGES) == ("savedmodel", "litert")


def test_one_that_counts_as_several_comes_after_them():
    edges, lengths = {*EDGES, ("keras", "litert")}, {("keras", "litert"): 3}
    assert next_edge({"keras": 0}, ["litert"], edges) == ("keras", "litert")
    assert next_edge({"keras": 0}, ["litert"], edges, lengths) == ("keras", "savedmodel")
    assert next_edge({"keras": 0}, ["litert"], {("keras", "litert")}, lengths) == ("keras", "litert")


def test_where_the_direct_way_failed_the_longer_one_is_next():
    left = EDGES - {("keras", "onnx")}
    assert next_edge({"keras": 0}, ["onnx"], left) == ("keras", "savedmodel")
    assert next_edge({"keras": 0, "savedmodel": 1}, ["onnx"], left) == ("savedmodel", "onnx")


def test_of_two_starts_the_one_that_was_wanted_first_is_taken():
    edges = {("litert", "openvino"), ("onnx", "openvino")}
    hops = {"keras": 0, "litert": 1, "onnx": 1}
    assert next_edge(hops, ["onnx", "litert", "openvino"], edges) == ("onnx", "openvino")
    assert next_edge(hops, ["litert", "onnx", "openvino"], edges) == ("litert", "openvino")


def test_a_format_that_was_reached_in_one_hop_is_a_better_start_than_one_in_three():
    edges = {("far", "goal"), ("near", "between"), ("between", "goal")}
    assert next_edge({"far": 3, "near": 0}, ["goal"], edges) == ("near", "between")


def test_nothing_is_left():
    assert next_edge({"keras": 0}, ["skops"], EDGES) is None
    assert next_edge({"keras": 0}, ["onnx"], set()) is None
    assert next_edge({"keras": 0, "onnx": 1}, ["onnx"], EDGES) is None
    assert reachable(["savedmodel"], EDGES) == {"savedmodel", "onnx", "litert", "torchscript"}


FORMATS = st.sampled_from("abcdef")


@given(st.sets(st.tuples(FORMATS, FORMATS), max_size=20), st.lists(FORMATS, max_size=4), st.randoms())
def test_every_format_with_a_way_to_it_is_reached_and_by_a_shortest_one(edges, wanted, random):
    """All converters succeed: each format is reached in as few hops as a plain breadth-first walk needs,
    and no converter is called twice or for nothing."""
    hops, untried = {"a": 0}, set(edges)
    while edge := next_edge(hops, wanted, untried):
        assert edge in untried and edge[0] in hops and edge[1] not in hops
        untried.discard(edge)
        hops[edge[1]] = hops[edge[0]] + 1
    layer, distance = {"a"}, {"a": 0}
    while layer:
        layer = {there for here, there in edges if here in layer} - distance.keys()
        distance |= dict.fromkeys(layer, max(distance.values()) + 1)
    assert {f for f in wanted if f in hops} == {f for f in wanted if f in distance}
    assert all(hops[f] == distance[f] for f in wanted if f in hops)


@given(st.sets(st.tuples(FORMATS, FORMATS), max_size=20), st.lists(FORMATS, max_size=4), st.randoms())
def test_when_converters_fail_every_one_that_could_help_is_tried(edges, wanted, random):
    hops, untried = {"a": 0}, set(edges)
    while edge := next_edge(hops, wanted, untried):
        untried.discard(edge)
        if random.random() < 0.5:
            hops[edge[1]] = hops[edge[0]] + 1
    assert reachable(hops, untried) & set(wanted) <= set(hops)
