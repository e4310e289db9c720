"""A classifier of short videos: convolution and pooling in three dimensions."""

import torch
from torch import nn


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv3d(2, 6, 3, padding=1),
        nn.BatchNorm3d(6),
        nn.ELU(),
        nn.MaxPool3d(2),
        nn.Conv3d(6, 8, (1, 3, 3), stride=(1, 2, 2)),
        nn.ReLU(),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 2, 6, 12, 12),)
