"""The parts of scripts that read, check, cut and scale data."""

from __future__ import annotations

import gzip
import hashlib
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.scripts import write_idx
from PIL import Image
from sklearn.datasets import load_digits

data, scaling, labels, pictures, idx, tables, errors, several = (
    import_module(f"specc.backends.parts.{name}")
    for name in ("data", "scaling", "labels", "pictures", "idx", "tables", "errors", "several")
)
RunError = errors.RunError
PICTURES = (4, 4, 3), pictures.read_picture


def samples(count: int = 10) -> Any:
    x = np.arange(count * 12, dtype=np.uint8).reshape(count, 2, 2, 3)
    return of(x, np.arange(count))


def of(x: Any, y: Any) -> Any:
    """Samples of one input and one output."""
    return data.Samples({"input": x}, {"output": y})


def x_of(samples: Any) -> Any:
    return samples.inputs["input"]


def y_of(samples: Any) -> Any:
    return samples.targets["output"]


def picture(path: Path, size: tuple[int, int] = (4, 4), colour: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, 10, 20)).save(path)


# Cutting and batches


def test_split_cuts_a_permutation_in_shares() -> None:
    parts = data.split(samples(20), (80, 10, 10), seed=3)
    assert [len(part) for part in parts] == [16, 2, 2]
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(20))
    again = data.split(samples(20), (80, 10, 10), seed=3)
    other = data.split(samples(20), (80, 10, 10), seed=4)
    assert [list(part.rows) for part in again] == [list(part.rows) for part in parts]
    assert list(other[0].rows) != list(parts[0].rows)


def test_split_rounds_halves_up_and_leaves_the_rest_to_train() -> None:
    parts = data.split(samples(15), (70, 10, 20), seed=0)
    assert [len(part) for part in parts] == [10, 2, 3]


def test_a_folder_keeps_its_test_part_in_its_order() -> None:
    whole = pictures.split_folder({"all": samples(10)}, (80, 10, 10), seed=0)
    assert [len(part) for part in whole] == [8, 1, 1]
    own = {"train": samples(10), "test": samples(4)}
    parts = pictures.split_folder(own, (90, 10, 0), seed=0)
    assert [len(part) for part in parts] == [9, 1, 4]
    assert list(parts[2].rows) == [0, 1, 2, 3]


def test_split_refuses_a_part_without_samples() -> None:
    with pytest.raises(RunError, match="10% of 3 samples leave the validation part empty"):
        data.split(samples(3), (80, 10, 10), seed=0)


def test_batches_follow_the_order_and_the_last_one_is_smaller() -> None:
    part = data.Part(samples(10), np.arange(10)[::-1])
    order = data.epoch_order(1, 0, 10)
    scale = {"input": scaling.as_float}
    made = [data.make_batch(part, order[start : start + 4], scale) for start in (0, 4, 8)]
    assert [len(x["input"]) for x, _ in made] == [4, 4, 2]
    assert list(np.concatenate([y["output"] for _, y in made])) == list(9 - order)
    assert made[0][0]["input"].dtype == np.float32
    assert data.count_batches(10, 4, None) == 3 and data.count_batches(10, 4, 9) == 3


def test_the_bytes_of_an_epoch_never_change() -> None:
    digest = hashlib.sha256()
    part = data.whole_part(samples(10))
    scale = {"input": scaling.UnitRange(255)}
    order = data.epoch_order(42, 3, 10)
    for x, y in (data.make_batch(part, order[start : start + 4], scale) for start in (0, 4, 8)):
        digest.update(x["input"].tobytes() + y["output"].astype(np.int64).tobytes())
    # Both backends train on exactly these bytes, and a resumed run on those it would have had.
    assert digest.hexdigest()[:16] == "3873bb1ab86c3f76"


def test_a_batch_must_fit_the_data() -> None:
    data.check_batch_size(data.whole_part(samples(10)), 10)
    with pytest.raises(RunError, match="a batch of 11 is larger than the 10 training samples"):
        data.check_batch_size(data.whole_part(samples(10)), 11)


