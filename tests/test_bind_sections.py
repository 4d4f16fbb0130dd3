"""`data { }` and `train { }`, and how they are held against the model and each other."""

from __future__ import annotations

import pytest
from specs_in_text import DATA, DIGITS, SECTIONS, TRAIN, codes, compiled, model, spec

from specc.diagnostics.model import Diagnostic

PHOTOS = model("Flatten -> Dense(3, softmax)", "8x8x3") + SECTIONS.replace(
    "digits", 'folder("photos")'
)
TABLE = (
    model("Dense(1)", "4")
    + """data {
  source = csv("a.csv", target="price")
  split  = 80% train, 20% test
}
train {
  loss      = mse
  optimizer = sgd
  batch     = 8
  epochs    = 2
}
"""
)


def changed(old: str, new: str, text: str = DIGITS) -> str:
    assert old in text
    return text.replace(old, new)


def test_what_a_whole_spec_means() -> None:
    built = spec(DIGITS, buildable=True)
    assert built.data is not None and built.train is not None
    assert built.data.source.word() == "digits"
    assert built.data.split is not None and built.data.split.train == 80
    (stage,) = built.train.stages
    assert (built.train.batch, stage.epochs, built.train.seed) == (32, 5, 0)
    assert built.train.losses[0].output == "output"
    # The loss takes over the softmax.
    assert built.model.outputs[0].activation == "softmax"
    assert spec(TABLE, buildable=True).model.outputs[0].activation == "none"


