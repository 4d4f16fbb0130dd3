"""What the rules share."""

from __future__ import annotations

from dataclasses import dataclass

from specc.parsing.place import Place, Repair
from specc.parsing.tokens import CLOSING, END

NUMBERS = frozenset({"INT", "FLOAT", "PERCENT", "SIZE"})
LITERALS = NUMBERS | {"STRING", "TRUE", "FALSE"}
# What a value may begin with.
VALUES = LITERALS | {"NAME", "INPUT", "LPAR", "LSQB", "NOT"}
# What a value may end with.
VALUE_ENDS = LITERALS | {"NAME", "INPUT", "RPAR", "RSQB"}
OPERATORS = frozenset({"OR", "AND", "NOT", "CMP_SIGN", "SUM_SIGN", "PRODUCT_SIGN", "_RANGE"})
BODY_WORDS = frozenset({"LET", "PARAM", "INPUT", "OUTPUT", "LAYER", "BRANCH", "REPEAT", "IF"})
ITEM_WORDS = frozenset({"MODEL", "BLOCK", "IMPORT", "CNN"})
KEYWORDS = BODY_WORDS | ITEM_WORDS | {"IN", "ELSE", "UNTIL", "AND", "OR", "NOT", "TRUE", "FALSE"}
ENDS = frozenset({"_NL", END, *CLOSING})


@dataclass(frozen=True)
class Verdict:
    """The error has been reported; repair is None where the statement is given up."""

    repair: Repair | None = None


def found(place: Place) -> str:
    """The token where reading stopped, in words."""
    kind = place.kind
    if kind == "_NL":
        return "the end of the line"
    if kind == END:
        return "the end of the file"
    return f"`{place.text_at(0)}`"
