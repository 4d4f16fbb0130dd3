"""The command line: every command, its exit codes and where its output goes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from copy import copy
from pathlib import Path

import jsonschema
import pytest
from typer.main import get_group
from typer.testing import CliRunner, Result

import specc
from specc.cli import main
from specc.cli.main import app
from specc.codegen.backend import backend_names
from specc.schema import schema

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.cnn"))
LECTURE = ROOT / "specs" / "lecture.cnn"
DIGITS = ROOT / "specs" / "digits.cnn"
WRONG = """\
model wrong {
  input 8x8x1
  Conv2D(4, 9x9)
  Flaten
}
"""
WARNED = """\
model warned {
  let unused = 3
  input 8x8x1
  Flatten
}
"""


def call(*words: str | Path, env: dict[str, str] | None = None) -> Result:
    """A command in this process; it ends by itself, without a traceback."""
    result = CliRunner().invoke(app, list(map(str, words)), env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def python(code: str) -> str:
    """What a new process prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands start in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def wrong(folder: Path) -> Path:
    (folder / "wrong.cnn").write_text(WRONG)
    return Path("wrong.cnn")


# ---- check


def test_check_finds_nothing_in_the_specs() -> None:
    result = call("check", *SPECS)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{len(SPECS)} files, no errors\n"
    assert result.stderr == ""


def test_check_shows_errors_of_several_files(wrong: Path, folder: Path) -> None:
    (folder / "warned.cnn").write_text(WARNED)
    result = call("check", wrong, "warned.cnn", LECTURE, "absent.cnn")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "wrong.cnn:3:13: error[E0303]: kernel is larger than the 8x8 input" in result.stderr
    assert "wrong.cnn:4:3: error[E0201]" in result.stderr
    assert "absent.cnn:1:1: error[E0150]" in result.stderr
    assert "warned.cnn:2:7: warning[W" in result.stderr
    assert result.stderr.endswith("3 errors, 1 warning\n")


def test_warnings_alone_are_no_failure(folder: Path) -> None:
    (folder / "warned.cnn").write_text(WARNED)
    result = call("check", "warned.cnn")
    assert result.exit_code == 0
    assert result.stderr.endswith("1 warning\n")


def test_check_works_where_the_data_are_not(folder: Path) -> None:
    (folder / "lecture.cnn").write_text(LECTURE.read_text())
    assert call("check", "lecture.cnn").exit_code == 0
    result = call("check", "lecture.cnn", "--data")
    assert result.exit_code == 1
    assert "error[E0450]: there is no folder photos" in result.stderr


def test_check_looks_at_the_data() -> None:
    result = call("check", "--data", DIGITS)
    assert result.exit_code == 0, result.stderr
    assert "1437 train, 180 validation, 180 test; classes: 0, 1, 2" in result.stdout


# ---- formats and colour


@pytest.mark.parametrize("format", ["json", "sarif", "github"])
def test_machines_read_stdout(wrong: Path, format: str) -> None:
    result = call("check", wrong, "--format", format)
    assert result.exit_code == 1
    assert result.stderr == ""
    if format == "json":
        found = json.loads(result.stdout)["diagnostics"]
        assert [one["code"] for one in found] == ["E0303", "E0201"]
    elif format == "sarif":
        assert json.loads(result.stdout)["version"] == "2.1.0"
    else:
        assert result.stdout.startswith("::error file=wrong.cnn,line=3,col=13")


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_machines_get_a_document_without_errors_too(format: str) -> None:
    result = call("check", LECTURE, "--format", format)
    assert result.exit_code == 0
    json.loads(result.stdout)


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {}, False),
    ],
)
def test_colour(wrong: Path, flags: tuple[str, ...], env: dict[str, str], expected: bool) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "specc", "check", str(wrong), *flags],
        capture_output=True,
        text=True,
        env=os.environ | env,
    )
    assert ("\x1b[" in result.stderr) is expected


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("no_color", "expected"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_asks_for_none(
    wrong: Path, no_color: str, expected: bool
) -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"NO_COLOR": no_color, "TERM": "xterm"}
    subprocess.run(
        [sys.executable, "-m", "specc", "check", str(wrong)], stderr=theirs, env=environment
    )
    os.close(theirs)
    text = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "E0303" in text
    assert ("\x1b[" in text) is expected


