"""Lean scripts in a probe: constants in place of a Config, arrays in place of parts with rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from specc.parity.case import Case, Raw
from specc.parity.made import raw_samples
from specc.parity.probing import Recorder, chosen, each, patched, precise, short_sizes


def is_lean(script: ModuleType) -> bool:
    return not hasattr(script, "Config")


@contextmanager
def prepared(script: ModuleType, recorder: Recorder, folder: Path) -> Iterator[None]:
    """The script with the case's settings and data; what it reads is noted."""
    case, constants = recorder.case, _constants(recorder.case, folder)
    with patched(script, **constants):
        recorder.facts["settings"] = {
            "batch_size": script.BATCH_SIZE, "epochs": script.EPOCHS, "seed": script.SEED,
        }  # fmt: skip
        with patched(script, load_data=_reader(script, case, recorder, folder)):
            yield


def _constants(case: Case, folder: Path) -> dict[str, Any]:
    """Those that are the script's own stay as they are."""
    found: dict[str, Any] = {"OUT": folder / "run", "DEVICE": "cpu"}
    found |= {"DATA": Path(case.data)} if case.data is not None else {}
    given = {"BATCH_SIZE": case.batch, "EPOCHS": case.epochs, "SEED": case.seed}
    return found | {name: value for name, value in given.items() if value is not None}


def _reader(
    script: ModuleType, case: Case, recorder: Recorder, folder: Path
) -> Callable[[], dict[str, Any]]:
    original = script.load_data

    def load_data() -> dict[str, Any]:
        data, why = _whole_data(script, case, folder, original)
        sizes = {name: _size(part) for name, part in data.items()}
        recorder.facts |= {"data": why, "sizes": sizes}
        if case.mode == "train":
            short = short_sizes(case.samples, script.BATCH_SIZE)
            data = {name: _rows(data[name], chosen(sizes[name], short[name])) for name in data}
        if case.mode != "order":
            data = {name: tuple(each(precise(case), side) for side in data[name]) for name in data}
        recorder.data = data
        recorder.fed = named(case, data["train"])
        steps = sum(-(-_size(part) // script.BATCH_SIZE) for part in data.values())
        recorder.most = 2 * steps * (script.EPOCHS + 1)
        return data

    return load_data


def _whole_data(
    script: ModuleType, case: Case, folder: Path, original: Callable[[], Any]
) -> tuple[dict[str, Any], str]:
    missing = case.data is not None and not Path(case.data).exists()
    if case.raw is None or not (case.synthetic or missing):
        return original(), ""
    place = folder / "data"
    for part in ("train", "validation") if case.raw.named else ():
        for number in range(next(iter(case.raw.outputs.values())).classes):
            (place / part / f"class{number}").mkdir(parents=True, exist_ok=True)
    made = {name: _stand_in(case.raw) for name in (case.raw.lean, case.raw.reader) if name}
    with patched(script, DATA=place, **made):
        return original(), "asked for" if case.synthetic else f"there is no {case.data}"


def _stand_in(raw: Raw) -> Callable[..., Any]:
    """In place of the function that reads a part, or all of the samples."""

    def read(*args: Any, **options: Any) -> Any:
        asked = args[0].name if args and isinstance(args[0], Path) else ""
        part = next(name for name in (asked, "train", "all") if name in raw.parts)
        pair = raw_samples(raw, part, raw.parts[part])
        return pair if several(raw) else tuple(next(iter(side.values())) for side in pair)

    return read


def several(raw: Raw) -> bool:
    return len(raw.inputs) > 1 or len(raw.outputs) > 1


def _size(part: Any) -> int:
    y = part[1]
    return len(next(iter(y.values())) if isinstance(y, dict) else y)


def _rows(part: Any, rows: Any) -> Any:
    return tuple(each(lambda array: array[rows], side) for side in part)


def named(case: Case, part: Any, rows: Any = slice(None)) -> tuple[Any, Any]:
    """Inputs and targets of some rows, by the names that whole scripts have for them."""
    assert case.raw is not None
    x, y = _rows(part, rows)
    return _by_name(x, case.raw.inputs), _by_name(y, case.raw.outputs)


def _by_name(side: Any, names: Iterable[str]) -> dict[str, Any]:
    return side if isinstance(side, dict) else dict.fromkeys(names, side)


def first_part(data: dict[str, Any]) -> Any:
    """What to evaluate on."""
    return data.get("validation", data["train"])
