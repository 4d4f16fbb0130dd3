"""`parse`: from a source text to its syntax tree and what is wrong with it."""

from __future__ import annotations

from specc import syntax
from specc.diagnostics.model import Diagnostic
from specc.parsing import lexical, limits, numbers
from specc.parsing.lalr import Stack
from specc.parsing.report import SyntaxReport
from specc.parsing.tokens import tokenize
from specc.source import Source, Span


def parse(source: Source) -> tuple[syntax.File | None, list[Diagnostic]]:
    """The tree of the text as far as it can be read, and the syntax errors in their order.

    The tree is whole if there are no errors. It is None if the text is nested too deep.
    """
    report = SyntaxReport(source)
    written = tokenize(source.text)
    if limits.too_deep(report, written):
        return None, report.diagnostics
    tokens = lexical.mend(report, written)
    if tokens is not written and limits.too_deep(report, tokens):
        return None, report.diagnostics
    tokens = numbers.size_words(report, tokens)
    stack = Stack(source.text, tokens)
    if all(stack.feed(index, token) for index, token in enumerate(tokens)):
        tree = stack.values[-1]
    else:
        from specc.parsing.recovery import recover  # most files need none of it
        from specc.syntax_errors import explain

        tree = recover(report, tokens, explain)
    whole = Span(0, len(source.text))
    _check_version(report, tree)
    report.diagnostics.sort(key=lambda d: (d.span.start, d.span.end))
    return syntax.File(whole, tree.items), report.diagnostics


def _check_version(report: SyntaxReport, tree: syntax.File) -> None:
    for item in tree.items[1:]:
        if isinstance(item, syntax.Version):
            report.add(
                "E0130",
                "the version of the language stands at the beginning of the file",
                item.span,
                help="move this line to the top",
            )
