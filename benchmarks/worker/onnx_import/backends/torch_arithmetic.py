"""Elementwise arithmetic and reductions on torch."""

import torch

from benchmarks.worker.onnx_import.backends.torch_unsigned import UNSIGNED, wide


class TorchArithmetic:
    # ---- elementwise ---------------------------------------------------------------------------------------
    def unary(self, name: str, x):
        return self._unary(x, name)

    @wide
    def _unary(self, x, name):
        rename = {"round": torch.round, "logical_not": torch.logical_not, "bitwise_not": torch.bitwise_not}
        if name in ("floor", "ceil", "round") and not x.is_floating_point():
            return x
        return (rename.get(name) or getattr(torch, name))(x)

    @wide
    def add(self, x, y):
        return torch.add(x, y)

    @wide
    def sub(self, x, y):
        return torch.sub(x, y)

    @wide
    def mul(self, x, y):
        return torch.mul(x, y)

    @wide
    def div(self, x, y):
        """Toward zero for integers."""
        if x.is_floating_point():
            return torch.div(x, y)
        return torch.div(x, y, rounding_mode="trunc")

    @wide
    def mod(self, x, y):
        """The sign of the divisor."""
        return torch.remainder(x, y)

    @wide
    def fmod(self, x, y):
        """The sign of the dividend."""
        return torch.fmod(x, y)

    @wide
    def pow(self, x, y):
        return torch.pow(x, y).to(x.dtype)

    @wide
    def maximum(self, x, y):
        return torch.maximum(x, y)

    @wide
    def minimum(self, x, y):
        return torch.minimum(x, y)

    @wide
    def shift_left(self, x, y):
        return torch.bitwise_left_shift(x, y)

    @wide
    def shift_right(self, x, y):
        return torch.bitwise_right_shift(x, y)

    @wide
    def bitwise(self, x, y, name: str):
        return getattr(torch, f"bitwise_{name}")(x, y)

    def logical(self, x, y, name: str):
        return getattr(torch, f"logical_{name}")(x, y)

    @wide
    def compare(self, x, y, name: str):
        return {"equal": torch.eq, "less": torch.lt, "less_equal": torch.le, "greater": torch.gt,
                "greater_equal": torch.ge}[name](x, y)  # fmt: skip

    def where(self, condition, x, y):
        if x.dtype in UNSIGNED:
            return torch.where(condition, x.to(torch.int64), y.to(torch.int64)).to(x.dtype)
        return torch.where(condition, x, y)

    # ---- reductions ----------------------------------------------------------------------------------------
    def reduce(self, x, name: str, axes: list[int], keepdims: bool):
        return self._reduce(x, name, axes, keepdims)

    @wide
    def _reduce(self, x, name, axes, keepdims):
        if not axes:
            return x.clone() if self.mode != "eager" else x
        if name == "prod":
            for axis in sorted(axes, reverse=True):
                x = torch.prod(x, axis, keepdim=keepdims, dtype=x.dtype)
            return x
        if name in ("max", "min"):
            if any(isinstance(d, int) and d == 0 for d in self.shape(x)):
                limits = torch.finfo(x.dtype) if x.is_floating_point() else torch.iinfo(x.dtype)
                lowest = limits.min if not x.is_floating_point() else float("-inf")
                highest = limits.max if not x.is_floating_point() else float("inf")
                return torch.sum(x, axes, keepdim=keepdims, dtype=x.dtype) + (
                    lowest if name == "max" else highest
                )
            return getattr(torch, f"a{name}")(x, axes, keepdim=keepdims)
        if name == "mean":
            if not x.is_floating_point():
                total = torch.sum(x, axes, keepdim=keepdims, dtype=torch.int64)
                count = 1
                for axis in axes:
                    count = count * self.shape(x)[axis]
                return torch.div(total, count, rounding_mode="trunc").to(x.dtype)
            return torch.mean(x, axes, keepdim=keepdims)
        if name == "sum":
            return torch.sum(x, axes, keepdim=keepdims, dtype=x.dtype)
        if name == "any":
            return torch.any(x, axes[0], keepdim=keepdims)
        return torch.logsumexp(x, axes, keepdim=keepdims)

    @wide
    def arg_reduce(self, x, largest: bool, axis: int, last: bool):
        """The index of the first, or last, largest or smallest element; the axis stays with length 1."""
        pick = torch.argmax if largest else torch.argmin
        if not last:
            return pick(x, axis, keepdim=True)
        return self.shape(x)[axis] - 1 - pick(torch.flip(x, [axis]), axis, keepdim=True)

    @wide
    def cumulate(self, x, name: str, axis: int):
        return (torch.cumsum if name == "sum" else torch.cumprod)(x, axis).to(x.dtype)

    @wide
    def topk(self, x, k, axis: int, largest: bool):
        """Values and indices, sorted; of equal elements the one with the lower index first."""
        indices = torch.argsort(x, dim=axis, descending=largest, stable=True)
        indices = self.slice(indices, axis, 0, k, 1)
        return _Pair(torch.gather(x, axis, indices), indices)

    def argsort(self, x, axis: int):
        return torch.argsort(x, dim=axis, stable=True)


class _Pair(tuple):
    """Values and indices that a narrower type is restored for."""

    def __new__(cls, values, indices):
        return super().__new__(cls, (values, indices))

    @property
    def dtype(self):
        return self[0].dtype

    def to(self, kind):
        return _Pair(self[0].to(kind), self[1])
