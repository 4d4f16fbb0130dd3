"""How a script is put together from a template and parts, and how it is written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from specc.codegen.python.expressions import raw
from specc.codegen.python.scan import globals_read
from specc.codegen.script.parts import Library
from specc.codegen.script.pieces import Assembly, Flag, Piece, assigned, lines
from specc.codegen.script.render import Template, import_block
from specc.codegen.script.write import Kept, sealed, untouched, write_script

PARTS = {
    "a.py": '''
import math
from .b import BASE, twice

# Why it is 2.
TWO = 2

def wide(x: Size) -> float:
    """Uses words such as narrow, which is no use of it."""
    twice_ = twice(x)
    return math.sqrt(twice_) * TWO

def narrow(wide: int) -> int:
    return wide

@memo
def cached() -> int: return 1

Size = int
''',
    "b.py": """
import numpy as np
from functools import cache as memo
BASE = np.float32(1)
def twice(x): return 2 * x
""",
}
OWN = {
    "c.py": """
from ..some_parts.b import twice
def framework(): return twice(1)
def narrow(wide): return "own"
"""
}


COMMON, BOTH = ("some_code.some_parts",), ("some_code.own_parts", "some_code.some_parts")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package, parts in (("", {}), ("some_parts", PARTS), ("own_parts", OWN)):
        home = tmp_path / "some_code" / package
        home.mkdir()
        (home / "__init__.py").touch()
        for name, text in parts.items():
            (home / name).write_text(text)
    backend = tmp_path / "backend_of" / "torch"
    (backend / "templates").mkdir(parents=True)
    for folder in (backend, backend.parent):
        (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("x = a + b", {"a", "b"}),
        ("def f(a): return a + b", {"b"}),
        ("def f():\n    c = 1\n    return [c for c in d]", {"d"}),
        ("def f(a: T, *b: U, c: V = d) -> W: ...", {"T", "U", "V", "W", "d"}),
        ("class C(Base):\n    x: T = y\n    def m(self): return z", {"Base", "T", "y", "z"}),
        ('def f():\n    """a b c"""\n    x.a.b', {"x"}),
        ("def f():\n    y: T = 1\n    return lambda q: q + r", {"T", "r"}),
    ],
)
def test_what_source_reads(source: str, read: set[str]) -> None:
    assert globals_read(source, ast.parse(source)) - {"x", "f", "C"} == read - {"x", "f", "C"}


@pytest.mark.usefixtures("packages")
def test_a_part_comes_with_what_it_uses_and_nothing_else() -> None:
    library = Library(COMMON)
    assert [part.name for part in library.pick(["wide"])] == ["twice", "TWO", "wide", "Size"]
    assert [part.name for part in library.pick(["narrow", "unknown"])] == ["narrow"]
    assert library.pick(["TWO"])[0].source == "# Why it is 2.\nTWO = 2"
    assert library.pick(["cached"])[0].source.startswith("@memo\ndef cached")


@pytest.mark.usefixtures("packages")
def test_a_backend_has_parts_of_its_own() -> None:
    assert Library(COMMON).pick(["framework"]) == []
    library = Library(BOTH)
    assert [part.name for part in library.pick(["framework"])] == ["twice", "framework"]
    (part,) = library.pick(["narrow"])  # in the place of the one with its name further behind
    assert part.source.endswith('return "own"')


def test_two_parts_of_a_package_have_two_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "twofold"
    home.mkdir()
    for name in ("__init__", "a", "b"):
        (home / f"{name}.py").write_text("" if name == "__init__" else "def one(): ...")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match="one stands in two parts"):
        Library(("twofold",))


def test_imports_are_in_the_order_of_isort() -> None:
    imports = [
        ("numpy as np", ""), ("PIL", "Image"), ("matplotlib.figure", "Figure"), ("os", ""),
        ("torch", "nn"), ("torch", "Tensor"), ("torch.optim", "SGD"), ("torch.optim", "Adam"),
        ("torch.optim", "lr"), ("collections.abc", "Iterator"), ("torch", ""), ("os", ""),
    ]  # fmt: skip
    assert import_block(imports).splitlines() == [
        "import os",
        "from collections.abc import Iterator",
        "",
        "import numpy as np",
        "import torch",
        "from matplotlib.figure import Figure",
        "from PIL import Image",
        "from torch import Tensor, nn",
        "from torch.optim import SGD, Adam, lr",
    ]


def test_long_imports_are_wrapped() -> None:
    text = import_block([("some_module", f"{'name' * 5}{number}") for number in range(5)])
    assert text.startswith("from some_module import (\n    namename") and text.endswith(",\n)\n")


TEMPLATE = '''"""{{ title }}"""

# How wide it is.
SIZE = wide(3)


def main() -> None:
    print(SIZE)


if __name__ == "__main__":
    main()
'''


def template(tmp_path: Path, text: str = TEMPLATE) -> Template:
    (tmp_path / "backend_of" / "torch" / "templates" / "script.py.j2").write_text(text)
    # Templates are kept by package: each test needs one of its own.
    name = f"backend_{tmp_path.name}"
    (tmp_path / "backend_of").rename(tmp_path / name)
    return Template(package=f"{name}.torch", parts=COMMON, imports="")


@pytest.mark.usefixtures("packages")
def test_a_script_is_whole(tmp_path: Path) -> None:
    script = template(tmp_path).render({"title": "T"})
    assert script.startswith(
        '"""T"""\n\nfrom __future__ import annotations\n\nimport math\n\n\ndef twice'
    )
    # What a statement needs to run stands before it, and before what is said of it.
    assert script.index("def wide") < script.index("# How wide it is.\nSIZE = wide(3)")
    assert script.endswith('\n\n\nif __name__ == "__main__":\n    main()\n')
    values: dict[str, object] = {"__name__": "script"}
    exec(script, values)
    assert values["SIZE"] == pytest.approx(2 * 6**0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEMPLATE.replace("wide(3)", "wid(3)"), r"names that nothing defines: \['wid'\]"),
        (
            TEMPLATE.replace("def main", "def twice(): ...\n\n\ndef main"),
            r"binds again what it has already: \['twice'\]",
        ),
    ],
)
@pytest.mark.usefixtures("packages")
def test_a_template_that_does_not_hold_together(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        template(tmp_path, text).render({"title": "T"})


SLOTS = """def main() -> None:
    # slot: first
    for x in y:
        # begin: step
        do(x)

        # slot: inner
        # end: step
    done()
