"""What a run of several inputs or outputs shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .console import number, summary
from .data_several import Arrays


def show_epoch(epoch: int, epochs: int, seconds: float, values: Mapping[str, float]) -> None:
    """The figures of the training and of the validation part, a line for each."""
    start = f"epoch {epoch:{len(str(epochs))}}/{epochs}  {seconds:.1f} s"
    parts = {
        "training": {name: v for name, v in values.items() if not name.startswith("val_")},
        "validation": {name[4:]: v for name, v in values.items() if name.startswith("val_")},
    }
    for part, figures in parts.items():
        if figures:
            print(f"{start}  {part:10}  {summary(figures)}", flush=True)
        start = " " * len(start)


def show_results(results: Arrays, classes: Mapping[str, Sequence[str]]) -> None:
    """A line for each sample: the likeliest class with its probability, or the numbers."""
    for place in range(len(next(iter(results.values())))):
        parts = []
        for name, rows in results.items():
            values = rows[place].tolist()
            text = " ".join(map(number, values))
            if name in classes:
                values = [1 - values[0], *values] if len(values) == 1 else values
                best = max(range(len(values)), key=values.__getitem__)
                text = f"{classes[name][best]} ({values[best]:.4f})"
            parts.append(f"{name} {text}")
        print(f"sample {place}  {'  '.join(parts)}")
