"""What the benchmarks call of generated scripts is there: they are run by hand, now and then."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from harness.backends import BACKENDS

ROOT = Path(__file__).parent.parent
MEASURED = ("lecture", "digits", "residual")
OF_A_SPEC = {"rank_auc", "BinaryRanking", "UnitRange", "Standardize"}
"""What a script has where its spec asks for it."""


def reads(path: Path) -> set[str]:
    """The names that a benchmark reads of a script."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {n.attr for n in found if isinstance(n.value, ast.Name) and n.value.id == "script"}


def bound(path: Path) -> set[str]:
    """The names that a script binds at its top."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("spec", MEASURED)
@pytest.mark.parametrize("backend", BACKENDS)
def test_scripts_have_what_the_speed_is_measured_by(backend: str, spec: str) -> None:
    bench = ROOT / "benchmarks"
    read = (
        reads(bench / "speed_common.py")
        | reads(bench / "prepared.py")
        | reads(bench / f"speed_{backend}.py")
    )
    assert "train_model" in read
    assert read - OF_A_SPEC <= bound(ROOT / "generated" / spec / f"train_{backend}.py")
