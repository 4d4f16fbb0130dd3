"""Statements are laid out as ruff lays them out."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from specc.codegen.python.expressions import Attr, Call, Expr, Index, Infix, Lit, Raw, Seq
from specc.codegen.python.layout import WIDTH, Dict, assign, define, give, item

needs_ruff = pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff is not installed")


def formatted(text: str) -> str:
    command = ["ruff", "format", "--isolated", "--line-length", str(WIDTH), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


class Maker:
    """Random expressions of the kinds that backends make, with names of every length."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self, longest: int = 40) -> str:
        letters = "abcdefghij_klmnop"
        length = self.random.choice([1, 4, 8, self.random.randint(1, longest)])
        return "n" + "".join(self.random.choice(letters) for _ in range(length))

    def value(self) -> Expr:
        return Raw(self.name())

    def leaf(self) -> Expr:
        kind = self.random.randrange(5)
        if kind == 0:
            return Lit(self.random.choice([1, 0.5, None, True, -1, 1e-05]))
        if kind == 1:
            return Lit(self.name())
        if kind == 2:
            count = self.random.randint(1, 4)
            return Seq(tuple(Lit(self.random.randint(0, 9999)) for _ in range(count)))
        return self.value()

    def maker(self) -> Call:
        """A layer: `layers.Conv2D(32, kernel_size=3)`."""
        func = Attr(Raw("layers"), self.name(20))
        args = tuple(self.leaf() for _ in range(self.random.randint(0, 3)))
        count = self.random.randint(0 if args else 1, 5)
        return Call(func, args, tuple((self.name(15), self.leaf()) for _ in range(count)))

    def given(self) -> Expr:
        if self.random.random() < 0.3:
            values = tuple(self.value() for _ in range(self.random.randint(2, 5)))
            return Seq(values, self.random.choice(["[]", "()"]))
        return self.value()

    def step(self) -> Expr:
        kind = self.random.randrange(10)
        if kind == 0:
            return Call(self.maker(), (self.given(),))
        if kind == 1:
            return Call(self.maker(), (Call(self.maker(), (self.given(),)),))
        if kind == 2:
            return Call(Attr(Raw("torch"), self.name(9)), (self.applied(),))
        if kind == 3:
            names = tuple(self.value() for _ in range(self.random.randint(2, 6)))
            return Infix(self.random.choice("+*"), names)
        if kind == 4:
            return Call(Attr(Raw("torch"), "cat"), (self.given(),), (("dim", Lit(1)),))
        if kind == 5:
            return self.chain()
        if kind == 6:
            return Index(self.value(), ":, :-1")
        if kind == 7:
            return Infix("/", (self.applied(), self.applied()))
        if kind == 8:
            return Infix(
                "*", (self.value(), Call(Attr(Raw("torch"), self.name(9)), (self.value(),)))
            )
        return self.maker()

    def applied(self) -> Call:
        values = tuple(self.value() for _ in range(self.random.randint(1, 3)))
        return Call(Attr(Raw("self"), self.name()), values)

    def chain(self) -> Expr:
        made: Expr = self.random.choice([self.value, self.applied])()
        for _ in range(self.random.randint(1, 3)):
            args = tuple(Lit(self.random.randint(0, 3)) for _ in range(self.random.randint(0, 4)))
            made = Call(Attr(made, self.name(9)), args)
        return made

    def comment(self) -> str:
        words = [self.name(12) for _ in range(self.random.randint(1, 8))]
        return self.random.choice(["", "(N, 32, 62, 62)", " ".join(words)])

    def function(self) -> list[str]:
        parameters = [f"{self.name()}: int" for _ in range(self.random.randint(0, 5))]
        lines = define(self.name(), parameters, "Tensor")
        for _ in range(5):
            annotation = self.random.choice(["", "Tensor"])
            lines += assign(self.name(), self.step(), 1, self.comment(), annotation=annotation)
        lines += ["    many = keras.Sequential(", "        ["]
        for _ in range(3):
            lines += item(self.maker(), 3, self.comment())
        lines += ["        ],", '        name="many",', "    )"]
        last = self.random.choice([self.value, self.maker, self.named])
        return [*lines, *give(last(), 1, self.comment())]

    def named(self) -> Expr:
        count = self.random.randint(1, 5)
        return Dict(tuple((self.name(), self.value()) for _ in range(count)))


@needs_ruff
def test_ruff_agrees() -> None:
    maker = Maker(1)
    text = "\n\n\n".join("\n".join(maker.function()) for _ in range(400)) + "\n"
    assert formatted(text).splitlines() == text.splitlines()


def test_no_line_is_too_long() -> None:
    maker = Maker(2)
    lines = [line for _ in range(200) for line in maker.function()]
    assert [line for line in lines if len(line) > WIDTH] == []
    assert max(map(len, lines)) == WIDTH


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("(N, 1)", ["x = self.dense(x)  # (N, 1)"]),
        ("a" * 90, [f"# {'a' * 90}", "x = self.dense(x)"]),
        ("", ["x = self.dense(x)"]),
    ],
)
def test_a_comment_stands_behind_or_above(comment: str, expected: list[str]) -> None:
    assert assign("x", Call(Raw("self.dense"), (Raw("x"),)), 0, comment) == expected


def test_a_long_chain_of_methods_is_computed_in_steps() -> None:
    name = "n" * 60
    chain = Call(Attr(Call(Attr(Raw(name), "permute"), (Lit(0),)), "flatten"), (Lit(1),))
    assert assign("a" * 20, chain) == [
        f"{'a' * 20} = {name}.permute(0)",
        f"{'a' * 20} = {'a' * 20}.flatten(1)",
    ]
