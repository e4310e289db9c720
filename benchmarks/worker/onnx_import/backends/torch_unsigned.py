"""Unsigned integers of 16 to 64 bits, which torch stores but computes little with."""

import torch

UNSIGNED = (torch.uint16, torch.uint32, torch.uint64)


def wide(function):
    """Computes 16- to 64-bit unsigned integers in int64."""

    def apply(self, x, *args, **kwargs):
        if isinstance(x, torch.Tensor) and x.dtype in UNSIGNED:
            kind = x.dtype
            args = [a.to(torch.int64) if isinstance(a, torch.Tensor) and a.dtype == kind else a for a in args]
            result = function(self, x.to(torch.int64), *args, **kwargs)
            return result.to(kind) if result.dtype == torch.int64 else result
        return function(self, x, *args, **kwargs)

    return apply


def moved(function):
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
