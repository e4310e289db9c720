"""Every layer sees all before it, put together by their channels, as in DenseNet."""

import torch
from torch import nn


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(4 + 4 * k, 4, 3, padding=1) for k in range(3))
        self.head = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = x
        for layer in self.layers:
            seen = torch.cat([seen, torch.nn.functional.silu(layer(seen))], dim=1)
        pooled = nn.functional.avg_pool2d(seen, 2).flatten(2).amax(-1)
        return self.head(pooled).log_softmax(-1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Dense()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 4, 12, 12),)
