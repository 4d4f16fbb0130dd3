"""The PyTorch backend."""

from __future__ import annotations

from specc.codegen.backend import Backend
from specc.codegen.lowering import Lowerings
from specc.codegen.model.forms import Forms
from specc.codegen.model.pieces import Piece, UseSite
from specc.codegen.model.plan import Plan
from specc.codegen.model.skeleton import Signature
from specc.ir import Buildable


class TorchBackend(Backend):
    """Writes an `nn.Module` and a plain training loop."""

    name = "torch"
    probe = "specc.backends.torch.probe"
    title = "PyTorch"
    remark = "pictures and volumes have their channels first"
    signatures = {
        "nn.Conv2d": Signature(
            ("channels", "filters"),
            ("kernel_size", "stride", "padding", "dilation", "groups"),
            {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
        ),
        "nn.Linear": Signature(("inputs", "units")),
        "nn.MaxPool2d": Signature((), ("kernel_size", "stride", "padding"), {"padding": 0}),
        "nn.AvgPool2d": Signature((), ("kernel_size", "stride", "padding"), {"padding": 0}),
        "nn.LayerNorm": Signature(("channels",)),
        "nn.GroupNorm": Signature(("groups", "channels")),
        "nn.RMSNorm": Signature(("channels",)),
        "nn.Dropout": Signature(("rate",)),
        "nn.Dropout2d": Signature(("rate",)),
        "DropPath": Signature(("rate",)),
        "MultiHeadAttention": Signature(("channels", "heads")),
        "LSTM": Signature(("inputs", "units")),
        "SimpleRNN": Signature(("inputs", "units")),
        "BatchNorm1d": Signature(("channels",)),
        "BatchNorm2d": Signature(("channels",)),
    }
    weight_files = (".pt",)

    @property
    def lowerings(self) -> Lowerings:
        from .lowering import LOWERINGS

        return LOWERINGS

    def script(self, spec: Buildable) -> str:
        from .train import script

        return script(spec, self.model_code(spec.model), self.parts)

    def block_name(self, block: str) -> str:
        return block

    def use(self, site: UseSite) -> Piece:
        from .model import use

        return use(site)

    def write_model(self, plan: Plan, forms: Forms) -> tuple[str, str]:
        from .model import write_model

        return write_model(plan, forms)


BACKEND = TorchBackend()
