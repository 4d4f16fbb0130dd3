"""Normalisation of each sample."""

from __future__ import annotations

from specc.codegen.lowering import MODULE, Lowered, Site
from specc.codegen.python.expressions import Call, Expr, call, method, raw
from specc.ops.base import Dims
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME
from specc.ops.sample_norm import (
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
    UnitNorm,
)

from .lowering import applied, channel_dim, channels_last, in_torch_order, lowers

_INSTANCE = {
    SEQUENCE: "nn.InstanceNorm1d",
    PICTURE: "nn.InstanceNorm2d",
    VOLUME: "nn.InstanceNorm3d",
}


def _over_channels(module: Call, x: Expr, dims: Dims) -> Lowered:
    """A module that normalises the last axis."""
    return Lowered(module, (in_torch_order(call(MODULE, channels_last(x, dims)), dims),))


@lowers(LayerNorm)
def layer_norm(op: LayerNorm, site: Site) -> Lowered:
    dims = site.inputs[0]
    if op.axes == "channels":
        return _over_channels(call("nn.LayerNorm", dims[-1], eps=op.epsilon), site.x, dims)
    shape = dims if len(dims) <= SEQUENCE else (dims[-1], *dims[:-1])
    return Lowered(call("nn.LayerNorm", shape, eps=op.epsilon), (call(MODULE, site.x),))


@lowers(GroupNorm)
def group_norm(op: GroupNorm, site: Site) -> Lowered:
    dims = site.inputs[0]
    module = call("nn.GroupNorm", op.groups, dims[-1], eps=op.epsilon)
    if site.gradient or len(dims) < PICTURE:
        return Lowered(module, (applied(site.x, dims),))
    # Its backward pass ends the process where the input lies channels last and has no gradient. Of
    # one place or one channel `contiguous` would leave even that as it is.
    laid = method(site.x, "clone", memory_format=raw("torch.contiguous_format"))
    return Lowered(module, (call(MODULE, laid),), comment="PyTorch crashes on channels last")


@lowers(InstanceNorm)
def instance_norm(op: InstanceNorm, site: Site) -> Lowered:
    dims = site.inputs[0]
    module = call(_INSTANCE[len(dims)], dims[-1], eps=op.epsilon, affine=True)
    return Lowered(module, (applied(site.x, dims),))


@lowers(RMSNorm)
def rms_norm(op: RMSNorm, site: Site) -> Lowered:
    dims = site.inputs[0]
    return _over_channels(call("nn.RMSNorm", dims[-1], eps=op.epsilon), site.x, dims)


@lowers(UnitNorm)
def unit_norm(op: UnitNorm, site: Site) -> Lowered:
    return Lowered(None, (call("F.normalize", site.x, dim=channel_dim(site.inputs[0]), eps=1e-12),))


@lowers(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, site: Site) -> Lowered:
    # Torch divides alpha by the size.
    numbers = {"alpha": op.alpha * op.size, "beta": op.beta, "k": op.k}
    module = call("nn.LocalResponseNorm", op.size, **numbers)
    return Lowered(module, (applied(site.x, site.inputs[0]),))
