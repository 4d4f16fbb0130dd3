"""`specc parity`: do the scripts of several backends mean the same?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from specc.cli.options import Colors, ModelName, Settings, Spec, settings
from specc.cli.report import Color, Format, colored, show
from specc.cli.shared import print_json, stop


class Form(StrEnum):
    text = "text"
    json = "json"
    html = "html"


def parity(
    spec: Spec,
    backends: Annotated[
        str | None,
        typer.Option(
            "--backends", metavar="NAMES", help="keras,torch: the first is what others must equal."
        ),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(
            "--level",
            min=0,
            max=8,
            help="How far up to go, L0 to L8; without it L5, and L6 where it is cheap.",
        ),
    ] = None,
    format: Annotated[
        Form, typer.Option("--format", help="For the terminal, for programs, or a page with plots.")
    ] = Form.text,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write the report there.")
    ] = None,
    script: Annotated[
        list[str] | None,
        typer.Option(
            "--script",
            metavar="BACKEND=FILE",
            help="A script to compare in the place of a fresh one.",
            show_default=False,
        ),
    ] = None,
    lean: Annotated[
        bool, typer.Option("--lean", help="Compare the scripts of `specc build --lean`.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="PATH", help="Where the data lies, if not where SPEC says."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="A seed in the place of the spec's.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=1,
            help="A script that gives no sign of life for so long has failed.",
        ),
    ] = 300,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Say where tolerances come from, and what was compared."
        ),
    ] = False,
    model: ModelName = None,
    set_: Settings = None,
    color: Colors = Color.auto,
) -> None:
    """Prove that the scripts of all backends mean the same, or show where they part."""
    from specc.building import how_to_install, missing_modules
    from specc.codegen.backend import backend_names
    from specc.codegen.script.form import LEAN, WHOLE
    from specc.parity import ProbeFailed, SpecErrors, run

    if missing := missing_modules("import numpy, safetensors"):
        stop(how_to_install("data", missing), 1)
    names = _names(backends, backend_names())
    given = _scripts(script, names)
    try:
        with _progress() as tell:
            report = run(
                spec, backends=names, level=level, scripts=given, model=model,
                settings=settings(set_), data=data, seed=seed, timeout=timeout,
                form=LEAN if lean else WHOLE, tell=tell,
            )  # fmt: skip
    except SpecErrors as error:
        show(error.diagnostics, Format.text, color)
        raise typer.Exit(1) from None
    except ProbeFailed as error:
        stop(str(error), 1)
    text = ""
    if format == Form.json and out is None:
        print_json(report.as_json())
    elif format == Form.json:
        import json

        text = json.dumps(report.as_json(), indent=2)
    elif format == Form.html:
        from specc.parity.page import render as render_page

        text = render_page(report)
    else:
        from specc.parity.text import render

        here = out is None
        width = shutil.get_terminal_size().columns if here and sys.stdout.isatty() else None
        colors = here and colored(color, sys.stdout)
        text = render(report, colors, verbose=verbose, width=width)
    if out is not None:
        _write(out, text + "\n")
        typer.echo(f"wrote {out}")
    elif text:
        typer.echo(text)
    if not report.passed:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line that says what happens now, on a terminal only; gone at the end."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return

    def tell(text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{f'{text} ...'[:width]}")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _names(wanted: str | None, known: list[str]) -> list[str]:
    names = known if wanted is None else [name.strip() for name in wanted.split(",")]
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"there is no backend `{name}`; there are: {', '.join(known)}",
                param_hint="'--backends'",
            )
    if len(set(names)) < 2:
        raise typer.BadParameter("two backends are compared at least", param_hint="'--backends'")
    return list(dict.fromkeys(names))


def _scripts(pairs: list[str] | None, names: list[str]) -> dict[str, Path]:
    found = {}
    for pair in pairs or ():
        name, sign, file = pair.partition("=")
        path = Path(file)
        if not sign or name not in names:
            reason = f"`{pair}` is not BACKEND=FILE with one of {', '.join(names)}"
            raise typer.BadParameter(reason, param_hint="'--script'")
        if not path.is_file():
            raise typer.BadParameter(f"there is no file `{file}`", param_hint="'--script'")
        found[name] = path
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as reason:
        stop(f"{path} cannot be written: {reason.strerror}", 2)
