"""A segmentation network with bridges, as in U-Net: up by transposed convolution and by interpolation."""

import torch
from torch import nn


def twice(before: int, after: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.Conv2d(after, after, 3, padding=1), nn.ReLU()
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.bottom = twice(3, 8), twice(8, 16), twice(16, 16)
        self.up2 = nn.ConvTranspose2d(16, 16, 2, 2)
        self.join2, self.join1 = twice(32, 8), twice(16, 8)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        one = self.down1(image)
        two = self.down2(nn.functional.max_pool2d(one, 2))
        low = self.bottom(nn.functional.max_pool2d(two, 2))
        two = self.join2(torch.cat([self.up2(low), two], 1))
        up = nn.functional.interpolate(two, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.head(self.join1(torch.cat([up, one], 1)))


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return UNet()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 3, 32, 32),)
