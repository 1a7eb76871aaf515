"""Formats log lines as JSON objects, each with the number of its connection or request."""

import logging
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import count
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from im66.operating.bounded_logs import MAX_MESSAGE_CHARACTERS, MAX_TRACEBACK_CHARACTERS, shortened

# The number of the present connection or request, counted from the start of the process; 0 for none.
_connection: ContextVar[int] = ContextVar("im66_connection", default=0)
_numbers: Iterator[int] = count(1)

_FIELDS = ("levelname", "name", "message", "process")
_RENAMED = {"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"}
# Django's request would be logged with its query.
_SKIPPED = ("taskName", "request")


class JsonLines(JsonFormatter):
    """The line has the `extra=` fields of a record too; `log_id` is the position in the log that it is
    about."""

    def __init__(self) -> None:
        super().__init__(_FIELDS, rename_fields=_RENAMED, timestamp="time", json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        for name in _SKIPPED:
            log_data.pop(name, None)
        for name, value in log_data.items():
            if isinstance(value, str):
                limit = MAX_TRACEBACK_CHARACTERS if name == "exception" else 2 * MAX_MESSAGE_CHARACTERS
                log_data[name] = shortened(value, limit)
        if number := _connection.get():
            log_data["connection"] = number


class Numbered:
    """An ASGI application that wraps another one, and numbers the connections and requests."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            _connection.set(next(_numbers))
        await self._application(scope, receive, send)
