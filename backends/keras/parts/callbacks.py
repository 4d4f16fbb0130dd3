"""What happens between the batches and epochs of `fit`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras

from ...parts.checkpoint import Kept, finish_epoch
from ...parts.console import Progress, check_loss
from ...parts.files import Row


class Record(keras.callbacks.Callback):
    """Shows the progress, and keeps history, best and last epoch in the folder of a run.

    save: writes the model. show: prints the figures of an epoch.
    """

    def __init__(
        self,
        folder: Path,
        history: list[Row],
        columns: Sequence[str],
        settings: Mapping[str, Any],
        kept: Sequence[Kept],
        save: Callable[[keras.Model, Path], None],
        show: Callable[[int, int, float, Row], None],
    ) -> None:
        super().__init__()
        self.folder, self.history, self.kept = folder, history, kept
        self.columns, self.settings = columns, settings
        self.save, self.show = save, show

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = time.monotonic()
        self.progress = Progress(f"epoch {epoch + 1}/{self.params['epochs']}", self.params["steps"])

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float]) -> None:
        # Keras calls this after several batches, and the last time there may be fewer.
        together = self.model.steps_per_execution
        self.progress.step(lambda: {n: logs[n] for n in self.columns if n in logs}, together)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.progress.clear()
        check_loss(logs["loss"], epoch + 1)
        names = [*self.columns, *(f"val_{name}" for name in self.columns)]
        row = {name: float(logs[name]) for name in names if name in logs}
        state = {"framework": "Keras", "settings": self.settings}
        save = partial(self.save, self.model)
        finish_epoch(self.folder, self.history, row, self.kept, state, "best.keras", save)
        seconds = time.monotonic() - self.begun
        self.show(epoch + 1, self.params["epochs"], seconds, row)
