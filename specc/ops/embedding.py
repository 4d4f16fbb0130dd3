"""Layers that turn whole numbers into vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from specc.kinds import Count, Whole
from specc.nested import InitializerTerm
from specc.ops.base import Case, Dims, Layer, Problem, Weight
from specc.ops.ranks import VECTOR, wrong_rank
from specc.terms import arg
from specc.train.initializers import Uniform

LARGEST_INDEX = 2**24
"""Up to here float32, in which scripts hold their inputs, has every whole number."""


class Embedding(Layer):
    """A learned vector for each whole number from 0 to `entries` - 1: `y[i] = table[x[i]]`.

    (length,) becomes (length, units) (Bengio et al. 2003). The numbers are words, say, by their
    place in a list; they come from an input, whose columns are then no measurements. A script
    stops where its data holds any other number.
    """

    label: ClassVar[str] = "embedding"

    entries: Annotated[int, Whole(1, LARGEST_INDEX)] = arg(
        "how many numbers there are, 0 among them; the input's float32 counts no further",
        foreign=("input_dim", "num_embeddings", "vocab_size"),
    )
    units: Count = arg("length of each vector", foreign=("output_dim", "embedding_dim", "dim"))
    initializer: InitializerTerm = arg(
        "what the vectors are drawn from",
        default=Uniform(),
        foreign=("embeddings_initializer",),
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Embedding(7, 3)", (5,)),
        Case("Embedding(2, 1)", (1,)),
        Case("Embedding(1, 4)", (3,)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], VECTOR)

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*inputs[0], self.units)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        return (Weight("weight", (self.entries, self.units), self.initializer),)

    def index_limit(self) -> int | None:
        return self.entries
