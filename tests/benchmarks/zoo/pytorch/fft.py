"""A filter in the frequency domain, as in FNet and Fourier neural operators."""

import torch
from torch import nn


class Spectral(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.randn(17))
        self.head = nn.Linear(32, 4)

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        spectrum = torch.fft.rfft(wave)
        filtered = torch.fft.irfft(spectrum * self.gain, n=32)
        return self.head(filtered) + spectrum.abs().mean(-1, keepdim=True)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Spectral()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 32),)
