"""Layers that join values of one shape number by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Bool
from specc.ops.base import Case, Dims, Layer, Problem
from specc.ops.merge import unequal
from specc.ops.ranks import VECTOR, described
from specc.terms import arg


class _Elementwise(Layer):
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        for index, dims in enumerate(inputs):
            if dims != inputs[0]:
                message = f"`{self.word()}` takes values of one shape"
                yield unequal(message, inputs[0], dims, index)
                return


class Average(_Elementwise):
    """The mean of values of one shape: `y = (a + b + ...) / n`."""

    label: ClassVar[str] = "average"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Average", (3, 4, 2), (3, 4, 2)),
        Case("Average", (5,), (5,), (5,)),
        Case("Average", (4, 3), (4, 3)),
    )


class Maximum(_Elementwise):
    """The larger of values of one shape, number by number: `y = max(a, b, ...)`.

    Where two are equal the first gets the whole gradient.
    """

    label: ClassVar[str] = "maximum"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Maximum", (3, 4, 2), (3, 4, 2)),
        Case("Maximum", (5,), (5,), (5,)),
        Case("Maximum", (4, 3), (4, 3)),
    )


class Minimum(_Elementwise):
    """The smaller of values of one shape, number by number: `y = min(a, b, ...)`.

    Where two are equal the first gets the whole gradient.
    """

    label: ClassVar[str] = "minimum"

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Minimum", (3, 4, 2), (3, 4, 2)),
        Case("Minimum", (5,), (5,), (5,)),
        Case("Minimum", (4, 3), (4, 3)),
    )


class Dot(_Elementwise):
    """The scalar product of two vectors: `y = sum(a * b)`, (n,) and (n,) become (1,).

    With `normalize` both are first divided by their lengths: the cosine of their angle.
    """

    label: ClassVar[str] = "dot"
    foreign: ClassVar[tuple[str, ...]] = ("CosineSimilarity",)
    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    normalize: Bool = arg("divide each by its length first", default=False)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Dot", (5,), (5,)),
        Case("Dot(normalize=true)", (4,), (4,)),
        Case("Dot", (1,), (1,)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        for index, dims in enumerate(inputs):
            if len(dims) != VECTOR:
                yield Problem(
                    "E0301",
                    "`Dot` works on vectors",
                    label="gets another value",
                    expected="a vector: channels",
                    found=described(dims),
                    at_input=index,
                )
                return
        yield from super().problems(*inputs)

    def output_shape(self, *inputs: Dims) -> Dims:
        return (1,)