def test_samples_must_have_the_shape_of_the_model() -> None:
    with pytest.raises(RunError, match="f: a sample is 2x2x3, the model takes 4x4x3"):
        data.checked({"all": samples()}, {"input": (4, 4, 3)}, {"output": lambda y: y}, "f")
    two = data.Samples({"a": np.zeros((2, 3)), "b": np.zeros(2)}, {})
    with pytest.raises(RunError, match="f: a sample of input `b` is one number, the model takes 4"):
        several.checked_inputs({"all": two}, {"a": (3,), "b": (4,)}, {}, "f")


def test_labels_of_several_outputs_are_named_where_they_do_not_fit() -> None:
    some = data.Samples({"input": np.zeros((2, 3))}, {"kind": np.array([0, 2])})
    only = partial(labels.class_numbers, shape=(2,))
    one_of_two = partial(several.labels_of, "kind", labels.class_numbers, shape=(2,))
    for convert, said in ((only, "f: label 2"), (one_of_two, "f: output `kind`: label 2")):
        with pytest.raises(RunError, match=f"^{said} is outside 0..1"):
            data.checked({"all": some}, {"input": (3,)}, {"kind": convert}, "f")


# Scaling


def test_unit_range_divides_as_numpy_does() -> None:
    x = np.arange(256, dtype=np.uint8)
    scaled = scaling.UnitRange(255)(x)
    assert scaled.dtype == np.float32
    assert (scaled == x.astype(np.float32) / np.float32(255)).all()


def test_measured_figures_are_those_of_the_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(5, 3, (50, 4, 4, 2))
    part = data.Part(of(x, np.zeros(50)), np.arange(0, 50, 2))
    made = scaling.measure(part, "input")
    chosen = x[::2].reshape(-1, 2)
    # float64 sums of 400 numbers: a few units in the last place.
    assert made.mean == pytest.approx(chosen.mean(axis=0), rel=1e-13)
    assert made.std == pytest.approx(chosen.std(axis=0), rel=1e-13)
    scaled = made(chosen)
    assert scaled.dtype == np.float32 and abs(scaled.mean()) < 1e-6


def test_blocks_do_not_change_the_figures() -> None:
    x = np.random.default_rng(1).normal(size=(50, 3))
    part = data.whole_part(of(x, np.zeros(50)))
    (mean, std), (mean7, std7) = (
        scaling.moments(part, "input", **block) for block in ({}, {"block": 7})
    )
    assert mean == pytest.approx(mean7, rel=1e-12) and std == pytest.approx(std7, rel=1e-12)


def test_a_constant_column_becomes_zero() -> None:
    x = np.stack([np.full(8, 3.0), np.arange(8.0)], axis=1)
    made = scaling.measure(data.whole_part(of(x, np.zeros(8))), "input")
    assert (made(x)[:, 0] == 0).all() and np.isfinite(made(x)).all()


def test_given_figures_are_kept() -> None:
    x = np.arange(8.0).reshape(8, 1)
    part = data.whole_part(of(x, x))
    mean, std = scaling.moments(part, "input")
    made = scaling.measure_std(part, "input", mean=(0.5,))
    assert made == scaling.Standardize((0.5,), std) != scaling.Standardize(mean, std)
    made = scaling.measure_mean(part, "input", std=(0.5,))
    assert made == scaling.Standardize(mean, (0.5,)) != scaling.Standardize(mean, std)


