"""Sources: where the samples come from, and what is known about them before they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from specc.cases import SourceCase
from specc.data.calls import Feed, Name, PartCall
from specc.data.source import DataSource, Fed
from specc.kinds import Extent, Keywords, Many, Maybe, Quoted, String, Whole
from specc.terms import arg


class Digits(DataSource):
    """1,797 handwritten digits of 8x8x1 with values 0 to 16, from scikit-learn."""

    foreign: ClassVar[tuple[str, ...]] = ("load_digits",)
    cases: ClassVar[tuple[SourceCase, ...]] = (SourceCase("digits", "comes with scikit-learn"),)
    needs: ClassVar[tuple[str, ...]] = ("scikit-learn",)
    place: ClassVar[str] = "the digits"
    holds_pictures: ClassVar[bool] = True

    def reads(self, path: Name, feed: Feed) -> PartCall:
        return PartCall("read_digits", (), feed.renamed())

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        return PartCall("read_digits")

    def picture(self) -> tuple[int, int, int] | None:
        return (8, 8, 1)

    def top(self) -> int | None:
        return 16

    def classes(self) -> int | None:
        return 10

    def names(self) -> tuple[str, ...] | None:
        return tuple("0123456789")

    def sizes(self) -> dict[str, int]:
        return {"all": 1797}


class _Idx(DataSource):
    """60,000 + 10,000 grey pictures of 28x28x1 in the IDX files of MNIST."""

    own_parts: ClassVar[tuple[str, ...]] = ("train", "test")
    holds_pictures: ClassVar[bool] = True

    path: String = arg("the folder of `train-images-idx3-ubyte.gz` and its three companions")

    def reads(self, path: Name, feed: Feed) -> PartCall:
        return PartCall("read_mnist", (path,), feed.renamed())

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        return PartCall("read_mnist", (path,))

    def picture(self) -> tuple[int, int, int] | None:
        return (28, 28, 1)

    def top(self) -> int | None:
        return 255

    def classes(self) -> int | None:
        return 10

    def sizes(self) -> dict[str, int]:
        return {"train": 60_000, "test": 10_000}


class Mnist(_Idx):
    """MNIST: handwritten digits of 28x28x1, 60,000 to train on and 10,000 to test, as IDX files."""

    foreign: ClassVar[tuple[str, ...]] = ("MNIST",)
    cases: ClassVar[tuple[SourceCase, ...]] = (
        SourceCase('mnist("mnist")', "a folder beside the spec"),
    )

    def names(self) -> tuple[str, ...] | None:
        return tuple("0123456789")


class FashionMnist(_Idx):
    """Fashion-MNIST: clothes of 28x28x1, 60,000 to train on and 10,000 to test, as IDX files."""

    foreign: ClassVar[tuple[str, ...]] = ("FashionMNIST",)
    cases: ClassVar[tuple[SourceCase, ...]] = (
        SourceCase('fashion_mnist("data/fashion")', "a folder further down"),
    )

    def names(self) -> tuple[str, ...] | None:
        return (
            "t-shirt", "trouser", "pullover", "dress", "coat",
            "sandal", "shirt", "sneaker", "bag", "ankle boot",
        )  # fmt: skip


class Folder(DataSource):
    """Pictures in a folder with one sub-folder for each class.

    Or in its sub-folders `train`, `validation` and `test`, each with one for each class: then
    `split` is left out; or `train` and `test` alone, where `split` cuts `train` in two.
    Classes and files count in the order of their names.
    """

    foreign: ClassVar[tuple[str, ...]] = (
        "ImageFolder",
        "image_dataset_from_directory",
        "flow_from_directory",
    )
    cases: ClassVar[tuple[SourceCase, ...]] = (
        SourceCase('folder("pets")', "pictures as large as the model takes"),
        SourceCase('folder("pets", size=64x64)', "resized"),
        SourceCase('folder("scans", size=32x48, channels=1)', "resized, in grey"),
    )
    needs: ClassVar[tuple[str, ...]] = ("pillow",)
    may_have_parts: ClassVar[bool] = True
    holds_pictures: ClassVar[bool] = True
    finds_classes: ClassVar[bool] = True

    path: String = arg("the folder")
    size: Annotated[tuple[int, int] | None, Maybe(Extent(2))] = arg(
        "height x width that pictures of another size are resized to (bilinear, antialiased); "
        "without it they must have the model's size",
        default=None, foreign=("image_size", "target_size"),
    )  # fmt: skip
    channels: Annotated[int, Whole(1, 3)] = arg("3 for colour, 1 for grey", default=3)

    def reads(self, path: Name, feed: Feed) -> PartCall:
        picture = Name("read_picture" if self.size is None else "resized_picture")
        given = path, feed.inputs[feed.input], picture
        if feed.names is not None:
            return PartCall("read_named_folder", given, {"names": feed.names, **feed.renamed()})
        classes = feed.outputs[feed.output]
        if classes is None:
            return PartCall("read_any_folder", given, feed.renamed())
        return PartCall("read_folder", given, {"classes": classes, **feed.renamed()})

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        height, width, channels = feed.inputs[feed.input]
        names, colour = feed.names or Name("classes"), channels == 3
        if self.size is None:
            return PartCall("read_pictures" if colour else "read_grey", (path, names))
        mode = "RGB" if colour else "L"
        return PartCall("read_resized", (path, names, mode, (width, height)))

    def picture(self) -> tuple[int, int, int] | None:
        return None if self.size is None else (*self.size, self.channels)

    def top(self) -> int | None:
        return 255


class Npz(DataSource):
    """Arrays of a NumPy .npz file: samples, channels last, and labels, a row for each.

    A model of several inputs or outputs has an array for each that has a name:
    `npz("homes.npz", photo="photos", price="prices")`; `x` and `y` are for those without.
    """

    cases: ClassVar[tuple[SourceCase, ...]] = (
        SourceCase('npz("points.npz")', "arrays called x and y"),
        SourceCase('npz("points.npz", x="samples", y="labels")', "arrays of other names"),
        SourceCase(
            'npz("homes.npz", photo="photos", price="prices")', "an array for each input and output"
        ),
    )
    unnamed: ClassVar[dict[str, str]] = {"input": "x", "output": "y"}
    any_depth: ClassVar[bool] = True
    any_labels: ClassVar[bool] = True
    any_shape: ClassVar[bool] = True
    samples_in: ClassVar[str] = ".npz"

    path: String = arg("the file")
    x: String = arg("the name of the array of samples", default="x")
    y: String = arg("the name of the array of labels", default="y")
    named: Annotated[tuple[tuple[str, str], ...], Keywords(Quoted())] = arg(
        "the array of the input or output of that name", default=()
    )

    def reads(self, path: Name, feed: Feed) -> PartCall:
        both = {"inputs": self.feeds(feed.inputs, 0), "targets": self.feeds(feed.outputs, 1)}
        return PartCall("read_npz", (path,), both)

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        x, y = self.feeds(feed.inputs, 0), self.feeds(feed.outputs, 1)
        if feed.several:
            return PartCall("read_named_npz", (path, x, y))
        return PartCall("read_npz", (path, x[feed.input], y[feed.output]))

    def reads_samples(self, path: Name, feed: Feed) -> PartCall:
        return PartCall("read_inputs", (path, self.feeds(feed.inputs, 0)))

    def fed(self) -> dict[str, Fed]:
        return dict(self.named)

    def top(self) -> int | None:
        return 255


class Csv(DataSource):
    """A table with a header: all columns but `target` are a sample, in the file's order.

    A model of several inputs or outputs has columns for each that has a name:
    `csv("homes.csv", facts=["rooms", "area"], price="price")`. An input without a name takes all
    that are left; `target` is for an output without one.
    """

    foreign: ClassVar[tuple[str, ...]] = ("read_csv",)
    cases: ClassVar[tuple[SourceCase, ...]] = (
        SourceCase('csv("homes.csv", target="price")', "all other columns are a sample"),
        SourceCase(
            'csv("homes.csv", facts=["rooms", "area"], price="price")',
            "columns for each input and output",
        ),
    )
    holds: ClassVar[str] = "column"
    unnamed: ClassVar[dict[str, str]] = {"input": "rest", "output": "target"}
    any_labels: ClassVar[bool] = True
    vectors: ClassVar[bool] = True
    samples_in: ClassVar[str] = ".csv"

    path: String = arg("the file")
    target: Annotated[str | None, Maybe(Quoted())] = arg(
        "the column to predict; where outputs have names, those stand in its place",
        default=None,
        unless_named=True,
    )
    named: Annotated[tuple[tuple[str, tuple[str, ...]], ...], Keywords(Many(Quoted(), 1))] = arg(
        "the columns of the input or output of that name", default=()
    )

    rest: ClassVar[tuple[str, ...]] = ()
    """Stands for all columns that nothing else takes."""

    def fed(self) -> dict[str, Fed]:
        return dict(self.named)

    def feeding(self, name: str) -> Fed:
        found = super().feeding(name)
        return (found,) if isinstance(found, str) else found

    def feeds(self, names: Iterable[str], side: Literal[0, 1]) -> dict[str, Fed]:
        found = super().feeds(names, side)
        return {name: (c,) if isinstance(c, str) else c for name, c in found.items()}

    def reads(self, path: Name, feed: Feed) -> PartCall:
        both = {"inputs": self.feeds(feed.inputs, 0), "targets": self.feeds(feed.outputs, 1)}
        return PartCall("read_csv", (path,), both)

    def reads_lean(self, path: Name, feed: Feed) -> PartCall | None:
        x, y = self.feeds(feed.inputs, 0), self.feeds(feed.outputs, 1)
        if not feed.several and not x[feed.input] and len(y[feed.output]) == 1:
            return PartCall("read_csv", (path, y[feed.output][0]))
        return PartCall("read_named_csv", (path, x, y))

    def reads_samples(self, path: Name, feed: Feed) -> PartCall:
        both = self.feeds(feed.inputs, 0), self.feeds(feed.outputs, 1)
        return PartCall("read_rows", (path, *both))
