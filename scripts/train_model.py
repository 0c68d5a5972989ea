"""Train the motion network on rendered scenes; needs PyTorch, which nothing else here does.

`python -P -m scripts.train_model [--scenes N] [--steps N] [--resume WEIGHTS] [WEIGHTS]`

The shipped weights come from two rounds on 22 000 scenes: 720 s from nothing with the rate
3e-3, then 1700 s with `--resume` and 1.5e-3, some 18 000 steps on one core. They were counted in
seconds then; now they are counted in steps, so that the same machine gives the same weights. Other
machines sum floating point in another order: a new run there gives a network as good, not the same
bytes. Only the weights are kept: `scripts.build_model` makes the graph from them.

What the network is to say of every cell: whether something is there that is not background, how
fast *the thing as a whole* moves (legs swing twice as fast), how unsure that is, how large and
of which kind it is. A quarter of the examples lacks its older pictures, as a camera does that
just connected.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # for whoever trains, not for CI
from torch import nn  # type: ignore[import-not-found,unused-ignore]  # likewise
from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]  # likewise

from scripts.build_model import CONTRAST, KINDS, WEIGHTS
from scripts.scenes import CELL_PX, HEIGHT_PX, STEPS_BACK, WIDTH_PX, render_scene

BATCH = 32
FIRST, WIDTH, BLOCKS = 16, 32, 3
OUTPUTS = 5 + KINDS
USUAL_LOG_HEIGHT = 2.7
_MISSING_SHARE = 0.25
_VALIDATION = 256
_REPORT_STEPS = 250


class Block(nn.Module):  # type: ignore[misc,unused-ignore]  # without PyTorch its base is unknown
    """A wide depthwise step and two narrow ones, added to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.dw = nn.Conv2d(WIDTH, WIDTH, 5, padding=2, groups=WIDTH)
        self.pw = nn.Conv2d(WIDTH, WIDTH, 1)
        self.p2 = nn.Conv2d(WIDTH, WIDTH, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the block."""
        mixed: torch.Tensor = self.p2(functional.relu(self.pw(self.dw(x))))
        return x + mixed


class MotionNet(nn.Module):  # type: ignore[misc,unused-ignore]  # likewise
    """The network that `scripts.build_model` writes as a graph."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(len(STEPS_BACK), FIRST, 5, stride=2, padding=2)
        self.c2 = nn.Conv2d(FIRST, WIDTH, 3, stride=2, padding=1)
        self.b = nn.ModuleList([Block() for _ in range(BLOCKS)])
        self.h = nn.Conv2d(WIDTH, OUTPUTS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of every cell."""
        x = functional.relu(self.c2(functional.relu(self.c1(x))))
        for block in self.b:
            x = block(x)
        outputs: torch.Tensor = self.h(functional.relu(x))
        return outputs


def render_scenes(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Render scenes: bytes [n, steps + background, h, w] and truth [n, 5, h/4, w/4]."""
    pictures = np.empty((count, len(STEPS_BACK) + 1, HEIGHT_PX, WIDTH_PX), np.uint8)
    truth = np.empty((count, 5, HEIGHT_PX // CELL_PX, WIDTH_PX // CELL_PX), np.float16)
    for number in range(count):
        scene = render_scene(np.random.default_rng([number % 2, number // 2]))
        pictures[number, :-1], pictures[number, -1] = scene.frames, scene.background
        truth[number] = scene.truth
    return torch.from_numpy(pictures), torch.from_numpy(truth)


def prepare_inputs(pictures: torch.Tensor) -> torch.Tensor:
    """Return the differences from the background."""
    floats = pictures.float()
    return (floats[:, :-1] - floats[:, -1:]) / CONTRAST


def measure_loss(output: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Weigh all that is to be said; motion by a Laplace likelihood, so that doubt is learned."""
    there = truth[:, 0]
    count = there.sum() + 1
    loss = 4 * functional.binary_cross_entropy_with_logits(output[:, 0], there)
    miss = ((output[:, 1:3] - truth[:, 1:3]) ** 2).sum(1).add(1e-4).sqrt()
    doubt = output[:, 3].clamp(-5, 3)
    loss = loss + ((miss * torch.exp(-doubt) + 1.5 * doubt) * there).sum() / count
    height = (output[:, 4] - (truth[:, 3] - USUAL_LOG_HEIGHT)).abs()
    kind = functional.cross_entropy(output[:, 5:], truth[:, 4].clamp(0).long(), reduction="none")
    return loss + 0.5 * ((height + kind) * there).sum() / count


def vary_examples(x: torch.Tensor, truth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mirror, invert, change the contrast and take older pictures away."""
    if torch.rand(()) < 0.5:
        x, truth = x.flip(3), truth.flip(3)
        truth[:, 1] *= -1
    if torch.rand(()) < 0.3:
        x = -x
    count, steps = x.shape[:2]
    x = x * torch.exp(torch.randn(count, 1, 1, 1) * 0.3)
    fewer = torch.randint(1, steps, (count,))
    have = torch.where(torch.rand(count) < _MISSING_SHARE, fewer, steps)
    return x * (torch.arange(steps)[None] < have[:, None])[:, :, None, None], truth


def train_net(net: MotionNet, scenes: int, steps: int, rate: float) -> dict[str, torch.Tensor]:
    """Train for so many steps; give the running average of the weights."""
    pictures, truth = render_scenes(scenes)
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            fall = 0.5 * (1 + math.cos(math.pi * step / steps)) + 0.003
            group["lr"] = rate * min(1, step / 300) * fall
        chosen = torch.randint(0, scenes - _VALIDATION, (BATCH,))
        x, y = vary_examples(prepare_inputs(pictures[chosen]), truth[chosen].float())
        loss = measure_loss(net(x), y)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call,unused-ignore]  # PyTorch leaves it so
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        keep = min(0.999, step / (step + 10))
        for name, value in net.state_dict().items():
            average[name].mul_(keep).add_(value, alpha=1 - keep)
        if step % _REPORT_STEPS == 0:
            with torch.no_grad():
                held = slice(-_VALIDATION, None)
                told = measure_loss(net(prepare_inputs(pictures[held])), truth[held].float())
            print(f"step {step}: loss {loss:.3f}, on unseen scenes {told:.3f}", flush=True)  # noqa: T201
    return average


def main(arguments: list[str]) -> int:
    """Train and keep the weights."""
    parser = argparse.ArgumentParser(description="Train the motion network.")
    parser.add_argument("weights", nargs="?", type=Path, default=WEIGHTS)
    parser.add_argument("--scenes", type=int, default=22_000)
    parser.add_argument("--steps", type=int, default=18_000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--resume", type=Path, help="weights to start from")
    chosen = parser.parse_args(arguments)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = MotionNet()
    if chosen.resume:
        with np.load(chosen.resume) as file:
            net.load_state_dict({name: torch.from_numpy(file[name]) for name in file.files})
    average = train_net(net, chosen.scenes, chosen.steps, chosen.rate)
    arrays: dict[str, Any] = {name: value.numpy() for name, value in average.items()}
    np.savez_compressed(chosen.weights, **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