CHANGES: list[tuple[str, str, list[str]]] = [
    ("epochs    = 5", "epochs    = 5\n  seed = 4294967295", []),
    ("epochs    = 5", "epochs    = 5\n  metrics = accuracy, top_k(3), f1, auc", []),
    ("epochs    = 5", "epochs    = 5\n  metrics = f1(micro), f1(average=macro)", ["E0403"]),
    ("adam", "adam(1e-4, epsilon=1e-8)", []),
    ("adam", "sgd(0.1, momentum=0.9, nesterov=true)", []),
    ("digits\n", "digits\n  scale = 0..1\n", []),
    ("digits\n", "digits\n  scale = standardize\n", []),
    ("digits\n", "digits\n  scale = standardize(mean=[4], std=[6])\n", []),
    ("80% train, 10% validation, 10% test", "100% train", []),
    ("80% train, 10% validation, 10% test", "33.3% train, 33.3% validation, 33.4% test", []),
    # sections
    (DATA, "", ["E0401"]),
    (TRAIN, "", ["E0401"]),
    (SECTIONS, "", ["E0401"]),
    (DATA, DATA + DATA, ["E0403"]),
    ("train {", "tarin {", ["E0402", "E0401"]),
    ("train {", "train first {", ["E0901"]),
    # settings
    ("batch     = 32", "batch_size = 32", ["E0402"]),
    ("batch     = 32", "batch     = 32\n  lr = 0.1", ["E0402"]),
    ("batch     = 32", "batch     = 32\n  split = 100% train", ["E0402"]),
    ("batch     = 32", "batch     = 32\n  batch = 64", ["E0403"]),
    ("batch     = 32", "batch     = 32\n  Dense(3)", ["E0402"]),
    ("batch     = 32", "batch     = 32\n  seed", ["E0402"]),
    ("batch     = 32", "batch     = 32, 64", ["E0405"]),
    ("batch     = 32", "batch     = 0", ["E0206"]),
    ("batch     = 32", "batch     = 3.5", ["E0205"]),
    ("batch     = 32", "batch     = size", ["E0202"]),
    ("batch     = 32", "batch     = 1/0", ["E0214"]),
    ("batch     = 32", "batch { }", ["E0402"]),
    ("  batch     = 32\n", "", ["E0404"]),
    ("  batch     = 32\n  epochs    = 5\n", "", ["E0404"]),
    ("  source = digits\n", "", ["E0404"]),
    ("epochs    = 5", "epochs    = 5 epochs", ["E0205"]),
    ("epochs    = 5", "epochs    = 5\n  seed = 4294967296", ["E0206"]),
    ("epochs    = 5", "epochs    = 5\n  seed = -1", ["E0206"]),
    ("epochs    = 5", "epochs    = 5\n  schedule = cosine", ["E0901"]),
    ("epochs    = 5", "epochs    = 5\n  stage a { epochs = 2 }", ["E0901"]),
    ("epochs    = 5", "epochs    = 5\n  loss { a = mse }", ["E0403"]),
    # terms
    ("adam", "Adam", ["E0201"]),
    ("adam", '"adam"', ["E0205"]),
    ("adam", "relu", ["E0201"]),
    ("adam", "3", ["E0205"]),
    ("adam", "adam(lr=0.1)", ["E0203"]),
    ("adam", "adam(0)", ["E0206"]),
    ("adam", "adam(0,001)", ["E0206"]),
    ("adam", "torch.optim.Adam", ["E0202"]),
    ("adam", "sgd(0.1, nesterov=true)", ["E0414"]),
    ("categorical_crossentropy", "crossentropy", ["E0201"]),
    ("epochs    = 5", "epochs    = 5\n  metrics = acuracy, foo, accuracy", ["E0201", "E0201"]),
    # data
    ("digits", "digit", ["E0201"]),
    ("digits", '"digits"', ["E0205"]),
    ("digits", "folder", ["E0207"]),
    ("digits", "folder(photos)", ["E0205"]),
    ("digits", 'mnist("m")', ["E0411", "E0410"]),
    ("digits", 'csv("a.csv", target="y")', ["E0411"]),
    ("  split  = 80% train, 10% validation, 10% test\n", "", ["W0402"]),
    ("80% train", "80 train", ["E0405"]),
    ("80% train", "0.8", ["E0405"]),
    ("80% train", "80% training", ["E0405"]),
    ("10% test", "10% train", ["E0403"]),
    ("10% test", "5% test", ["E0410"]),
    ("80% train, 10% validation, 10% test", "50% validation, 50% test", ["E0410"]),
    ("digits\n", "digits\n  scale = 0,1\n", ["E0405"]),
    ("digits\n", "digits\n  scale = 0..255\n", ["E0405"]),
    ("digits\n", "digits\n  scale = normalize\n", ["E0405"]),
    ("digits\n", "digits\n  scale = unit_range\n", ["E0405"]),
    ("digits\n", "digits\n  scale = standardize(mean=[1, 2], std=[3, 4])\n", ["E0412"]),
    ("digits\n", "digits\n  labels = onehot\n", ["E0408"]),
    ("digits\n", "digits\n  labels = none\n", ["E0901"]),
    ("digits\n", "digits\n  augment { flip(horizontal) }\n", ["E0901"]),
    ("digits\n", 'digits\n  classes = ["a", "b"]\n', ["E0407"]),
    ("digits\n", 'digits\n  classes = ["a", "a"]\n', ["E0403"]),
    ("digits\n", 'digits\n  classes = "a"\n', ["E0206"]),
    ("digits\n", "digits\n  classes = [a, b]\n", ["E0205"]),
    ("batch     = 32", "batch     = 1437", []),
    ("batch     = 32", "batch     = 1438", ["E0409"]),
    # the model's end
    ("Dense(10, softmax)", "Dense(10)", ["E0406"]),
    ("Dense(10, softmax)", "Dense(10, sigmoid)", ["E0406"]),
    ("Dense(10, softmax)", "Dense(1, sigmoid)", ["E0406"]),
    ("Dense(10, softmax)", "Dense(10) -> Softmax", []),
    ("Dense(10, softmax)", "Dense(10, softmax) -> Softmax", ["E0406"]),
    ("Dense(10, softmax)", "Dense(10, sigmoid) -> Softmax", ["E0406"]),
    ("Dense(10, softmax)", "Dense(10, softmax) -> Dropout(0.5)", ["E0406"]),
    ("Dense(10, softmax)", "Dense(1, softmax)", ["E0407"]),
    ("Dense(10, softmax)", "Dense(12, softmax)", ["E0407"]),
    ("Flatten -> Dense(10, softmax)", "Conv2D(10, 3x3, softmax)", ["E0407"]),
    ("categorical_crossentropy", "binary_crossentropy", ["E0406"]),
    ("categorical_crossentropy", "mse", ["E0407"]),
    ("epochs    = 5", "epochs    = 5\n  metrics = mae", ["E0413"]),
    ("epochs    = 5", "epochs    = 5\n  metrics = top_k(11)", ["E0413"]),
    ("epochs    = 5", "epochs    = 5\n  metrics = mae, rmse", ["E0413", "E0413"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_one_change_one_cause(old: str, new: str, expected: list[str]) -> None:
    assert codes(changed(old, new), buildable=True) == expected


def test_a_table_has_one_target() -> None:
    assert codes(changed("Dense(1)", "Dense(2)", TABLE)) == ["E0407"]
    assert codes(changed("mse", "mse\n  metrics = accuracy", TABLE)) == ["E0413"]
    assert codes(changed("mse", "mse\n  metrics = mae, rmse", TABLE)) == []
    assert codes(changed("20% test", "20% test\n  scale = 0..1", TABLE)) == ["E0412"]


@pytest.mark.parametrize("scale", ["standardize", "0..1", "standardize(mean=[1], std=[2])"])
def test_numbers_that_are_looked_up_have_no_scale(scale: str) -> None:
    words = changed("Dense(1)", "Embedding(9, 2) -> Flatten -> Dense(1)", TABLE)
    assert codes(words) == []
    scaled = changed("20% test", f"20% test\n  scale = {scale}", words)
    (found,) = compiled(scaled).diagnostics
    assert found.code == "E0412"
    assert found.source.text[found.span.start : found.span.end] == scale
    assert "reads 0 to 8" in found.related[0].message


def test_pictures_of_a_folder_fit_the_input() -> None:
    assert codes(PHOTOS) == []
    assert codes(changed('"photos"', '"photos", size=8x8', PHOTOS)) == []
    assert codes(changed('"photos"', '"photos", size=9x8', PHOTOS)) == ["E0411"]
    assert codes(changed('"photos"', '"photos", channels=1', PHOTOS)) == ["E0411"]
    assert codes(changed("8x8x3", "192", PHOTOS).replace("Flatten -> ", "")) == ["E0411"]


def found(text: str) -> Diagnostic:
    (diagnostic,) = compiled(text).diagnostics
    return diagnostic


LOSSES = [
    # loss, last layer, what the help says to write
    ("binary_crossentropy", "Dense(10, softmax)", "loss = categorical_crossentropy"),
    ("binary_crossentropy", "Dense(2, softmax)", "Dense(1, sigmoid)"),
    ("categorical_crossentropy", "Dense(1, sigmoid)", "loss = binary_crossentropy"),
    ("categorical_crossentropy", "Dense(10)", "Dense(10, softmax)"),
    ("categorical_crossentropy", "Dense(7) -> BatchNorm", "Dense(7, softmax)"),
]


@pytest.mark.parametrize(("loss", "last", "advice"), LOSSES)
def test_help_knows_the_usual_confusions(loss: str, last: str, advice: str) -> None:
    text = DIGITS.replace("categorical_crossentropy", loss).replace("Dense(10, softmax)", last)
    assert found(text).code == "E0406"
    assert advice in str(found(text).help)


def test_mean_and_deviation_are_of_the_stored_numbers() -> None:
    """As backends/parts/scaling.py applies them, before anything is divided by 255."""
    scale = "scale = standardize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])"
    warned = found(changed("10% test\n", f"10% test\n  {scale}\n", PHOTOS))
    assert warned.code == "W0401"
    assert "mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]" in str(warned.help)
    assert (
        codes(changed("digits\n", "digits\n  scale = standardize(mean=[0.3], std=[0.4])\n")) == []
    )


def test_a_plain_loss_does_not_say_for_which_output_it_is() -> None:
    two = model("Flatten\n  output a = Dense(10, softmax)\n  output b = Dense(1, sigmoid)")
    assert codes(two) == []
    assert codes(two + SECTIONS) == ["E0430"]
    pair = "model m {\n  input a: 4\n  input b: 4\n  a -> Add(b) -> Dense(10, softmax)\n}\n"
    assert codes(pair) == []
    assert codes(pair + SECTIONS) == ["E0433"]


def test_errors_of_all_parts_come_at_once_and_in_order() -> None:
    text = DIGITS.replace("Dense(10", "Dens(10").replace("digits", "digit").replace("adam", "adan")
    assert codes(text) == ["E0201", "E0201", "E0201"]
    places = [diagnostic.span.start for diagnostic in compiled(text).diagnostics]
    assert places == sorted(places)
