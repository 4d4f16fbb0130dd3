"""Make tables.py from cnn.lark: `python grammar/build.py`.

Lark computes the LALR(1) table here, once; at run time `specc.parsing` walks the table, so that a
command starts without importing lark or reading the grammar. The walk has its own recovery after
errors, and makes the nodes of 10,000 layers in about a quarter of the time in which lark's
stand-alone module makes its tree (0.8 s and 2.9 s, in one process).
"""

from __future__ import annotations

import pprint
from pathlib import Path
from typing import Any

import lark
from lark.parsers.lalr_analysis import Shift

HERE = Path(__file__).parent
COMMAND = "python grammar/build.py"


def tables() -> str:
    """The text of tables.py."""
    parser: Any = lark.Lark((HERE / "cnn.lark").read_text("utf-8"), parser="lalr")
    table = parser.parser.parser._parse_table  # lark has no public access to its table
    numbers = {table.start_states["start"]: 0}
    rules: dict[Any, int] = {}
    actions: list[dict[str, int]] = []
    # Numbers are given in the order of a walk from the start: lark's own differ from run to run.
    for state in (queue := list(numbers)):
        row = {}
        for symbol, (action, argument) in sorted(table.states[state].items()):
            if action is not Shift:
                row[symbol] = ~rules.setdefault(argument, len(rules))
                continue
            if argument not in numbers:
                numbers[argument] = len(numbers)
                queue.append(argument)
            row[symbol] = numbers[argument]
        actions.append(row)
    constants = {
        "PATTERN": _pattern(parser),
        "IGNORED": tuple(parser.ignore_tokens),
        "END": numbers[table.end_states["start"]],
        "RULES": tuple(_rule(rule) for rule in rules),
        "ACTIONS": tuple(actions),
    }
    lines = [f'"""Made from cnn.lark by `{COMMAND}`; do not edit."""', ""]
    for name, value in constants.items():
        lines.append(f"{name} = {pprint.pformat(value, width=180, compact=True)}")
    return "\n".join(lines) + "\n"


def _pattern(parser: Any) -> str:
    """One regular expression, a group for each terminal, in the order in which lark tries them."""
    order = sorted(
        parser.terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    return "|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in order)


def _rule(rule: Any) -> tuple[str, str, str]:
    """(left side, name of the builder, what happens to each symbol on the right side).

    `.` a symbol is dropped, `k` its value is kept, `l` its values are a list to be continued.
    An empty builder hands the only value on.
    """
    marks = ""
    for symbol in rule.expansion:
        if symbol.is_term:
            marks += "." if symbol.filter_out else "k"
        else:
            marks += "l" if symbol.name.startswith("__") else "k"
    origin = str(rule.origin.name)
    name = str(rule.alias or origin)
    if rule.options.expand1 and not rule.alias and marks.replace(".", "") == "k":
        name = ""
    return origin, name, marks


if __name__ == "__main__":
    (HERE / "tables.py").write_text(tables(), "utf-8")
