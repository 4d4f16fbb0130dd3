"""What to say where the grammar cannot go on, and how to read on behind it.

Each rule looks at one situation: the token, the one before it, the open bracket and what the
grammar would take here. The first rule that knows the situation speaks; it gives the repair with
which to go on, or None to give up the statement.
"""

from __future__ import annotations

from collections.abc import Callable

from specc.parsing.place import Place, Repair
from specc.parsing.rules import chains, names, values
from specc.parsing.rules.common import Verdict

_RULES: tuple[Callable[[Place], Verdict | None], ...] = (
    names.python,
    names.import_path,
    names.version,
    values.foreign_equals,
    values.condition,
    names.wrong_place,
    names.keyword,
    names.missing_name,
    values.missing_value,
    values.missing_equals,
    values.bare_arguments,
    chains.arrow,
    chains.comma,
    values.unlet_number,
    values.percent_operator,
    values.chained_comparison,
    values.dotted_name,
    chains.empty_call,
    chains.missing_comma,
    chains.two_statements,
    chains.stray_else,
    chains.anything,
)


def explain(place: Place) -> Repair | None:
    """Report the error at this place."""
    for rule in _RULES:
        if verdict := rule(place):
            return verdict.repair
    return None
