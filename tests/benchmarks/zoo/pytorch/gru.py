"""A forecaster: a GRU whose last state is an output beside the forecast."""

import torch
from torch import nn


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 10, batch_first=True)
        self.head = nn.Linear(10, 3)

    def forward(self, history: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden, last = self.gru(history)
        return self.head(hidden[:, -1]), last.transpose(0, 1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Forecaster()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 7, 5),)
