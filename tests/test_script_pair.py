"""The two scripts of a spec mean the same: batches, first weights, outputs, metrics, histories."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.backends import BACKENDS, PAIRS
from harness.scripts import Script, build, digits_as_npz, state
from safetensors.numpy import load_file

pytestmark = [pytest.mark.slow, pytest.mark.parity]

# Tanh and the mean in place of ReLU and the maximum: without kinks rounding grows slowly.
SMOOTH = """
block Part(filters, stride=1) {
  Conv2D(filters, 3x3, stride=stride, same, bias=false) -> BatchNorm(momentum=0.9) -> Tanh
}
model smooth {
  input 8x8x1
  Part(8) -> AvgPool2D(2x2)
  before = Part(8)
  Part(8) -> Concat(before)
  Part(16, stride=2)
  Flatten -> Dense(10, softmax, kernel_initializer=he_normal)
}
data {
  source = digits
  split  = 80% train, 10% validation, 10% test
  scale  = standardize
}
train {
  loss      = LOSS
  optimizer = OPTIMIZER
  metrics   = accuracy, top_k(3), precision, recall(average=weighted), f1(average=micro), auc
  batch     = 64
  epochs    = 3
  seed      = 3
}
"""
ADAM = SMOOTH.replace("LOSS", "categorical_crossentropy").replace("OPTIMIZER", "adam")
MOMENTUM = SMOOTH.replace("LOSS", "categorical_crossentropy(label_smoothing=0.1)").replace(
    "OPTIMIZER", "sgd(0.02, momentum=0.9, nesterov=true)"
)
BINARY = """
model binary {
  input 8x8x1
  Flatten -> Dense(16, tanh) -> Dense(1, sigmoid)
}
data {
  source = npz("digits.npz", y="odd")
  split  = 80% train, 20% validation
  scale  = standardize(mean=[8], std=[6])
}
train {
  loss      = binary_crossentropy(label_smoothing=0.1)
  optimizer = sgd(0.1)
  metrics   = accuracy, precision, recall, f1, auc
  batch     = 50
  epochs    = 2
  seed      = 0
}
"""
NUMBERS = """
model numbers {
  input 8x8x1
  Flatten -> Dense(3)
}
data {
  source = npz("digits.npz")
  split  = 80% train, 20% validation
}
train {
  loss      = mae
  optimizer = sgd(0.1)
  metrics   = mae, rmse
  batch     = 50
  epochs    = 2
  seed      = 0
}
"""

HASH = """
import hashlib
def digest(x, y):
    x, y = np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y)
    assert x.shape[1:] == (8, 8, 1)
    return [len(x), str(y.dtype), hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()]
"""
FED = {
    # What `fit` really feeds: two epochs of a model that only takes notes.
    "keras": """
import json, keras, numpy as np
seen = []
class Notes(keras.Model):
    def train_step(self, batch):
        seen.append(digest(*(part.numpy() for part in batch)))
        return {"loss": 0.0}
config = script.Config()
data = script.load_data(config)
training = script.Batches(data.train, config.batch_size, data.scale, None)
given = keras.Input((8, 8, 1))
model = Notes(given, keras.layers.Flatten()(given))
model.compile(run_eagerly=True)
order = keras.callbacks.LambdaCallback(
    on_epoch_begin=lambda epoch, logs: training.reorder(config.seed, epoch)
)
model.fit(training.stream(script.feed), epochs=2, shuffle=False, verbose=0, callbacks=[order])
print(json.dumps(seen))
""",
    "torch": """
import json, numpy as np, torch
seen = []
compute = script.compute
def notes(model, batch):
    seen.append(digest(batch[0]["input"], batch[1]["output"]))
    return compute(model, batch)
script.compute = notes
config = script.Config()
data = script.load_data(config)
model = getattr(script, MODEL)()
optimizer = torch.optim.SGD(model.parameters(), 0.0)
script.keras_epsilon = lambda *arguments, **options: None
training = script.Batches(data.train, config.batch_size, data.scale, None, torch.device("cpu"))
for epoch in range(2):
    script.train_epoch(model, optimizer, training, config, epoch)
print(json.dumps(seen))
""",
}
# A network that hands on what it is given: the metrics of numbers that the test has chosen.
MEASURED = {
    "keras": """
import json, keras, numpy as np
given = np.load(sys.argv[1])
x = keras.Input(given["x"].shape[1:])
model = keras.Model(x, keras.layers.Identity()(x))
script.compile_model(model, script.Config())
samples = script.Samples({"input": given["x"]}, {"output": given["y"]})
part = script.Part(samples, np.arange(len(samples)))
batches = script.Batches(part, 7, {"input": lambda x: x}, None)
print(json.dumps(model.evaluate(batches.stream(script.feed), return_dict=True, verbose=0)))
""",
    "torch": """
import json, numpy as np, torch
given = np.load(sys.argv[1])
scores = script.Scores(script.make_metrics())
x = given["x"][:, np.newaxis, np.newaxis]  # a picture of one cell, flattened again
for start in range(0, len(x), 7):
    rows = slice(start, start + 7)
    batch = script.tensors_of({"input": x[rows]}), script.tensors_of({"output": given["y"][rows]})
    scores.add(*script.compute(torch.nn.Flatten(), batch))
print(json.dumps(scores.values()))
""",
}
OUTPUTS = {
    "keras": """
import numpy as np
model = script.load_best(script.Config(out=script.Path(sys.argv[1])))
np.save(sys.argv[2], model(np.load(sys.argv[3]), training=False))
""",
    "torch": """
