"""Names that a generated script could not bear, by what they would break there.

Plain lists, so that the binder can refuse such a name without a framework; a test compares them
with the framework's.
"""

from __future__ import annotations

from keyword import kwlist

_MODULE_ATTRIBUTES = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children
    named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""
"""Attributes of `torch.nn.Module`: a layer of that name would hide one."""

_USED_IN_MODELS = """
    F Tensor bool build_model dict float int keras layers list math name nn np ops self str
    super tf torch tuple KerasTensor
"""
"""Names that the model part of a script reads: a value of that name would hide one."""

_CLASSES_AND_IMPORTS = """
    Any Callable Config Dataset Generator Image Iterable Iterator Mapping Optimizer Path
    Sequence main
"""
"""Other names at the top level of a script: a block's or model's class of that name would clash."""

RESERVED: frozenset[str] = frozenset(
    [*kwlist, *_MODULE_ATTRIBUTES.split(), *_USED_IN_MODELS.split(), *_CLASSES_AND_IMPORTS.split()]
)
"""Names that a user cannot give to a value, layer, block, parameter or model."""


def unusable(name: str) -> bool:
    """Whether a script cannot bear the user's name."""
    return name in RESERVED or name.startswith("_")
