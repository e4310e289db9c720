"""Turns and crops its own input by an affine grid, as spatial transformers do."""

import torch
from torch import nn


class SpatialTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.pose = nn.Sequential(nn.Flatten(), nn.Linear(100, 6), nn.Tanh())
        self.read = nn.Conv2d(1, 2, 3)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        theta = self.pose(image).view(-1, 2, 3)
        base = torch.linspace(-1, 1, 10)
        y, x = torch.meshgrid(base, base, indexing="ij")
        points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, 100, 3)
        grid = torch.matmul(points, theta.transpose(1, 2)).view(-1, 10, 10, 2)
        return self.read(nn.functional.grid_sample(image, grid, align_corners=True))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return SpatialTransformer()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 1, 10, 10),)
