"""Write scikit-learn's diabetes table as a CSV file: `python tests/tables.py OUT.csv`."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from sklearn.datasets import load_diabetes

TARGET = "progression"


def write(out: Path) -> int:
    """Ten measurements of each of 442 patients and the target; the number of rows."""
    table = load_diabetes(scaled=False)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.feature_names, TARGET])
        for features, target in zip(table.data.tolist(), table.target.tolist(), strict=True):
            writer.writerow([*features, target])
    return len(table.target)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/tables.py OUT.csv")
    print(f"{sys.argv[1]}: {write(Path(sys.argv[1]))} rows")


if __name__ == "__main__":
    main()
