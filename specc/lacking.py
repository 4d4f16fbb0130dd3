"""What backends do not have of a spec, as errors at its lines."""

from __future__ import annotations

from collections.abc import Sequence

from specc.codegen.backend import Backend
from specc.compile import Result
from specc.diagnostics.model import Diagnostic, error
from specc.source import Span


def lacking(result: Result, backends: Sequence[Backend]) -> list[Diagnostic]:
    """What backends do not have at all of a compiled spec: part of the same, and sooner said."""
    if result.spec is None:
        return []
    return [
        refused(result, backend.title, reason, place, argument)
        for backend in backends
        for place, argument, reason in backend.lacks(result.spec)
    ]


def refused(
    result: Result, title: str, reason: str, name: str, argument: str = "", help: str | None = None
) -> Diagnostic:
    """At the argument at fault, or the term; of a block's use, at its first layer."""
    source, span = result.source, Span(0, 0)
    for place, origin in result.origins.items():
        if place == name or place.startswith(f"{name}."):
            source, span = origin.source, origin.arguments.get(argument, origin.span)
            break
    return error("E0601", f"refused by {title}: {reason}", source, span, help=help)
