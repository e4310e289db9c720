"""A loop over a sequence whose length is its input's, with an output for each step, to be scripted."""

import torch
from torch import nn

FORMS = ("scripted",)


class Scan(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(4, 6)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        hidden = torch.zeros(steps.size(0), 6)
        outputs = []
        for step in range(steps.size(1)):
            hidden = self.cell(steps[:, step], hidden)
            outputs.append(hidden)
        return torch.stack(outputs, 1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Scan()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 6, 4),)
