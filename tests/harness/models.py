"""Whole models of generated code, each framework in its own process, on the same numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.processes import start
from specc import ir
from specc.codegen.backend import ModelCode, get_backend
from specc.compile import compile_text
from specc.source import Source

HEADERS = {
    "torch": "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\n"
    "from specc.backends.torch.parts.layers import *\n",
    "keras": "import keras\nfrom keras import KerasTensor, layers\n"
    "from specc.backends.keras.parts.layers import *\n"
    "from specc.backends.keras.parts.losses_of_outputs import LossPerOutput\n",
}


def spec_of(text: str) -> ir.Spec:
    result = compile_text(Source("spec.cnn", text))
    assert result.spec is not None, result.diagnostics
    return result.spec


def model_of(text: str) -> ir.Model:
    return spec_of(text).model


def code_of(backend: str, text: str) -> ModelCode:
    return get_backend(backend).model_code(model_of(text))


@dataclass
class Ran:
    """parameters: the framework's own count of what it trains. outputs: by the output's name."""

    parameters: int
    outputs: dict[str, np.ndarray]


def run(backend: str, text: str, folder: Path) -> Ran:
    """Build a spec's model, give it seeded weights and inputs, and predict."""
    code = code_of(backend, text)
    plan = code.plan
    random = np.random.default_rng(5)
    arrays: dict[str, Any] = {}
    for name, weight in plan.weights:
        # Scales and running variances are positive; kernels keep the size of what they are given.
        flat = len(weight.shape) == 1
        scale = 1.0 if flat else np.sqrt(3 / np.prod(weight.shape[1:]))
        arrays[f"weight:{name}"] = random.uniform(0.5 if flat else -scale, scale, weight.shape)
    for part in plan.model.inputs:
        arrays[f"input:{part.name}"] = random.standard_normal((2, *part.shape))
    np.savez(folder / "given.npz", **arrays)
    stored = {
        f"{layer}.{one.canonical}": [layer, one.attribute, one.axes]
        for layer, every in code.stored.items()
        for one in every
    }
    job = {"maker": code.maker, "code": HEADERS[backend] + code.text, "stored": stored}
    (folder / "job.json").write_text(json.dumps(job))
    runner = Path(__file__).with_name(f"{backend}_model.py")
    done = start(backend, runner, folder).wait()
    assert done.code == 0, done.err[-3000:]
    with np.load(folder / "made.npz") as made:
        outputs = {name: made[name] for name in made.files if name != "parameters"}
        return Ran(int(made["parameters"]), outputs)
