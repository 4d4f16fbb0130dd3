"""The numbers of a case: those that it writes out, and seeded ones for the rest.

They are exact in float32, in which scripts read their data.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from specc.cases import Ending, LossCase, MetricCase, OptimizerCase, ScalingCase, Shape
from specc.meaning import Array


def _stream(case: object, name: str = "") -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[11, zlib.crc32(f"{case}{name}".encode())]))


def _exact(values: Array) -> Array:
    return values.astype(np.float32).astype(np.float64)


def answers(case: LossCase | MetricCase, ends: Ending) -> tuple[Array, Array]:
    """What the network says, and what is right: numbers, 0 and 1, or a class at each place."""
    rng, shape = _stream(case), (case.samples, *case.shape)
    outputs, targets = _exact(2 * rng.standard_normal(shape)), _exact(rng.standard_normal(shape))
    if ends == "sigmoid":
        targets = rng.integers(0, 2, shape).astype(float)
    elif ends == "softmax":
        targets = rng.integers(0, shape[-1], shape[:-1]).astype(float)
    elif isinstance(case, LossCase) and case.onehot:
        targets = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    places = outputs.reshape(-1, shape[-1]) if ends == "softmax" else outputs.reshape(-1)
    flat = targets.reshape(-1)
    assert len(case.pairs) <= len(flat), case
    for place, (said, right) in enumerate(case.pairs):
        places[place], flat[place] = said, right
    return outputs, targets


def updates(
    case: OptimizerCase, shapes: Mapping[str, Shape]
) -> tuple[dict[str, Array], list[dict[str, Array]]]:
    """Weights, and their gradients in each update. The first number of a weight never has one."""
    weights: dict[str, Array] = {}
    gradients: list[dict[str, Array]] = [{} for _ in case.factors]
    for name, shape in shapes.items():
        rng = _stream(case, name)
        weights[name] = _exact(rng.standard_normal(shape))
        lasting = rng.standard_normal(shape)
        for factor, each in zip(case.factors, gradients, strict=True):
            # Mostly the same direction: a factor that turns it turns nearly every number.
            drawn = factor * (lasting + 0.5 * rng.standard_normal(shape))
            drawn.reshape(-1)[0] = 0
            each[name] = _exact(drawn)
    return weights, gradients


def samples(case: ScalingCase, count: int) -> Array:
    """Samples as a file holds them."""
    rng, shape = _stream(case), (count, *case.shape)
    drawn = rng.integers(0, 256, shape) if case.pixels else 3 + 2 * rng.standard_normal(shape)
    drawn = _exact(drawn.astype(float))
    if case.constant:
        drawn[..., -1] = 2.5
    return drawn