# ---- build


def test_build_writes_a_script_for_each_backend(folder: Path) -> None:
    result = call("build", LECTURE)
    assert result.exit_code == 0, result.stderr
    written = [Path("generated/lecture") / f"train_{name}.py" for name in backend_names()]
    assert result.stdout == "".join(f"wrote {path}\n" for path in written)
    for path in written:
        compile(path.read_text(), str(path), "exec")


def test_build_writes_where_it_is_told(folder: Path) -> None:
    assert call("build", LECTURE, "--backend", "torch", "-o", "a/b").exit_code == 0
    assert [path.name for path in (folder / "a" / "b").iterdir()] == ["train_torch.py"]


def test_build_is_the_same_twice_and_for_every_hash_seed(folder: Path) -> None:
    texts = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "specc", "build", str(LECTURE), "-o", seed],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        texts.append([path.read_bytes() for path in sorted((folder / seed).iterdir())])
    assert texts[0] == texts[1]


def test_build_writes_nothing_when_there_are_errors(wrong: Path, folder: Path) -> None:
    result = call("build", wrong, "-o", "out")
    assert result.exit_code == 1
    assert "error[E0303]" in result.stderr
    assert not (folder / "out").exists()


def test_build_keeps_files_of_others(folder: Path) -> None:
    """The file of the second backend: nothing of the first one is written either."""
    out = folder / "out"
    out.mkdir()
    (out / "train_torch.py").write_text("print('mine')\n")
    result = call("build", LECTURE, "-o", "out")
    assert result.exit_code == 2
    assert "train_torch.py was not written by specc" in result.stderr
    assert "--force" in result.stderr
    assert [path.name for path in out.iterdir()] == ["train_torch.py"]
    assert call("build", LECTURE, "-o", "out", "--force").exit_code == 0
    assert "print('mine')" not in (out / "train_torch.py").read_text()


def test_build_says_where_it_cannot_write(folder: Path) -> None:
    (folder / "file").write_text("")
    result = call("build", LECTURE, "-o", "file/out")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_build_changes_params(folder: Path) -> None:
    fashion = ROOT / "specs" / "fashion.cnn"
    result = call("build", fashion, "--backend", "torch", "--set", "width=16", "-o", "out")
    assert result.exit_code == 0, result.stderr
    assert "nn.Conv2d(1, 16," in (folder / "out" / "train_torch.py").read_text()


def test_build_asks_which_model(folder: Path) -> None:
    text = DIGITS.read_text()
    model = text[text.index("model digits") : text.index("data {")]
    (folder / "two.cnn").write_text(text + model.replace("model digits", "model other"))
    result = call("build", "two.cnn", "-o", "out")
    assert result.exit_code == 1
    assert "--model" in result.stderr
    assert call("build", "two.cnn", "-o", "out", "--model", "other").exit_code == 0
    assert call("build", "two.cnn", "-o", "out", "--model", "third").exit_code == 1


