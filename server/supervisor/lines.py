"""The log of the supervisor, in the same format as that of the processes."""

import json
import logging
from datetime import UTC, datetime

logger = logging.getLogger("server.supervisor")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat()
        fields = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        return json.dumps({**fields, "process": record.process, "time": time}, ensure_ascii=False)


def configure(*, as_json: bool) -> None:
    handler = logging.StreamHandler()
    plain = logging.Formatter("{asctime} {levelname} {name}: {message}", style="{")
    handler.setFormatter(_JsonLines() if as_json else plain)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
