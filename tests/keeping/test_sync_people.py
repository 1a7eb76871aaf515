"""`syncusers`: people become what a file says of them, however often it is run."""

import json
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts import people
from accounts.models import CustomFields, User
from accounts.services import ensure_users
from im66.startup import CannotStart
from keeping import pace
from keeping.people import decoding
from keeping.people.syncing import PORTION, SECONDS_EACH
from testkit.prepared import NAME
from testkit.server import Server
from tests.conftest import MakeServer

pytestmark = pytest.mark.django_db(transaction=True)

CSV = """\
userid,nickname,email,banned,fields.department\r
dora,"Dora, D.",dora@example.com,false,研发部\r

emil,Emil,,yes,\r
"""


def run(file: Path, *options: str) -> tuple[str, list[str]]:
    """What it says in the end, and of which lines it complains."""
    out, err = StringIO(), StringIO()
    with suppress(CommandError):
        call_command("syncusers", str(file), *options, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().splitlines()


def test_repeated_syncusers_with_csv_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    assert run(file, "--dry-run") == ("2 created, 0 changed, 0 same, 0 wrong. Nothing was stored.", [])
    assert not User.objects.filter(pk="dora").exists()
    assert run(file) == ("2 created, 0 changed, 0 same, 0 wrong.", [])
    assert run(file) == ("0 created, 0 changed, 2 same, 0 wrong.", [])
    stored = {user.pk: (user.nickname, user.email, user.is_active) for user in User.objects.all()}
    assert stored == {"dora": ("Dora, D.", "dora@example.com", True), "emil": ("Emil", "", False)}
    assert CustomFields.objects.get().values == {"department": "研发部"}


def test_syncusers_reports_invalid_lines_and_stores_the_others(tmp_path: Path) -> None:
    ensure_users(["root"])
    User.objects.filter(pk="root").update(is_superuser=True)
    lines = [
        '{"userid": "anna"}',
        "",
        '{"userid": "a_b"}',
        "{",
        '{"userid": "root", "banned": true}',
        '{"userid": "bert", "email": "b"}',
        '{"userid": "carl", "fields": {"floor": 3}}',
    ]
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(lines))
    summary, complaints = run(file)
    assert summary == "2 created, 0 changed, 0 same, 4 wrong."
    assert complaints == [
        "Line 3: userid: Not a userid.",
        "Line 4: This is not a JSON object.",
        "Line 5 (root): Staff and the service itself are changed by hand only.",
        "Line 6 (bert): email: Not a mail address.",
    ]
    table = tmp_path / "people.csv"
    table.write_bytes(b'userid,banned\nfred,maybe\ngina\n"x\n\xff,1\nhugo,\n')
    summary, complaints = run(table)
    assert summary == "1 created, 0 changed, 0 same, 4 wrong."
    assert [line[:6] for line in complaints] == ["Line 2", "Line 3", "Line 4", "Line 5"]


def test_person_created_meanwhile_keeps_their_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, make = tmp_path / "people.jsonl", people.make
    file.write_text('{"userid": "dora", "email": "dora@example.com"}')

    def make_late(userids: Collection[str]) -> Any:
        User.objects.create(userid="dora", nickname="Dora")
        return make(userids)

    monkeypatch.setattr(people, "make", make_late)
    assert run(file) == ("0 created, 1 changed, 0 same, 0 wrong.", [])
    user = User.objects.get(pk="dora")
    assert (user.nickname, user.email) == ("Dora", "dora@example.com")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")
def test_syncusers_pauses_for_each_written_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=slept.append))
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(f'{{"userid": "u{number}"}}' for number in range(PORTION + 1)))
    run(file, "--dry-run")
    run(file)
    run(file)
    assert slept == [0.0, 0.0, PORTION * SECONDS_EACH, SECONDS_EACH, 0.0, 0.0]


@pytest.mark.parametrize(
    "content", ["", "\n\n", "name,userid\n", "nickname\n", '[{"userid": "a"}]', "userid,userid\n"]
)
def test_invalid_people_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    for path in (file, tmp_path / "missing"):
        with pytest.raises(CannotStart, match=str(path)):
            run(path)


def test_people_body_is_decoded_in_small_pieces() -> None:
    """It is decoded in pieces, each of which has few bytes: what is given to the decoder is counted."""
    bodies = [
        json.dumps([{"userid": f"u{number}", "fields": {"a": "b" * 300}} for number in range(1000)]).encode(),
        b"\n".join([b'{"userid": "u", "x": ' + b"[" * 1000 + b"]" * 1000 + b"}"] * 1000),
        b"[" + b"1," * 50_000 + b"1]",
        b"{" * 2_000_000,
        b"\n" * 2_000_000,
    ]
    for body in bodies:
        try:
            objects = decoding.split_objects(body)
        except decoding.InvalidBody:
            continue
        assert len(objects) <= decoding.MAX_PEOPLE
        for one in objects:
            decoding.read_person(one)


@pytest.mark.slow
def test_syncusers_runs_beside_server_and_unchanged_people_take_no_lock(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server: Server = make_server()
    file = tmp_path / "people.jsonl"
    with file.open("w") as out:
        for number in range(2_000):
            person = {"userid": f"u{number}", "nickname": f"Person {number}", "fields": {"floor": number % 9}}
            out.write(json.dumps(person) + "\n")
    assert server.manage("syncusers", str(file)).strip() == "2000 created, 0 changed, 0 same, 0 wrong."
    with sqlite3.connect(server.data_dir / NAME) as database:
        database.execute("BEGIN IMMEDIATE")
        assert server.manage("syncusers", str(file)).strip() == "0 created, 0 changed, 2000 same, 0 wrong."
        ((people,),) = database.execute("SELECT COUNT(*) FROM accounts_user WHERE nickname LIKE 'Person %'")
    assert people == 2_000
