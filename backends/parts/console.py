"""What a run shows."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from .errors import RunError


def format_number(value: float) -> str:
    """`0.0123`, `1.20e-05`, `1234.5000`: at least three digits that matter."""
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}"
    return f"{value:.4f}"


def summary(values: Mapping[str, float]) -> str:
    """`loss 0.6931  accuracy 0.5000`."""
    return "  ".join(f"{name} {format_number(value)}" for name, value in values.items())


class Progress:
    """A bar that fills during a pass, on a terminal only."""

    def __init__(self, title: str, steps: int) -> None:
        self.title, self.steps, self.done = title, steps, 0
        self.live = sys.stdout.isatty()
        self.begun = self.next = time.monotonic()

    def step(self, values: Callable[[], Mapping[str, float]], count: int = 1) -> None:
        """Count batches; redraw a few times a second, and so that it costs little time in all."""
        self.done = min(self.done + count, self.steps)
        now = time.monotonic()
        if not self.live or now < self.next:
            return
        filled = 20 * self.done // self.steps
        left = (now - self.begun) / self.done * (self.steps - self.done)
        bar = "#" * filled + "." * (20 - filled)
        line = f"{self.title}  [{bar}] {self.done}/{self.steps}  {left:.0f} s left  "
        width = shutil.get_terminal_size().columns - 1
        print("\r\x1b[K" + (line + summary(values()))[:width], end="", flush=True)
        # The values may wait for the device or sort all scores.
        end = time.monotonic()
        self.next = end + max(0.2, 20 * (end - now))

    def clear(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", flush=True)


def announce(
    device: str, sizes: Mapping[str, int], batch_size: int, steps: int, epochs: int
) -> None:
    """What is about to happen: device, data, iterations."""
    rest = min(sizes["train"] - (steps - 1) * batch_size, batch_size)
    counts = ", ".join(f"{size:,} {name}" for name, size in sizes.items() if size)
    print(f"device      {device}")
    print(f"samples     {counts}")
    print(f"batches     of {batch_size}, the last one of {rest}")
    print(f"iterations  {steps:,} an epoch, {epochs * steps:,} in {epochs:,} epochs", flush=True)


def show_epoch(epoch: int, epochs: int, seconds: float, values: Mapping[str, float]) -> None:
    start = f"epoch {epoch:{len(str(epochs))}}/{epochs}  {seconds:.1f} s"
    print(f"{start}  {summary(values)}", flush=True)


def show_classes(names: Sequence[str], probabilities: Sequence[float]) -> None:
    """The classes with their probabilities, the likeliest five, best first."""
    ranked = sorted(zip(probabilities, names, strict=True), key=lambda pair: -pair[0])[:5]
    width = max(len(name) for _, name in ranked)
    for probability, name in ranked:
        print(f"{name:{width}}  {probability:.4f}")


def check_loss(loss: float, epoch: int) -> None:
    """Stop a run whose loss is no longer a number."""
    if not math.isfinite(loss):
        raise RunError(
            f"the loss became {loss} in epoch {epoch}: a smaller --learning-rate may help;"
            " the checkpoints of earlier epochs stay"
        )
