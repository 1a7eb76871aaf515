"""tests/PRIVATE_NAMES.md: what the code reaches into is there, and what is there is reached into."""

import ast
import inspect
import re
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import NamedTuple

import daphne.server  # noqa: F401  # isort: skip  # installs the reactor, before anything of Twisted's does

from testkit.server import ROOT
from tests.support.foreign import shared, tree, underscored, unknown, words

PAGE = (ROOT / "tests" / "PRIVATE_NAMES.md").read_text()
TABLES = re.findall(
    r"^### (\S+) (\S+)\n(.*?)(?=^##|\Z)",
    PAGE.partition("\n## The table\n")[2].partition("\n## ")[0] + "\n",
    re.DOTALL | re.MULTILINE,
)

# What documentation names, of the names that look private, that a class of ours shares with one of theirs, or
# that a server's code finds in their objects.
DOCUMENTED = {
    "Python": {
        "_asdict",
        "_exit",
        "_replace",
        "_value_",
        "Thread",
        "compile",
        "fullmatch",
        "phrase",
        "restype",
        "when",
    }
    | {"RLIMIT_NOFILE", "RLIM_INFINITY", "getrlimit"},
    "glibc": {"fordblks", "mallinfo2", "malloc_trim"},
    "Django": {
        "_meta",
        "_db",
        "clean",
        "cleaned_data",
        "error_messages",
        "get_context_data",
        "execute_wrapper",
    },
    # Its interfaces, and what twisted.web says of its channels and requests.
    "Twisted": {"Deferred", "addErrback", "callLater", "channel", "content", "dataReceived", "factory"}
    | {"finish", "finished", "fromFuture", "getAllRawHeaders", "getHeader", "getRawHeaders", "lineReceived"}
    | {"makeConnection", "method", "registerProducer", "removeHeader", "requestFactory", "requestHeaders"}
    | {"resetTimeout", "setTimeout", "timeOut", "transport", "unregisterProducer", "uri"},
    # What it says of ServerProtocol, requests, headers and frames.
    "websockets": {"CLOSE", "PING", "data_to_send", "events_received", "get_all", "opcode", "raw_items"}
    | {"receive_data", "send_response", "status_code"},
    "python-json-logger": {"add_fields"},
    "prometheus-client": {"collect"},
    "requests": {"request"},
    # The module itself.
    "Daphne": {"http_protocol"},
}


class Row(NamedTuple):
    """One name of a library, where the library has it, and where it is used."""

    name: str
    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def _rows(table: str) -> list[Row]:
    cells = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    named = [[tuple(re.findall(r"`(\S+)`", cell)) for cell in line[:3]] for line in cells]
    return [Row(name, theirs, ours) for names, theirs, ours in named for name in names]


ROWS = [row for *_, table in TABLES for row in _rows(table)]
NAMES = {row.name for row in ROWS}


@cache
def _used_names() -> set[tuple[str, str]]:
    """Where the code reaches into a library, and for what."""
    return {*underscored(), *shared(), *unknown()}


def _documented_names() -> set[tuple[str, str]]:
    return {(module.replace("/", "."), row.name) for row in ROWS for module in row.ours}


def test_private_names_page_lists_every_used_name() -> None:
    documented = set().union(*DOCUMENTED.values())
    results = {(module, name) for module, name in _used_names() if name not in documented}
    assert ("server.daphne", "kill_all_applications") in results
    assert results <= _documented_names(), results - _documented_names()


def test_private_names_page_lists_only_used_names() -> None:
    assert set().union(*DOCUMENTED.values()) <= {name for _, name in _used_names()}


def test_private_names_were_checked_in_the_installed_versions() -> None:
    seen = {library: seen for library, seen, _ in TABLES}
    assert seen
    assert seen == {library: version(library) for library in seen}


@cache
def _words(module: str) -> set[str]:
    return words(ast.parse(inspect.getsource(import_module(module))))


def test_libraries_have_the_private_names() -> None:
    named = [(module, row.name) for row in ROWS for module in row.theirs]
    assert [(module, name) for module, name in named if name not in _words(module)] == []


def test_code_uses_the_private_names() -> None:
    named = [(module, row.name) for row in ROWS for module in row.ours]
    assert [(ours, name) for ours, name in named if name not in words(tree(ROOT / f"{ours}.py"))] == []
