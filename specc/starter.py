"""The spec that `specc init` writes."""

from __future__ import annotations

from pathlib import Path

STARTER = """\
# A small network that reads handwritten digits. `specc run THIS_FILE --backend torch` trains it.
model digits {
  input 8x8x1                         # height x width x channels of one picture
  Conv2D(32, 3x3, same, relu)         # 32 filters of 3x3; `same` keeps 8x8 by padding with zeros
  MaxPool2D(2x2)                      # the largest of each 2x2 cells: 4x4 remain
  Conv2D(64, 3x3, same, relu)
  Flatten                             # 4x4x64 becomes 1024 numbers
  Dropout(0.3)                        # while training, 30 % of them are set to zero
  Dense(10, softmax)                  # one probability for each of the ten digits
}

data {
  source = digits                     # comes with scikit-learn; your own: folder("DIR", size=64x64)
  split  = 80% train, 10% validation, 10% test
  scale  = standardize                # mean 0 and standard deviation 1, measured on the train part
}

train {
  loss      = categorical_crossentropy
  optimizer = adam(learning_rate=1e-3)
  metrics   = accuracy
  batch     = 32                      # pictures for each step
  epochs    = 10                      # passes over the train part
  seed      = 42                      # the same numbers at every run
}
"""


def write_starter(path: Path) -> None:
    """Write it to a new file; FileExistsError if there is one."""
    with path.open("x", encoding="utf-8") as file:
        file.write(STARTER)