def test_unit_range_needs_eight_bits() -> None:
    floats = of(np.zeros((2, 3), np.float32), np.zeros(2))
    with pytest.raises(RunError, match="a.npz: `this` needs 8-bit samples, these are float32"):
        data.check_eight_bit({"all": floats}, "input", "`this`", "a.npz")
    two = data.Samples({"a": np.zeros(2, np.uint8), "b": np.zeros(2)}, {})
    data.check_eight_bit({"all": two}, "a", "`this`", "a.npz")


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([[0, 4], [3, 5]], "row 2: 5 is no whole number from 0 to 4"),
        ([[0.0, 4.0], [1.5, 4.0]], "row 2: 1.5 is no"),
        ([[-1, 0]], "row 1: -1 is no"),
        ([[[0, 1]], [[2, 9]]], "row 2: 9 is no"),
    ],
)
def test_indices_are_entries_of_the_table(x: list[Any], reason: str) -> None:
    fine = of(np.array([[0, 4], [2, 3]]), np.zeros(2))
    data.check_indices({"all": fine}, "input", 5, "words.csv")
    data.check_indices({"all": of(x_of(fine).astype("f8"), y_of(fine))}, "input", 5, "words.csv")
    wrong = of(np.array(x), np.zeros(len(x)))
    with pytest.raises(RunError, match=f"words.csv, {reason}"):
        data.check_indices({"train": fine, "test": wrong}, "input", 5, "words.csv")


# Labels


@pytest.mark.parametrize(
    ("function", "y", "shape", "expected"),
    [
        ("class_numbers", [0, 2, 1], (3,), [0, 2, 1]),
        ("class_numbers", [[0.0], [2.0]], (3,), [0, 2]),
        ("class_numbers", [[[0, 1], [2, 0]]], (2, 2, 3), [[[0, 1], [2, 0]]]),
        ("onehot_numbers", [[0, 1], [1, 0]], (2,), [1, 0]),
        ("binary_numbers", [0, 1], (1,), [[0], [1]]),
        ("binary_numbers", [[0, 1], [1, 1]], (2,), [[0, 1], [1, 1]]),
        ("target_numbers", [1.5, 2.5], (1,), [[1.5], [2.5]]),
        ("onehot_targets", [[0, 1]], (2,), [[0, 1]]),
    ],
)
def test_labels_take_the_form_of_the_loss(function: str, y: Any, shape: Any, expected: Any) -> None:
    found = getattr(labels, function)(np.array(y), shape)
    assert found.tolist() == expected
    assert found.dtype == (np.int64 if function in ("class_numbers", "onehot_numbers") else "f4")


@pytest.mark.parametrize(
    ("function", "y", "shape", "message"),
    [
        ("class_numbers", [0, 3], (3,), r"label 3 is outside 0\.\.2: the model has 3 classes"),
        ("class_numbers", [-1, 0], (3,), r"label -1 is outside 0\.\.2"),
        ("class_numbers", [0.5, 1], (3,), r"label 0\.5 is not a whole number"),
        ("class_numbers", [[0, 1, 0]], (3,), "`labels = onehot` in the spec reads such rows"),
        ("class_numbers", [[0, 1]], (3,), "a label has 1 axes, the output needs 0"),
        ("onehot_numbers", [0, 1], (3,), "a label is one number, `labels = onehot` needs rows"),
        ("onehot_numbers", [[1, 1, 0]], (3,), "not one-hot"),
        ("onehot_numbers", [[0.5, 0.5, 0]], (3,), "not one-hot"),
        ("binary_numbers", [0, 2], (1,), r"label 2 is outside 0\.\.1"),
        ("binary_numbers", [[0, 1]], (3,), "a label is 2, the output has 3"),
        ("target_numbers", [[1.0, 2.0]], (1,), "a label is 2, the output has 1"),
    ],
)
def test_labels_that_do_not_fit(function: str, y: Any, shape: Any, message: str) -> None:
    with pytest.raises(RunError, match=message):
        getattr(labels, function)(np.array(y), shape)


# Folders of pictures


def test_a_folder_gives_sorted_classes_and_files(tmp_path: Path) -> None:
    for number, name in enumerate(("b/2.png", "b/1.png", "a/1.png")):
        picture(tmp_path / name, colour=number)
    (tmp_path / "a" / ".hidden").write_text("no picture")
    found, names = pictures.read_folder(tmp_path, *PICTURES, classes=2)
    assert names == ("a", "b")
    assert x_of(found["all"]).dtype == np.uint8
    assert x_of(found["all"])[:, 0, 0, 0].tolist() == [2, 1, 0]
    assert y_of(found["all"]).tolist() == [0, 1, 1]


