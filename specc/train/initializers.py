"""Initializers: the distributions that a layer's weights are drawn from at the start.

fan_in and fan_out are those of the canonical (PyTorch) layout: (out, in, *window) gives in * window
and out * window.
"""

from __future__ import annotations

from typing import ClassVar

from specc.cases import InitializerCase
from specc.kinds import Positive, Real
from specc.terms import Term, arg


class _Base(Term):
    category: ClassVar[str] = "initializer"
    cases: ClassVar[tuple[InitializerCase, ...]] = ()

    least_axes: ClassVar[int] = 0
    """The fewest axes that a weight may have: fans and a matrix need two."""
    limit: ClassVar[str] = ""
    """How far a uniform distribution reaches on both sides of 0, as code of `inputs`, `outputs` and
    `window`; empty for other distributions."""


Initializer = _Base


class _Fans(_Base):
    least_axes: ClassVar[int] = 2


def _matrix_and_kernel(word: str) -> tuple[InitializerCase, ...]:
    return (
        InitializerCase(word, (48, 32), "a matrix"),
        InitializerCase(word, (24, 16, 3, 3), "a kernel"),
    )


class Zeros(_Base):
    """All zeros."""

    cases: ClassVar[tuple[InitializerCase, ...]] = (InitializerCase("zeros", (40,), "a vector"),)


class Ones(_Base):
    """All ones."""

    cases: ClassVar[tuple[InitializerCase, ...]] = (InitializerCase("ones", (40,), "a vector"),)


class Constant(_Base):
    """The same value everywhere."""

    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("constant(-0.25)", (6, 4), "a matrix"),
    )

    value: Real = arg("the value")


class GlorotUniform(_Fans):
    """Uniform within ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""

    limit: ClassVar[str] = "math.sqrt(6 / (math.prod(window) * (inputs + outputs)))"
    foreign: ClassVar[tuple[str, ...]] = ("xavier_uniform", "xavier_uniform_", "GlorotUniform")
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("glorot_uniform")


class GlorotNormal(_Fans):
    """Normal of variance 2 / (fan_in + fan_out), cut at two standard deviations (Glorot and Bengio
    2010)."""

    foreign: ClassVar[tuple[str, ...]] = ("xavier_normal", "xavier_normal_", "GlorotNormal")
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("glorot_normal")


class HeUniform(_Fans):
    """Uniform within ±sqrt(6 / fan_in) (He et al. 2015)."""

    limit: ClassVar[str] = "math.sqrt(6 / (math.prod(window) * inputs))"
    foreign: ClassVar[tuple[str, ...]] = ("kaiming_uniform", "kaiming_uniform_", "HeUniform")
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("he_uniform")


class HeNormal(_Fans):
    """Normal of variance 2 / fan_in, cut at two standard deviations (He et al. 2015)."""

    foreign: ClassVar[tuple[str, ...]] = ("kaiming_normal", "kaiming_normal_", "HeNormal")
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("he_normal")


class LecunNormal(_Fans):
    """Normal of variance 1 / fan_in, cut at two standard deviations (LeCun et al. 1998)."""

    foreign: ClassVar[tuple[str, ...]] = ("LecunNormal",)
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("lecun_normal")


class LecunUniform(_Fans):
    """Uniform within ±sqrt(3 / fan_in) (LeCun et al. 1998)."""

    limit: ClassVar[str] = "math.sqrt(3 / (math.prod(window) * inputs))"
    foreign: ClassVar[tuple[str, ...]] = ("LecunUniform",)
    cases: ClassVar[tuple[InitializerCase, ...]] = _matrix_and_kernel("lecun_uniform")


class Orthogonal(_Base):
    """`gain` times a random matrix whose shorter side is orthonormal (Saxe et al. 2014).

    The matrix is (out, in * window). Its last bits hang on the machine's linear algebra.
    """

    foreign: ClassVar[tuple[str, ...]] = ("orthogonal_", "Orthogonal", "OrthogonalInitializer")
    least_axes: ClassVar[int] = 2
    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("orthogonal", (24, 6), "more rows than columns"),
        InitializerCase("orthogonal(gain=2)", (5, 3, 2, 2), "a kernel"),
    )

    gain: Positive = arg("factor", default=1.0)


class Normal(_Base):
    """Normal around `mean`, not cut."""

    foreign: ClassVar[tuple[str, ...]] = ("RandomNormal", "random_normal", "normal_")
    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("normal", (48, 32), "as it is"),
        InitializerCase("normal(std=0.5, mean=2)", (24, 16, 3), "away from 0"),
    )

    std: Positive = arg("standard deviation", default=0.05, foreign=("stddev",))
    mean: Real = arg("mean", default=0.0)


class TruncatedNormal(_Base):
    """Normal around `mean`, drawn again beyond two standard deviations."""

    foreign: ClassVar[tuple[str, ...]] = ("trunc_normal", "trunc_normal_")
    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("truncated_normal", (48, 32), "as it is"),
        InitializerCase("truncated_normal(0.5, mean=-1)", (24, 16, 3), "away from 0"),
    )

    std: Positive = arg("standard deviation before the cut", default=0.05, foreign=("stddev",))
    mean: Real = arg("mean", default=0.0)


class Uniform(_Base):
    """Uniform between `low` and `high`."""

    foreign: ClassVar[tuple[str, ...]] = ("RandomUniform", "random_uniform", "uniform_")
    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("uniform", (48, 32), "as it is"),
        InitializerCase("uniform(low=0, high=3)", (24, 16, 3), "on one side of 0"),
    )

    low: Real = arg("lower end", default=-0.05, foreign=("minval", "a"))
    high: Real = arg("upper end", default=0.05, foreign=("maxval", "b"))


class ForgetOne(_Base):
    """Ones in the second quarter, zeros elsewhere: an LSTM's bias that forgets nothing at first.

    Jozefowicz et al. 2015.
    """

    foreign: ClassVar[tuple[str, ...]] = ("unit_forget_bias",)
    cases: ClassVar[tuple[InitializerCase, ...]] = (
        InitializerCase("forget_one", (20,), "the four gates of five units"),
    )
