"""Names that are made and never used, and layers that do not exist in what is not expanded."""

from __future__ import annotations

from contextlib import suppress

from specc.bind.ground.report import Failed, Report
from specc.bind.ground.scope import Scope
from specc.bind.ground.walk import walk
from specc.registry import find
from specc.source import Source
from specc.syntax import Block, BlockParam, Call, Chain, File, Let, Model, Named, Param, Shared

_KINDS: dict[type, tuple[str, str]] = {
    Let: ("W0201", "let"),
    Param: ("W0202", "param"),
    BlockParam: ("W0202", "parameter"),
    Shared: ("W0205", "layer"),
}


def report_unused(file: File, source: Source, report: Report) -> None:
    """Warn of what nothing mentions: `let`s, `param`s, block parameters, layers, blocks."""
    models_and_blocks = [item for item in file.items if isinstance(item, Model | Block)]
    used_blocks: set[str] = set()
    for item in models_and_blocks:
        nodes = list(walk(item))
        mentioned = {node.path[0].text for node in nodes if type(node) is Call}
        used_blocks |= mentioned
        for node in nodes:
            if type(node) in _KINDS and node.name.text not in mentioned:
                code, word = _KINDS[type(node)]
                report.warning(
                    code,
                    f"the {word} `{node.name.text}` is never used",
                    source,
                    node.name.span,
                    help="use it or take it out",
                )
    if not any(isinstance(item, Model) for item in models_and_blocks):
        return  # a file of blocks is there to be imported
    for item in models_and_blocks:
        if isinstance(item, Block) and item.name.text not in used_blocks:
            report.warning(
                "W0203",
                f"the block `{item.name.text}` is never used",
                source,
                item.name.span,
                help="use it or take it out",
            )


def report_unknown_layers(file: File, source: Source, scope: Scope, report: Report) -> None:
    """Every layer that the file names must exist, also where no model has come by."""
    known: set[str] = set()
    for item in file.items:
        if not isinstance(item, Model | Block):
            continue
        made: set[str] | None = None
        for chain in (node for node in walk(item) if isinstance(node, Chain)):
            for call in chain.calls:
                name = call.path[0].text
                if len(call.path) > 1 or not name[:1].isupper():
                    continue
                if name in known:
                    continue
                if scope.find(name) is not None or find("layer", name) is not None:
                    known.add(name)
                    continue
                if made is None:
                    named = (n for n in walk(item) if isinstance(n, Shared | Named))
                    made = {node.name.text for node in named}
                if name not in made:
                    from specc.bind.advice.unknown_terms import unknown_term

                    with suppress(Failed):
                        span = call.path[0].span
                        unknown_term(report, "layer", name, source, span, tuple(scope.visible()))
