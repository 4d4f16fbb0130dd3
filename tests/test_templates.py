"""Templates hold no terms: what a term puts into a script comes from its lowering."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from specc import registry
from specc.codegen.backend import backend_names, get_backend
from specc.codegen.python.expressions import raw
from specc.codegen.script.parts import SHARED
from specc.codegen.script.pieces import Assembly, Piece, assigned, lines
from specc.terms import snake

FOLDERS = [SHARED, *(get_backend(name).lowerings.package for name in backend_names())]
TEMPLATES = {
    f"{folder}/{path.name}": path.read_text(encoding="utf-8")
    for folder in FOLDERS
    for path in Path(str(files(folder) / "templates")).iterdir()
}
COMMON = {"add", "constant", "normal", "uniform", "folder", "ones", "zeros", "reshape", "permute"}
"""Words of the language that mean something else in a script too."""


def words() -> set[str]:
    """Every name of a term, as specs and as Python write it."""
    found = set()
    for category in registry.CATEGORIES:
        for cls in registry.every(category):
            found |= {cls.__name__, snake(cls.__name__), cls.word(), *cls.foreign}
    return found - COMMON


@pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_names_no_term(text: str) -> None:
    assert not set(re.findall(r"[A-Za-z_]\w*", text)) & words()


def test_words_are_found() -> None:
    assert {"Conv2D", "adam", "Adam", "mse", "MSELoss", "top_k", "csv"} <= words()


def filled(text: str, *pieces: Piece) -> str:
    return Assembly(pieces).fill(text)


def test_slots_are_filled_at_their_indentation_in_the_order_of_pieces() -> None:
    text = "for batch in stream:\n    # slot: update\n    # slot: nothing\n"
    first = Piece(slots={"update": [assigned("x", raw("1"))]})
    second = Piece(slots={"update": [lines("if x:", "    y = 2")]})
    wanted = "for batch in stream:\n    x = 1\n    if x:\n        y = 2\n"
    assert filled(text, first, second) == wanted


def test_a_region_stands_below_what_wraps_it_outer_ones_first() -> None:
    text = "# begin: step\nstep()\n\n# slot: after\n# end: step\n"
    outer = Piece(wraps={"step": "if ready:"}, slots={"after": [lines("more()")]})
    inner = Piece(wraps={"step": "with cast():"})
    wanted = "if ready:\n    with cast():\n        step()\n\n        more()\n"
    assert filled(text, outer, inner) == wanted
    assert filled(text) == "step()\n\n"


@pytest.mark.parametrize("piece", [Piece(slots={"gone": []}), Piece(wraps={"gone": "if x:"})])
def test_nothing_that_a_piece_says_is_lost(piece: Piece) -> None:
    with pytest.raises(AssertionError, match="gone"):
        filled("# slot: here\n", piece)
