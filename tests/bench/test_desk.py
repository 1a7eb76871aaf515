"""The measuring of the desk's pages, at a tiny size: it fills a database, and asks for each page."""

from pathlib import Path

import pytest

from testkit.server import Server

pytestmark = pytest.mark.slow

# No page may ask the database more often, however much there is.
MAX_QUERIES = 20
TINY = ["--people", "200", "--groups", "20", "--messages", "3000", "--rounds", "1"]


def test_each_page_is_measured_and_asks_few_queries(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.prepare()
    # Whether a page is slow, which the status says, depends on what else the machine does.
    done = server.run_module("bench.desk", *TINY)
    header, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()
    ]
    assert header[:2] == ["page", "queries"], done.stderr
    assert {"dashboard", "a person", "a group", "a message", "audit log"} <= {row[0] for row in rows}
    assert max(int(row[1]) for row in rows) <= MAX_QUERIES
    assert done.stderr == ""
