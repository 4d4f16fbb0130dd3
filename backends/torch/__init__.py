"""The PyTorch backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specc.codegen.backend import Backend
from specc.codegen.lowering import Lowerings
from specc.codegen.script.form import WHOLE, Form
from specc.ir import Buildable

if TYPE_CHECKING:
    from specc.codegen.model.forms import Forms
    from specc.codegen.model.items import LoweredItem, UseSite
    from specc.codegen.model.plan import Plan
    from specc.codegen.model.skeleton import Signatures


class TorchBackend(Backend):
    """Writes an `nn.Module` and a plain training loop."""

    name = "torch"
    lean = True
    probe = "specc.backends.torch.probe"
    title = "PyTorch"
    remark = "pictures and volumes have their channels first"
    weight_files = (".pt",)

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

    def block_name(self, block: str) -> str:
        return block

    def use(self, site: UseSite) -> LoweredItem:
        from .model import use

        return use(site)

    def write_model(self, plan: Plan, forms: Forms) -> tuple[str, str]:
        from .model import write_model

        return write_model(plan, forms)


BACKEND = TorchBackend()
