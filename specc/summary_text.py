"""The summary as a text of at most 100 columns."""

from __future__ import annotations

from specc.ops.base import Dims
from specc.summary import Row, Summary

WIDTH = 100
_HEAD = ("name", "layer", "output", "parameters", "MACs", "sees", "memory")
_LEFT = 2
"""So many columns are text and stand to the left; figures stand to the right."""
_GAP = "  "
_REMARK = """\
{share} of the parameters sit in fully connected layers. A convolution uses its few weights again
at every place of a picture; a Dense layer has a weight for each pair of input and output. More
pooling before it, or GlobalAvgPool2D in place of Flatten, makes such a network much smaller."""
_LEGEND = """\
MACs: multiply-accumulates of convolutions, Dense, recurrent and attention layers, for one sample.
sees: receptive field, the cells of the input that one output depends on. memory: a layer's output,
float32, one sample."""


def count(number: int) -> str:
    return f"{number:,}"


def short(number: int) -> str:
    """Three digits and a unit: `7.75 M`."""
    return _scaled(number, 1000, ("", " k", " M", " G", " T", " P"))


def size(number: int) -> str:
    """`15.2 KiB`."""
    return _scaled(number, 1024, (" B", " KiB", " MiB", " GiB", " TiB", " PiB"))


def _scaled(number: int, base: int, units: tuple[str, ...]) -> str:
    value, step = float(number), 0
    # 999.5 would show as four digits.
    while value >= 999.5 and step < len(units) - 1:
        value, step = value / base, step + 1
    if step == 0:
        return f"{number}{units[0]}"
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}{units[step]}"


def share(part: int, whole: int) -> str:
    """A percentage that says 100 or 0 only where it is."""
    percent = 100 * part / whole
    if part < whole and percent >= 99.95:
        return "over 99.9 %"
    return f"{percent:.1f} %"


def dims(shape: Dims) -> str:
    return "x".join(map(str, shape))


def _sees(row: Row) -> str:
    field = row.receptive_field
    if not field:
        return "-"
    if not any(field):
        return "all"
    return "x".join("all" if cells is None else str(cells) for cells in field)


def _cells(row: Row) -> tuple[str, ...]:
    name = "  " * row.depth + (row.name.rpartition(".")[2] if row.depth else row.name)
    if row.block:
        return name, row.layer, dims(row.shape), "", "", "", ""
    parameters = "shared" if row.shares_weights_of else count(row.parameters)
    memory = size(row.activation_bytes)
    return name, row.layer, dims(row.shape), parameters, short(row.macs), _sees(row), memory


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    free = WIDTH - sum(widths[_LEFT:]) - len(_GAP) * (len(widths) - 1)
    widths[0] = min(widths[0], free // 2)
    widths[1] = min(widths[1], free - widths[0])
    lines = []
    for row in rows:
        texts = [
            _cut(text, width).ljust(width) for text, width in zip(row[:_LEFT], widths, strict=False)
        ]
        figures = [
            text.rjust(width) for text, width in zip(row[_LEFT:], widths[_LEFT:], strict=True)
        ]
        lines.append(_GAP.join(texts + figures).rstrip())
    lines.insert(1, _GAP.join("-" * width for width in widths))
    return lines


def render(summary: Summary) -> str:
    """The table, the totals and, where it is so, the remark on fully connected layers."""
    inputs = ", ".join(f"{name} {dims(shape)}" for name, shape in summary.inputs.items())
    outputs = ", ".join(f"{name} {dims(shape)}" for name, shape in summary.outputs.items())
    lines = [f"model {summary.model}: {inputs} -> {outputs}", ""]
    lines += _table([_HEAD, *map(_cells, summary.rows)])
    lines += ["", *_totals(summary), "", _LEGEND]
    if summary.parameters / 2 < summary.fully_connected < summary.parameters:
        lines += ["", _REMARK.format(share=share(summary.fully_connected, summary.parameters))]
    return "\n".join(lines)


def _totals(summary: Summary) -> list[str]:
    trainable, fixed = summary.trainable, summary.parameters - summary.trainable
    kinds = f"{count(trainable)} trainable, {count(fixed)} not"
    lines = [
        f"parameters  {count(summary.parameters)} ({kinds})",
        f"MACs        {count(summary.macs)}",
        f"activations {size(summary.activation_bytes)} for one sample: the outputs of all layers",
    ]
    if summary.training:
        parts = summary.training
        lines += [
            f"training    {size(parts.total)} at least: {size(parts.activations)} activations of a"
            f" batch of {parts.batch}, {size(parts.parameters)} parameters,",
            f"            {size(parts.gradients)} gradients; the optimizer's state is not counted",
        ]
    return lines
