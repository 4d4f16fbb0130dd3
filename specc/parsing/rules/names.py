"""Rules about words: keywords, names, what stands where, and Python."""

from __future__ import annotations

from specc.parsing.place import Place, Repair
from specc.parsing.rules.common import (
    BODY_WORDS,
    ENDS,
    ITEM_WORDS,
    KEYWORDS,
    LITERALS,
    Verdict,
)
from specc.parsing.tokens import END
from specc.source import Span

_PYTHON = {
    "def": "a reusable part is `block Name(filters) { ... }`",
    "class": "a network is `model name { ... }`, a reusable part `block Name { ... }`",
    "from": 'layers need no import; blocks of another file come with `import "blocks.cnn"`',
    "for": "write `repeat i in 1..3 { ... }`",
    "while": "write `repeat 3 { ... }`",
    "elif": "write `else if`",
    "return": "the last line of a model or block is its output",
    "with": None,
    "print": "`specc summary` shows the layers and their shapes",
    "pass": "an empty `branch { }` does nothing",
    "try": None,
    "async": None,
    "lambda": None,
}
_MODULES = frozenset({"torch", "keras", "tensorflow", "numpy", "torchvision", "tf", "np", "nn"})


def python(place: Place) -> Verdict | None:
    """`def`, `class`, `from x import y`, `import torch`, ..."""
    token = place.tokens[place.first]
    word = place.report.text(token.span)
    if token.kind == "NAME" and word in _PYTHON and _reads_as_python(place, word):
        help = _PYTHON[word]
    elif token.kind == "IMPORT" and place.kind == "NAME" and place.text_at(0) in _MODULES:
        help = "layers need no import; delete this line"
        span = Span(token.start, place.token.end)
        place.report.add("E0117", "a spec is not Python: no module is imported", span, help=help)
        return Verdict()
    else:
        return None
    place.report.add("E0117", f"a spec is not Python: it has no `{word}`", token.span, help=help)
    return Verdict()


def _reads_as_python(place: Place, word: str) -> bool:
    """Not where the word is a name that someone gave: `print = Conv2D(3)`."""
    two_words = place.index > place.first + 1 and place.tokens[place.first + 1].kind == "NAME"
    return two_words or word == "print" or place.kind not in {"EQUAL", "_ARROW", "LPAR"}


def import_path(place: Place) -> Verdict | None:
    """`import blocks.cnn`."""
    if place.kind_at(-1) != "IMPORT" or place.where != "item":
        return None
    end = place.index
    while place.kind not in ENDS and place.tokens[end].kind not in ENDS:
        if end > place.index and place.tokens[end].start > place.tokens[end - 1].end:
            break
        end += 1
    if end == place.index:
        place.report.add(
            "E0104",
            "`import` needs the name of a file",
            place.previous.span,
            help='write `import "blocks.cnn"`',
        )
        return Verdict()
    span = Span(place.token.start, place.tokens[end - 1].end)
    word = place.report.text(span)
    right = word if word.endswith(".cnn") else f"{word}.cnn"
    place.report.add(
        "E0129",
        "the file to import stands in quotes",
        span,
        help=f'write `import "{right}"`',
        fix=("quote it", span, f'"{right}"'),
    )
    return Verdict(Repair(("STRING",), drop=end - place.index))


def version(place: Place) -> Verdict | None:
    """`cnn v1`, `cnn 1.0`."""
    if place.kind_at(-1) != "CNN" or place.where != "item":
        return None
    span = place.token.span if place.kind in LITERALS | {"NAME"} else place.previous.span
    place.report.add(
        "E0130", "the version of the language is a whole number", span, help="write `cnn 1`"
    )
    return Verdict(Repair(("INT",), drop=1)) if place.kind in LITERALS | {"NAME"} else Verdict()


def wrong_place(place: Place) -> Verdict | None:
    """A layer or setting outside of everything, a model in a model, `let` in a section."""
    kind, where = place.kind, place.where
    if where == "item":
        return _outside(place)
    if place.index != place.first:
        return None
    word = place.text_at(0)
    if kind in ITEM_WORDS:
        what = "a model or block" if where == "statement" else "a section"
        place.report.add(
            "E0119",
            f"`{word}` cannot stand inside {what}",
            place.token.span,
            help="move it out, to the beginning of a line of its own",
        )
        return Verdict()
    if where == "entry" and kind in BODY_WORDS and place.kind_at(1) != "EQUAL":
        place.report.add(
            "E0119",
            f"`{word}` belongs into a model or block",
            place.token.span,
            help="a section holds settings, such as `epochs = 25`",
        )
        return Verdict()
    return None


