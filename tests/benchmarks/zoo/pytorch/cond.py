"""The same kind of branch written with `torch.cond`, which exporting keeps."""

import torch
from torch import nn

FORMS = ("exported",)


class Cond(nn.Module):
    def __init__(self):
        super().__init__()
        self.bright, self.dark = nn.Linear(12, 4), nn.Linear(12, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        def bright(y: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.bright(y))

        def dark(y: torch.Tensor) -> torch.Tensor:
            return self.dark(y) * 2.0

        return torch.cond(x.mean() > 0, bright, dark, (x,))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Cond()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 12),)
