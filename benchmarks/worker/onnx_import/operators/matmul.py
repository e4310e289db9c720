"""Matrix products."""

from benchmarks.worker.onnx_import.registry import operator


@operator("MatMul")
def matmul(b, node, x, y):
    return product(b, x, y)


def product(b, x, y):
    """Of integers in the widest integer type, which sums exactly."""
    kind = b.dtype(x)
    if kind.startswith(("int", "uint")):
        return b.cast(b.matmul(b.cast(x, "int64"), b.cast(y, "int64")), kind)
    return b.matmul(x, y)


@operator("Gemm")
def gemm(b, node, x, y, bias=None):
    if node.attribute("transA"):
        x = b.transpose(x, [1, 0])
    if node.attribute("transB"):
        y = b.transpose(y, [1, 0])
    alpha, beta = node.attribute("alpha"), node.attribute("beta")
    z = product(b, x, y)
    if alpha != 1.0:
        z = (
            b.cast(b.cast(z, "float64") * alpha, b.dtype(x))
            if b.dtype(x).startswith(("int", "uint"))
            else z * alpha
        )
    if bias is None or beta == 0.0:
        return z
    if beta != 1.0:
        bias = (
            bias * beta
            if not b.dtype(x).startswith(("int", "uint"))
            else b.cast(b.cast(bias, "float64") * beta, b.dtype(x))
        )
    if b.rank(bias) == 2 and b.shape(bias)[0] == 1:  # TensorFlow fuses bias vectors only, and fails on others
        bias = b.squeeze(bias, [0])
    return b.add(z, bias)


@operator("Einsum")
def einsum(b, node, *operands):
    equation = node.text("equation").replace(" ", "")
    return b.einsum(equation, list(operands))


@operator("Det")
def determinant(b, node, x):
    return b.determinant(x)