def test_named_classes_give_the_order(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path / "b" / "1.png")
    found, names = pictures.read_named_folder(tmp_path, *PICTURES, names=("b", "a"))
    assert names == ("b", "a") and y_of(found["all"]).tolist() == [0, 1]
    with pytest.raises(RunError, match="has the classes a, b, not a, c"):
        pictures.read_named_folder(tmp_path, *PICTURES, names=("a", "c"))


def test_a_folder_may_bring_its_parts(tmp_path: Path) -> None:
    for part in ("train", "validation", "test"):
        picture(tmp_path / part / "a" / "1.png")
        picture(tmp_path / part / "b" / "1.png")
    found, names = pictures.read_folder(tmp_path, *PICTURES, classes=2)
    assert sorted(found) == ["test", "train", "validation"] and names == ("a", "b")
    assert [len(part) for part in pictures.own_parts(found, tmp_path)] == [2, 2, 2]
    with pytest.raises(RunError, match="has its own `validation` part"):
        pictures.check_uncut(found, tmp_path, ["validation"])
    del found["validation"]
    with pytest.raises(RunError, match="no sub-folder `validation`, and the spec has no `split`"):
        pictures.own_parts(found, tmp_path)
    pictures.check_uncut(found, tmp_path, ["validation"])
    with pytest.raises(RunError, match="has its own `test` part"):
        pictures.check_uncut(found, tmp_path, ["validation", "test"])


def test_pictures_are_resized_only_when_asked(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png", size=(8, 6))
    with pytest.raises(RunError, match=r"1\.png is 6x8, the model takes 4x4; `size=4x4`"):
        pictures.read_folder(tmp_path, *PICTURES, classes=1)
    found, _ = pictures.read_folder(tmp_path, (4, 4, 3), pictures.resized_picture, classes=1)
    assert x_of(found["all"]).shape == (1, 4, 4, 3)


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    assert pictures.read_picture(tmp_path / "1.png", (4, 4, 1)).shape == (4, 4, 1)


def cut_short(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "a" / "0.png").write_text("x"), r"a/0\.png is not a picture"),
        (lambda folder: cut_short(folder / "a" / "0.png"), r"a/0\.png cannot be read"),
        (lambda folder: (folder / "c").mkdir(), r"has 3 classes \(a, b, c\), the model tells 2"),
        (lambda folder: (folder / "b" / "1.png").unlink(), "b has no pictures"),
    ],
)
def test_a_folder_that_does_not_fit(tmp_path: Path, spoil: Any, message: str) -> None:
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path / "b" / "1.png")
    spoil(tmp_path)
    with pytest.raises(RunError, match=message):
        pictures.read_folder(tmp_path, *PICTURES, classes=2)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no folder .*gone"):
        pictures.read_folder(tmp_path / "gone", *PICTURES, classes=2)


# MNIST's files


def test_idx_files_plain_or_packed(tmp_path: Path) -> None:
    x = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    for prefix, suffix in (("train", ".gz"), ("t10k", "")):
        write_idx(tmp_path / f"{prefix}-images-idx3-ubyte{suffix}", x)
        write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte{suffix}", np.array([3, 7]))
    found = idx.read_mnist(tmp_path)
    assert x_of(found["train"]).shape == (2, 28, 28, 1) and y_of(found["test"]).tolist() == [3, 7]
    assert (x_of(found["train"])[..., 0] == x).all()
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", np.array([3]))
    with pytest.raises(RunError, match="do not belong together"):
        idx.read_mnist(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0\0\x08\x01\0\0\0\x05ab", b"\0\0\x0d\x01\0\0\0\0"])
def test_idx_files_that_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(RunError, match="x is not a whole IDX file of bytes"):
        idx.read_idx(tmp_path / "x")


def test_idx_files_that_are_damaged_or_missing(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"abc" * 1000)[:-9])
    with pytest.raises(RunError, match=r"x\.gz cannot be unpacked"):
        idx.read_idx(tmp_path / "x.gz")
    with pytest.raises(RunError, match=r"there is no train-images-idx3-ubyte\.gz in"):
        idx.read_mnist(tmp_path)


