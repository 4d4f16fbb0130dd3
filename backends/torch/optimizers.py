"""Optimizers in a PyTorch script: pieces of its training loop."""

from __future__ import annotations

from typing import Any

from specc.codegen.python.expressions import Call, call, expr, raw
from specc.codegen.script.pieces import Flag, Piece, Statement, assigned, done, lines
from specc.codegen.training import StageSite
from specc.train import optimizers

from .lowering import lowers


def optimizer(made: Call, rate: float, *slots: str) -> dict[str, Any]:
    """What the pieces of all optimizers have. slots: what PyTorch keeps for each parameter."""
    kept = (call("Slots", raw("model"), raw("optimizer"), *slots),) if slots else ()
    return {
        "flags": (Flag("learning_rate", "float", rate, "size of a step", {"above": 0}),),
        "fixed": ("learning_rate",),
        "slots": {"make": [assigned("optimizer", made)]},
        "values": {"kept": kept},
    }


@lowers(optimizers.Sgd)
def sgd(term: optimizers.Sgd, site: StageSite) -> Piece:
    options = {"nesterov": True} if term.nesterov else {}
    first = raw("model.parameters()"), site.rate
    made = call("torch.optim.SGD", *first, momentum=term.momentum, **options, fused=True)
    return Piece(**optimizer(made, term.learning_rate, *["momentum_buffer"][: term.momentum != 0]))


@lowers(optimizers.Adam)
def adam(term: optimizers.Adam, site: StageSite) -> Piece:
    first = raw("model.parameters()"), site.rate
    betas = term.beta1, term.beta2
    made = call("torch.optim.Adam", *first, betas=betas, eps=term.epsilon, fused=True)
    common = optimizer(made, term.learning_rate, "exp_avg", "exp_avg_sq")
    common["slots"] |= {"before_update": [_keras_epsilon(term, site)]}
    return Piece(**common, names=frozenset({"step"}))


def _keras_epsilon(term: optimizers.Adam, site: StageSite) -> Statement:
    """Keras, and so the language, has epsilon before the bias correction, PyTorch behind it."""
    if not site.lean:
        step = raw("optimizer"), site.step
        return done(call("keras_epsilon", *step, epsilon=term.epsilon, beta2=term.beta2))
    value = f"{expr(term.epsilon).text()} / math.sqrt(1 - {expr(term.beta2).text()}**step)"
    return lines(
        "for group in optimizer.param_groups:  # epsilon before the bias correction, as in Keras",
        f'    group["eps"] = {value}',
    )


@lowers(optimizers.Adagrad)
def adagrad(term: optimizers.Adagrad, site: StageSite) -> Piece:
    """PyTorch adds its eps outside the root; inside it is a part of what the sum begins with."""
    begun = {"initial_accumulator_value": term.initial + term.epsilon, "eps": 0.0}
    made = call("torch.optim.Adagrad", raw("model.parameters()"), site.rate, **begun)
    return Piece(**optimizer(made, term.learning_rate, "sum"))
