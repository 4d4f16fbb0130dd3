"""Where a script computes."""

from __future__ import annotations

import tensorflow as tf

from ...parts.errors import RunError


def use_device(wish: str) -> str:
    """Let TensorFlow see one device, such as `cuda:1`; for `auto` a GPU where there is one."""
    gpus = tf.config.list_physical_devices("GPU")
    here = [*(f"cuda:{number}" for number in range(len(gpus))), "cpu"]
    name = {"auto": here[0], "cuda": "cuda:0"}.get(wish, wish)
    if name not in here:
        raise RunError(f"no device `{wish}` here; there is {', '.join(here)}")
    chosen = [] if name == "cpu" else [gpus[here.index(name)]]
    tf.config.set_visible_devices(chosen, "GPU")
    for gpu in chosen:
        # Otherwise TensorFlow takes all of the GPU's memory at once.
        tf.config.experimental.set_memory_growth(gpu, True)
        details = tf.config.experimental.get_device_details(gpu)
        return f"{name} ({details.get('device_name', 'GPU')})"
    return name
