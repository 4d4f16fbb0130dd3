"""Names that are given in generated code, each once."""

from __future__ import annotations

from collections.abc import Container, Iterable

from specc.terms import snake


class Names:
    """A space of names: `new` gives the wished-for name, or the next free number behind it.

    others: names that scripts have themselves, too many to be listed; an underscore stands behind
    a wish for one of these.
    """

    def __init__(self, taken: Iterable[str] = (), others: Container[str] = ()) -> None:
        self.taken, self.others = set(taken), others

    def __contains__(self, name: object) -> bool:
        return name in self.taken or name in self.others

    def new(self, wish: str) -> str:
        wish = spared(wish, self.others)
        name, number = wish, 1
        while name in self:
            number += 1
            name = f"{wish}{number}"
        self.taken.add(name)
        return name


def spared(name: str, others: Container[str]) -> str:
    """The name, with underscores behind it where one of a script's own is called so."""
    while name in others:
        name += "_"
    return name


def distinct(wishes: Iterable[str], others: Container[str]) -> dict[str, str]:
    """The name in a script for each of the names of a spec: nearly always the same."""
    wishes = list(wishes)
    found = {wish: wish for wish in wishes if wish not in others}
    names = Names(found)
    for wish in wishes:
        if wish not in found:
            found[wish] = names.new(spared(wish, others))
    return found


def camel(name: str) -> str:
    """`lecture_cnn` -> `LectureCnn`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def function_name(block: str) -> str:
    """`ConvBN` -> `conv_bn`."""
    return snake(block)
