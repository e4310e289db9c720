"""A recurrent network written as a Python loop over cells, which tracing and exporting unroll."""

import torch
from torch import nn


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(4, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        hidden = steps.new_zeros(steps.shape[0], 8)
        state = hidden
        outputs = []
        for step in range(5):
            hidden, state = self.cell(steps[:, step], (hidden, state))
            outputs.append(self.head(hidden))
        return torch.stack(outputs, 1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Cells()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 5, 4),)
