"""An LSTM that reads a sequence again, backwards, where its values are low: tracing loses the branch."""

import torch
from torch import nn


class Adaptive(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.LSTM(8, 16, batch_first=True)
        self.score = nn.Linear(16, 3)

    def forward(self, sequence):
        found, _ = self.read(sequence)
        last = found[:, -1]
        if bool(sequence.mean() < 0):
            again, _ = self.read(sequence.flip(1))
            last = last + again[:, -1]
        return self.score(last), last


def get_model():
    return Adaptive()


def example_inputs():
    return {"sequence": torch.ones(1, 5, 8)}
