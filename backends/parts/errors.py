"""How a script ends early: with one line for the reader, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable


class RunError(Exception):
    """What stops a run, as one line for the reader."""


OUT_OF_MEMORY = "OutOfMemoryError", "ResourceExhaustedError"
"""What frameworks call it on a GPU."""


def out_of_memory(error: Exception) -> bool:
    # PyTorch has no class of its own for it on a CPU.
    return type(error).__name__ in OUT_OF_MEMORY or "can't allocate memory" in str(error)


def run(entry: Callable[[], None]) -> None:
    """Call `entry`; an error of data, files or memory ends the script with one line and code 1."""
    try:
        entry()
    except (RunError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("\nstopped; --resume goes on after the last finished epoch", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if not out_of_memory(error):
            raise
        sys.exit("error: the device is out of memory; lower --batch-size")
