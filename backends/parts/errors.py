"""How a script ends early: with one line for the reader, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable


class RunError(Exception):
    """What stops a run, as one line for the reader."""


def run(entry: Callable[[], None]) -> None:
    """Call `entry`; an error of data or files ends the script with one line and exit code 1."""
    try:
        entry()
    except (RunError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("\nstopped; --resume goes on after the last finished epoch", file=sys.stderr)
        sys.exit(130)
