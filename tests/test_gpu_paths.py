"""What differs on a GPU and can be looked at without one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest


def restored(fused: bool) -> Any:
    """The count of steps of a resumed Adam whose parameters lie on another device than the CPU."""
    import torch
    from torch import nn

    slots = import_module("specc.backends.torch.parts.run").Slots
    model = nn.Linear(2, 1, device="meta")
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.defaults["fused"] = fused
    tensors = {
        f"optimizer.{slot}.{name}": np.zeros(shape, np.float32)
        for slot in ("exp_avg", "exp_avg_sq")
        for name, shape in (("weight", (1, 2)), ("bias", (1,)))
    }
    slots(model, optimizer, "exp_avg", "exp_avg_sq").restore(tensors, {"step": 7})
    return optimizer.state[model.weight]["step"]


def test_a_fused_optimizer_counts_where_its_parameters_lie() -> None:
    # On an H100 the next step ended with "Expected all tensors to be on the same device".
    assert restored(fused=True).device.type == "meta"
    assert restored(fused=False).device.type == "cpu"
    assert restored(fused=False).item() == 7


def a_part() -> Any:
    """Rows 7, 1, 3 of nine pictures of 4x4x3 bytes, each with a number."""
    data = import_module("specc.backends.parts.data")
    inputs = {"input": np.arange(9 * 48).astype(np.uint8).reshape(9, 4, 4, 3)}
    targets = {"output": np.arange(9, dtype=np.float32)[:, None]}
    return data.Part(data.Samples(inputs, targets), np.array([7, 1, 3]))


def test_a_third_of_the_free_memory_is_for_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    data = import_module("specc.backends.torch.parts.data")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (300, 900))
    assert data.fits(100, torch.device("cuda"))
    assert not data.fits(101, torch.device("cuda"))
    assert not data.fits(1, torch.device("cpu"))
    assert data.Stored(a_part(), torch.device("cpu")).size() == 3 * (48 + 4)


@pytest.mark.parametrize("room", [True, False])
def test_samples_lie_on_the_device_or_come_in_batches(
    room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On `meta`, a device without numbers that any machine has."""
    import torch

    data = import_module("specc.backends.torch.parts.data")
    monkeypatch.setattr(data, "fits", lambda size, device: room)
    scale, device = {"input": data.as_float}, torch.device("meta")
    batches = data.Batches(a_part(), 2, scale, None, device)
    stored = {*batches.part.inputs.values(), *batches.part.targets.values(), batches.part.rows}
    assert {x.device.type for x in stored} == {"meta" if room else "cpu"}
    assert {len(x) for x in stored} == ({3} if room else {9, 3})
    batches.reorder(0, 0)
    made = [(x["input"], y["output"]) for x, y in batches]
    assert [(x.shape[0], y.shape[0]) for x, y in made] == [(2, 2), (1, 1)]
    assert all(x.device == y.device == device and x.dtype == torch.float32 for x, y in made)


def test_a_batch_has_the_rows_that_numpy_would_take() -> None:
    import torch

    data = import_module("specc.backends.torch.parts.data")
    common = import_module("specc.backends.parts.data")
    scaling = import_module("specc.backends.parts.scaling")
    part, cpu = a_part(), torch.device("cpu")
    kinds = [("UnitRange", (255,)), ("Standardize", ((3.0,), (0.7,)))]
    kinds.append(("Standardize", ((3.0, 0.1, 9.9), (0.3, 7.0, 1.1))))
    for name, figures in kinds:
        own, other = (getattr(module, name)(*figures) for module in (data, scaling))
        batches = data.Batches(part, 2, {"input": own}, 1, cpu)
        batches.reorder(5, 2)
        ((inputs, targets),) = batches
        places = common.epoch_order(5, 2, 3)[:2]
        x, y = common.make_batch(part, places, {"input": other})
        assert inputs["input"].numpy().tobytes() == x["input"].tobytes()
        assert targets["output"].numpy().tobytes() == y["output"].tobytes()


@pytest.mark.parametrize("kind", ["f8", "u2", "i4", "?", "f2", ">f4"])
def test_numbers_of_any_kind_become_what_a_network_takes(kind: str) -> None:
    data = import_module("specc.backends.torch.parts.data")
    array = np.array([[0, 1], [1, 0]]).astype(kind)
    array.flags.writeable = False  # as those of some files are
    (found,) = data.tensors_of({"x": array}).values()
    assert found.numpy().dtype == np.float32
    assert (found.numpy() == array.astype(np.float32)).all()


def test_a_compiled_model_keeps_its_names_and_gives_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """With CUDA graphs the next step writes over an output; the compiler itself takes long."""
    import torch
    from torch import nn

    compile_model = import_module("specc.backends.torch.parts.compiled").compile_model
    asked: list[str | None] = []
    last: list[torch.Tensor] = []

    def compiled(function: Any, mode: str | None = None) -> Any:
        asked.append(mode)

        def run(*inputs: Any) -> Any:
            last[:] = [function(*inputs)]
            return last[0]

        return run

    monkeypatch.setattr(torch, "compile", compiled)
    model = nn.Linear(2, 1)
    names, x = list(model.state_dict()), torch.ones(3, 2)
    before = model(x)
    compile_model(model, "reduce-overhead", torch.device("cpu"))
    assert asked == [None, "reduce-overhead"] and list(model.state_dict()) == names
    after = model(x)
    assert torch.equal(before, after) and after.data_ptr() != last[0].data_ptr()
    after.sum().backward()
    assert model.weight.grad is not None and model.weight.grad.tolist() == [[3.0, 3.0]]


def test_a_compiler_that_does_not_work_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from torch import nn

    compile_model = import_module("specc.backends.torch.parts.compiled").compile_model
    errors = import_module("specc.backends.parts.errors")
    cpu = torch.device("cpu")
    with pytest.raises(errors.RunError, match="--compile knows default, .*, not `fast`"):
        compile_model(nn.Identity(), "fast", cpu)

    def broken(function: Any) -> Any:
        raise RuntimeError("no C++ compiler\nand much else")

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(errors.RunError) as told:
        compile_model(nn.Identity(), "default", cpu)
    assert str(told.value) == "torch.compile does not work here: no C++ compiler"
