"""Train the appearance network on drawn examples; needs PyTorch, which nothing else here does.

`python -P -m scripts.appearance.train [--examples N] [--steps N] [WEIGHTS]`

Examples are drawn first, in as many processes as there are cores (a hundred thousand in some five
minutes on two). Only the weights are kept: `scripts.appearance.build` makes the graph from them.
Other machines sum floating point in another order: a new run there gives a network as good, not
the same bytes.
"""

import argparse
import math
import multiprocessing
import sys
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # for whoever trains, not for CI
from torch import nn  # type: ignore[import-not-found,unused-ignore]  # likewise
from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]  # likewise

from anomaly.appearance import LOOK_NAMES, LOOKS
from scripts.appearance.build import (
    DIFFERENCE_SCALE,
    DIFFERENCE_SHIFT,
    LEAST_CONTRAST,
    STRIDES,
    WEIGHTS,
)
from scripts.appearance.examples import draw_examples

EXAMPLES, STEPS = 120_000, 9000
BATCH, RATE, DECAY, SMOOTHING = 256, 3e-3, 1e-3, 0.02
_PART = 5000
_VALIDATION = 5000
_REPORT_STEPS = 500
_NEGATIVE_SHARE, _BLIND_SHARE = 0.15, 0.12
"""Of the examples: shown as their negative, and without what the usual view says."""


class AppearanceNet(nn.Module):  # type: ignore[misc,unused-ignore]  # unknown without PyTorch
    """The network that `scripts.appearance.build` writes as a graph."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(2, 20, 5, STRIDES["c1"], 2)
        self.c2 = nn.Conv2d(20, 32, 3, STRIDES["c2"], 1)
        self.c3 = nn.Conv2d(32, 40, 3, STRIDES["c3"], 1)
        self.c4 = nn.Conv2d(40, 56, 3, STRIDES["c4"], 1)
        self.f1 = nn.Linear(56 * 4 * 4, 48)
        self.f2 = nn.Linear(48, LOOKS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of every crop."""
        for layer in (self.c1, self.c2, self.c3, self.c4):
            x = functional.relu(layer(x))
        outputs: torch.Tensor = self.f2(functional.relu(self.f1(x.flatten(1))))
        return outputs


def prepare_inputs(crops: torch.Tensor) -> torch.Tensor:
    """Do what the graph does with the bytes."""
    levels = crops.float()
    grey = levels[:, 0]
    mean = grey.mean((1, 2), keepdim=True)
    contrast = grey.std((1, 2), keepdim=True, unbiased=False) + LEAST_CONTRAST
    mask = levels[:, 1] * DIFFERENCE_SCALE + DIFFERENCE_SHIFT
    return torch.stack([(grey - mean) / contrast, mask], 1)


def vary_examples(crops: torch.Tensor) -> torch.Tensor:
    """Mirror half of them, turn some into negatives, hide of some what differs."""
    crops, chance = crops.clone(), torch.rand(3, len(crops))
    crops[chance[0] < 0.5] = crops[chance[0] < 0.5].flip(3)
    crops[chance[1] < _NEGATIVE_SHARE, 0] = 255 - crops[chance[1] < _NEGATIVE_SHARE, 0]
    crops[chance[2] < _BLIND_SHARE, 1] = 0
    return crops


def draw_all(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the examples in parts, each from a seed of its own."""
    with multiprocessing.Pool() as pool:
        parts = pool.starmap(draw_examples, [(_PART, n) for n in range(-(-count // _PART))])
    crops = torch.from_numpy(np.concatenate([part[0] for part in parts]))
    return crops, torch.from_numpy(np.concatenate([part[1] for part in parts])).long()


def train_net(net: AppearanceNet, examples: int, steps: int) -> None:
    """Train for so many steps; the rate falls as a cosine does."""
    crops, kinds = draw_all(examples)
    kept, kept_kinds = crops[:_VALIDATION], kinds[:_VALIDATION]
    crops, kinds = crops[_VALIDATION:], kinds[_VALIDATION:]
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    for step in range(steps):
        for group in optimizer.param_groups:
            cosine = 0.5 + 0.5 * math.cos(math.pi * step / steps)
            group["lr"] = RATE * min(1, step / 100) * cosine
        some = torch.randint(0, len(crops), (BATCH,))
        output = net(prepare_inputs(vary_examples(crops[some])))
        loss = functional.cross_entropy(output, kinds[some], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % _REPORT_STEPS == 0 or step == steps - 1:
            _report(net, step, kept, kept_kinds)


def _report(net: AppearanceNet, step: int, crops: torch.Tensor, kinds: torch.Tensor) -> None:
    with torch.no_grad():
        said = net(prepare_inputs(crops)).argmax(1)
    right = {
        name: round(float((said[kinds == n] == n).float().mean()), 2)
        for n, name in enumerate(LOOK_NAMES)
    }
    share = float((said == kinds).float().mean())
    print(f"{step}: {share:.3f} right, {right}", flush=True)  # noqa: T201 - a program's answer


def main(arguments: list[str]) -> int:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(prog="scripts.appearance.train", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("weights", type=Path, nargs="?", default=WEIGHTS)
    options = parser.parse_args(arguments)
    torch.manual_seed(1)
    net = AppearanceNet()
    train_net(net, options.examples, options.steps)
    state = {name: value.numpy() for name, value in net.state_dict().items()}
    np.savez(options.weights, **state)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
