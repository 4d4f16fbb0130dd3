"""What is said of a model with several inputs or outputs: which of them is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .console import format_number, summary
from .data import Array, Arrays, Classes, Samples, check_shape, converted
from .errors import RunError


def checked_inputs(
    samples: Mapping[str, Samples],
    shapes: Mapping[str, tuple[int, ...]],
    labels: Mapping[str, Callable[[Array], Array]],
    source: object,
) -> dict[str, Samples]:
    """The samples, targets as the losses take them; stops where they do not fit the model."""
    done = {}
    for part, arrays in samples.items():
        check_input_shapes(arrays.inputs, shapes, source)
        done[part] = Samples(arrays.inputs, converted(arrays.targets, labels, source))
    return done


def check_input_shapes(
    inputs: Arrays, shapes: Mapping[str, tuple[int, ...]], source: object
) -> None:
    for name, shape in shapes.items():
        check_shape(inputs[name], shape, f"{source}: a sample of input `{name}`")


def labels_of(
    output: str, convert: Callable[..., Array], y: Array, shape: tuple[int, ...]
) -> Array:
    """Labels of one of several outputs as its loss takes them."""
    try:
        return convert(y, shape)
    except RunError as error:
        raise RunError(f"output `{output}`: {error}") from None


def show_parts(epoch: int, epochs: int, seconds: float, values: Mapping[str, float]) -> None:
    """The figures of an epoch, a line for each part of the data."""
    start = f"epoch {epoch:{len(str(epochs))}}/{epochs}  {seconds:.1f} s"
    parts = {
        "training": {name: v for name, v in values.items() if not name.startswith("val_")},
        "validation": {name[4:]: v for name, v in values.items() if name.startswith("val_")},
    }
    for part, figures in parts.items():
        if figures:
            print(f"{start}  {part:10}  {summary(figures)}", flush=True)
        start = " " * len(start)


def no_and_yes(yes: Array) -> Array:
    """The probabilities of two classes, from those of the second."""
    yes = yes.astype(np.float64)
    return np.concatenate([1 - yes, yes], axis=1)


def show_predictions(results: Arrays, classes: Classes) -> None:
    """A line for each sample: the likeliest class with its probability, or the numbers."""
    for place in range(len(next(iter(results.values())))):
        parts = []
        for name, rows in results.items():
            values = rows[place].tolist()
            text = " ".join(map(format_number, values))
            if name in classes:
                best = max(range(len(values)), key=values.__getitem__)
                text = f"{classes[name][best]} ({values[best]:.4f})"
            parts.append(f"{name} {text}")
        print(f"sample {place}  {'  '.join(parts)}")
