"""Arithmetic, reductions and data movement on torch."""

import torch

_UNSIGNED = (torch.uint16, torch.uint32, torch.uint64)
"""torch stores these types but computes little with them."""


def _wide(function):
    """Computes 16- to 64-bit unsigned integers in int64."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, torch.Tensor) and x.dtype in _UNSIGNED:
            kind = x.dtype
            args = [a.to(torch.int64) if isinstance(a, torch.Tensor) and a.dtype == kind else a for a in args]
            result = function(self, x.to(torch.int64), *args, **kwargs)
            return result.to(kind) if result.dtype == torch.int64 else result
        return function(self, x, *args, **kwargs)

    return apply


def _moved(function):
    """Moves 16- to 64-bit unsigned integers as the signed ones of the same width."""

    def apply(self, x, *args, **kwargs):
        signed = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}
        if isinstance(x, torch.Tensor) and x.dtype in signed:
            kind, carrier = x.dtype, signed[x.dtype]
            args = [
                self.viewed(a, carrier) if isinstance(a, torch.Tensor) and a.dtype == kind else a
                for a in args
            ]
            return self.viewed(function(self, self.viewed(x, carrier), *args, **kwargs), kind)
        return function(self, x, *args, **kwargs)

    return apply


class TorchData:
    def viewed(self, x, kind: torch.dtype):
        """The same bytes as another type; a tracer cannot record it as a view."""
        return torch.ops.aten.view_copy.dtype(x, kind) if self.mode == "trace" else x.view(kind)

    # ---- elementwise ---------------------------------------------------------------------------------------
    def unary(self, name: str, x):
        return self._unary(x, name)

    @_wide
    def _unary(self, x, name):
        rename = {"round": torch.round, "logical_not": torch.logical_not, "bitwise_not": torch.bitwise_not}
        if name in ("floor", "ceil", "round") and not x.is_floating_point():
            return x
        return (rename.get(name) or getattr(torch, name))(x)

    @_wide
    def add(self, x, y):
        return torch.add(x, y)

    @_wide
    def sub(self, x, y):
        return torch.sub(x, y)

    @_wide
    def mul(self, x, y):
        return torch.mul(x, y)

    @_wide
    def div(self, x, y):
        """Toward zero for integers."""
        if x.is_floating_point():
            return torch.div(x, y)
        return torch.div(x, y, rounding_mode="trunc")

    @_wide
    def mod(self, x, y):
        """The sign of the divisor."""
        return torch.remainder(x, y)

    @_wide
    def fmod(self, x, y):
        """The sign of the dividend."""
        return torch.fmod(x, y)

    @_wide
    def pow(self, x, y):
        return torch.pow(x, y).to(x.dtype)

    @_wide
    def maximum(self, x, y):
        return torch.maximum(x, y)

    @_wide
    def minimum(self, x, y):
        return torch.minimum(x, y)

    @_wide
    def shift_left(self, x, y):
        return torch.bitwise_left_shift(x, y)

    @_wide
    def shift_right(self, x, y):
        return torch.bitwise_right_shift(x, y)

    @_wide
    def bitwise(self, x, y, name: str):
        return getattr(torch, f"bitwise_{name}")(x, y)

    def logical(self, x, y, name: str):
        return getattr(torch, f"logical_{name}")(x, y)

    @_wide
    def compare(self, x, y, name: str):
        return {"equal": torch.eq, "less": torch.lt, "less_equal": torch.le, "greater": torch.gt,
                "greater_equal": torch.ge}[name](x, y)  # fmt: skip

    def where(self, condition, x, y):
        if x.dtype in _UNSIGNED:
            return torch.where(condition, x.to(torch.int64), y.to(torch.int64)).to(x.dtype)
        return torch.where(condition, x, y)

    # ---- reductions ----------------------------------------------------------------------------------------
    def reduce(self, x, name: str, axes: list[int], keepdims: bool):
        return self._reduce(x, name, axes, keepdims)

    @_wide
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

    @_wide
    def arg_reduce(self, x, largest: bool, axis: int, last: bool):
        """The index of the first, or last, largest or smallest element; the axis stays with length 1."""
        pick = torch.argmax if largest else torch.argmin
        if not last:
            return pick(x, axis, keepdim=True)
        return self.shape(x)[axis] - 1 - pick(torch.flip(x, [axis]), axis, keepdim=True)

    @_wide
    def cumulate(self, x, name: str, axis: int):
        return (torch.cumsum if name == "sum" else torch.cumprod)(x, axis).to(x.dtype)

    @_wide
    def topk(self, x, k, axis: int, largest: bool):
        """Values and indices, sorted; of equal elements the one with the lower index first."""
        indices = torch.argsort(x, dim=axis, descending=largest, stable=True)
        indices = self.slice(indices, axis, 0, k, 1)
        return _Pair(torch.gather(x, axis, indices), indices)

    def argsort(self, x, axis: int):
        return torch.argsort(x, dim=axis, stable=True)

    # ---- shape ---------------------------------------------------------------------------------------------
    @_moved
    def reshape(self, x, shape: list):
        return x.reshape(shape)

    @_moved
    def transpose(self, x, perm: list[int]):
        return x.permute(perm)

    @_moved
    def expand(self, x, shape: list):
        return x.expand(shape)

    def expand_both(self, x, shape: list):
        """Broadcasts x with a shape, either of which may have the longer dimension."""
        if all(isinstance(d, int) for d in [*shape, *self.shape(x)]):
            import numpy as np

            return self.expand(x, list(np.broadcast_shapes(tuple(self.shape(x)), tuple(shape))))
        if self.mode != "export":
            return (
                x + torch.zeros(shape, dtype=x.dtype)
                if x.dtype != torch.bool
                else x | torch.zeros(shape, dtype=torch.bool)
            )
        rank = max(len(shape), x.ndim)
        mine = [1] * (rank - x.ndim) + list(x.shape)
        theirs = [1] * (rank - len(shape)) + list(shape)
        merged = []
        for a, b in zip(mine, theirs, strict=True):
            merged.append(b if isinstance(a, int) and a == 1 else a)
        return x.reshape(mine).expand(merged)

    @_moved
    def tile(self, x, counts: list):
        return x.repeat(counts)

    def concat(self, parts: list, axis: int):
        if parts[0].dtype in _UNSIGNED:
            return torch.cat([p.to(torch.int64) for p in parts], axis).to(parts[0].dtype)
        return torch.cat(parts, axis)

    def stack(self, parts: list, axis: int):
        return self.concat([self.unsqueeze(p, [axis]) for p in parts], axis)

    def split(self, x, sizes: list, axis: int) -> list:
        parts, start = [], 0
        for size in sizes:
            parts.append(self.slice(x, axis, start, start + size, 1))
            start = start + size
        return parts

    @_moved
    def unsqueeze(self, x, axes: list[int]):
        for axis in sorted(axes):
            x = x.unsqueeze(axis)
        return x

    @_moved
    def squeeze(self, x, axes: list[int]):
        for axis in sorted(axes, reverse=True):
            x = x.squeeze(axis)
        return x

    @_moved
    def slice(self, x, axis: int, start, stop, step: int):
        """As Python slices, with a positive step; `stop` None is the end."""
        return x[(*[slice(None)] * axis, slice(start, stop, step))]

    def slice_open(self, x, axis: int, start, stop, step: int):
        """As `slice`, where ends may be negative or beyond the end."""
        return self.slice(x, axis, start, stop, step)

    def slice_back(self, x, axis: int, start, stop, step: int):
        """With a negative step over sizes that are not known."""
        length = self.dim_tensor(self.shape(x)[axis])
        ends = []
        for end in (start, stop):
            end = self.dim_tensor(end)
            end = torch.where(end < 0, end + length, end)
            ends.append(torch.minimum(torch.clamp_min(end, -1), length - 1))
        return self.take(x, self.range(*ends, torch.tensor(step)), axis)

    @_moved
    def flip(self, x, axes: list[int]):
        return torch.flip(x, axes)

    def pad(self, x, pads: list[tuple], value=0):
        """`pads`: before and after for each axis; none may be negative."""
        if all(isinstance(p, int) and p == 0 for pair in pads for p in pair):
            return x
        if isinstance(value, torch.Tensor):
            mask = self.pad(torch.ones_like(x, dtype=torch.bool), pads, 0)
            return torch.where(mask, self.pad(x, pads, 0), value)
        flat = [p for pair in reversed(pads) for p in pair]
        if x.dtype == torch.bool:
            return torch.nn.functional.pad(x.to(torch.uint8), flat, value=int(value)).to(torch.bool)
        if x.dtype in _UNSIGNED:
            return torch.nn.functional.pad(x.to(torch.int64), flat, value=int(value)).to(x.dtype)
        if value in (float("inf"), float("-inf")) and not x.is_floating_point():
            info = torch.iinfo(x.dtype)
            value = info.max if value > 0 else info.min
        return torch.nn.functional.pad(x, flat, value=value)

    # ---- indexing ------------------------------------------------------------------------------------------
    @_moved
    def take(self, x, indices, axis: int):
        """Indices of any rank along an axis; none may be negative."""
        flat = torch.index_select(x, axis, indices.reshape(-1).to(torch.int64))
        if indices.ndim == 1:
            return flat
        shape = self.shape(x)
        return flat.reshape([*shape[:axis], *self.shape(indices), *shape[axis + 1 :]])

    @_moved
    def take_along(self, x, indices, axis: int):
        return torch.gather(x, axis, indices.to(torch.int64))

    @_moved
    def take_flat(self, x, indices):
        """Elements of the first axis: x[indices] with the remaining axes behind."""
        return x[indices.to(torch.int64)]

    def scatter(self, x, indices, updates, axis: int, reduction: str):
        indices = indices.to(torch.int64)
        if reduction == "none":
            return torch.scatter(x, axis, indices, updates)
        names = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}
        return torch.scatter_reduce(x, axis, indices, updates, names[reduction], include_self=True)

    def scatter_rows(self, x, indices, updates, reduction: str):
        """Rows of a matrix: x[indices[i]] = updates[i]."""
        wide = indices.to(torch.int64).unsqueeze(1).expand(self.shape(updates))
        return self.scatter(x, wide, updates, 0, reduction)

    def logical_not_equal_zero(self, x):
        return x != 0

    def nonzero(self, x):
        """One row for each element that is not zero."""
        return torch.nonzero(x)

    def select(self, x, mask, axis: int):
        """The slices along an axis where a vector of bool is true."""
        return torch.index_select(x, axis, torch.nonzero(mask).reshape(-1))

    def unique(self, x):
        """Of a vector, sorted: values, for each element the index of its value, and counts."""
        return torch.unique(x, sorted=True, return_inverse=True, return_counts=True)

    def unique_rows(self, x):
        return torch.unique(x, sorted=True, return_inverse=True, return_counts=True, dim=0)


class _Pair(tuple):
    """Values and indices that a narrower type is restored for."""

    def __new__(cls, values, indices):
        return super().__new__(cls, (values, indices))

    @property
    def dtype(self):
        return self[0].dtype

    def to(self, kind):
        return _Pair(self[0].to(kind), self[1])
