"""What a prediction of several outputs shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .console import number
from .data_several import Arrays


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
