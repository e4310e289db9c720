"""Writes a model and the same model slowed down: `python -m perf.slowed FOLDER SLOWER`, SLOWER as 1.10.

`plain.pt` and `slowed.pt` are TorchScript with the same weights; the second waits in a loop that does
nothing, as long as it takes to make the whole SLOWER times as slow. How long is found by timing the two in
turn, on this machine, now; what was reached is printed.
"""

import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

ROUNDS, STEPS = 200, 6
CLOSE = 0.002
"""The calibration ends when the ratio is within this of what is wanted."""


class Waiting(nn.Module):
    def __init__(self, model: torch.jit.ScriptModule, turns: int):
        super().__init__()
        self.model, self.turns = model, turns

    def forward(self, x):
        waited = 0
        for number in range(self.turns):
            waited = (waited ^ number) + 1
        return self.model(x) + float(min(waited, 0))


class Plain(nn.Module):
    """Names its input as the other does: a race gives both the same."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def network() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(7)
    layers = [nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU()]
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 10)
    return Plain(*layers, *head).eval(), torch.randn(1, 3, 64, 64)


def ratio(plain, slowed, example: torch.Tensor) -> tuple[float, float]:
    """The median of the ratios of calls made in turn, and the median of the plain call in seconds."""
    ratios, seconds = [], []
    for number in range(ROUNDS):
        taken = {}
        for model in (plain, slowed) if number % 2 else (slowed, plain):
            model(example)
            began = time.perf_counter()
            for _ in range(5):
                model(example)
            taken[model] = (time.perf_counter() - began) / 5
        ratios.append(taken[slowed] / taken[plain])
        seconds.append(taken[plain])
    return statistics.median(ratios), statistics.median(seconds)


def main(folder: str, slower: str) -> None:
    torch.set_num_threads(1)
    module, example = network()
    wanted, turns = float(slower), 1000
    with torch.inference_mode():
        plain = torch.jit.trace(module, example)
        for _ in range(STEPS):
            slowed = torch.jit.script(Waiting(plain, turns))
            reached, _ = ratio(plain, slowed, example)
            if abs(reached - wanted) < CLOSE:
                break
            turns = max(1, round(turns * (wanted - 1) / max(1e-3, reached - 1)))
    torch.jit.save(plain, Path(folder, "plain.pt"))
    torch.jit.save(slowed, Path(folder, "slowed.pt"))
    print(f"{reached:.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