import numpy as np, torch
model = script.load_best(script.Config(out=script.Path(sys.argv[1])))
with torch.inference_mode():
    np.save(sys.argv[2], model(torch.from_numpy(np.load(sys.argv[3])).permute(0, 3, 1, 2)))
""",
}


def built(text: str, folder: Path) -> dict[str, Script]:
    return {backend: build(backend, text, folder) for backend in BACKENDS}


def odd_or_even(path: Path) -> None:
    """Digits with the label `odd`."""
    digits_as_npz(path)
    arrays = dict(np.load(path))
    np.savez(path, odd=arrays["y"].argmax(axis=1) % 2, **arrays)


def probed(script: Script, code: str, *arguments: object) -> Any:
    """The JSON that a probe prints."""
    found = [json.loads(line) for line in script.probe(code, *arguments).splitlines()
             if line.startswith(("{", "[["))]  # fmt: skip
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("text", "model"), [(ADAM, "Smooth"), (BINARY, "Binary")])
def test_batches_are_equal_byte_for_byte(tmp_path: Path, text: str, model: str) -> None:
    odd_or_even(tmp_path / "digits.npz")
    start = f"import numpy as np\nMODEL = {model!r}\n{HASH}"
    first, *others = (probed(s, start + FED[b]) for b, s in built(text, tmp_path).items())
    assert all(other == first for other in others)
    half = len(first) // 2
    assert first[half - 1][0] < first[0][0], "the last batch should be a partial one"
    assert {row[2] for row in first[:half]}.isdisjoint(row[2] for row in first[half:])


@pytest.mark.parametrize("text", [ADAM, MOMENTUM], ids=["adam", "momentum"])
def test_weights_and_outputs_agree_from_the_start(tmp_path: Path, text: str) -> None:
    """A step of no size leaves the first weights in the checkpoint."""
    tensors, outputs = {}, {}
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(9, 8, 8, 1)).astype("f4"))
    for backend, script in built(text, tmp_path).items():
        out = tmp_path / f"run_{backend}"
        script.run("--epochs", 1, "--limit-batches", 1, "--learning-rate", 1e-30, "--out", out)
        tensors[backend] = load_file(out / state(out)["file"])
        script.probe(OUTPUTS[backend], out, tmp_path / f"{backend}.npy", tmp_path / "x.npy")
        outputs[backend] = np.load(tmp_path / f"{backend}.npy")
    for a, b in PAIRS:
        agree(tensors[a], tensors[b])
        assert outputs[a].std(axis=0).min() > 1e-3, "the outputs should vary"
        # float32 rounding: about 1e-6 was measured for nets of this size.
        assert np.abs(outputs[a] - outputs[b]).max() <= 1e-5


def agree(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Tensors of checkpoints after a step of no size."""
    assert {n: a.shape for n, a in one.items()} == {n: a.shape for n, a in other.items()}
    for name in one:
        if name.startswith("model.") and "running" not in name:
            # A weight that begins at 0 has made its step of 1e-30; any other is as it was drawn.
            assert np.abs(one[name] - other[name]).max() < 1e-29, name
        else:
            # Sums of 64 x 64 numbers in float32: 4096 roundings of 6e-8 in the worst case.
            scale = np.abs(other[name]).max()
            assert np.abs(one[name] - other[name]).max() <= 3e-4 * scale, name


@pytest.mark.parametrize("text", [ADAM, MOMENTUM], ids=["adam", "momentum"])
def test_histories_stay_together(tmp_path: Path, text: str) -> None:
    """Rounding alone: a smooth net drifts by less than 2e-5 in 100 steps, and these are 69.

    Counts may differ where a rounding decides between two classes: by two of 180 samples.
    """
    histories = []
    for backend, script in built(text, tmp_path).items():
        script.run("--out", f"run_{backend}")
        histories.append(state(tmp_path / f"run_{backend}")["history"])
    for one, other in combinations(histories, 2):
        assert [list(row) for row in one] == [list(row) for row in other]
        assert one[-1]["val_loss"] < one[0]["val_loss"]
        for mine, theirs in zip(one, other, strict=True):
            for name in mine:
                room = 2e-4 if name.endswith(("loss", "auc")) else 0.03
                assert mine[name] == pytest.approx(theirs[name], abs=room), name


def chosen(columns: int, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Logits with ties, labels with a class that is rare."""
    x = np.random.default_rng(4).normal(size=(len(labels), columns)).round(1)
    return {"x": x.astype(np.float32), "y": labels}


CLASSES = np.minimum(np.random.default_rng(1).permutation(60) % 14, 9)
METRICS = [
    (ADAM, chosen(10, CLASSES)),
    (MOMENTUM, chosen(10, CLASSES)),
    (BINARY, chosen(1, (CLASSES[:, None] % 2).astype(np.float32))),
    (NUMBERS, chosen(3, np.random.default_rng(2).normal(size=(60, 3)).astype(np.float32))),
]


@pytest.mark.parametrize(("text", "numbers"), METRICS, ids=["several", "smoothed", "two", "none"])
def test_loss_and_metrics_agree_on_the_same_numbers(
    tmp_path: Path, text: str, numbers: dict[str, np.ndarray]
) -> None:
    np.savez(tmp_path / "given.npz", x=numbers["x"], y=numbers["y"])
    first, *others = (
        probed(script, MEASURED[backend], tmp_path / "given.npz")
        for backend, script in built(text, tmp_path).items()
    )
    # Keras adds up in float32: 60 numbers, each rounded by 6e-8.
    assert all(first == pytest.approx(other, rel=1e-5) for other in others)
    assert len(first) == text.split("metrics")[1].split("\n")[0].count(",") + 2
