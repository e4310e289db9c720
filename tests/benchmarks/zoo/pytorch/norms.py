"""Group, instance and layer normalisation, with and without weights of their own."""

import torch
from torch import nn


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)
        self.group = nn.GroupNorm(4, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.layer = nn.LayerNorm([8, 8, 8])
        self.head = nn.Linear(8, 4)
        for norm in (self.group, self.instance, self.layer):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.nn.functional.mish(self.group(self.first(x)))
        x = torch.nn.functional.softplus(self.instance(self.second(x)))
        pooled = self.layer(x).mean((2, 3))
        return nn.functional.normalize(self.head(pooled), dim=-1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Norms()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 3, 12, 12),)
