"""Files that cannot be a spec."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specc.diagnostics import Diagnostic
from specc.diagnostics.render import render
from specc.files import MAX_BYTES, read_source
from specc.source import Source


def problem(path: Path) -> Diagnostic:
    found = read_source(path)
    assert isinstance(found, Diagnostic)
    return found


def test_a_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes("model größe {\r\n}".encode())
    assert read_source(path) == Source(str(path), "model größe {\r\n}")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(b"\xef\xbb\xbfmodel m { }")
    assert read_source(path) == Source(str(path), "model m { }")


@pytest.mark.parametrize(
    ("data", "code", "place", "part"),
    [
        (b"model m {\n  # caf\xe9\n}", "E0153", (2, 8), "0xe9 at offset 17, line 2"),
        ("model".encode("utf-16"), "E0153", (1, 1), "UTF-16"),
        (b"model m {\n\0}", "E0154", (2, 1), "NUL"),
        (b"", "E0155", (1, 1), "no model"),
        (b" \n# only this\n\t\r\n", "E0155", (1, 1), "no model"),
        (b"#" * (MAX_BYTES + 1), "E0156", (1, 1), "4 MiB"),
    ],
    ids=["latin 1", "UTF-16", "NUL", "empty", "only a comment", "too large"],
)
def test_what_a_file_may_not_hold(
    tmp_path: Path, data: bytes, code: str, place: tuple[int, int], part: str
) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(data)
    found = problem(path)
    assert (found.code, found.position) == (code, place)
    assert part in found.message


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.cnn"
    path.write_bytes(b"x" * MAX_BYTES)
    assert isinstance(read_source(path), Source)


def test_a_missing_file_names_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lecture.cnn").write_text("model m { }")
    found = problem(tmp_path / "lectur.cnn")
    assert found.code == "E0150"
    assert found.help is not None and "lecture.cnn" in found.help


@pytest.mark.parametrize("name", ["no/such/file.cnn", "a" * 5000, "nul\0byte"])
def test_paths_that_lead_nowhere(tmp_path: Path, name: str) -> None:
    assert problem(tmp_path / name).code in {"E0150", "E0152"}


def test_a_path_through_a_file_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text("model m { }")
    assert problem(tmp_path / "a.cnn" / "b.cnn").code == "E0150"


def test_a_directory_is_no_spec(tmp_path: Path) -> None:
    assert problem(tmp_path).code == "E0151"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cnn")
    assert problem(tmp_path / "pipe.cnn").code == "E0152"


def test_a_file_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.cnn"
    path.write_text("model m { }")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    found = problem(path)
    assert (found.code, found.message.endswith("permission denied")) == ("E0152", True)


def test_a_file_without_text_is_shown_without_lines(tmp_path: Path) -> None:
    shown = render([problem(tmp_path / "none.cnn")]).splitlines()
    assert shown[0].startswith(f"{tmp_path / 'none.cnn'}:1:1: error[E0150]: ")
    assert not any("|" in line for line in shown)
