"""Measures `manage.py importfirstserver`: `python -m bench.firstserver PEOPLE GROUPS MESSAGES [DATABASE]`.

Fills a private Redis like the first server, the same each time. One message in ten is to a group and waits
for all of its members; one group in a hundred is large. One message in ten waits in the same large inbox.
Then it imports the data into an empty database, `sqlite` or `postgres`, and prints the time and the peak
memory of the command.
"""

import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis as Client
from redis.client import Pipeline

from bench.databases import DATABASES, SQLITE, database
from bench.processes import ROOT
from testkit.services import Redis

BEGAN = 1_500_000_000
FIRST_GROUP = 10
SMALL_GROUP, LARGE_GROUP, LARGE_EVERY = 8, 200, 100
PER_SECOND = 10
PIPELINE_COMMANDS = 2000
COLLECTOR = "collector"


def groups(count: int, people: int, chance: random.Random) -> dict[int, list[str]]:
    """Return the members of each group."""
    sizes = (LARGE_GROUP if number % LARGE_EVERY == 0 else SMALL_GROUP for number in range(count))
    return {
        FIRST_GROUP + number: [_person(chance.randrange(people)) for _ in range(size)]
        for number, size in enumerate(sizes)
    }


def inbox_frames(
    count: int, people: int, members: dict[int, list[str]], chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield inboxes with frames, ordered by time."""
    ids = list(members)
    for number in range(count):
        sender, second = _person(chance.randrange(people)), BEGAN + number // PER_SECOND
        text = f"message {number} ".ljust(chance.randint(20, 120), "x")
        inboxes, type_ = [_person(chance.randrange(people))], f"unicast_{sender}"
        if number % 10 == 0:
            inboxes = [COLLECTOR]
        elif number % 10 == 1:
            group = chance.choice(ids)
            inboxes, type_ = [userid for userid in members[group] if userid != sender], f"group_{group}"
        for inbox in dict.fromkeys(inboxes):
            yield inbox, f"text_{sender}_{text}_{type_}_{second}_{_extension(sender)}"


def fill(client: Client, people: int, count: int, messages: int) -> None:
    """Write people, groups and messages into Redis."""
    chance = random.Random(messages)
    members = groups(count, people, chance)
    pipeline = client.pipeline(transaction=False)
    for number in range(people):
        pipeline.hset(
            f"user_{_person(number)}", mapping={"nick": f"Person {number}", "snap": f"http://h/{number}.jpg"}
        )
        _flush(pipeline)
    for group, userids in members.items():
        fields: dict[Any, Any] = {
            "creator": userids[0],
            "name": f"Group {group}",
            "notice": "",
            "snap": "http://h/1_0a.jpg",
        }
        pipeline.hset(f"group_{group}", mapping=fields)
        pipeline.sadd(f"groupmembers_{group}", *userids)
        _flush(pipeline)
    for inbox, frame in inbox_frames(messages, people, members, chance):
        pipeline.rpush(inbox, frame)
        _flush(pipeline)
    pipeline.set("groupID", FIRST_GROUP + count)
    pipeline.execute()


def measure(name: str, people: int, count: int, messages: int) -> None:
    """Fill a Redis, import it, and print the figures."""
    with tempfile.TemporaryDirectory() as folder, Redis() as redis, database(name, Path(folder)) as into:
        url = redis.url.removesuffix("/0") + "/1"
        with Client.from_url(url) as client:
            fill(client, people, count, messages)
        settings = into.settings("im66")
        environment = {**os.environ, **settings}
        into.make_tables(settings, partial(_migrate, environment))
        began = time.monotonic()
        process = subprocess.Popen(_manage("importfirstserver", url), cwd=ROOT, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{name}: {seconds:.0f} s, {used.ru_maxrss / 1024:.0f} MB\n")
        if process.returncode:
            sys.exit(process.returncode)


def _migrate(environment: dict[str, str]) -> None:
    subprocess.run(_manage("migrate", "--verbosity", "0"), cwd=ROOT, env=environment, check=True)


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _person(number: int) -> str:
    return f"u{number}"


def _extension(sender: str) -> str:
    """Return the extension as the Android app sends it."""
    fields = {
        "sender": sender,
        "senderID": sender,
        "senderAvartar": f"http://h/{sender}.jpg",
        "conversation": sender,
    }
    return base64.encodebytes(json.dumps(fields).encode()).decode()


def _flush(pipeline: Pipeline) -> None:
    if len(pipeline) >= PIPELINE_COMMANDS:
        pipeline.execute()


def main(*arguments: str) -> None:
    sizes, names = [int(value) for value in arguments[:3]], arguments[3:] or (SQLITE,)
    if len(sizes) != 3 or not set(names) <= set(DATABASES):
        sys.exit(__doc__)
    for name in names:
        measure(name, *sizes)


if __name__ == "__main__":
    main(*sys.argv[1:])
