"""What a backend is, and how the installed ones are found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from specc.codegen.lowering import Lowerings, Refusal, Stored
from specc.codegen.script.form import WHOLE, Form
from specc.ir import Buildable, Model, Spec
from specc.places import part_terms, terms
from specc.points import points
from specc.terms import Term

# `specc check` asks a backend only which terms it has: that must not import the writing of code.
if TYPE_CHECKING:
    from specc.codegen.model.forms import Forms
    from specc.codegen.model.items import LoweredItem, UseSite
    from specc.codegen.model.plan import Plan
    from specc.codegen.model.skeleton import Signatures
    from specc.codegen.script.names import ScriptNames

_GROUP = "specc.backends"


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
    free_steps: bool = False
    trains: bool = True
    """Whether its scripts train: otherwise it is asked for no losses, metrics and optimizers."""
    lean: bool = False
    """Whether it also writes what one would show in a lecture: `script` is then asked for a lean
    form."""
    probe: str | None = None
    """The module that runs scripts for `specc parity`, in a process of its own; see
    docs/parity.md."""
    weight_files: tuple[str, ...] = ()
    """Endings of the files that it keeps weights in; its module `exchange` reads and writes
    them."""

    @property
    def signatures(self) -> Signatures:
        """Constructors whose arguments readers know by their places."""
        return {}

    def __init__(self) -> None:
        self._last: tuple[Model, Plan, Forms] | None = None

    @property
    @abstractmethod
    def lowerings(self) -> Lowerings:
        """The functions that lower single layers."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The packages of its scripts' parts: third parties', its own, those of all backends."""
        from specc.codegen.script.parts import backend_parts, shared_parts

        own = f"{self.lowerings.package}.parts"
        return (*backend_parts(self.name), *([own] if find_spec(own) else ()), *shared_parts())

    @abstractmethod
    def script(self, spec: Buildable, form: Form = WHOLE) -> str:
        """The training script."""

    def observed(self, spec: Buildable) -> dict[str, Any]:
        """What its probe must be told of a lean script, as JSON: where weights lie, say."""
        return {}

    def module(self) -> str:
        """The parts of scripts as a module, for the layout of a folder."""
        from specc.codegen.script.render import Template

        return Template(self.lowerings.package, self.parts, "").module(self.title)

    def files(self, spec: Buildable, form: Form = WHOLE) -> dict[str, str]:
        """All that is written for a spec: texts by the names of files, the script first."""
        text = self.script(spec, form)
        if form.notebook:
            from specc.codegen.script.notebook import notebook

            text = notebook(text)
        found = {form.file(self.name): text}
        if module := form.module(self.name):
            found[f"{module}.py"] = self.module()
        return found

    @abstractmethod
    def block_name(self, block: str) -> str:
        """The name of a block's class or function."""

    @abstractmethod
    def use(self, site: UseSite) -> LoweredItem:
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

    def lacks(self, spec: Spec) -> Iterator[tuple[str, str, str]]:
        """The terms that it does not have at all: their places, the argument that they stand in if
        they are a layer's, and the reason. Quick to say."""
        known: dict[type[Term], bool] = {}
        for place, term in terms(spec, trained=self.trains):
            cls = type(term)
            if cls not in known:
                known[cls] = self.lowerings.has(cls)
            if not known[cls]:
                yield place, "", self.lowerings.absent(term)
        if self.trains and isinstance(spec, Buildable):
            yield from self._without_part(spec)

    def _without_part(self, spec: Buildable) -> Iterator[tuple[str, str, str]]:
        """The same of the terms that become calls of parts. Every backend has those of specc's own,
        so that only a package's are looked up."""
        others = [each for each in part_terms(spec) if not each[2].own()]
        if others:
            from specc.codegen.script.context import part_of
            from specc.codegen.script.parts import library

            known = library(*self.parts).names()
            for place, argument, term in others:
                part = part_of(spec, place, term)
                if part not in known:
                    yield place, argument, f"{self.lowerings.absent(term)}: no part `{part}`"

    def refusals(self, spec: Spec) -> list[Refusal]:
        """Everything in the spec that this backend cannot express exactly."""
        from specc.codegen.training import refusals

        found: list[Refusal] = self._prepare(spec.model)[1].refusals
        if self.trains and isinstance(spec, Buildable):
            found = [*found, *refusals(spec, self.lowerings)]
            found += [Refusal(*each) for each in self._without_part(spec)]
        return found

    def _prepare(self, model: Model) -> tuple[Plan, Forms]:
        from specc.codegen.model.forms import make_forms
        from specc.codegen.model.plan import make_plan

        # A build asks for the refusals first, then for the text of the same model.
        if self._last is None or self._last[0] is not model:
            plan = make_plan(model)
            self._last = (model, plan, make_forms(plan, self))
        return self._last[1:]

    @property
    def script_names(self) -> ScriptNames:
        """Names at the top level of what a script may be put together from."""
        from specc.codegen.script.names import script_names

        return script_names(self.lowerings.package, self.parts)


class NotInstalled(Exception):
    """No backend is found: the package's entry points are not there."""

    def __init__(self) -> None:
        super().__init__("specc is not installed; run `pip install -e .`")


def backend_names() -> list[str]:
    """The names of the installed backends."""
    names = sorted(point.name for point in points(_GROUP))
    if not names:
        raise NotInstalled
    return names


def get_backend(name: str) -> Backend:
    """The backend of a name; KeyError where there is none."""
    if name not in backend_names():
        raise KeyError(name)
    (point, *_) = points(_GROUP, name)
    backend = point.load()
    assert isinstance(backend, Backend), backend
    return backend
