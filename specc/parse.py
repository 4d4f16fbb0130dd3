"""`parse`: from a source text to its syntax tree and what is wrong with it."""

from __future__ import annotations

from specc import syntax
from specc.diagnostics.model import Diagnostic, error
from specc.parsing.lalr import Stack
from specc.parsing.tokens import tokenize
from specc.source import Source, Span


def parse(source: Source) -> tuple[syntax.File | None, list[Diagnostic]]:
    """The tree of the text as far as it can be read, and the syntax errors in their order.

    The tree is None only if a limit was passed; it is whole if there are no errors.
    """
    tokens = tokenize(source.text)
    stack = Stack(source.text, tokens)
    for index, token in enumerate(tokens):
        if not stack.feed(index, token):
            found = source.text[token.start : token.end].split("\n")[0]
            return None, [error("E0100", f"`{found}` cannot stand here", source, token.span)]
    tree = stack.values[-1]
    return syntax.File(Span(0, len(source.text)), tree.items), []
