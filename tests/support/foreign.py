"""Finds private names of other libraries that the code uses, by reading the source of both."""

import ast
import asyncio
import ctypes
import enum
import fcntl
import gc
import inspect
import logging
import socket
import struct
import sys
import termios
import textwrap
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from testkit.server import ROOT

ROOMS = ("accounts", "uploads", "log", "groups", "chat", "web", "server", "im66")
# These libraries document their classes' attributes. Undocumented names begin with an underscore, or are
# listed here.
# adrf has the names of rest_framework for asynchronous views.
_DOCUMENTED = ("django", "rest_framework", "adrf", "channels")
_UNDOCUMENTED = ("django.core.handlers", "django.db.backends")
# The types and modules of Python whose attributes the server code reads.
_PYTHON = (
    *(str, bytes, bytearray, list, dict, set, tuple, int, deque, Path, BytesIO, HTTPStatus),
    *(asyncio.AbstractEventLoop, asyncio.Transport, asyncio.Queue, asyncio.Event, asyncio.Task),
    *(asyncio, ctypes, enum, fcntl, gc, logging.Logger, logging, socket.socket, socket, struct.Struct),
    *(struct, sys, termios, time),
)


def sources() -> list[Path]:
    """Return all modules that servers run, without migrations."""
    results = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [path for path in results if not {"migrations", "__main__.py"} & set(path.parts)]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def words(source: ast.AST) -> set[str]:
    """Return all names in the source: definitions, reads, imports, and strings, which may be keys."""
    results: set[str] = set()
    for node in ast.walk(source):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name) | ast.alias(name=name):
                results.add(name.rpartition(".")[2])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                results.add(name)
            case ast.Constant(value=str(name)) if name.isidentifier():
                results.add(name)
    return results


def underscored() -> Iterator[tuple[str, str]]:
    """Yield the uses of names with a leading underscore that are not defined by us, as place and name."""
    own = {name for path in sources() for name in _defined(tree(path))}
    for path in sources():
        for node in ast.walk(tree(path)):
            for name in _mentioned(node):
                if name.startswith("_") and not name.startswith("__") and name not in own:
                    yield module_name(path), name


def unknown() -> Iterator[tuple[str, str]]:
    """Yield attributes in the server package that neither we nor Python define."""
    own = {name for path in sources() for name in (*_defined(tree(path)), *_slots(tree(path)))}
    for path in (ROOT / "server").glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr not in own | _of_python():
                yield module_name(path), node.attr


def shared() -> Iterator[tuple[str, str]]:
    """Yield the names of our classes that also occur in a library's base class."""
    for path in sources():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                ours = getattr(import_module(module_name(path)), node.name)
                theirs = set().union(*map(_their_names, _libraries_above(ours)), set())
                yield from ((module_name(path), name) for name in sorted(_of_class(node) & theirs))


def _libraries_above(ours: type) -> list[type]:
    roots = {one: one.__module__.partition(".")[0] for one in ours.__mro__}
    return [
        one
        for one, root in roots.items()
        if root not in sys.stdlib_module_names and not (ROOT / root).is_dir()
    ]


@cache
def _their_names(theirs: type) -> frozenset[str]:
    results = {name for name in vars(theirs) if _counts(name)}
    with suppress(OSError):  # some are made while the program runs
        (source,) = ast.parse(textwrap.dedent(inspect.getsource(theirs))).body
        assert isinstance(source, ast.ClassDef)
        results |= _of_class(source)
    module = theirs.__module__
    if module.startswith(_DOCUMENTED) and not module.startswith(_UNDOCUMENTED):
        return frozenset(name for name in results if name.startswith("_"))
    return frozenset(results)


def _of_class(source: ast.ClassDef) -> set[str]:
    """Return the names that a class defines, and the attributes of `self` and `super()` that it uses."""
    results = {name for node in source.body for name in _of_statement(node)}
    for node in ast.walk(source):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "super()"):
            results.add(node.attr)
    return {name for name in results if _counts(name)}


def _of_statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _counts(name: str) -> bool:
    # The other names are documented by Python.
    return not name.startswith("__") or name == "__call__"


def _defined(source: ast.AST) -> Iterator[str]:
    for node in ast.walk(source):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name


def _slots(source: ast.AST) -> Iterator[str]:
    for node in ast.walk(source):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
            yield from ast.literal_eval(node.value)


@cache
def _of_python() -> frozenset[str]:
    return frozenset(name for one in _PYTHON for name in dir(one))


def _mentioned(node: Any) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.ImportFrom(module=str(module), names=names):
            yield from (part for part in module.split(".") if part != "__future__")
            yield from (alias.name for alias in names)