# ---- wrong usage


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("build", LECTURE, "--backend", "jax"), "there are: keras, torch, all"),
        (("run", LECTURE, "--backend", "all"), "there are: keras, torch"),
        (("build", LECTURE, "--set", "width"), "`width` is not NAME=VALUE"),
        (("build", LECTURE, "--set", "a=1", "--set", "a=2"), "`a` is set twice"),
        (("layers", "Conv2d"), "did you mean `Conv2D`?"),
        (("layers", "nn.Linear"), "did you mean `Dense`?"),
        (("layers", "zzzzzz"), "`specc layers` lists all names"),
        (("explain", "E9999"), "there is no code `E9999`"),
        (("init", "/absent/model.cnn"), "cannot be written"),
        (("check",), "Missing argument"),
        (("check", LECTURE, "--format", "xml"), "xml"),
        (("frobnicate",), "No such command"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_wrong_usage(words: tuple[str, ...], message: str, folder: Path) -> None:
    result = call(*words)
    assert result.exit_code == 2
    # Long lines are folded at the width of the terminal.
    assert message in re.sub(r"\s+", " ", result.stderr), result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["check", "summary", "ir", "build"])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf16.cnn", "model".encode("utf-16")),
        ("nul.cnn", b"model m {\0}"),
        ("empty.cnn", b""),
        ("noise.cnn", bytes(range(256))),
        ("open.cnn", b"model m {\n input 8x8x1\n Conv2D(4, 3x3\n"),
        ("deep.cnn", b"model m {\n x = " + b"(" * 100_000),
    ],
)
def test_bad_files_are_errors_of_the_spec(
    command: str, name: str, data: bytes, folder: Path
) -> None:
    (folder / name).write_bytes(data)
    result = call(command, name)
    assert result.exit_code == 1
    assert f"{name}:" in result.stderr
    assert re.search(r"error\[E\d{4}\]", result.stderr)


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github"])
def test_names_that_cannot_be_shown(format: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "specc", "check", b"\xff\xc3\xa4.cnn", "--format", format],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"E0150" in done.stdout + done.stderr


