"""Answers a dictionary, as detectors do: boxes by their anchors, and scores."""

import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU())
        self.box, self.score = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 3, 1)
        self.register_buffer("anchors", torch.rand(16, 4))

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        features = self.body(image)
        shift = self.box(features).flatten(2).transpose(1, 2)
        scores = self.score(features).flatten(2).transpose(1, 2).sigmoid()
        centre = self.anchors[:, :2] + shift[..., :2] * 0.1
        size = self.anchors[:, 2:] * torch.exp(shift[..., 2:].clamp(max=4.0))
        return {"boxes": torch.cat([centre - size / 2, centre + size / 2], -1), "scores": scores}


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Detector()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 3, 16, 16),)
