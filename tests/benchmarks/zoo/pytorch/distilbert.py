"""DistilBERT as a classifier of sentences, two layers, random weights."""

import torch
from torch import nn
from transformers import DistilBertConfig, DistilBertForSequenceClassification


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        config = DistilBertConfig(
            vocab_size=64,
            dim=16,
            n_layers=2,
            n_heads=2,
            hidden_dim=32,
            max_position_embeddings=16,
            num_labels=3,
        )
        self.model = DistilBertForSequenceClassification(config)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids).logits


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Classifier()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randint(0, 8, (2, 8)),)
