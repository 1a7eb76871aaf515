"""Reports logged errors to Sentry (IM66_SENTRY_DSN): the place in the code and the types of the exceptions.

Only the fields listed in this module are sent. The arguments of log lines, the texts of exceptions and local
variables are never sent, because they may contain messages, names, addresses and tokens of people.
"""

import atexit
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import sentry_sdk
from sentry_sdk.utils import event_from_exception

import im66
from accounts.limits.buckets import Buckets, Rate

# The limit for each place in the code, so that a fault in each request does not exhaust the quota.
RATE = Rate(10, 60)
END_SECONDS = 2.0

_EVENT_FIELDS = ("event_id", "timestamp", "level", "logger", "logentry", "exception", "tags", "release")
_COMMON_FIELDS = ("environment", "platform", "sdk")
_FRAME_FIELDS = ("filename", "abs_path", "function", "module", "lineno", "in_app")
_EXCEPTION_FIELDS = ("type", "module", "mechanism")
_NO_VALUES = {"include_local_variables": False, "include_source_context": False, "max_value_length": 100}


class Reports(logging.Handler):
    """A log handler. `own`: the loggers whose message texts are constants, and may be sent."""

    def __init__(self, dsn: str, own: tuple[str, ...]) -> None:
        super().__init__(logging.ERROR)
        self._own = own
        self._buckets = Buckets(RATE)
        self._client = sentry_sdk.Client(
            dsn,
            release=f"im66@{im66.__version__}",
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            before_send=lambda event, _: _pick(event, _EVENT_FIELDS + _COMMON_FIELDS),  # type: ignore[arg-type, return-value]
        )

    def emit(self, record: logging.LogRecord) -> None:
        # Never report errors of the client itself, which may fail at each report.
        if record.name.startswith("sentry_sdk") or self._buckets.take((record.pathname, record.lineno)):
            return
        # An exception would be raised in the code that logs.
        with suppress(Exception):
            self._client.capture_event(self._event(record))  # type: ignore[arg-type]

    def end(self) -> None:
        """Send the waiting reports, in bounded time."""
        self._client.close(END_SECONDS)

    def _event(self, record: logging.LogRecord) -> dict[str, Any]:
        event: dict[str, Any] = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "tags": {"line": f"{record.module}:{record.lineno}"},
        }
        if record.name.partition(".")[0] in self._own:
            event["logentry"] = {"message": str(record.msg)}
        if record.exc_info and record.exc_info[0]:
            event["exception"] = {"values": _exceptions(record.exc_info)}
        return event


def begin(dsn: str, own: tuple[str, ...]) -> Reports:
    """Report errors from now on, until the process ends."""
    reports = Reports(dsn, own)
    # The first handler, because later ones may put the arguments into the text of a record.
    logging.getLogger().handlers.insert(0, reports)
    atexit.register(reports.end)
    return reports


def _exceptions(exc_info: Any) -> list[dict[str, Any]]:
    event, _ = event_from_exception(exc_info, _NO_VALUES)
    values: Any = event["exception"]["values"]
    return [
        {
            **_pick(value, _EXCEPTION_FIELDS),
            "stacktrace": {"frames": [_pick(frame, _FRAME_FIELDS) for frame in _frames(value)]},
        }
        for value in values
    ]


def _frames(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the frames; empty for very deep stacks, of which the client keeps none."""
    stacktrace = value.get("stacktrace")
    return stacktrace["frames"] if isinstance(stacktrace, dict) else []


def _pick(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
