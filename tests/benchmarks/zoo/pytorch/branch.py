"""A branch that depends on the data, written as a plain `if`: scripting keeps it, tracing loses it, exporting
refuses it."""

import torch
from torch import nn

FORMS = ("scripted",)


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.bright, self.dark = nn.Linear(12, 4), nn.Linear(12, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if bool(x.mean() > 0):
            return torch.relu(self.bright(x))
        return self.dark(x) * 2.0


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Branch()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 12),)
