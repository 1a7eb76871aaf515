"""People as the directory of another product describes them: what is stored, and writes of many at once."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db import connection

from accounts.inserting import insert
from accounts.models import CustomFields, User
from accounts.services import SET_BY_SOMEBODY, is_desk
from accounts.signals import announce_profiles
from accounts.statements import text_rows

# A custom field's value.
Value = str | int | float | bool

_FIELDS = CustomFields._meta.db_table


class PersonDescription(NamedTuple):
    """What a directory says of a person; None: it says nothing of that. `fields`: all custom fields.
    `changes`: some of them; None as a value takes one away. `is_new`: the userid must be free."""

    userid: str
    nickname: str | None = None
    avatar: str | None = None
    email: str | None = None
    banned: bool | None = None
    fields: Mapping[str, Value] | None = None
    changes: Mapping[str, Value | None] | None = None
    is_new: bool = False


class DirectoryEntry(NamedTuple):
    """What is stored of a person. `is_protected`: staff, or the service itself. `learned`: as User has it."""

    nickname: str = ""
    avatar: str = ""
    email: str = ""
    banned: bool = False
    fields: Mapping[str, Value] = {}
    is_protected: bool = False
    learned: str = ""


# Of these a directory may say something, besides whether the person is banned.
COLUMNS = ("nickname", "avatar", "email", "fields")


def entries_of(userids: Collection[str], *, lock: bool = False) -> dict[str, DirectoryEntry]:
    """The stored entries of those who exist. `lock`: the rows are locked until the transaction ends."""
    rows = User.objects.filter(pk__in=userids).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    fields = dict(CustomFields.objects.filter(pk__in=userids).values_list("pk", "values"))
    values = rows.values_list(
        "pk", "nickname", "avatar", "email", "is_active", "is_staff", "is_superuser", "learned"
    )
    return {
        userid: DirectoryEntry(
            nickname=nickname,
            avatar=avatar,
            email=email,
            banned=not is_active,
            fields=fields.get(userid, {}),
            is_protected=is_staff or is_superuser or is_desk(userid),
            learned=learned,
        )
        for userid, nickname, avatar, email, is_active, is_staff, is_superuser, learned in values
    }


def fields_of(userid: str) -> dict[str, Value]:
    """The person's custom fields."""
    values = CustomFields.objects.filter(pk=userid).values_list("values", flat=True).first()
    return dict(values or {})


def page_after(userid: str, limit: int) -> list[str]:
    """So many userids after that one, in their order."""
    return list(User.objects.filter(pk__gt=userid).order_by("pk").values_list("pk", flat=True)[:limit])


def described(entry: DirectoryEntry, person: PersonDescription) -> DirectoryEntry:
    """The entry as it is when all that is said of the person is stored, but for whether they are banned."""
    changed = {name: value for name in COLUMNS if (value := getattr(person, name)) is not None}
    if {"nickname", "avatar"} & changed.keys():
        changed["learned"] = SET_BY_SOMEBODY
    if person.changes:
        merged = {**entry.fields, **person.changes}
        changed["fields"] = {name: value for name, value in merged.items() if value is not None}
    return entry._replace(**changed)


def make(userids: Collection[str]) -> dict[str, DirectoryEntry]:
    """Make these people, in a transaction. Returns what is stored of those whom somebody else has made
    meanwhile."""
    # In an order, as all do who make people.
    others = set(userids) - insert(sorted(userids))
    return entries_of(others, lock=True) if others else {}


def write(entries: Mapping[str, DirectoryEntry]) -> None:
    """Store the entries, in a transaction that has locked these people."""
    # Not one by one, nor by models, which take several times as long: on SQLite all other writers wait.
    columns = ("nickname", "avatar", "email", "learned")
    values = {name: [getattr(one, name) for one in entries.values()] for name in columns}
    people, params = text_rows(userid=[*entries], **values)
    changes = ", ".join(f"{name} = given.{name}" for name in columns)
    update = f"UPDATE {User._meta.db_table} AS one SET {changes} FROM {people}"
    with connection.cursor() as cursor:
        cursor.execute(f"{update} WHERE one.userid = given.userid", params)
        _write_fields(cursor, {userid: one.fields for userid, one in entries.items()})
    announce_profiles([*entries])


def _write_fields(cursor: Any, fields: Mapping[str, Mapping[str, Value]]) -> None:
    having = {userid: json.dumps(dict(one)) for userid, one in fields.items() if one}
    if having:
        people, params = text_rows(userid=[*having], fields=[*having.values()])
        kind = "jsonb" if connection.vendor == "postgresql" else "text"
        cursor.execute(
            f'INSERT INTO {_FIELDS} (user_id, "values") SELECT userid, CAST(fields AS {kind}) FROM {people}'
            ' WHERE TRUE ON CONFLICT (user_id) DO UPDATE SET "values" = excluded."values"',
            params,
        )
    without = [userid for userid, one in fields.items() if not one]
    if without:
        CustomFields.objects.filter(pk__in=without).delete()
