"""What a backend is, and how the installed ones are found."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.util import find_spec

from specc.codegen.lowering import Lowerings, Stored
from specc.codegen.model.forms import Forms, make_forms
from specc.codegen.model.pieces import Piece, Refusal, UseSite
from specc.codegen.model.plan import Plan, make_plan
from specc.codegen.model.skeleton import Signatures
from specc.codegen.script.parts import COMMON, SHARED
from specc.codegen.training import refusals
from specc.ir import Buildable, Model, Spec

_GROUP = "specc.backends"
_DEFINED = re.compile(r"^(?:def|class) (\w+)|^(\w+) *[:=]", re.MULTILINE)
_IMPORTED = re.compile(r"^ *(?:from (?!specc|\.|__)\S+ )?import (?:\(([^)]*)\)|(.*))", re.MULTILINE)
_BOUND = re.compile(r"(?:[\w.]+ as )?(\w+)[\w.]*")


@dataclass(frozen=True)
class ModelCode:
    """The model part of a script.

    text: classes or functions, formatted, without imports. maker: the name that makes the model
    when it is called. stored: where the backend keeps each layer's weights, by the layer's path.
    """

    text: str
    maker: str
    plan: Plan
    stored: dict[str, tuple[Stored, ...]]


class Backend(ABC):
    """A framework that specc writes scripts for. A package offers one through an entry point of
    `specc.backends`.
    """

    name: str
    """As in `--backend torch`."""
    title: str
    """As in prose: `PyTorch`."""
    remark: str = ""
    """What one must know to read its code: `pictures have their channels first`."""
    signatures: Signatures = {}
    free_steps: bool = False
    probe: str | None = None
    """The module that runs scripts for `specc parity`, in a process of its own; see
    docs/parity.md."""
    weight_files: tuple[str, ...] = ()
    """Endings of the files that it keeps weights in; its module `exchange` reads and writes
    them."""

    def __init__(self) -> None:
        self._last: tuple[Model, Plan, Forms] | None = None
        self._script_names: frozenset[str] | None = None

    @property
    @abstractmethod
    def lowerings(self) -> Lowerings:
        """The functions that lower single layers."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The packages of its scripts' parts: third parties', its own, those of all backends."""
        points = entry_points(group=f"{_GROUP}.parts")
        others = sorted(each.value for each in points if each.name.startswith(f"{self.name}."))
        own = f"{self.lowerings.package}.parts"
        return (*others, *([own] if find_spec(own) else ()), COMMON)

    @abstractmethod
    def script(self, spec: Buildable) -> str:
        """The whole training script."""

    @abstractmethod
    def block_name(self, block: str) -> str:
        """The name of a block's class or function."""

    @abstractmethod
    def use(self, site: UseSite) -> Piece:
        """The use of a block."""

    @abstractmethod
    def write_model(self, plan: Plan, forms: Forms) -> tuple[str, str]:
        """The text of the model part, and the name that makes the model."""

    def model_code(self, model: Model) -> ModelCode:
        """The model part of a script; only for a model that `refusals` says nothing about."""
        plan, forms = self._prepare(model)
        assert not forms.refusals, forms.refusals
        text, maker = self.write_model(plan, forms)
        return ModelCode(text, maker, plan, forms.stored)

    def refusals(self, spec: Spec) -> list[Refusal]:
        """Everything in the spec that this backend cannot express exactly."""
        found: list[Refusal] = self._prepare(spec.model)[1].refusals
        if isinstance(spec, Buildable):
            found = [*found, *refusals(spec, self.lowerings)]
        return found

    def _prepare(self, model: Model) -> tuple[Plan, Forms]:
        # A build asks for the refusals first, then for the text of the same model.
        if self._last is None or self._last[0] is not model:
            plan = make_plan(model)
            self._last = (model, plan, make_forms(plan, self))
        return self._last[1:]

    @property
    def script_names(self) -> frozenset[str]:
        """Names at the top level of what a script may be put together from."""
        if self._script_names is None:
            self._script_names = frozenset(self._find_names())
        return self._script_names

    def _find_names(self) -> Iterator[str]:
        own = files(self.lowerings.package)
        for folder in (*map(files, self.parts), own / "templates", files(SHARED) / "templates"):
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.name.endswith((".py", ".j2")):
                    text = path.read_text(encoding="utf-8")
                    yield from (match[1] or match[2] for match in _DEFINED.finditer(text))
                    yield from _imported(text)
        # The import lines for a template stand in a string of a module.
        for path in own.iterdir():
            if path.name.endswith(".py"):
                yield from _imported(path.read_text(encoding="utf-8"))


def _imported(text: str) -> Iterator[str]:
    """The names that a text imports, but for those of the compiler itself."""
    for match in _IMPORTED.finditer(text):
        yield from _BOUND.findall(match[1] or match[2])


class NotInstalled(Exception):
    """No backend is found: the package's entry points are not there."""

    def __init__(self) -> None:
        super().__init__("specc is not installed; run `pip install -e .`")


def backend_names() -> list[str]:
    """The names of the installed backends."""
    names = sorted(point.name for point in entry_points(group=_GROUP))
    if not names:
        raise NotInstalled
    return names


def get_backend(name: str) -> Backend:
    """The backend of a name; KeyError where there is none."""
    if name not in backend_names():
        raise KeyError(name)
    (point, *_) = entry_points(group=_GROUP, name=name)
    backend = point.load()
    assert isinstance(backend, Backend), backend
    return backend
