"""The supervisor's configuration."""

import json
from dataclasses import asdict, dataclass

# How many connections may wait to be accepted while the first process starts.
BACKLOG = 1024
# The supervisor's own Unix socket, in its folder.
SOCKET = "im66.sock"


@dataclass(frozen=True, slots=True)
class Plan:
    """`command` starts a process, with `--listener` and other options. `listener` and `metrics` are
    descriptors of listening sockets; `metrics` is -1 if there is no port for metrics. `folder` contains the
    Unix sockets, and im66.env if the service manager has written it. A process whose event loop shows no sign
    of life for `max_silent_seconds` is killed. That is a long time, because it may only be busy. It is killed
    sooner if the loop has used a CPU or slept for `max_hung_seconds` of that time."""

    processes: int
    command: list[str]
    listener: int
    metrics: int
    url: str
    folder: str
    stop_seconds: float
    max_silent_seconds: float
    max_hung_seconds: float
    logs_json: bool

    def dump(self) -> str:
        return json.dumps(asdict(self))


def load(text: str) -> Plan:
    return Plan(**json.loads(text))
