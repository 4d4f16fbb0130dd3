"""`specc check --data`: data that is there, is not there, or does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tables
from PIL import Image
from typer.testing import CliRunner, Result

from specc.cli.main import app

ROOT = Path(__file__).parent.parent


def check(spec: Path) -> Result:
    result = CliRunner().invoke(app, ["check", "--data", str(spec)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def picture(path: Path, size: tuple[int, int] = (64, 64), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path)


@pytest.fixture
def lecture(tmp_path: Path) -> Path:
    """The lecture's spec beside a folder of pictures that fits it."""
    for part, count in (("train", 20), ("validation", 2), ("test", 2)):
        for name in ("cat", "dog"):
            for number in range(count):
                picture(tmp_path / "photos" / part / name / f"{number:02}.png")
    spec = tmp_path / "lecture.cnn"
    spec.write_text((ROOT / "specs" / "lecture.cnn").read_text())
    return spec


def test_pictures_that_fit(lecture: Path) -> None:
    result = check(lecture)
    assert result.exit_code == 0, result.stderr
    assert "40 train, 4 validation, 4 test; classes: cat, dog" in result.stdout


def too_small(train: Path) -> str:
    picture(train / "dog" / "99.png", (32, 64))
    return "99.png is 64x32, the model takes 64x64"


def corrupt(train: Path) -> str:
    (train / "cat" / "05.png").write_bytes(b"no picture at all")
    return "05.png is not a picture"


def cut_off(train: Path) -> str:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = train / "cat" / "05.png"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    return "05.png cannot be read"


def third_class(train: Path) -> str:
    for part in ("train", "validation", "test"):
        picture(train.parent / part / "bird" / "0.png")
    return "has 3 classes (bird, cat, dog), the model tells 2 apart"


def few(train: Path) -> str:
    for path in list(train.rglob("*.png")):
        if path.name > "00.png":
            path.unlink()
    return "a batch of 32 is larger than the 2"


@pytest.mark.parametrize("spoil", [too_small, corrupt, cut_off, third_class, few])
def test_pictures_that_do_not_fit(lecture: Path, spoil: object) -> None:
    assert callable(spoil)
    message = spoil(lecture.parent / "photos" / "train")
    result = check(lecture)
    assert result.exit_code == 1
    assert "lecture.cnn:19:12: error[E0450]: " in result.stderr
    assert message in result.stderr
    assert 'source = folder("photos")' in result.stderr


def test_a_table(tmp_path: Path) -> None:
    spec = tmp_path / "diabetes.cnn"
    spec.write_text((ROOT / "specs" / "diabetes.cnn").read_text())
    missing = check(spec)
    assert missing.exit_code == 1
    assert "there is no file" in missing.stderr
    assert tables.write(tmp_path / "diabetes.csv") == 442
    assert "310 train, 66 validation, 66 test" in check(spec).stdout
    spec.write_text(spec.read_text().replace("input 10", "input 11"))
    wrong = check(spec)
    assert wrong.exit_code == 1
    assert "error[E0450]" in wrong.stderr
    assert "the model takes 11" in wrong.stderr


def test_numbers_beyond_a_table_of_vectors(tmp_path: Path) -> None:
    spec = tmp_path / "diabetes.cnn"
    text = (ROOT / "specs" / "diabetes.cnn").read_text()
    scale = next(line for line in text.splitlines() if "scale" in line)
    spec.write_text(text.replace(scale, "").replace("input 10", "input 10\n  Embedding(9, 2)"))
    spec.write_text(spec.read_text().replace("Embedding(9, 2)", "Embedding(9, 2) -> Flatten"))
    tables.write(tmp_path / "diabetes.csv")
    wrong = check(spec)
    assert wrong.exit_code == 1
    assert "error[E0450]" in wrong.stderr
    assert "diabetes.csv, row 1: " in wrong.stderr
    assert "no whole number from 0 to 8" in wrong.stderr


TWO_INPUTS = """
model two {
  input words: 4
  input facts: 3
  words -> Embedding(5, 2) -> Flatten
  Concat(facts)
  output sold = Dense(1, sigmoid)
}

data {
  source = npz("two.npz", words="words", facts="facts", sold="sold")
  split  = 80% train, 20% validation
}

train {
  loss      = binary_crossentropy
  optimizer = adam(1e-3)
  batch     = 2
  epochs    = 1
  seed      = 1
}
"""


def test_of_two_inputs_and_one_output_the_inputs_are_named(tmp_path: Path) -> None:
    spec = tmp_path / "two.cnn"
    spec.write_text(TWO_INPUTS)
    right: dict[str, Any] = {
        "words": np.ones((10, 4)),
        "facts": np.ones((10, 3)),
        "sold": np.arange(10) % 2,
    }
    wrong: dict[str, dict[str, Any]] = {
        "input `words`, row 1: 9 is no whole number from 0 to 4": {"words": np.full((10, 4), 9)},
        "a sample of input `facts` is 2, the model takes 3": {"facts": np.ones((10, 2))},
        "two.npz: label 2 is outside 0..1": {"sold": np.arange(10) % 3},
    }
    np.savez(tmp_path / "two.npz", **right)
    assert "8 train, 2 validation" in check(spec).stdout
    for said, arrays in wrong.items():
        np.savez(tmp_path / "two.npz", **(right | arrays))
        assert said in check(spec).stderr


def test_a_regression_takes_any_number_of_classes(lecture: Path) -> None:
    text = lecture.read_text()
    for old, new in {
        "Dense(1, sigmoid)": "Dense(1)",
        "binary_crossentropy": "mse",
        "accuracy, auc": "mae",
    }.items():
        assert old in text
        text = text.replace(old, new)
    lecture.write_text(text)
    third_class(lecture.parent / "photos" / "train")
    assert "41 train, 5 validation, 5 test; classes: bird, cat, dog" in check(lecture).stdout


def test_a_spec_without_data_cannot_be_checked_for_it(tmp_path: Path) -> None:
    spec = tmp_path / "bare.cnn"
    spec.write_text("model bare {\n  input 4\n  Dense(1)\n}\n")
    result = check(spec)
    assert result.exit_code == 1
    assert "error[E0401]" in result.stderr
