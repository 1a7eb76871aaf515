"""The names of people and groups, for clients and for the extensions of messages."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from django.conf import settings
from msgspec.structs import replace

from accounts import selectors as accounts
from accounts.selectors import Named
from chat.protocol import extensions
from chat.protocol.extensions import Naming
from chat.protocol.kinds import ENGLISH
from chat.protocol.shipped import text_of_change
from groups import selectors as groups
from log.rows import GroupChange, Nameable, Pinned, Recipient, Row, Served

_Key = TypeVar("_Key", bound=Nameable)
_Row = TypeVar("_Row", Row, Served, GroupChange, Pinned)


def names_of(keys: Collection[Recipient]) -> dict[Recipient, Named]:
    """Return the names of those of `keys` that exist. Raise DatabaseError."""
    group_names = groups.names_of([key for key in keys if isinstance(key, int)])
    named: dict[Recipient, Named] = {key: Named(*fields) for key, fields in group_names.items()}
    named.update(accounts.names_of([key for key in keys if isinstance(key, str)]))
    return named


def read_names(keys: Collection[_Key]) -> dict[_Key, Named | None]:
    """Return the name of each of `keys`; None if it does not exist, or if the person has no nickname in the
    group. Raise DatabaseError."""
    named = names_of([key for key in keys if not isinstance(key, tuple)])
    nicknames = groups.nicknames_of([key for key in keys if isinstance(key, tuple)])
    called = {key: Named(nickname, "") for key, nickname in nicknames.items()}
    return {key: called.get(key) if isinstance(key, tuple) else named.get(key) for key in keys}


def extension_keys(sender: str, to: Recipient) -> tuple[Nameable, ...]:
    """Return the keys of all names in the extension of a message."""
    return (sender, to, (sender, to)) if isinstance(to, int) else (sender,)


def naming_of(sender: str, to: Recipient, names: Mapping[Nameable, Named | None], base_url: str) -> Naming:
    """Return the names and pictures for the extension of a message. `names`: those of `extension_keys`.
    `base_url`: the address that the sender's client used, as `http://host:port`."""
    person = names[sender] or Named(sender, "")
    picture = accounts.picture_url(person.picture, base_url)
    if isinstance(to, str):
        return Naming(person.name, sender, picture, person.name, picture)
    called = names[sender, to] or person
    group = names[to] or Named(str(to), "")
    return Naming(called.name, sender, picture, group.name, groups.picture_url(group.picture, base_url))


def read_naming(sender: str, to: Recipient, base_url: str) -> Naming:
    """Read the names and return `naming_of` them. Raise DatabaseError."""
    return naming_of(sender, to, read_names(extension_keys(sender, to)), base_url)


def with_extensions(rows: list[_Row]) -> list[_Row]:
    """Add the extension to those rows that the shipped apps get as a text. Raise DatabaseError."""
    changes = (row for row in rows if isinstance(row, GroupChange | Pinned))
    texts = {row.id: text for row in changes if (text := text_of_change(row, ENGLISH))}
    if not texts:
        return rows
    names = read_names({key for text in texts.values() for key in extension_keys(text.sender, text.to)})

    def extended(row: _Row) -> _Row:
        if not (isinstance(row, GroupChange | Pinned) and (text := texts.get(row.id))):
            return row
        naming = naming_of(text.sender, text.to, names, settings.IM66.public_url)
        return replace(row, extension=extensions.filled("", naming))

    return list(map(extended, rows))