# Arrays and tables


def test_digits_are_small_pictures() -> None:
    found = tables.read_digits()["all"]
    x = x_of(found)
    assert x.shape == (1797, 8, 8, 1) and x.dtype == np.uint8 and x.max() == 16
    assert (x[..., 0] == load_digits().images).all()
    assert (y_of(found) == load_digits().target).all()


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 2)), labels=np.arange(3))
    found = tables.read_npz(tmp_path / "a.npz", {"input": "x"}, {"output": "labels"})["all"]
    assert x_of(found).shape == (3, 2) and y_of(found).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": [1.0]}, "has no array `y`, it has x"),
        ({"x": [1.0, 2.0], "y": [1]}, "`x` has 2 rows and `y` has 1"),
        ({"x": [np.nan], "y": [1]}, "array `x` of .* not finite"),
        ({"x": ["a"], "y": [1]}, "array `x` of .* holds no rows of numbers"),
        ({"x": np.array([{}], object), "y": [1]}, "not an archive of plain arrays"),
        ({"x": 1.0, "y": [1]}, "array `x` of .* holds no rows of numbers"),
    ],
)
def test_npz_that_does_not_fit(tmp_path: Path, arrays: Any, message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(RunError, match=message):
        tables.read_npz(tmp_path / "a.npz", {"input": "x"}, {"output": "y"})


def test_npz_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no file"):
        tables.read_npz(tmp_path / "a.npz", {"input": "x"}, {"output": "y"})
    np.save(tmp_path / "a.npy", np.zeros(3))
    for name, content in (("a.npy", None), ("b.npz", b"PK\x03\x04 no"), ("c.npz", b"text")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(RunError, match="not an archive of plain arrays"):
            tables.read_npz(tmp_path / name, {"input": "x"}, {"output": "y"})


def test_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeffa,price,b\n1,2,3\n\n4,5e1,-6\n", encoding="utf-8")
    found = tables.read_csv(tmp_path / "a.csv", {"input": ()}, {"output": ("price",)})["all"]
    assert x_of(found).tolist() == [[1, 3], [4, -6]] and y_of(found).tolist() == [[2], [50]]
    named = tables.read_csv(tmp_path / "a.csv", {"left": ("b",), "rest": ()}, {"y": ("a",)})["all"]
    assert {n: x.tolist() for n, x in named.inputs.items()} == {
        "left": [[3], [-6]],
        "rest": [[2], [50]],
    }
    assert list(named.targets) == ["y"] and named.targets["y"].tolist() == [[1], [4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column `y`, it has none"),
        ("a,b\n1,2\n", "has no column `y`, it has a, b"),
        ("a,y\n", "has a header and no rows"),
        ("a,y\n1,2\n1\n", "row 2: 1 fields, the header has 2"),
        ("a,y\n1,two\n", "row 1: `y` is not a number: 'two'"),
        ("a,y\n,2\n", "row 1: `a` is not a number: ''"),
        ("a,y\nnan,2\n", "row 1: `a` is not a finite number: 'nan'"),
    ],
)
def test_csv_that_does_not_fit(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(RunError, match=message):
        tables.read_csv(tmp_path / "a.csv", {"input": ()}, {"output": ("y",)})


def test_csv_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no file"):
        tables.read_csv(tmp_path / "a.csv", {"input": ()}, {"output": ("y",)})
    (tmp_path / "a.csv").write_bytes(b"a,y\n\xff\xfe,1\n")
    with pytest.raises(RunError, match="is not a table in UTF-8"):
        tables.read_csv(tmp_path / "a.csv", {"input": ()}, {"output": ("y",)})
