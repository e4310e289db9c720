"""Sequences of any length: a convolution and attention pooling, exported with the length left open."""

import torch
from torch import nn

DYNAMIC_LENGTH = True


class AnyLength(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Conv1d(6, 8, 3, padding=1)
        self.score = nn.Linear(8, 1)
        self.head = nn.Linear(8, 3)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        mixed = torch.relu(self.mix(steps.transpose(1, 2))).transpose(1, 2)
        weights = torch.softmax(self.score(mixed), dim=1)
        return self.head((weights * mixed).sum(1))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return AnyLength()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 11, 6),)
