"""Works out values at compile time: numbers, sizes, words; graph values pass through."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specc.bind.graph import POISON, InputValue, NodeValue, Poison
from specc.bind.names import nearest, replacement
from specc.bind.report import Failed, Report
from specc.bind.scope import Scope
from specc.kinds import Percent, Quantity, Range, Text
from specc.source import Source, Span
from specc.syntax import (
    Binary,
    Bool,
    Call,
    Float,
    Int,
    List,
    Size,
    String,
    Tuple,
    Unary,
    Until,
    Value,
)
from specc.syntax import Percent as PercentNode
from specc.syntax import Quantity as QuantityNode
from specc.syntax import Range as RangeNode

LARGEST_NUMBER = 2**63 - 1
AXES = {1: ("channels",), 2: ("length", "channels"), 3: ("height", "width", "channels")}


@dataclass(frozen=True, slots=True)
class Pending:
    """A call whose meaning depends on the argument that takes it, such as `normal(std=0.1)`."""

    call: Call


def describe(value: Any) -> str:
    """A value as a reader of a message would call it."""
    if isinstance(value, Text):
        return f'the string "{value}"'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the word `{value}`"
    if isinstance(value, tuple):
        if value and all(type(item) is int for item in value):
            return f"`{'x'.join(map(str, value))}`"
        return f"a list of {len(value)}"
    if isinstance(value, InputValue | NodeValue):
        return f"a value of shape {dims(value.shape)}"
    if isinstance(value, Pending):
        return f"the call `{'.'.join(part.text for part in value.call.path)}(...)`"
    return f"`{value}`"


def dims(shape: tuple[int, ...]) -> str:
    """`64x64x3`."""
    return "x".join(map(str, shape))


def whole(value: float) -> int | float:
    """A quotient that comes out whole is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def round_to(x: float, multiple: float) -> int | float:
    """The nearest multiple, halves up."""
    return whole(math.floor(x / multiple + 0.5) * multiple)


