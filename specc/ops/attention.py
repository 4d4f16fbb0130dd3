"""Attention over sequences, and what it needs to know of places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from specc.kinds import Bool, Count, Maybe, NotNegative, Whole
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Case, Dims, Layer, Penalty, Problem, Reach, Weight
from specc.ops.ranks import SEQUENCE, wrong_rank
from specc.terms import arg
from specc.train.initializers import GlorotUniform, Normal, Zeros


class MultiHeadAttention(Layer):
    """Each place of a sequence takes in what it asks for from all places (Vaswani et al. 2017).

    For each head `softmax(q k' / sqrt(key_dim)) v`, where q, k and v are learned projections of
    the places to `key_dim` numbers, the softmax over the places of k; a last projection joins the
    heads. (length, channels) stays. With `memory=other` keys and values are those of another
    sequence: cross attention.
    """

    label: ClassVar[str] = "attention"
    foreign: ClassVar[tuple[str, ...]] = ("MultiheadAttention",)
    lacking: ClassVar[dict[str, str]] = {
        "dropout": "its weights are not dropped; `-> Dropout(0.1)` drops of what comes out",
        "embed_dim": "leave it out: the size of what comes in is worked out",
        "value_dim": "values have `key_dim` numbers, as in PyTorch",
    }
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    value_names: ClassVar[tuple[str, ...]] = ("memory",)

    heads: Count = arg("number of heads", foreign=("num_heads",))
    key_dim: Annotated[int | None, Maybe(Whole(1))] = arg(
        "numbers for each head; the channels divided by the heads where it is left out",
        default=None,
    )
    causal: Bool = arg("no place looks at those behind it", default=False, foreign=("is_causal",))
    bias: Bool = arg("add learned numbers in each projection", default=True, foreign=("use_bias",))
    kernel_initializer: InitializerTerm = arg(
        "what the weights of the projections are drawn from", default=GlorotUniform()
    )
    l1: NotNegative = arguments.l1("the weights of all four projections")
    l2: NotNegative = arguments.l2("the weights of all four projections")

    cases: ClassVar[tuple[Case, ...]] = (
        Case("MultiHeadAttention(2)", (5, 4)),
        Case("MultiHeadAttention(1, causal=true)", (4, 3)),
        Case("MultiHeadAttention(3, key_dim=4)", (5, 2)),
        Case("MultiHeadAttention(3, key_dim=2)", (5, 4)),
        Case("MultiHeadAttention(2, key_dim=5, bias=false)", (1, 3)),
        Case("MultiHeadAttention(2)", (5, 4), (3, 6)),
        Case("MultiHeadAttention(2, key_dim=3, causal=true)", (6, 4)),
        Case("MultiHeadAttention(2, l2=1e-2)", (4, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        for index, dims in enumerate(inputs):
            for problem in wrong_rank(self, dims, SEQUENCE):
                yield Problem(
                    problem.code,
                    problem.message,
                    label=problem.label,
                    expected=problem.expected,
                    found=problem.found,
                    help="`Reshape` makes a sequence of a picture",
                    at_input=index,
                )
                return
        channels = inputs[0][-1]
        if self.key_dim is None and channels % self.heads:
            yield Problem(
                "E0315",
                f"{self.heads} heads do not divide {channels} channels",
                field="heads",
                label=f"{self.heads} heads",
                expected=f"a number that divides {channels}",
                found=str(self.heads),
                help="use another number of heads, or give each its `key_dim`",
            )

    def size(self, *inputs: Dims) -> int:
        """Numbers for each head."""
        return self.key_dim or inputs[0][-1] // self.heads

    def output_shape(self, *inputs: Dims) -> Dims:
        return inputs[0]

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        channels, inner = inputs[0][-1], self.heads * self.size(*inputs)
        read = inputs[-1][-1]
        found = []
        for name, shape in (
            ("query", (inner, channels)),
            ("key", (inner, read)),
            ("value", (inner, read)),
            ("output", (channels, inner)),
        ):
            penalty = Penalty(self.l1, self.l2)
            found.append(Weight(f"{name}.weight", shape, self.kernel_initializer, penalty=penalty))
            if self.bias:
                found.append(Weight(f"{name}.bias", shape[:1], Zeros()))
        return tuple(found)

    def macs(self, *inputs: Dims) -> int:
        inner = self.heads * self.size(*inputs)
        (length, channels), (others, read) = inputs[0], inputs[-1]
        projected = 2 * length * channels + 2 * others * read
        return inner * (projected + 2 * length * others)

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None),)


class PositionEmbedding(Layer):
    """Adds a learned vector to each place of a sequence: `y[t] = x[t] + p[t]`. The shape stays.

    Attention itself does not know the order of the places (Gehring et al. 2017).
    """

    label: ClassVar[str] = "position"

    initializer: InitializerTerm = arg("what the vectors are drawn from", default=Normal(std=0.02))

    cases: ClassVar[tuple[Case, ...]] = (
        Case("PositionEmbedding", (5, 4)),
        Case("PositionEmbedding", (1, 3)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], SEQUENCE)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        return (Weight("weight", inputs[0], self.initializer),)


class ClassToken(Layer):
    """Puts a learned place before the first of a sequence: (length, c) becomes (length + 1, c).

    What attention gathers there stands for the whole sequence (Devlin et al. 2018, Dosovitskiy et
    al. 2020).
    """

    label: ClassVar[str] = "class_token"
    foreign: ClassVar[tuple[str, ...]] = ("CLSToken",)

    initializer: InitializerTerm = arg("what the place is drawn from", default=Zeros())

    cases: ClassVar[tuple[Case, ...]] = (
        Case("ClassToken", (5, 4)),
        Case("ClassToken", (1, 1)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], SEQUENCE)

    def output_shape(self, *inputs: Dims) -> Dims:
        length, channels = inputs[0]
        return (length + 1, channels)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        return (Weight("weight", inputs[0][-1:], self.initializer),)
