"""Small specs for the tests of the front end, and short ways to compile them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specc.compile import Result, compile_text
from specc.diagnostics.model import Diagnostic, error
from specc.ir import Model, Spec
from specc.source import Source, Span

DATA = """data {
  source = digits
  split  = 80% train, 10% validation, 10% test
}
"""
TRAIN = """train {
  loss      = categorical_crossentropy
  optimizer = adam
  batch     = 32
  epochs    = 5
}
"""
SECTIONS = DATA + TRAIN


def model(lines: str, shape: str = "8x8x1") -> str:
    """A model of these lines."""
    return f"model m {{\n  input {shape}\n  {lines}\n}}\n"


DIGITS = model("Flatten -> Dense(10, softmax)") + SECTIONS


def compiled(text: str, files: Mapping[str, str] | None = None, **options: Any) -> Result:
    """The result, with every place of every diagnostic checked; `files` can be imported."""

    def load(name: str) -> Source | Diagnostic:
        if files is None or name not in files:
            return error("E0150", f"there is no file `{name}`", Source(name, ""), Span(0, 0))
        return Source(name, files[name])

    result = compile_text(Source("a.cnn", text), name="a.cnn", load=load, **options)
    for diagnostic in result.diagnostics:
        places = [(diagnostic.source, diagnostic.span)]
        places += [(related.source, related.span) for related in diagnostic.related]
        places += [
            (diagnostic.source, edit.span)
            for edit in (diagnostic.fix.edits if diagnostic.fix else ())
        ]
        for source, span in places:
            assert 0 <= span.start <= span.end <= len(source.text), diagnostic
        text = diagnostic.message.removesuffix("...")  # of a long name
        assert text and not text.endswith(".")
    errors = any(diagnostic.severity == "error" for diagnostic in result.diagnostics)
    assert result.spec is None or not errors
    return result


def codes(text: str, files: Mapping[str, str] | None = None, **options: Any) -> list[str]:
    return [found.code for found in compiled(text, files, **options).diagnostics]


def spec(text: str, files: Mapping[str, str] | None = None, **options: Any) -> Spec:
    """The IR of a spec that must have no diagnostics at all."""
    result = compiled(text, files, **options)
    assert result.diagnostics == []
    assert result.spec is not None
    return result.spec


def graph(text: str, **options: Any) -> Model:
    return spec(text, **options).model


def shapes(text: str) -> dict[str, tuple[int, ...]]:
    """The nodes by name, in order, each with its shape."""
    return {node.name: node.shape for node in graph(text).nodes}