"""


def test_pieces_fill_slots_and_wrap_regions() -> None:
    first = Piece(slots={"first": [lines("a = 1")], "inner": [assigned("b", raw("a"))]})
    second = Piece(slots={"first": [lines("if a:", "    stop()")]}, wraps={"step": "with outer():"})
    third = Piece(wraps={"step": "with inner():"})
    assert (
        Assembly((first, second, third)).fill(SLOTS)
        == """def main() -> None:
    a = 1
    if a:
        stop()
    for x in y:
        with outer():
            with inner():
                do(x)

                b = a
    done()
"""
    )
    bare = "".join(line for line in SLOTS.splitlines(keepends=True) if "#" not in line)
    assert Assembly(()).fill(SLOTS) == bare


@pytest.mark.parametrize(
    ("piece", "message"),
    [
        (Piece(slots={"last": [lines("a = 1")]}), r"no slots \['last'\] in the template"),
        (Piece(wraps={"last": "with a:"}), r"no regions \['last'\] in the template"),
    ],
)
def test_what_a_piece_says_is_never_lost(piece: Piece, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        Assembly((piece,)).fill(SLOTS)


def test_flags_of_all_pieces_make_the_config() -> None:
    rate = Piece(flags=(Flag("rate", "float", 0.1, "size", {"above": 0}),), fixed=("rate",))
    seed = Piece(flags=(Flag("seed", "int", 3, "of all"),), fixed=("seed",))
    text = "class Config:\n    # slot: flags\ndef fixed(config):\n    # slot: fixed\n"
    assert (
        Assembly((Assembly((rate, seed)).flags(),)).fill(text)
        == """class Config:
    rate: float = flag(0.1, "size", above=0)
    seed: int = flag(3, "of all")
def fixed(config):
    return {"rate": config.rate, "seed": config.seed}
"""
    )


def test_a_flag_belongs_to_one_piece() -> None:
    rate, decay = (Flag(name, "float", 0.1, "size") for name in ("rate", "decay"))
    pieces = (Piece(flags=(rate,)), Piece(flags=(decay,)), Piece(flags=(rate,)))
    with pytest.raises(AssertionError, match=r"two pieces bring the flags \['rate'\]"):
        Assembly(pieces).flags()


# Writing


def test_a_script_is_replaced_only_when_nobody_changed_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "train_torch.py"
    assert write_script(path, "a = 1\n") is True
    assert path.read_text() == sealed("a = 1\n") and untouched(path.read_text())
    assert write_script(path, "a = 1\n") is False
    assert write_script(path, "a = 2\n") is True
    path.write_text(path.read_text().replace("a = 2", "a = 3"))
    with pytest.raises(Kept, match="was changed since specc wrote it"):
        write_script(path, "a = 4\n")
    assert "a = 3" in path.read_text()
    assert write_script(path, "a = 4\n", force=True) is True
    assert [p.name for p in path.parent.iterdir()] == ["train_torch.py"]


@pytest.mark.parametrize("content", [b"print('mine')\n", b"\xff\xfe", b""])
def test_files_of_others_are_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    with pytest.raises(Kept, match="was not written by specc"):
        write_script(path, "a = 1\n")
    assert path.read_bytes() == content


def test_windows_line_ends_are_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(sealed("a = 1\nb = 2\n").replace("\n", "\r\n").encode())
    assert write_script(path, "a = 2\n") is True
