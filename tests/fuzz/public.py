"""Published networks at a small size, proven to L5: `make fuzz-networks PUBLIC=1`.

Each is a spec in tests/data/public with its paper and what was made smaller.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.verdict import PROVEN, Verdict  # noqa: E402 - a program's folder is not its package's

FOLDER = Path(__file__).resolve().parents[1] / "data" / "public"
NETWORKS = {path.stem: path for path in sorted(FOLDER.glob("*.cnn"))}
LEVEL = 5


def main() -> None:
    from fuzz.bench import bench
    from fuzz.examine import verdict_of
    from specc.codegen.script.form import WHOLE

    found: dict[str, Verdict] = {}
    with bench() as made:
        for name in sys.argv[1:] or NETWORKS:
            begun = time.monotonic()
            found[name] = verdict_of(made, NETWORKS[name].read_text("utf-8"), WHOLE, LEVEL)
            took = f"{time.monotonic() - begun:5.1f} s"
            print(f"{name:14} {found[name].kind:16} {took}  {found[name].detail}", flush=True)
    proven = sum(one.kind == PROVEN for one in found.values())
    print(f"{proven} of {len(found)} networks are proven to L{LEVEL}")
    sys.exit(proven < len(found))


if __name__ == "__main__":
    main()
