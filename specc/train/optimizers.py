"""Optimizers: how a step follows from a gradient."""

from __future__ import annotations

from typing import ClassVar

from specc.kinds import Bool, Positive, Rate
from specc.terms import Term, arg


class _Base(Term):
    category: ClassVar[str] = "optimizer"
    adaptive: ClassVar[bool] = False
    """Whether it divides by the size of past gradients, which blows rounding up where that is 0."""


Optimizer = _Base


class Sgd(_Base):
    """Stochastic gradient descent: v = momentum * v + gradient, weight -= learning_rate * v."""

    foreign: ClassVar[tuple[str, ...]] = ("SGD",)

    learning_rate: Positive = arg("the size of a step", default=0.01, foreign=("lr",))
    momentum: Rate = arg("the share of the last step's direction that is kept", default=0.0)
    nesterov: Bool = arg("look ahead along the momentum", default=False)


class Adam(_Base):
    """Adam (Kingma and Ba 2015), with epsilon added before the bias correction, as in Keras."""

    foreign: ClassVar[tuple[str, ...]] = ("Adam",)
    adaptive: ClassVar[bool] = True

    learning_rate: Positive = arg("the size of a step", default=1e-3, foreign=("lr",))
    beta1: Rate = arg("the kept share of the mean gradient", default=0.9, foreign=("beta_1",))
    beta2: Rate = arg("the kept share of the mean square", default=0.999, foreign=("beta_2",))
    epsilon: Positive = arg("keeps the division finite", default=1e-7, foreign=("eps",))
