"""Works out values at compile time: numbers, sizes, words; graph values pass through."""

from __future__ import annotations

from typing import Any, NoReturn

from specc.bind.advice.near_misses import nearest, replacement
from specc.bind.ground.arithmetic import ARITHMETIC, COMPARISON, FUNCTIONS, LARGEST_NUMBER, finite
from specc.bind.ground.describe import describe, dims
from specc.bind.ground.graph import InputValue, NodeValue, Poison
from specc.bind.ground.report import Failed
from specc.bind.ground.scope import Binding, Context, Pending
from specc.diagnostics.model import Related
from specc.kinds import Percent, Quantity, Range, Text
from specc.ops.ranks import AXES
from specc.source import Span
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

FOREIGN_AXES = dict.fromkeys(("depth", "features", "filters", "size", "units"), "channels")
_OPERATORS = frozenset({"==", "!=", *COMPARISON, *ARITHMETIC})


class Evaluator(Context):
    """Evaluates in one context. A wrong expression is reported and raises Failed."""

    def value(self, node: Value) -> Any:
        match node:
            case Int(value=value) | Float(value=value) | Bool(value=value):
                return value
            case Size(numbers=numbers):
                if not numbers:  # a size of names, which has been reported
                    raise Failed
                return numbers
            case String(text=text):
                return Text(text)
            case PercentNode(value=value):
                return Percent(value)
            case QuantityNode(amount=amount, unit=unit):
                return Quantity(self.value(amount), unit.text)
            case List(items=items) | Tuple(items=items):
                return tuple(map(self.value, items))
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
                    "`until` is part of the language but not built yet",
                    self.source,
                    node.span,
                    help="freezing a part of the model comes with transfer learning",
                )
        raise AssertionError(node)

    def check_word(self, node: Value, value: str) -> None:
        """A bare word that is kept for later must be one of the language."""
        if isinstance(value, Text) or not isinstance(node, Call):
            return
        if self.scope.find(node.path[0].text) is None:
            from specc.bind.advice.unknown_names import is_word, unknown_name

            if not is_word(value):
                unknown_name(self, node.path[0])

    def number(self, node: Value) -> int | float:
        value = self.value(node)
        if type(value) not in (int, float):
            self._not(value, node, "E0213", "this is not a number")
        return value  # type: ignore[no-any-return]

    def truth(self, node: Value) -> bool:
        value = self.value(node)
        if type(value) is not bool:
            helped = "compare it, as in `stride > 1`"
            self._not(value, node, "E0332", "a condition is `true` or `false`", helped)
        return value

    def _not(
        self, value: Any, node: Value, code: str, message: str, helped: str | None = None
    ) -> NoReturn:
        """The value is of another kind than is needed: if a name is to blame, say so instead."""
        if isinstance(value, Poison):
            raise Failed
        from specc.bind.advice.unknown_names import unknown_function, unknown_name

        if isinstance(node, Call) and node.args is None and isinstance(value, str):
            head = node.path[0]
            if not isinstance(value, Text) and self.scope.find(head.text) is None:
                unknown_name(self, head)
        if isinstance(value, Pending):
            unknown_function(self, value)
        if isinstance(value, InputValue | NodeValue) and isinstance(node, Call):
            names = AXES.get(len(value.shape), ())
            sizes = " or ".join(f"`{node.path[0].text}.{axis}`" for axis in names)
            helped = f"its sizes are numbers: {sizes}"
        self.report.fail(code, message, self.source, node.span, found=describe(value), help=helped)

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
            if type(left) is not bool:
                self._not(left, node.left, "E0332", "`and` and `or` work on `true` and `false`")
            return left if left is (node.op == "or") else self.truth(node.right)
        right = self.value(node.right)
        if node.op not in _OPERATORS:  # such as `**`, which the parser has reported
            raise Failed
        if isinstance(left, Poison) or isinstance(right, Poison):
            raise Failed
        if node.op in ("==", "!="):
            return self._equal(node, left, right) is (node.op == "==")
        for value, side in ((left, node.left), (right, node.right)):
            if type(value) not in (int, float):
                self._not(value, side, "E0213", f"`{node.op}` works on numbers")
        if node.op in COMPARISON:
            return COMPARISON[node.op](left, right)
        if node.op == "/" and right == 0:
            self.report.fail(
                "E0214", "division by zero", self.source, node.right.span, label="this is 0"
            )
        return self._in_range(finite(ARITHMETIC[node.op], left, right), node.span)

    def _equal(self, node: Binary, left: Any, right: Any) -> bool:
        for value, side in ((left, node.left), (right, node.right)):
            if isinstance(value, InputValue | NodeValue | Pending):
                self._not(
                    value,
                    side,
                    "E0213",
                    f"`{node.op}` compares numbers, sizes and words",
                )
        # `1 == true` in Python; here they are of different kinds.
        return (left == right) is True and isinstance(left, bool) is isinstance(right, bool)

    def _in_range(self, result: int | float | None, span: Span) -> int | float:
        if result is None:
            self.report.fail(
                "E0214",
                "the result is too large",
                self.source,
                span,
                expected=f"a number of at most {LARGEST_NUMBER}",
            )
        return result

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
            return self._called(node, bound)
        if len(node.path) == 1:
            return head.text if bound is None else bound.value
        if bound is None:
            from specc.bind.advice.unknown_names import unknown_owner

            unknown_owner(self, node)
        return self._property(node, bound.value)

    def _called(self, node: Call, bound: Binding | None) -> Any:
        head = node.path[0]
        if bound is None and len(node.path) == 1 and head.text in FUNCTIONS:
            return self._function(node)
        # A block or a layer that is called in a value is told by the argument it is given to.
        if bound is not None and not hasattr(bound.value, "callable"):
            if isinstance(bound.value, Poison):
                raise Failed
            hides = head.text in FUNCTIONS
            self.report.fail(
                "E0225",
                f"`{head.text}` cannot be called",
                self.source,
                node.span,
                found=describe(bound.value),
                related=(
                    Related(bound.definition.source, bound.definition.span, "it is made here"),
                ),
                help="it hides the function: give it another name"
                if hides
                else "leave the parentheses out",
            )
        return Pending(node, self)

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
                help="values of the graph have `channels`, `depth`, `height`, `width` or `length`",
            )
        names = AXES.get(len(value.shape), ())
        if len(node.path) > 2 or name.text not in names:
            near = None
            if len(node.path) == 2:
                near = FOREIGN_AXES.get(name.text) or nearest(name.text, names)
            self.report.fail(
                "E0220",
                f"a value of shape {dims(value.shape)} has no `{name.text}`",
                self.source,
                name.span,
                expected=" or ".join(f"`{axis}`" for axis in names) or None,
                help=f"did you mean `{near}`?" if near else None,
                fix=replacement(name.span, near) if near else None,
            )
        return value.shape[names.index(name.text)]

    def _function(self, node: Call) -> int | float:
        name = node.path[0].text
        function, least, most = FUNCTIONS[name]
        args = node.args or ()
        if not least <= len(args) <= most or any(arg.name for arg in args):
            count = str(least) if least == most else f"{least} to {most}"
            named = any(arg.name for arg in args)
            self.report.fail(
                "E0208",
                f"`{name}` takes {count} number{'s' * (most > 1)}"
                + (", by position" if named else ""),
                self.source,
                node.args_span or node.span,
                found=f"{len(args)}",
            )
        numbers = []
        for arg in args:
            numbers.append(self.number(arg.value))
        if name in ("mod", "round", "divisible") and numbers[1] <= 0:
            self.report.fail(
                "E0206",
                f"the second number of `{name}` must be above 0",
                self.source,
                args[1].span,
                found=describe(numbers[1]),
            )
        return self._in_range(finite(function, *numbers), node.span)
