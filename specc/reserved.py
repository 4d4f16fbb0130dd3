"""Names that generated scripts have already: what no layer can be called, and what no name of a
spec may rebind.

Plain lists, so that neither binder nor compiler needs a framework; tests compare them with the
frameworks'.
"""

from __future__ import annotations

import builtins
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

NO_LAYER: frozenset[str] = frozenset([*kwlist, *_MODULE_ATTRIBUTES.split()])
"""What no layer can be called: its name is an attribute in scripts and a key in files of weights,
so that it cannot be another one there."""

WORDS: frozenset[str] = frozenset(
    [*kwlist, *dir(builtins), "annotations", "build_model", "name", "self"]
)
"""What no function, class or variable of a script is called by a name of a spec: Python's own
names, and those of the functions that make models. A script's other names are known where it is
rendered."""

CELLS: frozenset[str] = frozenset(["axes", "epochs", "figure", "history", "key", "label", "names",
                                   "panels"])  # fmt: skip
"""What the last cells of a notebook bind: they may be run before the model is made once more."""
