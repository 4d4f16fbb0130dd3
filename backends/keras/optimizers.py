"""Optimizers in a Keras script: what they are made of, and what they keep."""

from __future__ import annotations

from specc.codegen.python.expressions import Call, call, raw
from specc.codegen.script.pieces import Flag, Piece, assigned
from specc.codegen.training import StageSite
from specc.train import optimizers

from .lowering import lowers


def optimizer(made: Call, rate: float, *kept: Call) -> Piece:
    """What the pieces of all optimizers have. kept: what finds its memory in the canonical form."""
    return Piece(
        flags=(Flag("learning_rate", "float", rate, "size of a step", {"above": 0}),),
        slots={"optimizer": [assigned("optimizer", made)]},
        values={"kept": (call("Updates", raw("model")), *kept)},
        fixed=("learning_rate",),
    )


@lowers(optimizers.Sgd)
def sgd(term: optimizers.Sgd, site: StageSite) -> Piece:
    options = {"nesterov": True} if term.nesterov else {}
    made = call("keras.optimizers.SGD", site.rate, momentum=term.momentum, **options)
    kept = [call("Momentum", raw("model"), raw("WEIGHTS"))] if term.momentum else []
    return optimizer(made, term.learning_rate, *kept)


@lowers(optimizers.Adam)
def adam(term: optimizers.Adam, site: StageSite) -> Piece:
    options = {"beta_1": term.beta1, "beta_2": term.beta2, "epsilon": term.epsilon}
    made = call("keras.optimizers.Adam", site.rate, **options)
    return optimizer(made, term.learning_rate, call("Moments", raw("model"), raw("WEIGHTS")))


@lowers(optimizers.Adagrad)
def adagrad(term: optimizers.Adagrad, site: StageSite) -> Piece:
    """Its sum begins with the epsilon in it: so PyTorch's, which lacks one there, is the same."""
    begun = {"initial_accumulator_value": term.initial + term.epsilon, "epsilon": 0.0}
    made = call("keras.optimizers.Adagrad", site.rate, **begun)
    kept = call("Slots", raw("model"), raw("WEIGHTS"), sum="_accumulators")
    return optimizer(made, term.learning_rate, kept)
