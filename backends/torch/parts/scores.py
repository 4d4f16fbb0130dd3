"""What a pass counts. Sums stay on the device, so that no batch waits for a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from ...parts.data import Array
from ...parts.files import Row
from .data import Tensors

AT_ONCE = 2**20


class Metric(Protocol):
    """A figure of a pass, from the outputs and targets of its batches."""

    def add(self, result: Tensor, y: Tensor) -> None: ...

    def value(self) -> float: ...


Metrics: TypeAlias = Mapping[str, Mapping[str, Metric]]


def detached(tensors: Tensors) -> Tensors:
    return {name: tensor.detach() for name, tensor in tensors.items()}


class Losses:
    """Losses of a pass."""

    def __init__(self) -> None:
        self.losses: list[Tensors] = []
        self.sizes: list[int] = []

    def add(self, losses: Tensors, outputs: Tensors, targets: Tensors) -> None:
        self.losses.append(detached(losses))
        self.sizes.append(len(next(iter(targets.values()))))

    def values(self) -> Row:
        """Means over the samples, whatever the sizes of the batches; `loss` first."""
        sizes, seen = torch.tensor(self.sizes), sum(self.sizes)
        names = sorted(self.losses[0], key=lambda name: name != "loss")
        every = {name: torch.stack([row[name] for row in self.losses]).cpu() for name in names}
        return {name: math.fsum((each * sizes).tolist()) / seen for name, each in every.items()}


class Scores(Losses):
    """Losses and metrics of a pass, the metrics by the names of outputs."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self.metrics = metrics
        self.waiting: list[tuple[Tensors, Tensors]] = []
        self.most = 0

    def add(self, losses: Tensors, outputs: Tensors, targets: Tensors) -> None:
        super().add(losses, outputs, targets)
        self.waiting.append((detached(outputs), targets))
        if not self.most:
            self.most = 1 + AT_ONCE // sum(result.numel() for result in outputs.values())
        if len(self.waiting) == self.most:
            self.count()

    def count(self) -> None:
        """Score the batches that wait, together: many small operations take longer than one."""
        if not self.waiting:
            return
        outputs, targets = (concatenate(parts) for parts in zip(*self.waiting, strict=True))
        self.waiting.clear()
        for name, metrics in self.metrics.items():
            for metric in metrics.values():
                metric.add(outputs[name], targets[name])

    def values(self) -> Row:
        self.count()
        every = (metrics.items() for metrics in self.metrics.values())
        return super().values() | {
            name: metric.value() for pairs in every for name, metric in pairs
        }


def concatenate(parts: Sequence[Tensors]) -> Tensors:
    """The batches of a pass in one tensor for each name."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def total(numbers: list[Tensor]) -> float:
    """The sum of numbers that lie on a device, added exactly on the CPU."""
    return math.fsum(torch.stack(numbers).tolist())


class Mean:
    """The mean of a number for each answer, of which a batch gives the sum."""

    def __init__(self) -> None:
        self.sums: list[Tensor] = []
        self.answers = 0

    def put(self, each: Tensor) -> None:
        self.sums.append(each.sum())
        self.answers += each.numel()

    def value(self) -> float:
        return total(self.sums) / self.answers


class MeanOf(Mean):
    """The mean of a figure of each answer."""

    def __init__(self, each: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.each = each

    def add(self, result: Tensor, y: Tensor) -> None:
        self.put(self.each(result, y))


class BinaryAccuracy(Mean):
    """The share of right answers, yes where a logit is above 0."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.put((result > 0) == (y > 0.5))


class ClassAccuracy(Mean):
    """The share of samples whose class has the largest logit."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.put(result.argmax(dim=1) == y)


class TopK(Mean):
    """The share of samples whose class has fewer than k classes above it."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def add(self, result: Tensor, y: Tensor) -> None:
        # A class counts as above another only where its logit is larger: ties are hits.
        self.put((result > result.gather(1, y.unsqueeze(1))).sum(dim=1) < self.k)


class MeanAbsoluteError(Mean):
    """The mean distance of an output from its target."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.put((result - y).abs())


class RootMeanSquaredError(Mean):
    """The root of the mean squared distance."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.put((result - y).square())

    def value(self) -> float:
        return math.sqrt(super().value())


class ClassCounts:
    """A figure of the counts of (class, predicted class)."""

    def __init__(self, figure: Callable[[Array], float], classes: int) -> None:
        self.classes, self.figure = classes, figure
        self.counts: Tensor | None = None

    def count(self, y: Tensor, predicted: Tensor) -> None:
        places = (y.long() * self.classes + predicted.long()).flatten()
        if self.counts is None:
            self.counts = places.new_zeros(self.classes**2)
        self.counts.scatter_add_(0, places, torch.ones_like(places))

    def value(self) -> float:
        assert self.counts is not None
        return self.figure(self.counts.view(self.classes, self.classes).cpu().numpy())


class Confusion(ClassCounts):
    """The same where the largest of several logits tells the class."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.count(y, result.argmax(dim=1))


class BinaryConfusion(ClassCounts):
    """The same for a single logit, which tells two classes."""

    def __init__(self, figure: Callable[[Array], float]) -> None:
        super().__init__(figure, 2)

    def add(self, result: Tensor, y: Tensor) -> None:
        self.count(y, result > 0)


class CollectedScores:
    """A figure of the scores and labels of all samples of a pass."""

    def __init__(self, figure: Callable[[Array, Array], float]) -> None:
        self.figure = figure
        self.scores: list[Tensor] = []
        self.labels: list[Tensor] = []

    def collect(self, scores: Tensor, y: Tensor) -> None:
        self.scores.append(scores)
        self.labels.append(y)

    def value(self) -> float:
        scores, labels = (torch.cat(parts) for parts in (self.scores, self.labels))
        return self.figure(scores.cpu().numpy(), labels.cpu().numpy())


class Ranking(CollectedScores):
    """The same of probabilities, a column for each class."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.collect(result.softmax(dim=1), y)


class BinaryRanking(CollectedScores):
    """The same of a single logit, which ranks as its probability does."""

    def add(self, result: Tensor, y: Tensor) -> None:
        self.collect(result, y)
