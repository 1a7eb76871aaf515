"""Prints the query plans of pages as JSON: `python -m bench.plans`.

`plans` lists for each query the steps that are not index lookups: reads of whole tables, and sorts.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import django

_SCAN = re.compile(r"SCAN (?:log_message|message|recall|U?\d)(?! USING)|Seq Scan on log_message")
# An incremental sort is allowed: it only orders the rows of one second.
_SORT = re.compile(r"USE TEMP B-TREE FOR ORDER BY|(?<!Incremental )Sort  \(cost")


def plans() -> dict[str, list[str]]:
    """Return for each query the steps that are not index lookups."""
    from chat.reading import selectors
    from chat.reading.login_reads import read_for_logins
    from log import positions

    last = positions.last_id()
    half = last // 2
    crowd = ["late", *(f"u{number}" for number in range(100))]
    queries: dict[str, Callable[[], object]] = {
        "first of a second": lambda: positions.last_id_before(1),
        "pair": lambda: selectors.unicast_history("alice", "bob", half, 201),
        "group": lambda: selectors.group_history("alice", 1, half, 201),
        "backlog": lambda: selectors.backlog("late", half, last, 200),
        "logins": lambda: read_for_logins(crowd, crowd),
        "rows after": lambda: selectors.rows_after(half, 1000),
    }
    return {name: slow_steps(query) for name, query in queries.items()}


def slow_steps(query: Callable[[], object]) -> list[str]:
    """Return the steps of the query that are not index lookups."""
    plan = _explain(query)
    names = (("reads the whole table", _SCAN), ("sorts", _SORT))
    return [name for name, pattern in names if pattern.search(plan)]


def _explain(query: Callable[[], object]) -> str:
    """Return the plans of all SELECT statements of `query`."""
    from django.db import connection

    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SELECT" in sql:  # PostgreSQL cannot explain BEGIN and SET
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        query()
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        lines = []
        for sql, params in statements:
            cursor.execute(f"{explain} {sql}", params)
            lines += [str(row[-1]) for row in cursor.fetchall()]
    return "\n".join(lines)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    from log.models import Message

    first, last = (
        Message.objects.order_by(order).values_list("timet", flat=True)[0] for order in ("id", "-id")
    )
    json.dump({"first": first, "last": last, "plans": plans()}, sys.stdout)


if __name__ == "__main__":
    main()
