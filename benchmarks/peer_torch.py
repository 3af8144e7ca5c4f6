"""A peer: the one-epoch net of tuomaso/train_mnist_fast, rewritten from its description, in torch on a CPU.

Conv 24 5x5, pool, Conv 32 3x3, pool, Dense 256, Dense 10; Adam at 0.01 with betas 0.7 and 0.9, one cycle, batches of
256; channels last, bfloat16.
`python -m benchmarks.peer_torch [--seed 1]` prints one JSON object. It needs torch, which convlet does not: pip
install torch. Its clock starts after a warm-up on the same shapes, as ours does.
"""

import argparse
import json
import time
from typing import Any

import convlet

BATCH, RATE = 256, 0.01


def main() -> None:
    """Train one epoch, evaluate on test, print what it took."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    mnist = convlet.load("mnist")
    images, labels = prepared(mnist.train), torch.tensor(mnist.train.labels)
    train(torch, seed, images[: 20 * BATCH], labels[: 20 * BATCH])
    net, seconds = train(torch, seed, images, labels)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        right = (net(prepared(mnist.test)).argmax(1) == torch.tensor(mnist.test.labels)).float().mean().item()
    params = sum(weight.numel() for weight in net.parameters())
    print(
        json.dumps(
            {"seed": seed, "params": params, "epoch_seconds": [seconds], "train_seconds": seconds, "accuracy": right}
        )
    )


def prepared(split: convlet.Split) -> Any:
    """The images as standardised float32, channels last."""
    import torch

    pixels = torch.tensor(split.images).permute(0, 3, 1, 2).float().div(255)
    return ((pixels - 0.1307) / 0.3081).contiguous(memory_format=torch.channels_last)


def train(torch: Any, seed: int, images: Any, labels: Any) -> tuple[Any, float]:
    """One epoch; the net and its seconds."""
    torch.manual_seed(seed)
    nn = torch.nn
    net = nn.Sequential(
        *(nn.Conv2d(1, 24, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(24, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10)),
    ).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, betas=(0.7, 0.9))
    steps = -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, cycle_momentum=False)
    loss = nn.CrossEntropyLoss()
    began = time.perf_counter()
    order = torch.randperm(len(images))
    for step in range(steps):
        rows = order[step * BATCH : (step + 1) * BATCH]
        with torch.autocast("cpu", torch.bfloat16):
            value = loss(net(images[rows]), labels[rows])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
    return net, time.perf_counter() - began


if __name__ == "__main__":
    main()
