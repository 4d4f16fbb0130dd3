"""The reference as text for a terminal."""

from __future__ import annotations

from itertools import groupby
from textwrap import fill, indent

from specc.diagnostics.codes import Code
from specc.library.shipped import LibraryBlock, shipped_blocks
from specc.reference import TITLES, Argument, Elsewhere, Entry, entries

WIDTH = 100
BLOCKS = "Blocks of the library"


def listing() -> str:
    """All names with a line each, layers by family."""
    parts = []
    for category, title in TITLES.items():
        found = entries(category)
        if not found:
            continue
        width = max(len(entry.name) for entry in found)
        lines = [title]
        for family, group in groupby(found, key=lambda entry: entry.family):
            if category == "layer":
                lines.append(f"  {family}")
            margin = "    " if category == "layer" else "  "
            start, rest = len(margin), len(margin) + width + 2
            lines += [_wrap(f"{e.name:<{width}}  {e.headline}", start, rest) for e in group]
        parts.append("\n".join(lines))
    width = max(map(len, shipped_blocks()))
    lines = [
        _wrap(f"{name:<{width}}  {block.text}", 2, width + 4)
        for name, block in shipped_blocks().items()
    ]
    parts.append("\n".join([BLOCKS, *lines]))
    return "\n\n".join([*parts, "`specc layers NAME` shows one with its arguments and examples."])


def page(entry: Entry) -> str:
    """One name: what it does, its arguments, examples, and what backends make of it."""
    parts = [f"{_wrap(entry.signature, 0, 4)}\n{indent(entry.text, '  ')}"]
    if entry.arguments:
        parts.append("arguments\n" + "\n".join(map(_argument, entry.arguments)))
    if entry.examples:
        found = examples_of(entry)
        width = max(map(len, found))
        lines = [_wrap(f"{text:<{width}}  {about}", 2, width + 4) for text, about in found.items()]
        parts.append("examples\n" + "\n".join(lines))
    parts += map(_elsewhere, entry.backends)
    if entry.other_names:
        parts.append(_wrap(f"other names: {', '.join(entry.other_names)}", 0, 2))
    return "\n\n".join(parts)


def block_page(block: LibraryBlock) -> str:
    """A block of the library: what it does, how it comes in, and all of it."""
    return "\n\n".join(
        [
            f"{block.signature}\n{_wrap(block.text, 2, 2)}",
            f"a block of the library\n  {block.needs}",
            f"it reads\n{indent(block.code, '  ')}",
        ]
    )


def examples_of(entry: Entry) -> dict[str, str]:
    """Each example with all that it shows; of a layer `4x4x2, 4x4x2 -> 4x4x2; 5, 5 -> 5`."""
    found: dict[str, list[str]] = {}
    for each in entry.examples:
        found.setdefault(each.text, []).append(each.about)
    return {text: "; ".join(about) for text, about in found.items()}


def _elsewhere(found: Elsewhere) -> str:
    lines = [f"in {found.title}{', where ' * bool(found.remark)}{found.remark}"]
    if found.example is None:
        lines.append("  there is no such layer")
    else:
        if found.names:
            lines.append(_wrap(f"calls {', '.join(found.names)}", 2, 6))
        lines += [
            _wrap(f"the script holds {name}: {what}", 2, 6) for name, what in found.own.items()
        ]
        text, code = found.example
        lines.append(_wrap(f"{text} is {code}", 2, 6))
    lines += [_wrap(f"refuses {text}: {why}", 2, 6) for text, why in found.refused.items()]
    return "\n".join(lines)


def default_of(argument: Argument) -> str:
    if argument.required:
        return "required"
    return "may be left out" if argument.default is None else f"default {argument.default}"


def _argument(argument: Argument) -> str:
    meaning = f"{argument.name}: {argument.meaning} ({default_of(argument)})"
    lines = [_wrap(meaning, 2, 6), _wrap(f"takes {argument.expected}", 6, 6)]
    if argument.elsewhere:
        lines.append(_wrap(f"elsewhere called {', '.join(argument.elsewhere)}", 6, 6))
    return "\n".join(lines)


def _wrap(text: str, first: int, rest: int) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def code_page(code: Code) -> str:
    """The explanation of a code with its pair of specs."""
    parts = [f"{code.code}: {code.title}", code.text]
    for title, spec in (("this gives it:", code.bad), ("and this does not:", code.good)):
        if spec is not None:
            parts.append(f"{title}\n\n{indent(spec.rstrip(), '    ')}")
    return "\n\n".join(parts)
