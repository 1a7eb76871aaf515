"""Small defects, each put into one place of a module: the kinds of slip that a test should notice."""

import ast
import copy
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
# What nobody's promise is about.
_LOGS = {"debug", "info", "warning", "error", "exception"}


@dataclass(frozen=True)
class Mutant:
    """A node of the code, and what is written there instead."""

    file: str
    kind: str
    node: ast.expr | ast.stmt
    text: str

    @property
    def line(self) -> int:
        return self.node.lineno

    def patch(self, source: str) -> str | None:
        """As `git apply` takes it. None if it would not compile, or would be the same as before."""
        changed = self._changed(source)
        if changed == source or not _compiles(changed):
            return None
        before, after = source.splitlines(keepends=True), changed.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, f"a/{self.file}", f"b/{self.file}"))

    def _changed(self, source: str) -> str:
        """The columns of a node count bytes."""
        assert self.node.end_lineno is not None
        assert self.node.end_col_offset is not None
        lines = source.encode().splitlines(keepends=True)
        start = sum(map(len, lines[: self.node.lineno - 1])) + self.node.col_offset
        end = sum(map(len, lines[: self.node.end_lineno - 1])) + self.node.end_col_offset
        whole = source.encode()
        return (whole[:start] + self.text.encode() + whole[end:]).decode()


_Change = tuple[str, ast.expr | ast.stmt, str]


def mutants_of(file: str, source: str) -> list[Mutant]:
    """All that can be made of the module."""
    return [Mutant(file, *change) for change in _changes(ast.parse(source))]


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _changes(node: ast.AST) -> Iterator[_Change]:
    """In the node and all that is in it, but for annotations, decorators, assertions and what is logged."""
    match node:
        # The places within an f-string are not told.
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name in _LOGS:
            return
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return
        case ast.AnnAssign(value=value):
            if value:
                yield from _changes(value)
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for part in [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body]:
                yield from _changes(part)
            return
        case ast.ClassDef():
            for part in node.body:
                yield from _changes(part)
            return
    yield from _changes_of(node)
    for child in ast.iter_child_nodes(node):
        yield from _changes(child)


def _changes_of(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=[operator, *_]) if type(operator) in _OPPOSITES:
            yield _altered("comparison", node, ops=[_OPPOSITES[type(operator)](), *node.ops[1:]])
        case ast.BoolOp(op=operator):
            yield _altered("and/or", node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", node, f"({ast.unparse(operand)})"
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC:
            yield _altered("arithmetic", node, op=_ARITHMETIC[type(operator)]())
        case ast.Constant(value=bool(value)):
            yield "boolean", node, str(not value)
        case ast.Constant(value=int(value)):
            yield "constant + 1", node, str(value + 1)
            yield "constant - 1", node, f"({value - 1})"
        case ast.IfExp(test=test) | ast.While(test=test):
            yield "condition", test, f"(not ({ast.unparse(test)}))"
        case ast.If(test=test, body=body):
            if isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break):
                yield "guard removed", test, "False"
            yield "condition", test, f"(not ({ast.unparse(test)}))"
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return", value, "None"
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call removed", node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign() | ast.Delete():
            yield "statement removed", node, "pass"
        case ast.Raise():
            yield "raise removed", node, "pass"
        case ast.ExceptHandler(body=body) if not isinstance(body[0], ast.Raise):
            yield "exception not caught", body[0], "raise"
        case ast.With(items=[item]) | ast.AsyncWith(items=[item]) if item.optional_vars is None:
            head = "async with" if isinstance(node, ast.AsyncWith) else "with"
            yield f"{head} removed", item.context_expr, "__import__('contextlib').nullcontext()"


def _altered(kind: str, node: ast.expr, **fields: object) -> _Change:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return kind, node, f"({ast.unparse(other)})"


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
