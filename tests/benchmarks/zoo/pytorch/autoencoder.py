"""An autoencoder of images whose decoder is transposed convolutions with padding of the output."""

import torch
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 12, 3, 2, 1), nn.GELU())
        self.decode = nn.Sequential(
            nn.ConvTranspose2d(12, 6, 3, 2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(6, 1, 3, 2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encode(image)
        return self.decode(code), code.flatten(1)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Autoencoder()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 1, 16, 16),)
