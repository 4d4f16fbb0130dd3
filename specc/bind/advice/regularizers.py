"""Advice where `l1` and `l2` stand at a wrong place, or under the names of Keras and PyTorch."""

from __future__ import annotations

from typing import Any

from specc.bind.ground.signature import Signature
from specc.diagnostics.model import Edit, Fix
from specc.registry import find
from specc.source import Source, Span
from specc.spelling import spell
from specc.syntax import Arg, Call, Float, Ident, Int, Value

_PENALTIES = ("l1", "l2")
_KERNELS = ("kernel", "depthwise", "pointwise", "recurrent")
_REGULARIZERS = frozenset(f"{kernel}_regularizer" for kernel in _KERNELS)
_SECOND_KERNELS = ("recurrent_initializer", "pointwise_initializer")
_OTHERS = {
    "bias_regularizer": "biases",
    "embeddings_regularizer": "tables of vectors",
    "gamma_regularizer": "the scales of a norm",
    "beta_regularizer": "the offsets of a norm",
    "alpha_regularizer": "slopes",
}
_DECAY = "weight_decay"
_EXAMPLE = "`l2=1e-4`, of which Keras's `regularizers.L2(1e-4)` is the same, or `l1=`"


def advice(
    signature: Signature, source: Source, name: Ident, value: Value
) -> tuple[str, Fix | None] | None:
    """Help and perhaps a fix for an argument that a call does not have."""
    wanted = name.text
    takes = signature.get("l2") is not None
    if wanted == _DECAY:
        return weight_decay(value), None
    if wanted in _OTHERS:
        return f"leave it out: {_OTHERS[wanted]} add nothing to the loss", None
    if wanted in _REGULARIZERS and takes:
        return _regularizer(signature, source, name, value)
    if wanted in _REGULARIZERS or wanted in _PENALTIES:
        return _no_kernel(signature, wanted, _written(source, value)), None
    return None


def unlikely(field: str, value: Any) -> bool:
    """Whether a number without a name is hardly meant for a field."""
    return field in _PENALTIES and isinstance(value, int | float) and value >= 1


def weight_decay(value: Value) -> str:
    """PyTorch's word; in Keras and in AdamW it is another formula."""
    number = value.value if isinstance(value, Int | Float) else None
    half = (
        "`l2` with half the number"
        if number is None
        else f"`l2 = {spell(number / 2)}`, half of it,"
    )
    return (
        f"for that of PyTorch's SGD and Adam write {half} in `train {{ ... }}`: "
        "the gradient of l2 * sum(w * w) is 2 * l2 * w, of kernels alone"
    )


def _no_kernel(signature: Signature, wanted: str, value: str) -> str:
    if find("optimizer", signature.name) is not None:
        return f"it is a setting of `train {{ ... }}`: `{wanted} = {value}`"
    if find("layer", signature.name) is not None:
        return "it is about kernels, and this layer has none: leave it out"
    return "it is an argument of layers with a kernel, or a setting of `train { ... }`"


def _regularizer(
    signature: Signature, source: Source, name: Ident, value: Value
) -> tuple[str, Fix | None]:
    """`kernel_regularizer=regularizers.L2(1e-4)` is `l2=1e-4`."""
    given = _given(value)
    if given is None:
        return f"write {_EXAMPLE}", None
    text = ", ".join(f"{kind}={_written(source, number)}" for kind, number in given)
    if any(signature.get(other) for other in _SECOND_KERNELS):
        return f"write `{text}`, which is about both kernels of `{signature.name}`", None
    fix = Fix(f"replace by `{text}`", (Edit(name.span.to(value.span), text),))
    return f"write `{text}`", fix


def _given(value: Value) -> list[tuple[str, Value]] | None:
    """The numbers of a regularizer of Keras, by their names here."""
    if not isinstance(value, Call) or not value.args:
        return None
    kind = value.path[-1].text.lower().replace("_", "")
    names = {"l1": ("l1",), "l2": ("l2",), "l1l2": _PENALTIES}.get(kind, ())
    found = [
        (_name(argument, names, place), argument.value) for place, argument in enumerate(value.args)
    ]
    known = [(name, number) for name, number in found if name in names]
    return known if len(known) == len(found) else None


def _name(argument: Arg, names: tuple[str, ...], place: int) -> str:
    if argument.name is not None:
        return argument.name.text
    return names[place] if place < len(names) else ""


def _written(source: Source, value: Value) -> str:
    span: Span = value.span
    return source.text[span.start : span.end]
