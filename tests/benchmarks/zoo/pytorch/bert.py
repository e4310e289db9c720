"""BERT with a mask of its input, two layers, random weights."""

import torch
from torch import nn
from transformers import BertConfig, BertModel


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        config = BertConfig(
            vocab_size=64,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=16,
        )
        self.bert = BertModel(config)
        self.head = nn.Linear(16, 3)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.head(hidden)


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Bert()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return torch.randint(0, 8, (2, 8)), torch.ones(2, 8, dtype=torch.int64)
