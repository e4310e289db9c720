"""Dilated causal convolutions over a waveform with gates, as in WaveNet."""

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dilation: int):
        super().__init__()
        self.dilation = dilation
        self.filter, self.gate = (nn.Conv1d(8, 8, 2, dilation=dilation) for _ in range(2))
        self.out = nn.Conv1d(8, 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padded = nn.functional.pad(x, (self.dilation, 0))
        return x + self.out(torch.tanh(self.filter(padded)) * torch.sigmoid(self.gate(padded)))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(1, 8, 1), Layer(1), Layer(2), Layer(4), nn.PReLU(), nn.Conv1d(8, 4, 1))


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 1, 40),)
