"""What is made from other files and committed: `python tests/regenerate.py` makes it anew.

The scripts in generated/ from specs/, docs/layers.md from the language's classes, docs/errors.md
from the pages of the codes, and in README.md and docs/ the output of commands and parts of files.
Of docs/coverage.md only what is not measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import coverage_page
import coverage_terms
from harness.backends import BACKENDS
from pages import PAGES, ROOT, refreshed

from specc.building import build_file
from specc.codegen.backend import get_backend
from specc.codegen.script.form import LEAN, NOTEBOOK, WHOLE
from specc.codegen.script.write import sealed
from specc.diagnostics import codes
from specc.library.shipped import LibraryBlock, shipped_blocks
from specc.reference import TITLES, Elsewhere, Entry, entries
from specc.reference_text import BLOCKS, default_of, examples_of

# By name: a backend of a third party that is installed here has no part in it.


def specs() -> list[Path]:
    return sorted((ROOT / "specs").glob("*.cnn"))


def scripts(spec: Path) -> dict[Path, str]:
    """The scripts of a spec by their paths in generated/: whole, lean, the lecture's notebooks."""
    chosen = [get_backend(name) for name in BACKENDS]
    forms = [WHOLE, LEAN, *([NOTEBOOK] if spec.stem == "lecture" else ())]
    found: dict[str, str] = {}
    for form in forms:
        built = build_file(spec, chosen, form=form)
        assert built.scripts, [diagnostic.message for diagnostic in built.diagnostics]
        found |= {name: sealed(text) for name, text in built.files.items()}
    return {ROOT / "generated" / spec.stem / name: text for name, text in found.items()}


def layers_page() -> str:
    """docs/layers.md."""
    backends = [get_backend(name) for name in BACKENDS]
    remarked = [backend for backend in backends if backend.remark]
    parts = [
        "# The names of the language",
        "Made from the classes by `make generated`; `specc layers NAME` shows the same. Arguments"
        " stand in the order of their positions. Shapes are without the batch, channels last"
        + "".join(f"; in the code of {each.title} {each.remark}" for each in remarked)
        + "."
        " [coverage.md](coverage.md) says how exactly both frameworks agree on each layer.",
    ]
    for category, title in TITLES.items():
        parts.append(f"## {title}")
        parts += [_entry(entry) for entry in entries(category, backends)]
    parts += [f"## {BLOCKS}", *map(_block, shipped_blocks().values())]
    return "\n\n".join(parts) + "\n"


def _entry(entry: Entry) -> str:
    parts = [f"### {entry.name}", f"```text\n{entry.signature}\n```", entry.text]
    if entry.arguments:
        rows = [
            f"| `{a.name}` | {_cell(a.meaning)} | {_cell(a.expected)} | {default_of(a)} |"
            for a in entry.arguments
        ]
        parts.append(
            "\n".join(["| argument | meaning | takes | |", "| --- | --- | --- | --- |", *rows])
        )
    if entry.examples:
        found = examples_of(entry).items()
        rows = [f"| `{_cell(text)}` | {about} |" for text, about in found]
        head = "shapes" if entry.category == "layer" else "shows"
        parts.append("\n".join([f"| example | {head} |", "| --- | --- |", *rows]))
    if entry.backends:
        parts.append("\n".join(line for each in entry.backends for line in _elsewhere(each)))
    if entry.other_names:
        parts.append("Other names: " + ", ".join(f"`{name}`" for name in entry.other_names))
    return "\n\n".join(part for part in parts if part)


def _block(block: LibraryBlock) -> str:
    code = f"```cnn\n{block.needs}\n\n{block.code}\n```"
    return "\n\n".join([f"### {block.name}", f"```text\n{block.signature}\n```", block.text, code])


def _elsewhere(found: Elsewhere) -> Iterator[str]:
    """The lines of a list: what a backend calls, its code for an example, what it refuses."""
    names = ", ".join(f"`{name}`" for name in found.names)
    if found.example:
        text, code = found.example
        yield f"- {found.title}: {names}{'; ' * bool(names)}`{text}` is `{code}`"
    yield from (f"  - the script holds `{name}`: {what}" for name, what in found.own.items())
    yield from (f"  - it refuses `{text}`: {why}" for text, why in found.refused.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def errors_page() -> str:
    """docs/errors.md."""
    parts = [
        "# Errors and warnings",
        "Made from each code's page by `make generated`; `specc explain CODE` shows the same.",
    ]
    for code in codes.all_codes():
        page = codes.explain(code)
        assert page
        parts += [f"## {code}: {page.title}", page.text]
        for title, spec in (("This gives it:", page.bad), ("This does not:", page.good)):
            if spec is not None:
                parts.append(f"{title}\n\n```text\n{spec.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def pages() -> dict[Path, str]:
    return {
        ROOT / "docs" / "layers.md": layers_page(),
        ROOT / "docs" / "errors.md": errors_page(),
    }


def write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))


def main() -> None:
    write(pages())
    for spec in specs():
        write(scripts(spec))
    write({page: refreshed(page) for page in PAGES})
    coverage = coverage_page.read(coverage_page.PAGE.read_text(encoding="utf-8"))
    # Its figures are measured by `make coverage`; names and refusals are not.
    measured = coverage.rows.keys() >= coverage_page.layers().keys()
    if measured and coverage.terms.keys() >= coverage_terms.cases().keys():
        write({coverage_page.PAGE: coverage_page.page(coverage)})


if __name__ == "__main__":
    main()
