"""A dataclass as a command line."""

from __future__ import annotations

import argparse
from dataclasses import field, fields
from typing import Any


def flag(
    default: Any,
    text: str,
    *,
    kind: type | None = None,
    low: float | None = None,
    above: float | None = None,
) -> Any:
    """A field that is also a flag: its default, its line in --help, and the least it may be.

    kind: the type of its values, where the default is None.
    """
    metadata = {"help": text, "kind": kind or type(default), "low": low, "above": above}
    return field(default=default, metadata=metadata)


def bounded(kind: type[int] | type[float], low: float | None, above: float | None) -> Any:
    """A reader of numbers that refuses what is too small or too large."""

    def read(text: str) -> Any:
        value = kind(text)
        if low is not None and value < low:
            raise argparse.ArgumentTypeError(f"{text} is below {low}")
        if above is not None and value <= above:
            raise argparse.ArgumentTypeError(f"{text} is not above {above}")
        if not value < 2**63:  # neither is NaN
            raise argparse.ArgumentTypeError(f"{text} is too large")
        return value

    read.__name__ = kind.__name__  # what argparse calls a wrong value
    return read


def parse_config(config: type[Any], description: str | None) -> Any:
    """Read the command line; every field of the dataclass is a flag: `--batch-size 64`."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for item in fields(config):
        name = f"--{item.name.replace('_', '-')}"
        text = item.metadata["help"].replace("%", "%%")
        if isinstance(item.default, bool):
            parser.add_argument(name, action="store_true", help=text)
            continue
        kind = item.metadata["kind"]
        value = {int: "N", float: "X", str: "NAME"}.get(kind, "PATH")
        if kind in (int, float):
            kind = bounded(kind, item.metadata["low"], item.metadata["above"])
        if item.default is not None:
            text += " (default: %(default)s)"
        parser.add_argument(name, type=kind, default=item.default, help=text, metavar=value)
    return config(**vars(parser.parse_args()))
