"""The names that a module defines, read from its source."""

import ast
from functools import cache

from testkit.server import ROOT


@cache
def names_in(path: str) -> set[str]:
    """Return the functions, classes and variables of the module, and its classes' attributes as
    `Class.method`."""
    body = ast.parse((ROOT / path).read_text()).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    methods = {f"{owner.name}.{name}" for owner in classes for name in _defined(owner.body)}
    return methods | _defined(body)


def _defined(body: list[ast.stmt]) -> set[str]:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    return {node.name for node in body if isinstance(node, definitions)} | {
        target.id for target in targets if isinstance(target, ast.Name)
    }
