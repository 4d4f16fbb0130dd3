"""Blocks of other files."""

from __future__ import annotations

from pathlib import Path

import pytest
from specs_in_text import codes, compiled, model, spec

from specc.compile import compile_file

BLOCK = "block Stem(n) { Conv2D(n, 3x3) -> ReLU }\n"
USE = model("Stem(4)")

CASES: list[tuple[str, dict[str, str], list[str]]] = [
    ('import "b.cnn"\n' + USE, {"b.cnn": BLOCK}, []),
    ('import "sub/b.cnn"\n' + USE, {"sub/b.cnn": BLOCK}, []),
    ('import "./b.cnn"\n' + USE, {"b.cnn": BLOCK}, []),
    ('import "sub/../b.cnn"\n' + USE, {"b.cnn": BLOCK}, []),
    ('import "b.cnn"\nimport "b.cnn"\n' + USE, {"b.cnn": BLOCK}, []),
    # a file of blocks may import others, relative to its own folder
    (
        'import "sub/a.cnn"\n' + model("Body"),
        {"sub/a.cnn": 'import "b.cnn"\nblock Body { Stem(4) }\n', "sub/b.cnn": BLOCK},
        [],
    ),
    # blocks of a file that an imported file imports do not come along
    (
        'import "c.cnn"\n' + USE,
        {"c.cnn": 'import "b.cnn"\nblock Body { Stem(4) }\n', "b.cnn": BLOCK},
        ["E0201"],
    ),
    # the file's own block goes before an imported one
    ('import "b.cnn"\nblock Stem(n) { ReLU -> Conv2D(n, 1x1) }\n' + USE, {"b.cnn": BLOCK}, []),
    ('import "b.cnn"\nimport "c.cnn"\n' + USE, {"b.cnn": BLOCK, "c.cnn": BLOCK}, ["E0209"]),
    ('import "b.cnn"\n' + USE, {}, ["E0521", "E0201"]),
    ('import "a.cnn"\n' + model("ReLU"), {"a.cnn": ""}, ["E0522"]),
    ('import "b.cnn"\n' + USE, {"b.cnn": 'import "a.cnn"\n' + BLOCK}, ["E0522"]),
    (
        'import "b.cnn"\n' + USE,
        {"b.cnn": 'import "c.cnn"\n' + BLOCK, "c.cnn": 'import "b.cnn"\n'},
        ["E0522"],
    ),
    ('import "../b.cnn"\n' + model("ReLU"), {}, ["E0523"]),
    ('import "sub/../../b.cnn"\n' + model("ReLU"), {}, ["E0523"]),
    ('import "/etc/passwd"\n' + model("ReLU"), {}, ["E0523"]),
    ('import "C:\\b.cnn"\n' + model("ReLU"), {}, ["E0523"]),
    ('import "sub\\b.cnn"\n' + model("ReLU"), {}, ["E0523"]),
    ('import ""\n' + model("ReLU"), {}, ["E0523"]),
    ('import "b.cnn"\n' + USE, {"b.cnn": "block Stem(n) { Foo(n) }\n"}, ["E0201"]),
    # models of an imported file are not its blocks
    ('import "b.cnn"\n' + USE, {"b.cnn": BLOCK + model("ReLU")}, []),
]


@pytest.mark.parametrize(("text", "files", "expected"), CASES)
def test_imports(text: str, files: dict[str, str], expected: list[str]) -> None:
    assert sorted(codes(text, files)) == sorted(expected)


def test_an_error_in_an_imported_file_is_shown_there() -> None:
    (found,) = compiled('import "b.cnn"\n' + USE, {"b.cnn": "block Stem(n) { Foo }\n"}).diagnostics
    assert found.source.path == "b.cnn"
    assert [related.source.path for related in found.related] == ["a.cnn"]


def test_an_imported_block_sees_its_own_file() -> None:
    files = {"b.cnn": "block Stem(n) { Inner(n) }\nblock Inner(n) { Conv2D(n, 1x1) }\n"}
    text = 'import "b.cnn"\nblock Inner(n) { Dense(n) }\n' + model("Stem(4) -> Flatten -> Inner(2)")
    names = [node.name for node in spec(text, files).model.nodes]
    assert names == ["stem.inner.conv", "flatten", "inner.dense"]


def test_a_long_row_of_imports_ends() -> None:
    files = {f"{n}.cnn": f'import "{n + 1}.cnn"\n' for n in range(3000)}
    assert codes('import "0.cnn"\n' + model("ReLU"), files) == ["E0330"]


def test_files_are_read_beside_the_spec(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/a.cnn").write_text('import "b.cnn"\n' + USE)
    (tmp_path / "spec/b.cnn").write_text(BLOCK)
    assert compile_file(tmp_path / "spec/a.cnn").diagnostics == []


def test_a_link_out_of_the_folder_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "b.cnn").write_text(BLOCK)
    (tmp_path / "spec/a.cnn").write_text('import "b.cnn"\n' + USE)
    (tmp_path / "spec/b.cnn").symlink_to(tmp_path / "b.cnn")
    found = compile_file(tmp_path / "spec/a.cnn").diagnostics
    assert [diagnostic.code for diagnostic in found] == ["E0521", "E0201"]
