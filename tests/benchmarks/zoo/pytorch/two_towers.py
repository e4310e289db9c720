"""Two inputs of different kinds and three outputs: an image and numbers, compared."""

import torch
from torch import nn


class TwoTowers(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 6, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 49, 8))
        self.numbers = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 8))

    def forward(
        self, picture: torch.Tensor, facts: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        a, b = self.image(picture), self.numbers(facts)
        return nn.functional.cosine_similarity(a, b), a, b


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return TwoTowers()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return torch.randn(2, 3, 16, 16), torch.randn(2, 5)
