"""Changes of shape, and reading from and writing to places in a tensor, on torch."""

import numpy as np
import torch

from benchmarks.worker.onnx_import.backends.torch_unsigned import UNSIGNED, moved


class TorchMovement:
    # ---- shape ---------------------------------------------------------------------------------------------
    @moved
    def reshape(self, x, shape: list):
        return x.reshape(shape)

    @moved
    def transpose(self, x, perm: list[int]):
        return x.permute(perm)

    @moved
    def expand(self, x, shape: list):
        return x.expand(shape)

    def expand_both(self, x, shape: list):
        """Broadcasts x with a shape, either of which may have the longer dimension."""
        if all(isinstance(d, int) for d in [*shape, *self.shape(x)]):
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

    @moved
    def tile(self, x, counts: list):
        return x.repeat(counts)

    def concat(self, parts: list, axis: int):
        if parts[0].dtype in UNSIGNED:
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

    @moved
    def unsqueeze(self, x, axes: list[int]):
        for axis in sorted(axes):
            x = x.unsqueeze(axis)
        return x

    @moved
    def squeeze(self, x, axes: list[int]):
        for axis in sorted(axes, reverse=True):
            x = x.squeeze(axis)
        return x

    @moved
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

    @moved
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
        if x.dtype in UNSIGNED:
            return torch.nn.functional.pad(x.to(torch.int64), flat, value=int(value)).to(x.dtype)
        if value in (float("inf"), float("-inf")) and not x.is_floating_point():
            info = torch.iinfo(x.dtype)
            value = info.max if value > 0 else info.min
        return torch.nn.functional.pad(x, flat, value=value)

    # ---- indexing ------------------------------------------------------------------------------------------
    @moved
    def take(self, x, indices, axis: int):
        """Indices of any rank along an axis; none may be negative."""
        flat = torch.index_select(x, axis, indices.reshape(-1).to(torch.int64))
        if indices.ndim == 1:
            return flat
        shape = self.shape(x)
        return flat.reshape([*shape[:axis], *self.shape(indices), *shape[axis + 1 :]])

    @moved
    def take_along(self, x, indices, axis: int):
        return torch.gather(x, axis, indices.to(torch.int64))

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
