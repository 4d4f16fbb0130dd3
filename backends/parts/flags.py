"""A dataclass as a command line."""

from __future__ import annotations

import argparse
from dataclasses import field, fields
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def flag(default: T, text: str, *, low: float | None = None, above: float | None = None) -> T:
    """A field that is also a flag: its default, its line in --help, the smallest value."""
    return field(default=default, metadata={"help": text, "low": low, "above": above})


def parse_config(config: type[T], description: str | None) -> T:
    """Read the command line: every field of the dataclass is a flag."""
    raise NotImplementedError
