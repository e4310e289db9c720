"""A mixture of experts: the best two of four by a gate, chosen with `topk` and `gather`."""

import torch
from torch import nn


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 4)
        self.weight = nn.Parameter(torch.randn(4, 8, 6))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        share, chosen = torch.topk(self.gate(x), 2, dim=-1)
        every = torch.einsum("bi,eio->beo", x, self.weight)
        picked = torch.gather(every, 1, chosen.unsqueeze(-1).expand(-1, -1, 6))
        return (share.softmax(-1).unsqueeze(-1) * picked).sum(1), chosen


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Experts()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 8),)
