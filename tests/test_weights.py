"""Files of weights: drawn, shown, compared, and refused with the name of what is wrong."""

from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner, Result

from specc.cli.main import app
from specc.compile import compile_file
from specc.weights import file, initial, table

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.cnn"))
DIGITS = ROOT / "specs" / "digits.cnn"
parts = import_module("specc.backends.parts.weights")
RunError = import_module("specc.backends.parts.errors").RunError


def call(*words: object, code: int = 0) -> Result:
    """A command of `specc weights` in this process; it ends by itself, without a traceback."""
    result = CliRunner().invoke(app, ["weights", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """The initial weights of digits.cnn."""
    path = tmp_path / "drawn.safetensors"
    call("init", DIGITS, "-o", path)
    return path


def changed(path: Path, **arrays: Any) -> Path:
    """A copy of a file with some tensors replaced, or left out where None."""
    tensors = load_file(path) | {name.replace("__", "."): array for name, array in arrays.items()}
    made = path.with_name("changed.safetensors")
    save_file({name: array for name, array in tensors.items() if array is not None}, made)
    return made


# ---- init


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_weight_is_drawn(spec: Path, tmp_path: Path) -> None:
    call("init", spec, "-o", tmp_path / "w.safetensors", "--seed", 3)
    found = file.read(tmp_path / "w.safetensors")
    model = compile_file(spec).spec
    assert model is not None
    shapes = file.shapes_of(model.model)
    assert {name: array.shape for name, array in found.arrays.items()} == shapes
    assert {array.dtype.name for array in found.arrays.values()} == {"float32"}
    assert found.metadata == {"format": "specc-1", "graph": file.graph_hash(model.model)}
    for name, array in found.arrays.items():
        if name.endswith(("running_var", "norm.weight")):
            assert (array == 1).all()
        elif array.ndim > 1:
            assert np.unique(array).size > array.size / 2


def test_the_seed_is_the_spec_s_own(drawn: Path, tmp_path: Path) -> None:
    for seed in (7, 8):  # digits.cnn has seed 7
        call("init", DIGITS, "-o", tmp_path / f"{seed}.safetensors", "--seed", seed)
    assert drawn.read_bytes() == (tmp_path / "7.safetensors").read_bytes()
    assert drawn.read_bytes() != (tmp_path / "8.safetensors").read_bytes()


def test_a_spec_without_training_needs_a_seed(tmp_path: Path) -> None:
    spec = tmp_path / "a.cnn"
    spec.write_text("model a {\n  input 3\n  Dense(2)\n}\n")
    out = tmp_path / "a.safetensors"
    assert "no `train` with a seed" in call("init", spec, "-o", out, code=2).stderr
    call("init", spec, "-o", out, "--seed", 0)
    assert list(load_file(out)) == ["dense.bias", "dense.weight"]


def test_weights_hang_on_their_names_and_the_graph_s_hash_on_the_graph(tmp_path: Path) -> None:
    text = "model a {\n  input 3\n  Dense(4) -> Dense(EXTRA)\n}\n"
    found = []
    for extra in ("2", "5"):
        (tmp_path / "a.cnn").write_text(text.replace("EXTRA", extra))
        call("init", tmp_path / "a.cnn", "-o", tmp_path / "a.safetensors", "--seed", 1, "--force")
        found.append(file.read(tmp_path / "a.safetensors"))
    first, second = found
    assert (first.arrays["dense1.weight"] == second.arrays["dense1.weight"]).all()
    assert first.metadata["graph"] != second.metadata["graph"]


def test_initializers_of_the_spec_are_used(tmp_path: Path) -> None:
    spec = tmp_path / "a.cnn"
    spec.write_text(
        "model a {\n  input 400\n"
        "  Dense(300, kernel_initializer=normal(0.5), bias_initializer=constant(0.25))\n}\n"
    )
    result = compile_file(spec)
    assert result.spec is not None
    weights = initial.draw(result.spec.model, 4)
    assert (weights["dense.bias"] == 0.25).all()
    # 120,000 draws: five deviations of the deviation are 1 %.
    assert weights["dense.weight"].std() == pytest.approx(0.5, rel=0.01)


def test_a_file_is_not_written_over(drawn: Path) -> None:
    before = drawn.read_bytes()
    shown = call("init", DIGITS, "-o", drawn, "--seed", 1, code=2)
    assert "exists; `--force` replaces it" in shown.stderr and drawn.read_bytes() == before
    call("init", DIGITS, "-o", drawn, "--seed", 1, "--force")
    assert drawn.read_bytes() != before and len(list(drawn.parent.iterdir())) == 1


def test_init_says_what_it_cannot_write(tmp_path: Path) -> None:
    assert "does not end in" in call("init", DIGITS, "-o", tmp_path / "w.pt", code=2).stderr
    nowhere = tmp_path / "no" / "w.safetensors"
    shown = call("init", DIGITS, "-o", nowhere, code=1).stderr
    assert shown.startswith("error: ") and "No such file" in shown


# ---- transposed arrays


def test_a_transposed_array_is_written_as_it_reads(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    naive = tmp_path / "naive.safetensors"
    save_file({"a": array}, naive)
    assert not (load_file(naive)["a"] == array).all()  # what safetensors does by itself
    spec = compile_file(DIGITS).spec
    assert spec is not None
    file.write(tmp_path / "w.safetensors", {"a": array}, spec.model)
    assert (load_file(tmp_path / "w.safetensors")["a"] == array).all()


# ---- show


def test_show(drawn: Path) -> None:
    lines = call("show", drawn).stdout.splitlines()
    (row,) = (line.split() for line in lines if line.startswith("conv2.weight"))
    array = load_file(drawn)["conv2.weight"].astype(np.float64)
    assert row[:4] == ["conv2.weight", "32x32x3x3", "float32", f"{np.linalg.norm(array):.6g}"]
    assert row[4:] == [f"{array.min():.6g}", f"{array.max():.6g}"]
    # 31,018 = 30,762 that are trained and 2 * (32 + 32 + 64) running figures; 4 bytes each.
    assert "17 tensors, 31,018 values, 124,072 bytes" in lines
    data = json.loads(call("show", drawn, "--format", "json").stdout)
    (entry,) = (each for each in data["tensors"] if each["name"] == "conv2.weight")
    assert entry["norm"] == pytest.approx(float(np.linalg.norm(array)), rel=1e-12)
    assert data["metadata"]["format"] == "specc-1"


def test_show_counts_what_is_not_finite_and_sorts_numbers(tmp_path: Path) -> None:
    arrays = {f"conv{n}.weight": np.ones((1,), np.float32) for n in (10, 9, 1)}
    arrays["z"] = np.array([1, math.nan, math.inf, 2], np.float64)
    save_file(arrays, tmp_path / "a.safetensors")
    shown = call("show", tmp_path / "a.safetensors").stdout
    names = [line.split()[0] for line in shown.splitlines()[1:5]]
    assert names == ["conv1.weight", "conv9.weight", "conv10.weight", "z"]
    assert "2 not finite" in shown
    data = call("show", tmp_path / "a.safetensors", "--format", "json").stdout
    assert "NaN" not in data and json.loads(data)["tensors"][3]["largest"] == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a whole safetensors file"),
        (b"not weights at all", "is not a whole safetensors file"),
        (b"\xff" * 64, "is not a whole safetensors file"),
        (None, "No such file"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    for code, words in ((1, ("show", path)), (2, ("diff", path, path))):
        lines = call(*words, code=code).stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith(f"error: {path}: ") and message in lines[0]


def test_cut_files_are_refused(drawn: Path) -> None:
    data = drawn.read_bytes()
    for size in (4, 8, 100, len(data) // 2, len(data) - 1):
        drawn.write_bytes(data[:size])
        assert "is not a whole safetensors file" in call("show", drawn, code=1).stderr


def test_other_files_are_pointed_to_convert(tmp_path: Path) -> None:
    (tmp_path / "best.pt").write_bytes(b"whatever")
    assert "`specc weights convert`" in call("show", tmp_path / "best.pt", code=1).stderr


def test_types_that_numpy_lacks_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": np.zeros(2, np.float16)}, path)
    path.write_bytes(
        path.read_bytes().replace(b'"F16" ', b'"BF16"').replace(b'"F16"', b'"BF16"', 1)
    )
    data = path.read_bytes()
    text = data[8:].partition(b"}}")[0] + b"}}"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    assert call("show", path, code=1).stderr == f"error: {path}: `a` is BF16, not F32\n"
    with pytest.raises(RunError, match="a.safetensors holds BF16, not float32"):
        parts.read_weights(path, SHAPES)


# ---- diff


def test_a_file_equals_itself(drawn: Path) -> None:
    assert call("diff", drawn, drawn).stdout == "17 tensors: 17 equal, 0 differ\n"


def test_diff_measures_against_the_largest_value(drawn: Path) -> None:
    bias = np.array([1, -8, 0, 0, 0, 0, 0, 0, 0, 0], np.float32)
    one = changed(drawn, dense__bias=bias).rename(drawn.with_name("one.safetensors"))
    other = changed(drawn, dense__bias=bias + np.float32(0.5))
    shown = call("diff", one, other, code=1).stdout
    assert shown.splitlines()[1].split() == ["dense.bias", "0.5", "0.0625"]
    assert call("diff", one, other, "--tolerance", 0.0625).exit_code == 0
    call("diff", one, other, "--tolerance", 0.0624, code=1)
    data = json.loads(call("diff", one, other, "--format", "json", code=1).stdout)
    (entry,) = (each for each in data["tensors"] if each["absolute"])
    assert entry["relative"] == 0.0625 and data["differ"] is True


@pytest.mark.parametrize(
    ("arrays", "note"),
    [
        ({"dense__bias": None}, "only in A"),
        ({"other": np.zeros(2, np.float32)}, "only in B"),
        ({"dense__bias": np.zeros(9, np.float32)}, "10 in A, 9 in B"),
        ({"dense__bias": np.full(10, math.nan, np.float32)}, "holds values that are not finite"),
    ],
)
def test_diff_names_what_cannot_be_compared(drawn: Path, arrays: dict[str, Any], note: str) -> None:
    name = next(iter(arrays)).replace("__", ".")
    row = call("diff", drawn, changed(drawn, **arrays), "--tolerance", 9, code=1).stdout
    assert f"{name} " in row and note in row


def test_diff_of_what_cannot_be_read_is_no_difference(drawn: Path) -> None:
    missing, text = drawn.with_name("nothing.safetensors"), drawn.with_name("a.txt")
    text.write_text("no tensors")
    shown = call("diff", drawn, missing, code=2).stderr
    assert shown == f"error: {missing}: No such file or directory\n"
    assert "is no .safetensors file" in call("diff", text, drawn, code=2).stderr


def test_a_checkpoint_is_compared_by_its_weights(drawn: Path) -> None:
    weights = load_file(drawn)
    last = {f"model.{name}": array for name, array in weights.items()}
    last["optimizer.exp_avg.dense.bias"] = np.zeros(10, np.float32)
    save_file(last, drawn.with_name("last-00001.safetensors"))
    shown = call("diff", drawn, drawn.with_name("last-00001.safetensors")).stdout
    assert shown == "17 tensors: 17 equal, 0 differ\n"


def test_what_a_checkpoint_is() -> None:
    one = np.zeros(1, np.float32)
    for names, metadata, expected in (
        (["model.a", "optimizer.exp_avg.a"], {}, True),
        (["model.a"], {}, True),
        (["model.a"], {"format": "specc-1"}, False),  # a layer may be called `model`
        (["optimizer.a"], {}, False),
        (["a"], {}, False),
    ):
        found = file.Tensors(dict.fromkeys(names, one), metadata)
        assert found.is_checkpoint is expected, names


def test_differences_of_empty_and_equal_zeros() -> None:
    zeros = file.Tensors({"a": np.zeros((0, 2)), "b": np.zeros(3)}, {})
    assert not any(table.differ(d, 0) for d in table.differences(zeros, zeros))


# ---- what scripts accept


SHAPES = {"a.weight": (2, 3), "a.bias": (2,)}
GOOD = {"a.weight": np.zeros((2, 3), np.float32), "a.bias": np.zeros(2, np.float32)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, None),
        ({"a.bias": None}, "`a.bias` is missing"),
        ({"b": np.zeros(1, np.float32)}, "`b` is not in the model"),
        ({"a.weight": np.zeros((3, 2), np.float32)}, "`a.weight` is 3x2, the model has 2x3"),
        ({"a.bias": np.zeros((), np.float32)}, "`a.bias` is one number, the model has 2"),
        ({"a.bias": np.zeros(2)}, "`a.bias` is float64, not float32"),
        ({"a.bias": np.zeros(2, np.int32)}, "`a.bias` is int32, not float32"),
        (
            {"a.bias": np.array([math.inf, 0], np.float32)},
            "`a.bias` holds 1 of 2 values that are not finite",
        ),
    ],
)
def test_weights_that_do_not_fit(
    tmp_path: Path, change: dict[str, Any], message: str | None
) -> None:
    arrays = {name: array for name, array in (GOOD | change).items() if array is not None}
    path = tmp_path / "w.safetensors"
    save_file(arrays, path)
    if message is None:
        found = parts.read_weights(path, SHAPES)
        assert found.keys() == GOOD.keys()
        return
    with pytest.raises(RunError) as stop:
        parts.read_weights(path, SHAPES)
    assert str(stop.value) == f"{path} does not fit the model: {message}"
    with pytest.raises(file.WeightsError) as listed:
        file.check(path, file.read(path).weights(), SHAPES)
    assert str(listed.value) == f"{path}: {message}"


def test_all_misfits_are_named_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"b": np.zeros(1, np.float32), "c": np.zeros(1, np.float32)}, path)
    with pytest.raises(RunError, match="`a.weight` is missing, and 3 more"):
        parts.read_weights(path, SHAPES)
    with pytest.raises(file.WeightsError) as listed:
        file.check(path, file.read(path).weights(), SHAPES)
    assert len(str(listed.value).splitlines()) == 4
    path.write_bytes(b"torn")
    with pytest.raises(RunError, match="w.safetensors is damaged"):
        parts.read_weights(path, SHAPES)