def divisible(x: float, multiple: float) -> int | float:
    """The nearest multiple, at least one and never under 90 % of x: the rule of the MobileNets."""
    result = max(multiple, round_to(x, multiple))
    return whole(result + multiple if result < 0.9 * x else result)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (min, 2, 99),
    "max": (max, 2, 99),
    "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "mod": (operator.mod, 2, 2),
    "round": (round_to, 2, 2),
    "divisible": (divisible, 2, 2),
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Evaluator:
    """Evaluates in one scope of one source. A wrong expression is reported and raises Failed."""

    def __init__(self, source: Source, scope: Scope, report: Report) -> None:
        self.source, self.scope, self.report = source, scope, report

    def value(self, node: Value) -> Any:
        match node:
            case Int(value=value) | Float(value=value) | Bool(value=value):
                return value
            case Size(numbers=numbers):
                return numbers
            case String(text=text):
                return Text(text)
            case PercentNode(value=value):
                return Percent(value)
            case QuantityNode(amount=amount, unit=unit):
                return Quantity(self.value(amount), unit.text)
            case List(items=items) | Tuple(items=items):
                return tuple(self.value(item) for item in items)
            case RangeNode(low=low, high=high):
                return Range(self.number(low), self.number(high))
            case Binary():
                return self._binary(node)
            case Unary():
                return self._unary(node)
            case Call():
                return self._call(node)
            case Until():
                self.report.fail(
                    "E0901",
                    "`until` is not built yet",
                    self.source,
                    node.span,
                    help="freezing a part of the model comes with transfer learning",
                )
        raise AssertionError(node)

    def number(self, node: Value) -> int | float:
        value = self.value(node)
        if isinstance(value, Poison):
            raise Failed
        if type(value) not in (int, float):
            self.report.fail(
                "E0213", "this is not a number", self.source, node.span, found=describe(value)
            )
        return value  # type: ignore[no-any-return]

    def truth(self, node: Value) -> bool:
        value = self.value(node)
        if type(value) is not bool:
            self.report.fail(
                "E0332",
                "a condition is `true` or `false`",
                self.source,
                node.span,
                found=describe(value),
                help="compare it, as in `stride > 1`",
            )
        return value

    # ---- operators

    def _binary(self, node: Binary) -> Any:
        # A long sum leans to the left: walk down its spine instead of recursing.
        spine = [node]
        while isinstance(spine[-1].left, Binary):
            spine.append(spine[-1].left)
        left = self.value(spine[-1].left)
        for step in reversed(spine):
            left = self._operate(step, left)
        return left

    def _operate(self, node: Binary, left: Any) -> Any:
        if node.op in ("and", "or"):
            self._check_truth(left, node.left.span)
            if left is (node.op == "or"):
                return left
            return self.truth(node.right)
        right = self.value(node.right)
        if isinstance(left, Poison) or isinstance(right, Poison):
            raise Failed
        if node.op in ("==", "!="):
            return (left == right) is (node.op == "==")
        for value, span in ((left, node.left.span), (right, node.right.span)):
            if type(value) not in (int, float):
                self.report.fail(
                    "E0213",
                    f"`{node.op}` works on numbers",
                    self.source,
                    span,
                    found=describe(value),
                )
        if node.op in _COMPARISON:
            return _COMPARISON[node.op](left, right)
        return self._arithmetic(node, left, right)

    def _arithmetic(self, node: Binary, left: int | float, right: int | float) -> int | float:
        if node.op == "/":
            if right == 0:
                self.report.fail("E0214", "division by zero", self.source, node.right.span)
            exact = isinstance(left, int) and isinstance(right, int) and left % right == 0
            result = left // right if exact else whole(left / right)
        else:
            result = _ARITHMETIC[node.op](left, right)
        return self._in_range(result, node.span)

    def _in_range(self, result: int | float, span: Span) -> int | float:
        if not abs(result) <= LARGEST_NUMBER:
            self.report.fail(
                "E0214",
                "the result is too large",
                self.source,
                span,
                expected=f"a number of at most {LARGEST_NUMBER}",
            )
        return result

    def _check_truth(self, value: Any, span: Span) -> None:
        if type(value) is not bool:
            self.report.fail(
                "E0332",
                "`and` and `or` work on `true` and `false`",
                self.source,
                span,
                found=describe(value),
            )

    def _unary(self, node: Unary) -> Any:
        if node.op == "not":
            return not self.truth(node.value)
        value = self.number(node.value)
        return -value if node.op == "-" else value

    # ---- names and calls

    def _call(self, node: Call) -> Any:
        head = node.path[0]
        if node.body is not None:
            self.report.fail(
                "E0323", "braces do not belong in a value", self.source, node.body.span
            )
        bound = self.scope.use(head, self.source)
        if node.args is not None:
            if bound is None and len(node.path) == 1 and head.text in FUNCTIONS:
                return self._function(node)
            return Pending(node)
        if len(node.path) == 1:
            return head.text if bound is None else self._plain(bound.value)
        if bound is None:
            self._unknown_owner(node)
        return self._property(node, bound.value if bound else None)

    def _plain(self, value: Any) -> Any:
        return POISON if value is None else value

    def _unknown_owner(self, node: Call) -> None:
        head = node.path[0]
        near = nearest(head.text, self.scope.visible())
        self.report.fail(
            "E0202",
            f"there is no `{head.text}` here",
            self.source,
            head.span,
            help=f"did you mean `{near}`?" if near else None,
            fix=replacement(head.span, near) if near else None,
        )

    def _property(self, node: Call, value: Any) -> int:
        name = node.path[1]
        if isinstance(value, Poison):
            raise Failed
        if not isinstance(value, InputValue | NodeValue):
            self.report.fail(
                "E0220",
                f"`{node.path[0].text}` has no properties",
                self.source,
                name.span,
                found=describe(value),
                help="a value of the graph has `channels`, `height`, `width`",
            )
        names = AXES.get(len(value.shape), ())
        if len(node.path) > 2 or name.text not in names:
            self.report.fail(
                "E0220",
                f"a value of shape {dims(value.shape)} has no `{name.text}`",
                self.source,
                name.span,
                expected=" or ".join(f"`{axis}`" for axis in names) or None,
            )
        return value.shape[names.index(name.text)]

    def _function(self, node: Call) -> int | float:
        name = node.path[0].text
        function, least, most = FUNCTIONS[name]
        args = node.args or ()
        if not least <= len(args) <= most or any(arg.name for arg in args):
            count = str(least) if least == most else f"at least {least}"
            self.report.fail(
                "E0208",
                f"`{name}` takes {count} numbers",
                self.source,
                node.span,
                found=f"{len(args)}",
            )
        numbers = [self.number(arg.value) for arg in args]
        if name in ("mod", "round", "divisible") and numbers[1] <= 0:
            self.report.fail(
                "E0206",
                f"the second number of `{name}` must be above 0",
                self.source,
                args[1].span,
                found=describe(numbers[1]),
            )
        return self._in_range(function(*numbers), node.span)