_LAYER_SIGNS = frozenset({"LPAR", "_NL", "_ARROW", END, "RBRACE"})


def _outside(place: Place) -> Verdict | None:
    token = place.tokens[place.first]
    word = place.report.text(token.span)
    if place.index == place.first:
        if place.kind in BODY_WORDS:
            help = "put it between the `{` and `}` of a model or block"
        elif place.kind in LITERALS | {"LPAR", "LSQB"}:
            help = "a file holds models, blocks, `data { ... }` and `train { ... }`"
        else:
            return None
        place.report.add("E0119", f"`{word}` stands outside of a model", token.span, help=help)
        return Verdict()
    if token.kind != "NAME" or place.index - place.first != 1:
        return None
    if place.kind == "EQUAL":
        help = "put it into `data { ... }` or `train { ... }`"
        if place.text_at(1)[:1].isupper():
            help = "put it between the `{` and `}` of a model or block"
        message = f"`{word}` is set outside of a section or model"
    elif place.kind in _LAYER_SIGNS and word[:1].isupper():
        message = f"the layer `{word}` stands outside of a model"
        help = "put it between the `{` and `}` of a model or block"
    elif place.kind in _LAYER_SIGNS:
        message = f"`{word}` stands outside of everything"
        help = "a file holds models, blocks, `data { ... }` and `train { ... }`"
    else:
        return None
    place.report.add("E0119", message, token.span, help=help)
    return Verdict()


def keyword(place: Place) -> Verdict | None:
    """`let branch = 3`, `Conv2D(8, repeat=2)`."""
    if place.kind not in KEYWORDS or not place.accepts("NAME"):
        return None
    if place.kind_at(-1) in {"_NL", "LBRACE"} and place.kind_at(1) != "EQUAL":
        return None
    word = place.text_at(0)
    if place.kind in {"AND", "OR", "IN", "UNTIL", "ELSE"} and place.kind_at(-1) not in {
        "LET",
        "PARAM",
        "MODEL",
        "BLOCK",
        "LAYER",
        "OUTPUT",
        "LPAR",
        "_COMMA",
        "DOT",
        "_NL",
    }:
        return None
    place.report.add(
        "E0116",
        f"`{word}` is a word of the language and cannot be a name",
        place.token.span,
        help=f"choose another name, such as `{word}1`",
    )
    return Verdict(Repair(("NAME",), drop=1))


_NAMED = {
    "MODEL": "model lecture { ... }",
    "BLOCK": "block ConvBN(filters) { ... }",
    "LET": "let width = 64",
    "PARAM": "param width = 64",
    "LAYER": "layer tower = Tower(64)",
    "OUTPUT": "output box = Dense(4)",
}


_BRACES = {
    "item": "model lecture { ... }",
    "statement": "branch { ... }",
    "entry": "stage head { ... }",
}


def missing_name(place: Place) -> Verdict | None:
    """`model {`, `let = 3`, `model "lecture" {`, and braces without a word before them."""
    before = place.kind_at(-1)
    if before in _NAMED and place.accepts("NAME"):
        return _no_name(place, before)
    if place.kind == "LBRACE" and place.index == place.first:
        example = _BRACES[place.where]
        place.report.add(
            "E0121",
            "nothing says what these braces are",
            place.token.span,
            help=f"write, for example, `{example}`",
        )
        return Verdict()
    return None


def _no_name(place: Place, before: str) -> Verdict:
    word, example = place.text_at(-1), _NAMED[before]
    if place.kind == "STRING":
        name = place.text_at(0).strip('"')
        place.report.add(
            "E0121",
            "a name is written without quotes",
            place.token.span,
            help=f"write `{word} {name}`" if name.isidentifier() else f"for example `{example}`",
            fix=("delete the quotes", place.token.span, name) if name.isidentifier() else None,
        )
        return Verdict(Repair(("NAME",), drop=1))
    if place.kind in LITERALS:
        place.report.add(
            "E0121",
            f"`{place.text_at(0)}` is not a name",
            place.token.span,
            help=f"for example `{example}`",
        )
        return Verdict(Repair(("NAME",), drop=1))
    place.report.add(
        "E0121",
        f"`{word}` needs a name",
        place.previous.span,
        "no name follows this",
        help=f"for example `{example}`",
    )
    return Verdict(Repair(("NAME",)))
