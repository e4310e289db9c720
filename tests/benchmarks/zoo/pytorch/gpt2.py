"""GPT-2, a decoder with learned positions, two layers, random weights; the logits of one pass."""

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        config = GPT2Config(vocab_size=64, n_positions=16, n_embd=16, n_layer=2, n_head=2)
        self.model = GPT2LMHeadModel(config)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, use_cache=False).logits


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Gpt2()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randint(0, 8, (2, 8)),)
