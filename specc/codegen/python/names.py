"""Names that are given in generated code, each once."""

from __future__ import annotations

from collections.abc import Container, Iterable

from specc.terms import snake


class Names:
    """A space of names: `new` gives the wished-for name, or the next free number behind it.

    others: names that are taken too, and are too many to be listed.
    """

    def __init__(self, taken: Iterable[str] = (), others: Container[str] = ()) -> None:
        self.taken, self.others = set(taken), others

    def __contains__(self, name: str) -> bool:
        return name in self.taken or name in self.others

    def new(self, wish: str) -> str:
        name, number = wish, 1
        while name in self:
            number += 1
            name = f"{wish}{number}"
        self.taken.add(name)
        return name


def camel(name: str) -> str:
    """`lecture_cnn` -> `LectureCnn`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def function_name(block: str) -> str:
    """`ConvBN` -> `conv_bn`."""
    return snake(block)
