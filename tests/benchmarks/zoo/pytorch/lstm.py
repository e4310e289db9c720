"""A tagger of sequences: two bidirectional LSTM layers."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.lstm(steps)
        return self.head(hidden)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Tagger()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 9, 6),)
