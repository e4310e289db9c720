"""Bags of categories, averaged, beside numbers: a small recommender."""

import torch
from torch import nn


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(50, 8, mode="mean")
        self.user = nn.Embedding(20, 8)
        self.head = nn.Linear(16, 3)

    def forward(self, items: torch.Tensor, user: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.head(torch.cat([self.bag(items), self.user(user)], 1)))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Recommender()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return torch.randint(0, 8, (2, 5)), torch.randint(0, 8, (2,))
