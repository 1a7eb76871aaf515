"""`manage.py exportuser`."""

import asyncio
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS
from testkit.services import Postgres, Unavailable
from tests.keeping.exported import Exported
from tests.keeping.places import Place

pytestmark = pytest.mark.slow

# So many that an export takes longer than a few messages.
BEFORE = 2000
MAKE = f"""
from log.appending import Draft, append
from groups.services import create_group
create_group("alice", ["bob"], "friends")
for start in range(0, {BEFORE}, 500):
    append([Draft("text", "alice", "bob", f"message {{start + one}}", "") for one in range(500)])
"""
IDS = "SELECT id FROM log_message WHERE sender_id = 'alice' AND kind = 'text' AND id <= {} ORDER BY id"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where Alice has written a lot, on either database."""
    with ExitStack() as running:
        urls = {}
        if request.param == "PostgreSQL":
            try:
                urls = {"DATABASE_URL": running.enter_context(Postgres()).url}
            except Unavailable as reason:
                unavailable(str(reason))
        made = Place(tmp_path, **urls, **WITHOUT_LIMITS)
        running.callback(made.stop)
        made.prepare()
        made.run_python(MAKE)
        yield made


@pytest.fixture(scope="module")
def quiet_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where Alice has a group, and nothing was written."""
    made = Place(tmp_path_factory.mktemp("quiet"))
    made.prepare()
    made.run_python(MAKE.partition("for ")[0])
    return made


async def test_export_is_snapshot_while_people_chat(place: Place) -> None:
    file = place.data_dir / "alice.zip"
    await asyncio.to_thread(place.start)
    # Longer than that nothing is asked while a page is written.
    place.environment["PGOPTIONS"] = "-c idle_in_transaction_session_timeout=50"
    async with Device(place.entry, "alice") as alice:
        exporting = asyncio.create_task(asyncio.to_thread(place.manage, "exportuser", "alice", str(file)))
        sent = []
        while not exporting.done():
            sent.append(await alice.text("u:bob", "to Bob"))
            sent.append(await alice.text("g:1", "to all"))
        output = await exporting
    archive = Exported(file)
    rows = [*archive.rows("u:bob"), *archive.rows("g:1")]
    ids = sorted(row["id"] for row in rows if row["kind"] == "text")
    head = ids[-1]
    assert [(id,) for id in ids] == place.query(IDS.format(head)), "older ones are missing"
    assert head < sent[-1], "nobody could write during the export"
    assert f"{len(ids)} messages in 2 conversations, and 0 files" in output


def test_export_replaces_partial_file_of_killed_process(quiet_place: Place) -> None:
    file = quiet_place.data_dir / "killed.zip"
    quiet_place.dies_in("keeping.exporting.making.count_rows", "exportuser", "alice", str(file))
    assert not file.exists()
    quiet_place.manage("exportuser", "alice", str(file))
    assert zipfile.is_zipfile(file)
    assert not list(quiet_place.data_dir.glob("*.partial"))


def test_export_uses_requested_language_and_time_zone(quiet_place: Place) -> None:
    file = quiet_place.data_dir / "chinese.zip"
    arguments = ("--language", "zh-hans", "--time-zone", "Asia/Shanghai")
    quiet_place.manage("exportuser", "alice", str(file), *arguments)
    page = Exported(file).content["index.html"].decode()
    assert '<html lang="zh-Hans">' in page
    assert "会话" in page
    assert "时间均为 Asia/Shanghai 时区。" in page


def test_export_of_unknown_person_or_zone_is_refused(quiet_place: Place) -> None:
    file = quiet_place.data_dir / "none.zip"
    nobody = quiet_place.refuses("exportuser", "nobody", str(file))
    assert nobody == f"{file}: There is nobody with the userid nobody.\n"
    zone = quiet_place.refuses("exportuser", "alice", str(file), "--time-zone", "Mars", code=1)
    assert "There is no time zone 'Mars'." in zone
    assert not file.exists()
