"""Parts `about` and `keras`: what is there, and the Keras scripts where TensorFlow is."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from gpu.common import Rows, Task, open_case

PACKAGES = ("torch", "numpy", "triton", "matplotlib", "safetensors", "pillow", "scikit-learn",
            "tensorflow", "keras", "jax", "lightning")  # fmt: skip


def about(task: Task, rows: Rows) -> None:
    """Devices, driver and versions."""
    rows.add("machine", "measured", f"Python {platform.python_version()}, {platform.machine()}, "
             f"{os.cpu_count()} cores, {torch.get_num_threads()} threads")  # fmt: skip
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(number)
            rows.add(f"cuda:{number}", "measured", f"{card.name}, {card.total_memory / 2**30:.0f} "
                     f"GiB, capability {card.major}.{card.minor}", name=card.name)  # fmt: skip
        cudnn: Any = torch.backends.cudnn  # has no types
        rows.add("CUDA", "measured", f"driver {driver()}, CUDA {torch.version.cuda}, "
                 f"cuDNN {cudnn.version()}")  # fmt: skip
    else:
        rows.add("GPU", "missing", "PyTorch sees no GPU: all of it runs on the CPU, at small sizes")
    for package in PACKAGES:
        try:
            rows.add(package, "measured", metadata.version(package))
        except metadata.PackageNotFoundError:
            rows.add(package, "missing", "not installed")


def driver() -> str:
    asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return f"unknown ({type(error).__name__})"
    return done.stdout.split("\n")[0].strip()


def keras(task: Task, rows: Rows) -> None:
    """The Keras scripts train, where TensorFlow sees a GPU."""
    if importlib.util.find_spec("tensorflow") is None:
        return rows.add("TensorFlow", "missing", "not installed")
    if task.device == "cpu":
        return rows.add("TensorFlow", "missing", "no GPU: the suite trains these on the CPU")
    import tensorflow

    if not tensorflow.config.list_physical_devices("GPU"):
        return rows.add("TensorFlow", "missing", "TensorFlow sees no GPU")
    for name, path in task.scripts.items():
        script = str(Path(path).with_name("train_keras.py"))
        begun = time.monotonic()
        case = open_case(task, name, 2048, path=script, epochs=2, batch_size=64, device="auto")
        case.script.train_model(case.config)
        history = case.script.load_checkpoint(case.config.out)[1]["history"]
        rows.add(name, "passed" if len(history) == 2 else "failed",
                 f"2 epochs, {time.monotonic() - begun:.1f} s")  # fmt: skip
    return None
