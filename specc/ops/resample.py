"""Layers that change the number of cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Generic, Literal

from specc.kinds import Bool, Pair, Single, Triple, Word
from specc.ops.base import Case, Dims, Layer, Problem, Reach
from specc.ops.ranks import PICTURE, SEQUENCE, VOLUME, wrong_rank
from specc.ops.windows import SizeT
from specc.terms import arg


class _UpSample(Layer, Generic[SizeT]):
    label: ClassVar[str] = "upsample"
    rank: ClassVar[int]

    factor: SizeT = arg(
        "how many cells each becomes, along each axis", foreign=("size", "scale_factor")
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        yield from wrong_rank(self, inputs[0], self.rank)

    def output_shape(self, *inputs: Dims) -> Dims:
        axes = zip(inputs[0][:-1], self.factor, strict=True)
        return (*(size * factor for size, factor in axes), inputs[0][-1])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        return tuple(Reach(1, zoom=factor) for factor in self.factor)


class UpSample1D(_UpSample[Single]):
    """Each cell of a sequence `factor` times: `y[i, c] = x[i // factor, c]`.

    (length, channels) becomes (length * factor, channels).
    """

    foreign: ClassVar[tuple[str, ...]] = ("UpSampling1D",)
    rank: ClassVar[int] = SEQUENCE
    cases: ClassVar[tuple[Case, ...]] = (
        Case("UpSample1D(2)", (3, 2)),
        Case("UpSample1D(3)", (1, 1)),
        Case("UpSample1D(1)", (4, 2)),
    )


class UpSample2D(_UpSample[Pair]):
    """A picture `factor` times as large, by the nearest cell or, `bilinear`, by the four around.

    Nearest: `y[i, j, c] = x[i // factor, j // factor, c]`. Bilinear takes a cell for its middle, as
    PyTorch does without `align_corners`. (height, width, channels) becomes
    (height * factor, width * factor, channels).
    """

    lacking: ClassVar[dict[str, str]] = {
        "align_corners": "Keras takes a cell for its middle: leave it out"
    }
    foreign: ClassVar[tuple[str, ...]] = ("UpSampling2D", "Upsample", "Upsample2D")
    rank: ClassVar[int] = PICTURE

    method: Annotated[Literal["nearest", "bilinear"], Word("nearest", "bilinear")] = arg(
        "where the numbers between come from", default="nearest", foreign=("interpolation", "mode")
    )

    cases: ClassVar[tuple[Case, ...]] = (
        Case("UpSample2D(2)", (3, 4, 2)),
        Case("UpSample2D(3x2)", (2, 3, 1)),
        Case("UpSample2D(2, bilinear)", (3, 4, 2)),
        Case("UpSample2D(3x2, bilinear)", (4, 1, 2)),
        Case("UpSample2D(1x4)", (1, 1, 3)),
    )

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        window = 1 if self.method == "nearest" else 2
        return tuple(Reach(window, zoom=factor) for factor in self.factor)


class UpSample3D(_UpSample[Triple]):
    """Each cell of a volume `factor` times along each axis.

    `y[h, i, j, c] = x[h // factor, i // factor, j // factor, c]`.
    """

    foreign: ClassVar[tuple[str, ...]] = ("UpSampling3D",)
    rank: ClassVar[int] = VOLUME
    cases: ClassVar[tuple[Case, ...]] = (
        Case("UpSample3D(2)", (2, 3, 2, 2)),
        Case("UpSample3D(1x2x3)", (2, 1, 2, 1)),
        Case("UpSample3D(3x1x2)", (1, 2, 2, 1)),
    )


_METHODS = ("nearest", "bilinear", "bicubic")


class Resize2D(Layer):
    """A picture brought to another size.

    `y[i, j, c]` lies at row `(i + 0.5) * height / height' - 0.5` of x, and at such a column:
    `nearest` takes the cell there, `bilinear` the four around, `bicubic` sixteen (Keys 1981). With
    `antialias` a smaller picture takes all the cells that each of its own covers. (height, width,
    channels) becomes (height', width', channels).
    """

    label: ClassVar[str] = "resize"
    lacking: ClassVar[dict[str, str]] = {
        "align_corners": "Keras takes a cell for its middle: leave it out"
    }
    foreign: ClassVar[tuple[str, ...]] = ("Resizing", "interpolate")

    size: Pair = arg("the new size, such as `32x48`; one number for a square")
    method: Annotated[Literal["nearest", "bilinear", "bicubic"], Word(*_METHODS)] = arg(
        "where the numbers between come from",
        default="bilinear",
        foreign=("interpolation", "mode"),
    )
    antialias: Bool = arg("smooth a picture that becomes smaller", default=False)

    cases: ClassVar[tuple[Case, ...]] = (
        Case("Resize2D(5x3)", (4, 7, 2)),
        Case("Resize2D(7x2, nearest)", (4, 5, 2)),
        Case("Resize2D(3, nearest)", (8, 3, 1)),
        Case("Resize2D(3x5, bilinear, antialias=true)", (8, 7, 2)),
        Case("Resize2D(9x4, bilinear, antialias=true)", (4, 6, 1)),
        Case("Resize2D(3x9, bicubic, antialias=true)", (8, 7, 2)),
        Case("Resize2D(2)", (1, 1, 2)),
    )

    def problems(self, *inputs: Dims) -> Iterator[Problem]:
        (x,) = inputs
        if len(x) != PICTURE:
            yield from wrong_rank(self, x, PICTURE)
        elif self.antialias != (self.method == "bicubic") and self.method != "bilinear":
            bicubic = self.method == "bicubic"
            yield Problem(
                "E0314",
                "frameworks disagree about `bicubic` without `antialias`"
                if bicubic
                else "`nearest` has nothing to smooth",
                field="method",
                expected="`antialias=true`" if bicubic else "`antialias=false`",
                found="`antialias=false`" if bicubic else "`antialias=true`",
                help="write `antialias=true`" if bicubic else "leave `antialias` out",
                at_input=None,
            )

    def output_shape(self, *inputs: Dims) -> Dims:
        return (*self.size, inputs[0][-1])

    def reach(self, *inputs: Dims) -> tuple[Reach, ...]:
        cells = {"nearest": 1, "bilinear": 2, "bicubic": 4}[self.method]
        return tuple(
            Reach(
                cells * (-(-size // new) if self.antialias else 1),
                max(size // new, 1),
                max(new // size, 1),
            )
            for size, new in zip(inputs[0][:-1], self.size, strict=True)
        )
