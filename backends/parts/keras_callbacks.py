"""What happens between the batches and epochs of `fit`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from .checkpoint import State, save_checkpoint
from .console import Progress, check_loss, show_epoch
from .data import Array
from .files import Row, atomic, write_history


class Record(keras.callbacks.Callback):
    """Shows the progress and keeps the history, the best and the last epoch of a run."""

    def __init__(
        self,
        folder: Path,
        history: list[Row],
        columns: tuple[str, ...],
        state: Callable[[], tuple[dict[str, Array], State]],
    ) -> None:
        super().__init__()
        self.folder, self.history, self.columns, self.state = folder, history, columns, state

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = time.monotonic()
        self.progress = Progress(f"epoch {epoch + 1}/{self.params['epochs']}", self.params["steps"])

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float]) -> None:
        check_loss(logs["loss"], len(self.history) + 1)
        self.progress.step(lambda: {name: logs[name] for name in self.columns if name in logs})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.progress.clear()
        values = {name: logs[name] for name in self.columns}
        show_epoch(epoch + 1, self.params["epochs"], time.monotonic() - self.begun, values)
        best = min((row["val_loss"] for row in self.history), default=math.inf)
        if values["val_loss"] < best:
            # Without loss and metrics, so that `load_model` needs none of this script's classes.
            plain = keras.Model(self.model.inputs, self.model.outputs, name=self.model.name)
            atomic(self.folder / "best.keras", plain.save)
        self.history.append({"epoch": epoch + 1, **values})
        tensors, state = self.state()
        save_checkpoint(
            self.folder, tensors, {"epoch": epoch + 1, "history": self.history, **state}
        )
        write_history(self.folder, self.history)
