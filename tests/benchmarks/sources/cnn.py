"""A small image classifier with dropout, which evaluation switches off."""

import torch
from torch import nn


def get_model():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(8, 4),
    )


def example_inputs():
    return (torch.randn(1, 3, 16, 16),)
