"""The parts of scripts that keep, show and count what a run does."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import zlib
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

files, checkpoint, console, flags, scores, init, errors = (
    import_module(f"specc.backends.parts.{name}")
    for name in ("files", "checkpoint", "console", "flags", "scores", "init", "errors")
)
RunError = errors.RunError

# Files


def test_a_file_is_whole_or_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    files.atomic(path, lambda temporary: temporary.write_text("old"))

    def fails(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.atomic(path, fails)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_an_earlier_run_moves_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    files.fresh_folder(run)
    (run / "stray").touch()
    files.fresh_folder(run)
    assert (run / "stray").exists()  # no epoch was finished: nothing to keep
    for number in (1, 2):
        (run / "last.json").write_text(str(number))
        files.fresh_folder(run)
        assert (tmp_path / f"run-{number}" / "last.json").read_text() == str(number)
    assert list(run.iterdir()) == []
    assert "is now in run-2" in capsys.readouterr().out


def test_leftovers_are_swept(tmp_path: Path) -> None:
    for name in (".best.123.tmp.pt", ".tmpAbCdEf", "best.pt", ".keep"):
        (tmp_path / name).touch()
    files.remove_leftovers(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".keep", "best.pt"]


def test_history_in_three_forms(tmp_path: Path) -> None:
    rows = [{"epoch": 1, "loss": 0.1 + 0.2, "auc": math.nan}, {"epoch": 2, "loss": 1, "auc": 0.5}]
    files.write_history(tmp_path, rows)
    assert json.loads((tmp_path / "history.json").read_text())[0]["auc"] is None
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines == ["epoch,loss,auc", "1,0.30000000000000004,nan", "2,1,0.5"]
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"


# Checkpoints


def state(epoch: int) -> dict[str, Any]:
    history = [{"epoch": number + 1, "loss": 1 / (number + 1)} for number in range(epoch)]
    settings = {"seed": 4}
    return {
        "framework": "Keras", "epoch": epoch, "step": 10 * epoch, "history": history,
        "settings": settings,
    }  # fmt: skip


def tensors(epoch: int) -> dict[str, Any]:
    return {"model.a": np.full((2, 3), epoch, np.float32).T, "model.b": np.arange(3.0)}


def test_checkpoints_come_back_and_the_last_two_stay(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        checkpoint.save_checkpoint(tmp_path, tensors(epoch), state(epoch))
    names = sorted(p.name for p in tmp_path.glob("*.safetensors"))
    assert names == ["last-00002.safetensors", "last-00003.safetensors"]
    found, back = checkpoint.load_checkpoint(tmp_path)
    assert back["history"] == state(3)["history"] and back["step"] == 30
    assert all((found[name] == array).all() for name, array in tensors(3).items())


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for epoch in (1, 2):
        checkpoint.save_checkpoint(tmp_path, tensors(epoch), state(epoch))
    (tmp_path / "last-00002.safetensors").write_bytes(b"torn")
    found, back = checkpoint.load_checkpoint(tmp_path)
    assert found["model.a"][0, 0] == 1 and back["epoch"] == 1
    assert back["history"] == state(1)["history"]
    assert "missing or damaged" in capsys.readouterr().err
    (tmp_path / "last-00001.safetensors").unlink()
    with pytest.raises(RunError, match="no whole checkpoint"):
        checkpoint.load_checkpoint(tmp_path)


def test_a_run_that_begins_again_below_older_files_is_kept(tmp_path: Path) -> None:
    # Keeping the two highest numbers would delete the file that last.json has just named.
    for epoch in (7, 8):
        checkpoint.save_checkpoint(tmp_path, tensors(epoch), state(epoch))
    (tmp_path / "last.json").unlink()
    checkpoint.save_checkpoint(tmp_path, tensors(1), state(1))
    assert checkpoint.load_checkpoint(tmp_path)[1]["epoch"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no finished epoch"), ("{", "is damaged"), ("[]", "is damaged"), ("{}", "is damaged")],
)
def test_no_checkpoint(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "last.json").write_text(content)
    with pytest.raises(RunError, match=message):
        checkpoint.load_checkpoint(tmp_path)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    checkpoint.save_checkpoint(tmp_path, tensors(1), state(1))
    checkpoint.check_settings(tmp_path, {"seed": 4})
    with pytest.raises(RunError, match="has --seed 4, not 5"):
        checkpoint.check_settings(tmp_path, {"seed": 5})


# Ends


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        ("RunError('no data')", 1, "error: no data\n"),
        ("OSError(28, 'No space left', 'x')", 1, "error: [Errno 28] No space left: 'x'\n"),
        *(
            (error, 1, "error: the device is out of memory; lower --batch-size\n")
            for error in (
                "type('OutOfMemoryError', (RuntimeError,), {})('CUDA out of memory.')",
                "type('ResourceExhaustedError', (Exception,), {})('OOM when allocating')",
                'RuntimeError("DefaultCPUAllocator: can\'t allocate memory: you tried")',
            )
        ),
        ("KeyboardInterrupt", 130, "\nstopped; --resume goes on after the last finished epoch\n"),
    ],
)
def test_a_script_ends_with_one_line(raised: str, code: int, line: str) -> None:
    text = f"""
