"""What a run shows."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping


def number(value: float) -> str:
    """`0.0123`, `1.20e-05`, `1234`: four digits that matter."""
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e5):
        return f"{value:.2e}"
    return f"{value:.4f}"


class Progress:
    """A bar of an epoch on a terminal; one line at its end elsewhere."""

    def __init__(self, title: str, steps: int) -> None:
        self.title, self.steps = title, steps
        self.live = sys.stdout.isatty()
        self.start = time.monotonic()
        self.drawn = -1.0

    def step(self, done: int, values: Callable[[], Mapping[str, float]]) -> None:
        """Redraw now and then; only then are `values` asked for, which may wait for a device."""
        now = time.monotonic()
        if not self.live or (now - self.drawn < 0.2 and done < self.steps):
            return
        self.drawn = now
        filled = 20 * done // self.steps
        bar = "#" * filled + "-" * (20 - filled)
        left = (now - self.start) / done * (self.steps - done)
        self._write(f"{self.title}  [{bar}] {done}/{self.steps}  {left:.0f} s left", values())

    def finish(self, values: Mapping[str, float]) -> None:
        seconds = time.monotonic() - self.start
        self._write(f"{self.title}  {self.steps} iterations in {seconds:.1f} s", values)
        print(flush=True)

    def _write(self, head: str, values: Mapping[str, float]) -> None:
        line = "  ".join([head, *(f"{name} {number(value)}" for name, value in values.items())])
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + line[:width], end="", flush=True)
        else:
            print(line, end="")


def announce(
    device: str, sizes: Mapping[str, int], batch_size: int, epochs: int, unit: str = "images"
) -> None:
    """What is about to happen: device, data, iterations."""
    full, rest = divmod(sizes["train"], batch_size)
    iterations = full + bool(rest)
    counts = ", ".join(f"{size:,} {name}" for name, size in sizes.items() if size)
    print(f"device      {device}")
    print(f"{unit:<11} {counts}")
    print(f"iterations  {iterations:,} an epoch, the last batch has {rest or batch_size} of {batch_size}")
    print(f"epochs      {epochs:,}, {epochs * iterations:,} iterations in all", flush=True)
