"""Inverted residuals with depthwise convolutions, squeeze and excitation, and hard activations, as in
MobileNetV3."""

import torch
from torch import nn


class Excitation(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = x.mean((2, 3), keepdim=True)
        return x * self.gate(self.excite(torch.relu(self.squeeze(pooled))))


class Inverted(nn.Module):
    def __init__(self, channels: int, expanded: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, expanded, 1),
            nn.BatchNorm2d(expanded),
            nn.ReLU6(),
            nn.Conv2d(expanded, expanded, 3, padding=1, groups=expanded),
            nn.BatchNorm2d(expanded),
            nn.Hardswish(),
            Excitation(expanded),
            nn.Conv2d(expanded, channels, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1),
        nn.Hardswish(),
        Inverted(8, 16),
        Inverted(8, 24),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 3, 24, 24),)
