"""How a script is put together from a template and parts, and how it is written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from specc.codegen.python.scan import globals_read
from specc.codegen.script.parts import Library
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
    "torch_a.py": "def framework(): return torch",
    "keras_a.py": "def framework(): return keras",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    home = tmp_path / "some_parts"
    home.mkdir()
    (home / "__init__.py").touch()
    for name, text in PARTS.items():
        (home / name).write_text(text)
    backend = tmp_path / "backend_of" / "torch"
    (backend / "templates").mkdir(parents=True)
    for folder in (backend, backend.parent):
        (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return "some_parts"


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


def test_a_part_comes_with_what_it_uses_and_nothing_else(package: str) -> None:
    library = Library(package, "torch_")
    assert [part.name for part in library.pick(["wide"])] == ["twice", "TWO", "wide", "Size"]
    assert [part.name for part in library.pick(["narrow", "unknown"])] == ["narrow"]
    assert library.pick(["TWO"])[0].source == "# Why it is 2.\nTWO = 2"
    assert library.pick(["cached"])[0].source.startswith("@memo\ndef cached")


def test_a_backend_has_parts_of_its_own(package: str) -> None:
    for backend in ("torch", "keras"):
        (part,) = Library(package, f"{backend}_").pick(["framework"])
        assert part.source == f"def framework(): return {backend}"


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

SIZE = wide(3)


def main() -> None:
    print(SIZE)


if __name__ == "__main__":
    main()
'''


def template(tmp_path: Path, package: str, text: str = TEMPLATE) -> Template:
    (tmp_path / "backend_of" / "torch" / "templates" / "script.py.j2").write_text(text)
    # Templates are kept by package: each test needs one of its own.
    name = f"backend_{tmp_path.name}"
    (tmp_path / "backend_of").rename(tmp_path / name)
    return Template(package=f"{name}.torch", parts=package, imports="", early=("wide",))


def test_a_script_is_whole(tmp_path: Path, package: str) -> None:
    script = template(tmp_path, package).render({"title": "T"})
    assert script.startswith(
        '"""T"""\n\nfrom __future__ import annotations\n\nimport math\n\n\ndef twice'
    )
    assert script.index("def wide") < script.index("SIZE = wide(3)")
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
            r"hides parts: \['twice'\]",
        ),
    ],
)
def test_a_template_that_does_not_hold_together(
    tmp_path: Path, package: str, text: str, message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        template(tmp_path, package, text).render({"title": "T"})


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
