"""Optimizers: how a step follows from a gradient."""

from __future__ import annotations

from typing import ClassVar

from specc.cases import OptimizerCase
from specc.kinds import Bool, NotNegative, Positive, Rate
from specc.terms import Term, arg


class _Base(Term):
    category: ClassVar[str] = "optimizer"
    cases: ClassVar[tuple[OptimizerCase, ...]] = ()
    refusable: ClassVar[tuple[OptimizerCase, ...]] = ()
    adaptive: ClassVar[bool] = False
    """Whether it divides by the size of past gradients, which blows rounding up where that is 0."""


Optimizer = _Base

# What the gradients of each update are multiplied by. An even number: half of them are a second
# epoch, where counters must go on.
_USUAL = (1.0, 0.5, 2.0, 1.0, 0.25, 1.0)
_TURNING = (1.0, -1.0, 1.0, -1.0, 1.0, -1.0)
_NONE_AT_TIMES = (0.0, 1.0, 0.0, 0.0, 1.0, 0.0)
_TINY = (1e-9, 1e-8, 1e-9, 1e-10, 1e-9, 1e-8)
_LARGE = (1e6, 1e3, 1e6, 1.0, 1e-3, 1e6)


class Sgd(_Base):
    """Stochastic gradient descent: v = momentum * v + gradient, weight -= learning_rate * v."""

    foreign: ClassVar[tuple[str, ...]] = ("SGD",)
    cases: ClassVar[tuple[OptimizerCase, ...]] = (
        OptimizerCase("sgd", _USUAL, "without momentum"),
        OptimizerCase("sgd(0.1, momentum=0.9)", _USUAL, "with momentum"),
        OptimizerCase("sgd(0.1, momentum=0.9, nesterov=true)", _USUAL, "looking ahead"),
        OptimizerCase("sgd(0.3, momentum=0.5)", _TURNING, "gradients that change their sign"),
        OptimizerCase("sgd(0.05, momentum=0.9)", _NONE_AT_TIMES, "updates without a gradient"),
        OptimizerCase(
            "sgd(0.2, momentum=0.7, nesterov=true)", _NONE_AT_TIMES, "looking ahead without one"
        ),
        OptimizerCase("sgd(1e-4, momentum=0.99)", _LARGE, "large and small gradients"),
    )

    learning_rate: Positive = arg("the size of a step", default=0.01, foreign=("lr",))
    momentum: Rate = arg("the share of the last step's direction that is kept", default=0.0)
    nesterov: Bool = arg("look ahead along the momentum", default=False)


class Adam(_Base):
    """Adam (Kingma and Ba 2015), with epsilon added before the bias correction, as in Keras."""

    foreign: ClassVar[tuple[str, ...]] = ("Adam",)
    cases: ClassVar[tuple[OptimizerCase, ...]] = (
        OptimizerCase("adam", _USUAL, "as it is"),
        OptimizerCase("adam(0.01, beta1=0.8, beta2=0.99)", _USUAL, "that forgets sooner"),
        OptimizerCase("adam(0.01)", _TURNING, "gradients that change their sign"),
        OptimizerCase("adam(0.01)", _NONE_AT_TIMES, "updates without a gradient"),
        OptimizerCase("adam(0.01)", _TINY, "gradients below epsilon"),
        OptimizerCase("adam(0.01, epsilon=1e-3)", _USUAL, "an epsilon that counts"),
        OptimizerCase("adam(0.01)", _LARGE, "large and small gradients"),
        OptimizerCase("adam(0.01, beta1=0)", _USUAL, "without a mean of the gradients"),
    )
    adaptive: ClassVar[bool] = True

    learning_rate: Positive = arg("the size of a step", default=1e-3, foreign=("lr",))
    beta1: Rate = arg("the kept share of the mean gradient", default=0.9, foreign=("beta_1",))
    beta2: Rate = arg("the kept share of the mean square", default=0.999, foreign=("beta_2",))
    epsilon: Positive = arg("keeps the division finite", default=1e-7, foreign=("eps",))


class Adagrad(_Base):
    """Adagrad (Duchi et al. 2011): s += gradient^2, weight -= learning_rate * gradient /
    sqrt(s + epsilon), where s begins at `initial`."""

    foreign: ClassVar[tuple[str, ...]] = ("Adagrad",)
    cases: ClassVar[tuple[OptimizerCase, ...]] = (
        OptimizerCase("adagrad", _USUAL, "as it is"),
        OptimizerCase("adagrad(0.1, initial=0)", _NONE_AT_TIMES, "with nothing to begin with"),
        OptimizerCase("adagrad(0.1, epsilon=0.01)", _USUAL, "an epsilon that counts"),
        OptimizerCase("adagrad(0.1, initial=0.5)", _TURNING, "gradients that change their sign"),
        OptimizerCase("adagrad(0.1, initial=0)", _TINY, "gradients below epsilon"),
        OptimizerCase("adagrad(0.1)", _LARGE, "large and small gradients"),
    )

    learning_rate: Positive = arg("the size of a step", default=0.01, foreign=("lr",))
    initial: NotNegative = arg(
        "what the sum of squares begins at", default=0.1, foreign=("initial_accumulator_value",)
    )
    epsilon: Positive = arg("keeps the division finite", default=1e-7, foreign=("eps",))