def test_a_reader_that_goes_away(folder: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m specc layers --format json | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == '{\n  "entri'
    assert "Traceback" not in done.stderr


# ---- summary, ir, schema, layers, explain, init


def test_summary() -> None:
    text = call("summary", LECTURE)
    assert text.exit_code == 0
    assert "parameters  813,217" in text.stdout
    data = json.loads(call("summary", LECTURE, "--format", "json").stdout)
    assert data["parameters"] == 813_217


def test_the_ir_fits_the_schema() -> None:
    printed = json.loads(call("schema").stdout)
    assert printed == schema()
    validator = jsonschema.Draft202012Validator(printed)
    for spec in SPECS:
        validator.validate(json.loads(call("ir", spec).stdout))


def test_layers_lists_every_name() -> None:
    result = call("layers")
    assert result.exit_code == 0
    for name in ("Conv2D", "adam", "binary_crossentropy", "top_k", "folder", "he_normal"):
        assert re.search(rf"^ +{name} ", result.stdout, re.MULTILINE), name
    assert max(map(len, result.stdout.splitlines())) <= 100
    data = json.loads(call("layers", "--format", "json").stdout)
    assert {"Conv2D", "adam"} <= {entry["name"] for entry in data["entries"]}


def test_layers_shows_one() -> None:
    result = call("layers", "Conv2D")
    assert "  filters: number of output channels (required)" in result.stdout
    assert "Conv2D(4, 3x3, relu)" in result.stdout
    assert "nn.Conv2d" in result.stdout.split("in PyTorch")[1]
    (entry,) = json.loads(call("layers", "Conv2D", "--format", "json").stdout)["entries"]
    assert entry["arguments"][0]["required"] is True
    # A word may stand for two things.
    assert len(json.loads(call("layers", "mae", "--format", "json").stdout)["entries"]) == 2


def test_explain() -> None:
    listed = call("explain").stdout
    assert re.search(r"^E0150  .+$", listed, re.MULTILINE)
    page = call("explain", "e0303")
    assert page.exit_code == 0
    assert page.stdout.startswith("E0303: ")
    assert "this gives it:" in page.stdout


def test_init_writes_a_spec_that_builds(folder: Path) -> None:
    result = call("init")
    assert result.exit_code == 0
    text = (folder / "model.cnn").read_text()
    assert call("check", "model.cnn").stdout == "1 file, no errors\n"
    assert call("build", "model.cnn").exit_code == 0
    again = call("init")
    assert again.exit_code == 2
    assert "exists" in again.stderr
    assert (folder / "model.cnn").read_text() == text


def test_version() -> None:
    assert call("--version").stdout == f"specc {specc.__version__}\n"
    done = subprocess.run([sys.executable, "-m", "specc", "--version"], capture_output=True)
    assert done.stdout == f"specc {specc.__version__}\n".encode()


def test_completion() -> None:
    code = "import sys\nsys.argv[0] = 'specc'\nfrom specc.cli.main import main\nmain()"
    words = {"_SPECC_COMPLETE": "complete_bash", "COMP_WORDS": "specc ch", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | words, capture_output=True, text=True
    )
    assert done.stdout.split() == ["check"], done


def test_only_the_command_at_hand_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    every = sorted(get_group(app).commands)
    for first in (*every, "chek", "--help"):
        monkeypatch.setattr(main, "app", made := copy(app))
        main._keep([first])
        assert sorted(get_group(made).commands) == ([first] if first in every else every)


# ---- run


def test_run_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specc.building.find_spec", lambda name: None if name == "torch" else name)
    result = call("run", DIGITS, "--backend", "torch")
    assert result.exit_code == 1
    assert result.stderr == "error: this needs torch: pip install 'specc[torch]'\n"


SCRIPT = """\
import pathlib, sys, time
print(*sys.argv[1:], flush=True)
if "--wait" in sys.argv:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        time.sleep(0.3)
        sys.exit(7)
sys.exit(3)
"""
RUN = """
import sys
from specc.codegen.backend import Backend
from specc.backends.torch import TorchBackend
TorchBackend.script = lambda self, spec, form: {script!r}
from specc.cli.main import main
main()
"""


def started(*words: str | Path) -> list[str]:
    """The command `specc run` with a short script in place of the training."""
    code = RUN.format(script=SCRIPT)
    return [sys.executable, "-c", code, "run", *map(str, words), "--backend", "torch"]


def test_run_hands_over_flags_and_the_exit_code(folder: Path) -> None:
    done = subprocess.run(
        [*started(LECTURE), "--", "--epochs", "2"], capture_output=True, text=True
    )
    photos = ROOT / "specs" / "photos"
    out = Path("runs/lecture/torch")
    assert done.stdout == f"--data {photos} --out {out} --epochs 2\n", done.stderr
    assert done.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
def test_run_ends_with_its_script(folder: Path) -> None:
    process = subprocess.Popen(
        [*started(LECTURE), "--", "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert "--wait" in process.stdout.readline()
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 7
    assert "Traceback" not in err


# ---- what is imported


FRAMEWORKS = {"keras", "tensorflow", "torch", "numpy", "sklearn", "PIL", "matplotlib"}


def loaded(command: str) -> set[str]:
    """The modules, by their top names, of a process that ran a command."""
    code = (
        "import sys\nfrom specc.cli.main import app\n"
        f"app({command!r}.split(), standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    return set(python(code).splitlines()[-1].split())


def test_check_imports_little() -> None:
    modules = loaded(f"check {LECTURE}")
    assert not modules & FRAMEWORKS
    assert not modules & {"jinja2", "rich"}


def test_build_imports_no_framework(tmp_path: Path) -> None:
    assert not loaded(f"build {LECTURE} -o {tmp_path}") & FRAMEWORKS


def test_a_page_imports_no_framework() -> None:
    assert not loaded("layers BatchNorm") & {*FRAMEWORKS, "jinja2"}


def test_the_front_end_imports_three_libraries() -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\n"
        "from specc.compile import compile_text\nfrom specc.source import Source\n"
        f"text = open({str(LECTURE)!r}).read()\n"
        "assert compile_text(Source('a.cnn', text)).spec\n"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(names - sys.stdlib_module_names))"
    )
    allowed = {"specc", "lark", "jinja2", "markupsafe", "pydantic", "pydantic_core"}
    # What pydantic needs itself. Names with an underscore are those of an editable install.
    allowed |= {"annotated_types", "typing_extensions", "typing_inspection"}
    found = {name for name in python(code).split() if not name.startswith("_")}
    assert found <= allowed
