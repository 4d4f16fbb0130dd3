"""Metrics in a PyTorch script: what each batch adds up to, and the figure at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from specc.codegen.python.expressions import quote
from specc.ir import Train
from specc.train import losses, metrics


@dataclass
class ScoreCode:
    """Lines of the class `Scores`: attributes, what a batch adds, each metric's value.

    prefix: before the names of attributes and metrics, where there are several outputs.
    """

    prefix: str = ""
    begin: list[str] = field(default_factory=list)
    add: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)

    def sum(self, attribute: str, batch: str) -> None:
        """An attribute that lists something of each batch."""
        name = f"self.{self.prefix}{attribute}"
        if f"{name}: list[Tensor] = []" not in self.begin:
            self.begin.append(f"{name}: list[Tensor] = []")
            self.add.append(f"{name}.append({batch})")

    def count(self, predicted: str, classes: int) -> None:
        """The confusion matrix."""
        name = f"self.{self.prefix}confusion"
        if name not in " ".join(self.begin):
            zeros = f"torch.zeros({classes}, {classes}, dtype=torch.int64, device=device)"
            self.begin.append(f"{name} = {zeros}")
            self.add.append(f"count_pairs({name}, y, {predicted})")


def score_code(
    train: Train, output: str, loss: losses.Loss, shape: tuple[int, ...], prefix: str = ""
) -> ScoreCode:
    """The metrics of an output. shape: channels last."""
    code = ScoreCode(prefix)
    for entry in train.metrics:
        assert isinstance(entry.metric, metrics.Metric)
        if entry.output == output:
            value = _add(code, entry.metric, shape, loss.folds == "sigmoid")
            code.values.append((f"{prefix}{entry.metric.key()}", value))
    return code


def _add(code: ScoreCode, metric: metrics.Metric, shape: tuple[int, ...], binary: bool) -> str:
    """Note what a metric sums; the expression of its value."""
    own = f"self.{code.prefix}"
    predicted = "logits > 0" if binary else "logits.argmax(dim=1)"
    match metric:
        case metrics.Accuracy():
            hit = "((logits > 0) == (y > 0.5))" if binary else f"({predicted} == y)"
            code.sum("right", f"{hit}.sum()")
            return f"total({own}right) / {_answers(shape if binary else shape[:-1])}"
        case metrics.TopK(k=k):
            # A class counts as above another only where its logit is larger: ties are hits.
            rank = "(logits > logits.gather(1, y.unsqueeze(1))).sum(dim=1)"
            code.sum(f"top_{k}", f"({rank} < {k}).sum()")
            return f"total({own}top_{k}) / {_answers(shape[:-1])}"
        case metrics.Precision() | metrics.Recall() | metrics.F1():
            code.count(predicted, 2 if binary else shape[-1])
            average = "binary" if binary else metric.average
            return f"{metric.word()}({own}confusion.cpu().numpy(), {quote(average)})"
        case metrics.Auc():
            code.sum("scores", "logits.detach()" if binary else "logits.detach().softmax(dim=1)")
            code.sum("labels", "y")
            function = "rank_auc" if binary else "macro_auc"
            return f"{function}(numpy_of({own}scores), numpy_of({own}labels))"
        case metrics.Mae():
            code.sum("absolute", "(output.detach() - y).abs().sum()")
            return f"total({own}absolute) / {_answers(shape)}"
        case metrics.Rmse():
            code.sum("squares", "(output.detach() - y).square().sum()")
            return f"math.sqrt(total({own}squares) / {_answers(shape)})"
    raise AssertionError(metric)


def _answers(shape: tuple[int, ...]) -> str:
    """How many answers the samples of a pass have given."""
    count = 1
    for extent in shape:
        count *= extent
    return "self.seen" if count == 1 else f"({count} * self.seen)"
