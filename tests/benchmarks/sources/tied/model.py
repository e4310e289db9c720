import torch
from layers import Net


def get_model():
    return Net()


def example_inputs():
    return {"mask": torch.ones(2, 6, dtype=torch.bool), "ids": torch.randint(0, 50, (2, 6))}
