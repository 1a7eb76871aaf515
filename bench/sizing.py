"""What an installation needs, by its people: `python -m bench.sizing` prints the table of docs/sizing.md.

Costs are measured; how people use it is assumed, and options change that. The largest load of a day counts.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil, floor

PEOPLE = (100, 10_000, 100_000, 1_000_000)

# Of docs/performance.md and docs/scaling.md, on a quiet machine. In microseconds of a core: a message with
# its first delivery, another delivery, and a message that another process has written; for a second, a
# connection with its heartbeats; a login.
MESSAGE_US, DELIVERY_US, HEARING_US, CONNECTION_US, LOGIN_US = 78.0, 6.0, 9.0, 10.0, 340.0
# Commits of a process per second, and the cost of each.
TRANSACTIONS, TRANSACTION_US = 10, 1030.0
# How long a transaction and a row hold the lock of the log: solved from the table of docs/scaling.md.
LOG_TRANSACTION_US, LOG_ROW_US = 653.0, 37.2
# `nodes` on PostgreSQL, at 150 messages a second.
POSTGRES_US, REDIS_US = 433.0, 16.2
# From `idle`, and of a process without connections.
CONNECTION_KB, PROCESS_MB = 12.4, 150.0
# Of a message with its index: `python -m bench.weighing`; PostgreSQL's with five million rows.
SQLITE_BYTES, POSTGRES_BYTES = 801.0, 1800.0
# SQLite was measured up to this many rows.
SQLITE_ROWS = 5_000_000
# The maximal use of a core, and of the log.
FULL = 0.7

_US, _DAY, _YEAR = 1e-6, 24 * 3600, 365
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Load:
    """`online`: the share of people who are connected at the busiest time. `messages`: of a person in a day.
    `peak`: the busiest minute against the mean of the day. `recipients`: of a message. `files`: the share of
    messages with a file, of `file_kb` as it is stored."""

    online: float = 0.5
    messages: float = 40.0
    peak: float = 6.0
    recipients: float = 10.0
    files: float = 0.05
    file_kb: float = 300.0


@dataclass(frozen=True, slots=True)
class Need:
    """`log_share`: the share of time for which the log is locked. `messages_until_full`: the messages per
    person and day that fill it. `seconds_back`: the time until all people are logged in again after a restart
    of all processes."""

    people: int
    online: int
    rate: float
    processes: int
    cores: float
    memory_gb: float
    is_sqlite: bool
    database_gb: float
    files_gb: float
    redis_cores: float
    log_share: float
    messages_until_full: float
    seconds_back: float


def need(people: int, load: Load) -> Need:
    online, rows = people * load.online, people * load.messages * _YEAR
    rate = people * load.messages / _DAY * load.peak
    is_sqlite = rows <= SQLITE_ROWS and _processes(rate, online, load) == 1
    # A second process serves while the first is restarted.
    processes = 1 if is_sqlite else max(2, _processes(rate, online, load))
    log_per_second = processes * TRANSACTIONS * LOG_TRANSACTION_US * _US
    share = log_per_second + rate * LOG_ROW_US * _US
    postgres = 0.0 if is_sqlite else rate * POSTGRES_US * _US / FULL
    return Need(
        people=people,
        online=round(online),
        rate=rate,
        processes=processes,
        cores=processes + ceil(postgres),
        memory_gb=(processes * PROCESS_MB * 1e6 + online * CONNECTION_KB * 1024) / _GB,
        is_sqlite=is_sqlite,
        database_gb=rows * (SQLITE_BYTES if is_sqlite else POSTGRES_BYTES) / _GB,
        files_gb=rows * load.files * load.file_kb * 1000 / _GB,
        redis_cores=0.0 if is_sqlite else rate * REDIS_US * _US,
        log_share=share,
        messages_until_full=load.messages * (FULL - log_per_second) / (share - log_per_second),
        seconds_back=online * LOGIN_US * _US / processes,
    )


def _processes(rate: float, online: float, load: Load) -> int:
    """Return the number of processes so that each uses at most FULL of a core. Every process is notified of
    every message."""
    own = rate * (MESSAGE_US + (load.recipients - 1) * DELIVERY_US - HEARING_US) + online * CONNECTION_US
    left = FULL - (rate * HEARING_US + TRANSACTIONS * TRANSACTION_US) * _US
    if left <= 0:
        raise ValueError("No number of processes is enough: each hears of every message.")
    return ceil(own * _US / left)


ENGLISH = (
    "people",
    "online",
    "messages/s",
    "processes",
    "cores",
    "memory",
    "database",
    "… a year",
    "files a year",
    "Redis",
    "log taken",
    "back after",
)
CHINESE = (
    "用户",
    "同时在线",
    "消息/秒",
    "进程",
    "核",
    "内存",
    "数据库",
    "每年增长",
    "文件每年",
    "Redis",
    "日志占用",
    "全部恢复",
)


def table(titles: Sequence[str], load: Load | None = None, people: Sequence[int] = PEOPLE) -> str:
    """Return a Markdown table with a line for each number of people."""
    lines = [titles, ["---"] * len(titles), *(_cells(need(number, load or Load())) for number in people)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(requirements: Need) -> list[str]:
    return [
        f"{requirements.people:,}",
        f"{requirements.online:,}",
        _short(requirements.rate),
        f"{requirements.processes}",
        f"{requirements.cores:.0f}",
        f"{_short(requirements.memory_gb)} GB",
        "SQLite" if requirements.is_sqlite else "PostgreSQL",
        _disk(requirements.database_gb),
        _disk(requirements.files_gb),
        "0" if requirements.is_sqlite else "1",
        f"{requirements.log_share:.0%}",
        f"{ceil(requirements.seconds_back)} s",
    ]


def _disk(gigabytes: float) -> str:
    return f"{_short(gigabytes)} GB" if gigabytes < 1000 else f"{_short(gigabytes / 1000)} TB"


def _short(number: float) -> str:
    """Return the number with two significant digits."""
    digits = 0 if number >= 10 else 1 if number >= 1 else 2
    return f"{float(f'{number:.2g}'):,.{digits}f}"


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.sizing", description=__doc__)
    usual = Load()
    for field in fields(Load):
        default = getattr(usual, field.name)
        parser.add_argument(f"--{field.name}", type=float, default=default, help=f"default: {default:g}")
    load = Load(**vars(parser.parse_args()))
    full = floor(need(PEOPLE[-1], load).messages_until_full)
    print(table(ENGLISH, load))  # noqa: T201
    print(f"\nWith {PEOPLE[-1]:,} people, {full} messages of a person in a day fill the log.")  # noqa: T201


if __name__ == "__main__":
    main()
