"""Recurrent layers: they read a sequence place by place and keep a state."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from specc.kinds import Bool, Count, NotNegative
from specc.nested import InitializerTerm
from specc.ops import arguments
from specc.ops.base import Case, Dims, Layer, Penalty, Problem, Reach, Weight
from specc.ops.ranks import SEQUENCE, wrong_rank
from specc.terms import Term, arg
from specc.train.initializers import ForgetOne, GlorotUniform, Orthogonal, Zeros


class _Recurrent(Layer):
    lacking: ClassVar[dict[str, str]] = {
        "dropout": "write `Dropout` before it",
        "go_backwards": "with `bidirectional=true` it reads both ways",
        "num_layers": "write one behind the other, all but the last with `sequences=true`",
        "recurrent_dropout": "PyTorch drops nothing inside the state",
        "reset_after": "the reset is behind the product, as in PyTorch, which has no other",
        "return_state": "`sequences=true` gives the state at each place",
    }
    gates: ClassVar[int]
    biases: ClassVar[tuple[str, ...]] = ("bias_ih",)
    bias_initial: ClassVar[Term]

    units: Count = arg("numbers in the state", foreign=("hidden_size",))
    sequences: Bool = arg(
        "give the state at each place, not the last one alone",
        default=False,
        foreign=("return_sequences",),
    )
    bidirectional: Bool = arg(
        "read it backwards too, with weights of its own, and join both states", default=False
    )
    kernel_initializer: InitializerTerm = arg(
        "what the weights of the input are drawn from", default=GlorotUniform()
    )
    recurrent_initializer: InitializerTerm = arg(
        "what those of the state are drawn from, all gates as one matrix", default=Orthogonal()
    )
    l1: NotNegative = arguments.l1("the weights of input and state")
    l2: NotNegative = arguments.l2("the weights of input and state")

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], SEQUENCE)

    @property
    def directions(self) -> tuple[str, ...]:
        """What the names of the weights end in, for each direction."""
        return ("", "_reverse") if self.bidirectional else ("",)

    def output_shape(self, *inputs: Dims) -> Dims:
        state = self.units * len(self.directions)
        return (inputs[0][0], state) if self.sequences else (state,)

    def weights(self, *inputs: Dims) -> tuple[Weight, ...]:
        rows, inner = self.gates * self.units, self.recurrent_initializer
        penalty = Penalty(self.l1, self.l2)
        found = []
        for end in self.directions:
            found += [
                Weight(
                    f"weight_ih_l0{end}",
                    (rows, inputs[0][-1]),
                    self.kernel_initializer,
                    penalty=penalty,
                ),
                Weight(f"weight_hh_l0{end}", (rows, self.units), inner, penalty=penalty),
                *(Weight(f"{bias}_l0{end}", (rows,), self.bias_initial) for bias in self.biases),
            ]
        return tuple(found)

    def macs(self, *inputs: Dims) -> int:
        read = math.prod(inputs[0]) + inputs[0][0] * self.units
        return len(self.directions) * self.gates * self.units * read

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return (Reach(None),)


class SimpleRNN(_Recurrent):
    """A state that each place changes: `h[t] = tanh(W x[t] + U h[t-1] + b)` (Elman 1990).

    (length, channels) becomes (units,), the last state, or with `sequences` (length, units); with
    `bidirectional` twice as many units. One bias, as in Keras; PyTorch adds two.
    """

    label: ClassVar[str] = "rnn"
    foreign: ClassVar[tuple[str, ...]] = ("RNN",)
    gates: ClassVar[int] = 1
    bias_initial: ClassVar[Term] = Zeros()

    cases: ClassVar[tuple[Case, ...]] = (
        Case("SimpleRNN(3)", (5, 4)),
        Case("SimpleRNN(2, sequences=true)", (4, 3)),
        Case("SimpleRNN(3, bidirectional=true)", (5, 2)),
        Case("SimpleRNN(2, sequences=true, bidirectional=true)", (1, 1)),
    )


class LSTM(_Recurrent):
    """A state guarded by gates (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    With i, f, g, o the four parts of `W x[t] + U h[t-1] + b` and s the sigmoid:
    `c[t] = s(f) c[t-1] + s(i) tanh(g)`, `h[t] = s(o) tanh(c[t])`. (length, channels) becomes
    (units,), the last h, or with `sequences` (length, units); with `bidirectional` twice as many
    units. One bias, as in Keras; PyTorch adds two. It begins at 1 for f and at 0 elsewhere.
    """

    label: ClassVar[str] = "lstm"
    gates: ClassVar[int] = 4
    bias_initial: ClassVar[Term] = ForgetOne()

    cases: ClassVar[tuple[Case, ...]] = (
        Case("LSTM(3)", (5, 4)),
        Case("LSTM(2, sequences=true)", (4, 3)),
        Case("LSTM(3, bidirectional=true)", (5, 2)),
        Case("LSTM(2, sequences=true, bidirectional=true)", (6, 3)),
        Case("LSTM(2, sequences=true, l1=1e-3)", (3, 2)),
        Case("LSTM(1)", (1, 1)),
    )


class GRU(_Recurrent):
    """A state with two gates (Cho et al. 2014), the reset behind the product.

    With s the sigmoid: `r = s(W x[t] + U h[t-1] + b)` and z alike with weights of its own,
    `n = tanh(W x[t] + b + r * (U h[t-1] + c))`, `h[t] = (1 - z) n + z h[t-1]`: PyTorch's, and
    Keras's with `reset_after=True`, each product with a bias. (length, channels) becomes (units,),
    the last h, or with `sequences` (length, units); with `bidirectional` twice as many units.
    """

    label: ClassVar[str] = "gru"
    gates: ClassVar[int] = 3
    biases: ClassVar[tuple[str, ...]] = ("bias_ih", "bias_hh")
    bias_initial: ClassVar[Term] = Zeros()

    cases: ClassVar[tuple[Case, ...]] = (
        Case("GRU(3)", (5, 4)),
        Case("GRU(2, sequences=true)", (4, 3)),
        Case("GRU(3, bidirectional=true)", (5, 2)),
        Case("GRU(2, sequences=true, bidirectional=true)", (6, 3)),
        Case("GRU(2, bidirectional=true, l2=1e-2)", (3, 2)),
        Case("GRU(1)", (1, 1)),
    )
