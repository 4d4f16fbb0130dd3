"""One mistake in one script, as a person might make it: an edit of its text, drawn among those
that apply to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

_Change: TypeAlias = Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class Kind:
    """Everything that a pattern finds can become what `change` says."""

    name: str
    pattern: str
    change: _Change
    often: float = 1.0
    """How often it is tried; less where every script has it."""


@dataclass(frozen=True)
class Planted:
    kind: str
    backend: str
    before: str
    after: str
    script: str


def _scaled(factor: float) -> _Change:
    return lambda found: f"{found[1]}{float(found[2]) * factor:g}"


def _swapped(found: re.Match[str]) -> str:
    return f"{found[1]}{found[3]}, {found[2]}{found[4]}"


def _to(*texts: str) -> _Change:
    """The next one of some words that stand for each other."""
    return lambda found: found[0].replace(found[1], texts[(texts.index(found[1]) + 1) % len(texts)])


def _never(found: re.Match[str]) -> str:
    return f"{found[1]}True" if found[2] == "False" else f"{found[1]}False"


_NUMBER = r"(\d+(?:\.\d+)?(?:e-?\d+)?)"
_TORCH_ACTS = ("torch.relu(", "F.silu(", "torch.tanh(", "F.gelu(", "torch.sigmoid(", "F.elu(",
               "F.softplus(", "F.mish(", "F.relu6(")  # fmt: skip
_KERAS_ACTS = ("relu", "silu", "tanh", "gelu", "sigmoid", "elu", "softplus", "mish", "relu6")
KINDS = (
    Kind("another epsilon", r"(\beps(?:ilon)?=)" + _NUMBER, _scaled(2)),
    Kind("another momentum", r"(\bmomentum=)" + _NUMBER, _scaled(0.9)),
    Kind("a missing bias (torch)", r"(nn\.(?:Linear|Conv\w+)\([^()\n]*?)(\))",
         lambda found: f"{found[1]}, bias=False)"),
    Kind("a missing bias (keras)",
         r"(layers\.(?:Dense|\w*Conv\w+)\()([^()\n]*?name=)",
         lambda found: f"{found[1]}{found[2].replace('name=', 'use_bias=False, name=')}"),
    Kind("padding at the other side", r"(\(|, )(0), (1)(\)|,)", _swapped),
    Kind("another activation (torch)", "(" + "|".join(map(re.escape, _TORCH_ACTS)) + ")",
         _to(*_TORCH_ACTS)),
    Kind("another activation (keras)", "activation=\"(" + "|".join(_KERAS_ACTS) + ")\"",
         _to(*_KERAS_ACTS)),
    Kind("another rate", r"(learning_rate: float = flag\()" + _NUMBER, _scaled(1.01),
         0.2),
    Kind("another rate (lean)", r"(\b(?:LEARNING_RATE|learning_rate|lr) ?= ?)" + _NUMBER,
         _scaled(1.01), 0.2),
    Kind("another beta (torch)", r"(betas=\()" + _NUMBER, _scaled(0.97)),
    Kind("another beta (keras)", r"(beta_[12]=)" + _NUMBER, _scaled(0.97)),
    Kind("nesterov or not", r"(nesterov=)(True|False)", _never),
    Kind("mean for sum", r"(\.mean\(|\.sum\()", _to(".mean(", ".sum(")),
    Kind("mean for sum (keras)", r"(ops\.mean\(|ops\.sum\()", _to("ops.mean(", "ops.sum(")),
    Kind("mean for sum (loss)", r"(reduction=)\"(mean|sum)\"",
         lambda found: f'{found[1]}"{"sum" if found[2] == "mean" else "mean"}"'),
    Kind("unbiased variance", r"(correction=|unbiased=)(0|False)",
         lambda found: f"{found[1]}{'1' if found[2] == '0' else 'True'}"),
    Kind("unbiased variance (norm)", r"(lerp_\(var) \* \(\(values - 1\) / values\)",
         lambda found: found[1]),
    Kind("maximum for average (torch)", r"(MaxPool|AvgPool)(?=\dd)", _to("MaxPool", "AvgPool")),
    Kind("maximum for average (keras)", r"(MaxPooling|AveragePooling)(?=\dD)",
         _to("MaxPooling", "AveragePooling")),
    Kind("the padding counted", r"(count_include_pad=)(False)", _never),
    Kind("values swapped", r"(\[|cat\(\(|cat\(\[)(\w+), (\w+)(\])", _swapped),
    Kind("a difference for a sum", r"(\w) \+ (?=\w+  #)", lambda found: f"{found[1]} - "),
    Kind("another axis", r"(dim=|axis=)(-1|1)\b",
         lambda found: f"{found[1]}{'1' if found[2] == '-1' else '-1'}"),
    Kind("another order of axes", r"(permute\(0, )(\d), (\d)(,|\))", _swapped),
    Kind("another order of axes (keras)", r"(Permute\(\()(\d), (\d)(,|\))", _swapped),
    Kind("a step of two for one", r"(stride=|strides=)(\d)\b",
         lambda found: f"{found[1]}{1 if found[2] != '1' else 2}"),
    Kind("no detour for the gradient", r"( \+ )(\w+)(?=  #)",
         lambda found: f"{found[1]}{found[2]}.detach()"),
    Kind("always in eval mode", r"\bmodel\.train\(\)", lambda found: "model.eval()", 0.2),
    Kind("never in eval mode", r"\bmodel\.eval\(\)", lambda found: "model.train()", 0.2),
    Kind("gradients that are kept", r"\boptimizer\.zero_grad\(\)", lambda found: "pass", 0.1),
    Kind("another seed", r"(seed: int = flag\()(\d+)",
         lambda found: f"{found[1]}{int(found[2]) + 1}", 0.1),
    Kind("the last batch left out", r"(range\(0, )(\w+)(, \w+\))",
         lambda found: f"{found[1]}{found[2]} - 1{found[3]}", 0.1),
    Kind("normal for uniform", r"rng\.uniform\(-(\w+), \1",
         lambda found: f"rng.normal(0, {found[1]}", 0.1),
    Kind("fan out for fan in", r"\breturn (inputs|fan_in) \* window, (outputs|fan_out) \* window",
         lambda found: f"return {found[2]} * window, {found[1]} * window", 0.2),
    Kind("another number", r"(?<=[(,=] )(-?)(\d+\.\d+)\b|(?<=[(=])(-?)(\d+\.\d+)\b",
         lambda found: f"{(float(found[2] or found[4]) or 0.1) * 1.05:g}"),
    Kind("another rate of dropout", r"((?:Dropout\w*|DropPath|GaussianNoise)\()" + _NUMBER,
         _scaled(0.9)),
    Kind("another share of smoothing", r"(label_smoothing=)" + _NUMBER, _scaled(0.9)),
    Kind("a nearest cell for a line", r"\"(bilinear|nearest)\"",
         lambda found: f'"{"nearest" if found[1] == "bilinear" else "bilinear"}"'),
    Kind("another weight of an output", r"(\* )(\d+\.\d+)\b", _scaled(1.1)),
    Kind("another penalty", r"(\b(?:l1|l2)=)" + _NUMBER, _scaled(1.5)),
)  # fmt: skip


def planted(random: Random, scripts: dict[str, str], heads: dict[str, int]) -> Iterator[Planted]:
    """Bugs in a random order, each of another kind. heads: up to where a script is the spec's
    own; what comes behind it is the same in all scripts, and much of it is not run."""
    found = []
    for kind in KINDS:
        for backend, text in scripts.items():
            places = list(re.finditer(kind.pattern, text))
            near = [place for place in places if place.start() < heads[backend]] or places
            if near:
                found.append((kind, backend, random.choice(near)))
    # Keras traces a script anew for each edit, which takes three times as long as PyTorch's run.
    often = {"torch": 1.0, "keras": 0.3}
    found.sort(key=lambda each: random.random() ** (1 / (each[0].often * often[each[1]])),
               reverse=True)  # fmt: skip
    tried = set()
    for kind, backend, place in found:
        if kind.name in tried:
            continue
        tried.add(kind.name)
        text, new = scripts[backend], kind.change(place)
        script = text[: place.start()] + new + text[place.end() :]
        if _another_program(text, script):
            line = script[: place.start()].count("\n")
            yield Planted(kind.name, backend, text.splitlines()[line].strip(),
                          script.splitlines()[line].strip(), script)  # fmt: skip


def _another_program(old: str, new: str) -> bool:
    try:
        return ast.dump(ast.parse(old)) != ast.dump(ast.parse(new))
    except SyntaxError:
        return False
