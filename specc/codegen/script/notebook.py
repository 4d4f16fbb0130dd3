"""A lean script as the cells of a notebook: the same code, and the curve drawn inline."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from specc.codegen.python.scan import first_line

_CURVE = """\
import matplotlib.pyplot as plt

names = [name for name in history if not name.startswith("val_")]
figure, panels = plt.subplots(1, len(names), figsize=(4.5 * len(names), 3.4), squeeze=False)
epochs = range(1, EPOCHS + 1)
for axes, name in zip(panels[0], names, strict=True):
    for key, label in ((name, "training"), (f"val_{name}", "validation")):
        if key in history:
            axes.plot(epochs, history[key], marker=".", label=label)
    axes.set(title=name, xlabel="epoch")
    axes.legend()
plt.show()"""
_RUN = "history = train_model()"


def notebook(script: str) -> str:
    """The JSON of an .ipynb file: cells of classes and functions, then the run and its curve."""
    tree = ast.parse(script)
    cells = [_markdown(ast.get_docstring(tree) or "")]
    cells += [_code(text) for text in _chunks(script, tree)]
    cells += [_code(_RUN), _code(_CURVE)]
    whole = {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "specc": "",
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _chunks(script: str, tree: ast.Module) -> Iterator[str]:
    """The code of each cell: what stands between two definitions keeps together."""
    lines, begun = script.splitlines(), (tree.body[0].end_lineno or 0) + 1
    joined = 0
    for statement in tree.body[1:]:
        if isinstance(statement, ast.If):  # what runs it as a program
            yield from _text(lines[begun - 1 : first_line(statement) - 1])
            return
        own = isinstance(statement, ast.FunctionDef | ast.ClassDef)
        first = _with_comments(lines, first_line(statement))
        if own and first > begun:
            yield from _text(lines[begun - 1 : first - 1])
            begun = first
        joined = statement.end_lineno or joined
        if own:
            yield from _text(lines[begun - 1 : joined])
            begun = joined + 1


def _with_comments(lines: list[str], first: int) -> int:
    while lines[first - 2].startswith("#"):
        first -= 1
    return first


def _text(lines: list[str]) -> Iterator[str]:
    if text := "\n".join(lines).strip("\n"):
        yield text


def _markdown(text: str) -> dict[str, Any]:
    title, _, rest = text.partition("\n")
    return {"cell_type": "markdown", "metadata": {}, "source": _rows(f"# {title}\n{rest}")}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _rows(text),
    }


def _rows(text: str) -> list[str]:
    return text.splitlines(keepends=True)
