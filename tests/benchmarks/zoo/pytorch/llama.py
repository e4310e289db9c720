"""Llama, a decoder with rotary positions, grouped heads and gated layers, random weights; the logits of one
pass."""

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        config = LlamaConfig(
            vocab_size=64,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=16,
        )
        self.model = LlamaForCausalLM(config)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, use_cache=False).logits


def get_model() -> nn.Module:
    torch.manual_seed(0)
    return Llama()


def example_inputs() -> tuple[torch.Tensor, ...]:
    return (torch.randint(0, 8, (2, 8)),)
