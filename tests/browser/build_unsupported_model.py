"""Writes an ONNX model with an operator of a domain of its own, whose name is markup: `… FILE`."""

import sys

import onnx
from onnx import TensorProto, helper

EVIL = "<b>b</b><a href='http://elsewhere.example'>x</a> $x$ **y**"

if __name__ == "__main__":
    names = ["x", "a", "b", "c", "y"]
    kinds = [("Relu", ""), (EVIL, "x"), ("StringNormalizer", ""), ("Sigmoid", "")]
    nodes = [
        helper.make_node(kind, [before], [after], domain=domain)
        for (kind, domain), before, after in zip(kinds, names, names[1:], strict=False)
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("x", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), sys.argv[1])
