"""The Keras backend."""

from __future__ import annotations

from specc.codegen.backend import Backend
from specc.codegen.lowering import Lowerings
from specc.codegen.model.forms import Forms
from specc.codegen.model.pieces import Piece, UseSite
from specc.codegen.model.plan import Plan
from specc.codegen.model.skeleton import Signature
from specc.ir import Buildable
from specc.terms import snake


class KerasBackend(Backend):
    """Writes a `keras.Model` and trains it with `fit`."""

    name = "keras"
    probe = "specc.backends.keras.probe"
    title = "Keras"
    signatures = {
        "layers.Conv2D": Signature(
            ("filters",),
            ("kernel_size", "strides", "padding", "dilation_rate", "groups"),
            {"strides": 1, "dilation_rate": 1, "groups": 1},
        ),
        "layers.Dense": Signature(("units",)),
        "layers.ZeroPadding2D": Signature(("padding",)),
        "layers.Dropout": Signature(("rate",)),
        "layers.SpatialDropout2D": Signature(("rate",)),
        "layers.MultiHeadAttention": Signature(("heads",)),
        "layers.LSTM": Signature(("units",)),
        "layers.SimpleRNN": Signature(("units",)),
        "keras.regularizers.L2": Signature(("l2",)),
    }
    # A block is a function here: what its steps hold can be an argument as well.
    free_steps = True
    weight_files = (".keras", ".weights.h5")

    @property
    def lowerings(self) -> Lowerings:
        from .lowering import LOWERINGS

        return LOWERINGS

    def script(self, spec: Buildable) -> str:
        from .train import script

        return script(spec, self.model_code(spec.model), self.parts)

    def block_name(self, block: str) -> str:
        return snake(block)

    def use(self, site: UseSite) -> Piece:
        from .model import use

        return use(site)

    def write_model(self, plan: Plan, forms: Forms) -> tuple[str, str]:
        from .model import write_model

        return write_model(plan, forms)


BACKEND = KerasBackend()
