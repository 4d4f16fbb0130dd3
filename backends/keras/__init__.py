"""The Keras backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specc.codegen.backend import Backend
from specc.codegen.lowering import Lowerings
from specc.codegen.script.form import WHOLE, Form
from specc.ir import Buildable
from specc.terms import snake

if TYPE_CHECKING:
    from specc.codegen.model.forms import Forms
    from specc.codegen.model.items import LoweredItem, UseSite
    from specc.codegen.model.plan import Plan
    from specc.codegen.model.skeleton import Signatures


class KerasBackend(Backend):
    """Writes a `keras.Model` and trains it with `fit`."""

    name = "keras"
    lean = True
    probe = "specc.backends.keras.probe"
    title = "Keras"
    # A block is a function here: what its steps hold can be an argument as well.
    free_steps = True
    weight_files = (".keras", ".weights.h5")

    @property
    def signatures(self) -> Signatures:
        from .signatures import SIGNATURES

        return SIGNATURES

    @property
    def lowerings(self) -> Lowerings:
        from .lowering import LOWERINGS

        return LOWERINGS

    def script(self, spec: Buildable, form: Form = WHOLE) -> str:
        code = self.model_code(spec.model)
        if form.lean:
            from .lean import script as lean_script

            return lean_script(spec, code, self.parts)
        from .train import script

        return script(spec, code, self.parts, form.module(self.name))

    def observed(self, spec: Buildable) -> dict[str, Any]:
        from .lean import observed

        return observed(spec, self.model_code(spec.model))

    def block_name(self, block: str) -> str:
        return snake(block)

    def use(self, site: UseSite) -> LoweredItem:
        from .model import use

        return use(site)

    def write_model(self, plan: Plan, forms: Forms) -> tuple[str, str]:
        from .model import write_model

        return write_model(plan, forms)


BACKEND = KerasBackend()
