"""Cuts a spec that fails down to a few lines that fail alike: layers, branches, outputs and
arguments go, numbers shrink, names become plain.

`python tests/fuzz/minimise.py 27` takes a seed, or a file with a spec.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.network import compiles, network  # noqa: E402 - a program's folder is not its package's

Fails = Callable[[str], bool]
_DEFINED = re.compile(
    r"^\s*(?:(?:output|input|layer|let|param|block|model)\s+)?([A-Za-z]\w*)\s*(?:=(?!=)|:|\(|\{)",
    re.MULTILINE,
)
_SETTINGS = {"source", "split", "scale", "labels", "classes", "loss", "optimizer", "metrics",
             "batch", "epochs", "seed", "l1", "l2", "data", "train", "branch", "repeat", "if",
             "else"}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])|(?<=x)\d+\b|\b\d+(?=x\d)")
_NAMED = re.compile(r"^(\s*)(?:output )?(\w+) = ")
_FLAT = re.compile(r"(repeat [^{}]*|if [^{}]*|branch )\{([^{}]*)\}(?: else \{[^{}]*\})?")


def minimised(text: str, fails: Fails, tell: Callable[[str], None] = lambda text: None) -> str:
    """The shortest spec that was found to fail alike. fails: is asked of what compiles alone."""
    known: dict[str, bool] = {}

    def still(tried: str) -> bool:
        if tried not in known:
            known[tried] = compiles(tried) and fails(tried)
        return known[tried]

    changed = True
    while changed:
        changed = False
        for candidates in (_lines, _parts, _braces, _arguments, _simpler, _numbers, _plain_names):
            while (shorter := next((t for t in candidates(text) if still(t)), None)) is not None:
                text, changed = shorter, True
                tell(text)
    return text


def _lines(text: str) -> Iterator[str]:
    """Without a line, or with one to its closing bracket; who reads its value reads another."""
    lines = text.splitlines()
    for start in range(len(lines) - 1, -1, -1):
        end = _end(lines, start)
        rest = [*lines[:start], *lines[end:]]
        yield "\n".join(rest) + "\n"
        found = _NAMED.match(lines[start])
        for other in _values(lines[:start]) if found else ():
            yield re.sub(rf"\b{found[2]}\b", other, "\n".join(rest)) + "\n"  # type: ignore[index]


def _end(lines: list[str], start: int) -> int:
    """Behind the line in which the brackets of a line are closed."""
    depth = 0
    for number in range(start, len(lines)):
        depth += sum(map(lines[number].count, "{([")) - sum(map(lines[number].count, "})]"))
        if depth <= 0:
            return number + 1
    return len(lines)


def _values(lines: list[str]) -> list[str]:
    """What lines name, the last first."""
    found = [each[1] for each in _DEFINED.finditer("\n".join(lines))]
    return [name for name in reversed(found) if name not in _SETTINGS][:3]


def _parts(text: str) -> Iterator[str]:
    """Without one part of a chain."""
    for found in re.finditer(r" -> [^\n{}]*?(?= -> |\n| \}|$)", text):
        yield text[: found.start()] + text[found.end() :]
    for found in re.finditer(r"(?<=[={] )[^\n{}]*? -> |(?<=\n  )[^\n{}=]*? -> ", text):
        yield text[: found.start()] + text[found.end() :]


def _braces(text: str) -> Iterator[str]:
    """What stands in braces without them."""
    for found in _FLAT.finditer(text):
        yield text[: found.start()] + found[2].strip() + text[found.end() :]
    for found in re.finditer(r"\n\s*branch \{[^{}]*\}", text):
        yield text[: found.start()] + text[found.end() :]


def _arguments(text: str) -> Iterator[str]:
    """Without one argument, or without all of a call."""
    for found in re.finditer(r"\([^()\n]*\)", text):
        yield text[: found.start()] + text[found.end() :]
    for found in re.finditer(r"(?<=\()[^(),\n]*(?:\([^()]*\))?, |, [^(),\n]*(?:\([^()]*\))?", text):
        yield text[: found.start()] + text[found.end() :]


_PLAIN = (
    (r"optimizer = .*", "optimizer = sgd"),
    (r"source = .*", 'source = npz("data.npz")'),
    (r"(\w+) = (?:huber|log_cosh|mae).*", r"\1 = mse"),
    (r"split = .*", "split = 80% train, 20% validation"),
    (r"\w+ \{ (\w+) = (.*) \}", r"\2"),
)


def _simpler(text: str) -> Iterator[str]:
    """With the plainest optimizer, loss and data."""
    for pattern, plain in _PLAIN:
        for found in re.finditer(pattern, text):
            new = found.expand(plain)
            if new != found[0]:
                yield text[: found.start()] + new + text[found.end() :]


def _numbers(text: str) -> Iterator[str]:
    """With a smaller number."""
    for found in _NUMBER.finditer(text):
        value = int(found[0])
        for less in sorted({1, 2, value // 2, value - 1}):
            if 0 < less < value:
                yield text[: found.start()] + str(less) + text[found.end() :]


def _plain_names(text: str) -> Iterator[str]:
    """With a plain name for something."""
    names = [each[1] for each in _DEFINED.finditer(text)]
    for number, name in enumerate(dict.fromkeys(names)):
        plain = f"{'B' if name[0].isupper() else 'n'}{number}"
        if name not in _SETTINGS and not re.fullmatch(r"[nB]\d+", name):
            yield re.sub(rf"\b{name}\b", plain, text)


def main() -> None:
    from fuzz.bench import bench
    from fuzz.examine import alike, form_of

    given = sys.argv[1]
    seed = int(given) if given.isdigit() else 0
    text = network(seed).text if given.isdigit() else Path(given).read_text("utf-8")
    with bench() as made:
        fails = alike(made, text, form_of(seed))
        print(minimised(text, fails, lambda shorter: print(f"{len(shorter)}", end=" ", flush=True)))


if __name__ == "__main__":
    main()
