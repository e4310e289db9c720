"""ONNX → torch and TensorFlow: one operator table, written once, over two thin backends.

`model` reads the file into a `graph`, `interpreter` walks it, `operators` says what each operator means in
the terms of `backends`, and `torch_program` and `savedmodel` write what came out. A new operator is one
function in the module of its family, decorated with its name; those that ONNX itself defines as functions
need none.
"""