from importlib import import_module
errors = import_module("specc.backends.parts.errors")
RunError = errors.RunError
def main(): raise {raised}
errors.run(main)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, line)


def test_another_error_is_not_taken_for_a_lack_of_memory() -> None:
    def main() -> None:
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="multiplied"):
        errors.run(main)


# Flags and the screen


def parse(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    from dataclasses import make_dataclass

    fields = [
        ("out", Path, flags.flag(Path("runs"), "folder")),
        ("epochs", int, flags.flag(3, "passes: 100%", low=1)),
        ("rate", float, flags.flag(0.1, "size", above=0)),
        ("limit", Any, flags.flag(None, "most", kind=int, low=1)),
        ("resume", bool, flags.flag(False, "go on")),
    ]
    monkeypatch.setattr(sys, "argv", ["script", *arguments])
    return flags.parse_config(make_dataclass("Config", fields), "What it is.")


def test_every_field_is_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = parse(monkeypatch)
    assert (plain.out, plain.epochs, plain.limit, plain.resume) == (Path("runs"), 3, None, False)
    given = parse(
        monkeypatch, "--out", "x", "--epochs", "7", "--rate", "1e-2", "--limit", "2", "--resume"
    )
    assert (given.out, given.epochs, given.rate) == (Path("x"), 7, 0.01)
    assert given.limit == 2 and given.resume is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "0 is below 1"),
        (["--epochs", "x"], "invalid int value: 'x'"),
        (["--epochs", str(2**63)], "is too large"),
        (["--rate", "0"], "0 is not above 0"),
        (["--rate", "nan"], "is too large"),
        (["--what"], "unrecognized arguments"),
    ],
)
def test_wrong_flags(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(monkeypatch, *arguments)
    assert stop.value.code == 2 and message in capsys.readouterr().err


def test_help_shows_texts_and_defaults(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(monkeypatch, "--help")
    assert "passes: 100% (default: 3)" in capsys.readouterr().out


def test_the_start_says_what_comes(capsys: pytest.CaptureFixture[str]) -> None:
    console.announce("cpu", {"train": 100, "validation": 5, "test": 0}, 32, 4, 3)
    assert capsys.readouterr().out.splitlines() == [
        "device      cpu",
        "samples     100 train, 5 validation",
        "batches     of 32, the last one of 4",
        "iterations  4 an epoch, 12 in 3 epochs",
    ]


def test_progress_is_for_terminals_and_asks_seldom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def values() -> dict[str, float]:
        asked.append(1)
        return {"loss": 0.5}

    quiet = console.Progress("epoch 1/2", 1000)
    for _ in range(1000):
        quiet.step(values)
    assert not asked and capsys.readouterr().out == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    live = console.Progress("epoch 1/2", 1000)
    for _ in range(1000):
        now[0] += 0.01
        live.step(values)
    assert 40 <= len(asked) <= 51  # 10 seconds, five times a second
    assert "/1000  " in capsys.readouterr().out


def test_progress_of_several_batches_ends_at_the_last() -> None:
    progress = console.Progress("epoch 1/2", 23)
    for done in (10, 20, 23):
        progress.step(dict, 10)
        assert progress.done == done


def test_a_loss_that_is_no_number_stops() -> None:
    console.check_loss(0.5, 1)
    with pytest.raises(RunError, match="the loss became nan in epoch 2"):
        console.check_loss(math.nan, 2)


def test_the_end_names_the_best_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    losses = ((1, 0.5, 0.4), (2, 0.25, 0.3), (3, 0.25, 0.2))
    rows = [{"epoch": epoch, "loss": loss, "val_loss": seen} for epoch, seen, loss in losses]
    checkpoint.show_end("runs/x", rows)
    expected = ["best epoch  2, val_loss 0.2500", "results     runs/x"]
    assert capsys.readouterr().out.splitlines() == expected
    for row in rows:  # without a validation part the loss decides
        del row["val_loss"]
    checkpoint.show_end("runs/x", rows)
    assert capsys.readouterr().out.splitlines()[0] == "best epoch  3, loss 0.2000"


@pytest.mark.parametrize(
    ("values", "names", "shown"),
    [
        ((0.25, 0.75), ("cat", "zebra"), "zebra  0.7500\ncat    0.2500\n"),
        (
            [n / 21 for n in range(7)],
            "abcdefg",
            "".join(f"{'abcdefg'[n]}  {n / 21:.4f}\n" for n in (6, 5, 4, 3, 2)),
        ),
    ],
)
def test_a_prediction_is_shown_best_first(
    values: Any, names: Any, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console.show_classes(names, values)
    assert capsys.readouterr().out == shown


# Metrics, against scikit-learn: float64 sums of the same few hundred numbers, hence 1e-12


def guesses(classes: int = 5, count: int = 400) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(7)
    actual = rng.integers(0, classes, count)
    logits = rng.normal(size=(count, classes)) + np.eye(classes)[actual]
    return actual, logits, logits.argmax(axis=1)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
@pytest.mark.parametrize("missing", [False, True])
def test_averages_equal_those_of_scikit_learn(name: str, average: str, missing: bool) -> None:
    actual, _, predicted = guesses()
    if missing:  # class 4 occurs and is never predicted, class 5 is in neither
        predicted = np.where(predicted == 4, 0, predicted)
    confusion = sklearn_metrics.confusion_matrix(actual, predicted, labels=range(6))
    averaging = getattr(scores, f"{average}_average")
    expected = getattr(sklearn_metrics, f"{name}_score")(
        actual, predicted, average=average, zero_division=0
    )
    assert getattr(scores, name)(confusion, averaging) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_binary_figures_are_those_of_the_positive_class(name: str) -> None:
    actual, _, predicted = guesses(classes=2)
    confusion = sklearn_metrics.confusion_matrix(actual, predicted)
    expected = getattr(sklearn_metrics, f"{name}_score")(actual, predicted)
    figure = partial(getattr(scores, name), average=scores.second_class)
    assert figure(confusion) == pytest.approx(expected, rel=1e-12)
    assert figure(np.array([[5, 0], [3, 0]])) == 0


def test_auc_is_exact_with_ties() -> None:
    rng = np.random.default_rng(3)
    positive = rng.integers(0, 2, 500)
    values = np.round(rng.normal(size=500) + positive, 1)  # rounded: many ties
    expected = sklearn_metrics.roc_auc_score(positive, values)
    assert scores.rank_auc(values, positive) == pytest.approx(expected, rel=1e-12)
    assert scores.rank_auc(values[:, None], positive[:, None]) == scores.rank_auc(values, positive)
    assert math.isnan(scores.rank_auc(values, np.ones(500)))


def test_auc_of_several_classes() -> None:
    actual, logits, _ = guesses()
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = sklearn_metrics.roc_auc_score(actual, share, multi_class="ovr", average="macro")
    assert scores.macro_auc(share, actual) == pytest.approx(expected, rel=1e-12)


# Initial weights


def test_streams_hang_on_seed_and_name_alone() -> None:
    drawn = init.weight_stream(7, "conv1.weight").uniform(-1, 1, 3)
    expected = [-0.7884974959151823, 0.3264698539210886, -0.27197109923368545]
    assert drawn.tolist() == expected
    assert zlib.crc32(b"conv1.weight") != zlib.crc32(b"conv2.weight")


SHAPE = (64, 32, 3, 3)
FAN_IN, FAN_OUT = 32 * 9, 64 * 9


@pytest.mark.parametrize(
    ("name", "options", "std", "limit"),
    [
        ("glorot_uniform", {}, math.sqrt(2 / (FAN_IN + FAN_OUT)), 3**0.5),
        ("glorot_normal", {}, math.sqrt(2 / (FAN_IN + FAN_OUT)), 2 / 0.87962566),
        ("he_uniform", {}, math.sqrt(2 / FAN_IN), 3**0.5),
        ("he_normal", {}, math.sqrt(2 / FAN_IN), 2 / 0.87962566),
        ("lecun_normal", {}, math.sqrt(1 / FAN_IN), 2 / 0.87962566),
        ("normal", {"std": 0.3}, 0.3, 6),
        ("truncated_normal", {"std": 0.3}, 0.3 * 0.87962566, 2 / 0.87962566),
        ("uniform", {"low": -0.3, "high": 0.3}, 0.3 / 3**0.5, 3**0.5),
    ],
)
def test_distributions(name: str, options: dict[str, float], std: float, limit: float) -> None:
    drawn = getattr(init, name)(init.weight_stream(0, "a"), SHAPE, **options)
    assert drawn.dtype == np.float32 and drawn.shape == SHAPE
    # 18,432 draws: the deviation of the deviation is below 0.8 %, five of them are 4 %.
    assert drawn.std() == pytest.approx(std, rel=0.04)
    assert abs(drawn.mean()) < 5 * std / math.sqrt(drawn.size)
    assert np.abs(drawn).max() <= limit * std * (1 + 1e-6)


def test_a_constant_is_one() -> None:
    assert (init.constant(init.weight_stream(0, "a"), (3,), value=0.5) == 0.5).all()
