"""ViT, attention over patches of an image, two layers, random weights."""

import torch
from torch import nn
from transformers import ViTConfig, ViTForImageClassification


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        config = ViTConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=16,
            patch_size=4,
            num_labels=4,
        )
        self.model = ViTForImageClassification(config)

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values=pixel_values).logits


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Vit()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randn(2, 3, 16, 16),)
