"""Generates mutants: small changes of Python source that a test should detect.

A mutant replaces one piece of one file: it inverts a condition, drops an argument, does not raise.
The pieces are found in the syntax tree but replaced in the text, so that the rest of the file stays
the same and the diff is readable. Messages, annotations and decorators are not mutated.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SWAPPED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
"""By comparison: the operator that replaces it."""

PROSE = frozenset({"description", "doc", "help", "title"})
"""Keys and keyword arguments whose values are texts for people."""

LARGE = 1000
"""Integers from this value on are not mutated: they are limits of time, size or cost."""

TYPING = frozenset({"NewType", "ParamSpec", "TypeVar"})
"""Functions whose arguments only the type checker reads."""

LOGGING = frozenset({"debug", "info", "say", "warn", "warning"})
"""Functions that only log or print."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    """Path of the file, relative to the checkout."""
    lines: range
    """The lines of the changed statement. The first line of a file is 1."""
    line: int
    """The line of the changed piece."""
    change: str
    """A description of the change."""
    start: int
    end: int
    """The bytes from `start` up to `end` are replaced."""
    text: str
    """The replacement."""

    def apply(self, source: bytes) -> bytes:
        """Return the file's content with the change applied."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def compiles(self, source: bytes) -> bool:
        """Whether the changed file is still valid Python."""
        try:
            ast.parse(self.apply(source))
        except SyntaxError:
            return False
        return True

    def diff(self, source: bytes) -> list[str]:
        """Return the changed lines, each prefixed with `-` or `+`."""
        before, after = (text.decode().splitlines() for text in (source, self.apply(source)))
        lines = difflib.unified_diff(before, after, lineterm="", n=0)
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a file, in the order of the text. A few do not compile."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return sorted(set(finder.found), key=lambda one: (one.start, one.end, one.text))


class _Finder(ast.NodeVisitor):
    """Collects the mutants of one file."""

    def __init__(self, path: str, source: bytes) -> None:
        self.found: list[Mutant] = []
        self._path = path
        self._source = source
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._line_starts = starts
        self._statement = range(1, 2)

    def visit(self, node: ast.AST) -> None:
        """Visit a node, and keep track of the statement that contains it."""
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        outer = self._statement
        # Only the head of a compound statement: its body has statements of its own.
        body = getattr(node, "body", None)
        last = body[0].lineno if isinstance(body, list) and body else (node.end_lineno or 0) + 1
        self._statement = range(node.lineno, max(last, node.lineno + 1))
        super().visit(node)
        self._statement = outer

    # Not mutated.

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit the defaults and the body, but not the annotations and decorators."""
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        self._visit_all(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit the body."""
        self._visit_all(node.body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Visit the value, not the annotation."""
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Visit the value, except that of `__all__`."""
        if not any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Skip f-strings: they are texts."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip assertions: they are for the type checker."""

    # Mutated.

    def visit_If(self, node: ast.If) -> None:
        """Invert the condition."""
        written = ast.unparse(node.test)
        if written == "TYPE_CHECKING" or written.startswith("__name__"):
            return
        self._invert(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Invert the condition."""
        self._invert(node.test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Swap a comparison for its neighbour or its opposite."""
        if len(node.ops) == 1:
            operator = SWAPPED[type(node.ops[0])]
            left, right = self._text(node.left), self._text(node.comparators[0])
            self._add("swap a comparison", node, f"{left} {operator} {right}")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Swap `and` and `or`."""
        word = "or" if isinstance(node.op, ast.And) else "and"
        operands = f" {word} ".join(f"({self._text(value)})" for value in node.values)
        self._add(f"write `{word}`", node, f"({operands})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a `not`."""
        if isinstance(node.op, ast.Not):
            self._add("drop `not`", node, f"({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Invert a boolean, add one to an integer."""
        if isinstance(node.value, bool):
            self._add("flip a truth value", node, str(not node.value))
        elif isinstance(node.value, int) and node.value < LARGE:
            self._add("add one", node, str(node.value + 1))

    def visit_Return(self, node: ast.Return) -> None:
        """Return None instead of a value."""
        if node.value is None:
            return
        constant = isinstance(node.value, ast.Constant) and node.value.value in (None, True, False)
        if not constant:
            self._add("return None", node.value, "None")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Drop a `raise`. Its message is not mutated, nor is the one of an abstract method."""
        if isinstance(node.exc, ast.Name) and node.exc.id == "NotImplementedError":
            return
        self._add("raise nothing", node, "pass")

    def visit_Expr(self, node: ast.Expr) -> None:
        """Drop a call whose value is not used."""
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not isinstance(call, ast.Call):
            return
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if name in LOGGING:
            return
        self._add("drop a call", node, "pass")
        self.visit(call)

    def visit_Call(self, node: ast.Call) -> None:
        """Drop a keyword argument, but not the `strict` of a `zip`: it asserts equal lengths."""
        if isinstance(node.func, ast.Name) and node.func.id in TYPING | {"zip"}:
            self._visit_all(node.args)
            return
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        given.sort(key=lambda one: (one.lineno, one.col_offset))
        for at, one in enumerate(given):
            if isinstance(one, ast.keyword) and one.arg is not None and one.arg not in PROSE:
                self._drop(f"drop the argument {one.arg}", given, at)
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg not in PROSE:
                self.visit(keyword.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Drop an entry with an explicit key."""
        entries = [
            _Entry(key or value, value) for key, value in zip(node.keys, node.values, strict=True)
        ]
        for at, key in enumerate(node.keys):
            # The position of `**more` is not known, so the entry before it is kept.
            before_more = at + 1 < len(node.keys) and node.keys[at + 1] is None
            if isinstance(key, ast.Constant) and key.value not in PROSE and not before_more:
                self._drop(f"drop the key {key.value!r}", entries, at)
        self._visit_all(node.values)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Drop a filter."""
        for before, condition in pairwise([node.iter, *node.ifs]):
            self._replace("drop a filter", self._end(before), self._end(condition), "", condition)
        self.generic_visit(node)

    # Helpers.

    def _visit_all(self, nodes: Sequence[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _invert(self, condition: ast.expr) -> None:
        self._add("invert a condition", condition, f"(not ({self._text(condition)}))")

    def _drop(self, change: str, given: Sequence[_Piece], at: int) -> None:
        """Drop one of several pieces between commas, together with one comma."""
        one = given[at]
        if at + 1 < len(given):
            self._replace(change, self._start(one), self._start(given[at + 1]), "", one)
        elif at > 0:
            self._replace(change, self._end(given[at - 1]), self._end(one), "", one)
        else:
            self._replace(change, self._start(one), self._end(one), "", one)

    def _add(self, change: str, node: ast.expr | ast.stmt, text: str) -> None:
        self._replace(change, self._start(node), self._end(node), text, node)

    def _replace(self, change: str, start: int, end: int, text: str, of: _Piece) -> None:
        self.found.append(Mutant(self._path, self._statement, of.lineno, change, start, end, text))

    def _start(self, node: _Piece) -> int:
        return self._line_starts[node.lineno - 1] + node.col_offset

    def _end(self, node: _Piece) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._line_starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        return self._source[self._start(node) : self._end(node)].decode()


class _Entry:
    """A key and its value in a dictionary display, with the position of a node."""

    def __init__(self, key: ast.expr, value: ast.expr) -> None:
        self.lineno, self.col_offset = key.lineno, key.col_offset
        self.end_lineno, self.end_col_offset = value.end_lineno, value.end_col_offset


_Piece = ast.expr | ast.stmt | ast.keyword | _Entry
